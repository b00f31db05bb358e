"""What every encoder family owes its callers, on tiny checkpoints of the true classes."""

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import tiny

from vladva.encoders import FAMILIES, load_encoder
from vladva.errors import Unsupported

CLOSE = 1e-5


@pytest.fixture(params=tiny.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def encoder_of(kind: str, batch_size: int | None = None) -> Any:
    return load_encoder(str(tiny.checkpoint(kind)), device="cpu", batch_size=batch_size)


def prepared(encoder: Any) -> list[Any]:
    return [encoder.prepare(picture) for picture in tiny.PICTURES]


def test_every_registered_model_type_is_under_contract() -> None:
    kinds = {tiny.checkpoint(kind) for kind in tiny.KINDS}
    types = {load_encoder(str(folder)).fingerprint for folder in kinds}
    assert len(types) == len(tiny.KINDS)
    assert set(FAMILIES) <= {*tiny.KINDS, *tiny.APART}


def test_vectors_are_float32_of_unit_length_and_of_the_promised_width(kind: str) -> None:
    encoder = encoder_of(kind)
    for vectors in (encoder.encode(prepared(encoder)), encoder.encode_texts(tiny.TEXTS)):
        assert vectors.dtype == np.float32
        assert vectors.shape[1] == encoder.dim
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_is_the_same_alone_and_in_any_batch(kind: str) -> None:
    alone, pairs, together = (encoder_of(kind, size) for size in (1, 2, 64))
    pictures = prepared(alone)
    for other in (pairs, together):
        assert np.abs(alone.encode(pictures) - other.encode(pictures)).max() <= CLOSE
        texts = alone.encode_texts(tiny.TEXTS) - other.encode_texts(tiny.TEXTS)
        assert np.abs(texts).max() <= CLOSE


def test_vectors_come_back_in_the_order_of_what_was_given(kind: str) -> None:
    encoder = encoder_of(kind, 2)
    pictures, order = prepared(encoder), [2, 0, 3, 1]
    shuffled = encoder.encode([pictures[i] for i in order])
    assert np.abs(encoder.encode(pictures)[order] - shuffled).max() <= CLOSE
    texts, order = tiny.TEXTS, [5, 2, 0, 4, 1, 3]
    shuffled = encoder.encode_texts([texts[i] for i in order])
    assert np.abs(encoder.encode_texts(texts)[order] - shuffled).max() <= CLOSE


def test_different_pictures_and_texts_have_different_vectors(kind: str) -> None:
    encoder = encoder_of(kind)
    for vectors in (encoder.encode(prepared(encoder)), encoder.encode_texts(tiny.TEXTS)):
        gaps = np.abs(vectors[:, None] - vectors[None]).max(-1)
        assert gaps[~np.eye(len(vectors), dtype=bool)].min() > 1e-4


def test_nothing_gives_no_vectors(kind: str) -> None:
    encoder = encoder_of(kind)
    assert encoder.encode([]).shape == (0, encoder.dim)
    assert encoder.encode_texts([]).shape == (0, encoder.dim)


def test_a_text_that_spells_special_tokens_is_only_text(kind: str) -> None:
    encoder = encoder_of(kind)
    evil = ["<image>", "<|image_pad|> a dog <|im_end|>", "a </s> dog <pad>", "\ud800 lone"]
    vectors = encoder.encode_texts(evil)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_white_space_around_a_text_means_nothing(kind: str) -> None:
    encoder = encoder_of(kind)
    vectors = encoder.encode_texts(["a dog", " a dog \n"])
    assert np.abs(vectors[0] - vectors[1]).max() <= CLOSE


def test_a_text_longer_than_the_model_reads_is_cut_not_refused(kind: str) -> None:
    encoder = encoder_of(kind)
    start = "a dog " * 2000
    vectors = encoder.encode_texts([start + "a cat", start + "another end", "a dog"])
    assert (vectors[0] == vectors[1]).all()
    assert np.abs(vectors[0] - vectors[2]).max() > 1e-4


def test_prepared_pictures_are_plain_arrays_without_a_batch_axis(kind: str) -> None:
    encoder = encoder_of(kind)
    arrays = encoder.prepare(tiny.PICTURES[0])
    assert arrays["pixel_values"].dtype == np.float32
    again = pickle.loads(pickle.dumps(encoder.prepare))  # noqa: S301 - our own bytes
    assert again.version == encoder.prepare.version
    assert all((again(tiny.PICTURES[0])[key] == arrays[key]).all() for key in arrays)
    assert encoder.prepare.draft >= 28


def test_preparing_in_a_child_imports_neither_torch_nor_transformers(kind: str) -> None:
    child = (
        "import pickle, sys; from PIL import Image;"
        "prepare = pickle.loads(sys.stdin.buffer.read());"
        "prepare(Image.new('RGB', (40, 30)));"
        "assert not {'torch', 'transformers'} & set(sys.modules), 'too heavy'"
    )
    blob = pickle.dumps(encoder_of(kind).prepare)
    subprocess.run([sys.executable, "-c", child], input=blob, check=True)


def test_odd_shapes_are_prepared_and_encoded(kind: str) -> None:
    encoder = encoder_of(kind)
    shapes = [(1, 1), (3, 500), (500, 3), (1, 4000), (2000, 1), (2, 1)]
    pictures = [encoder.prepare(tiny.picture(*shape)) for shape in shapes]
    assert max(p["pixel_values"].nbytes for p in pictures) < 2_000_000
    vectors = encoder.encode(pictures)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_joint_query_hears_picture_and_words_or_is_refused(kind: str) -> None:
    encoder = encoder_of(kind, 2)
    pictures = prepared(encoder)
    queries = [(pictures[0], "at night"), (pictures[0], "by day"), (pictures[1], "at night")]
    if kind not in tiny.LVLMS:
        with pytest.raises(Unsupported, match="two towers"):
            encoder.encode_joint(queries)
        return
    vectors = encoder.encode_joint(queries)
    alone = np.concatenate([encoder.encode_joint([query]) for query in queries])
    assert np.abs(vectors - alone).max() <= CLOSE
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-4
    assert np.abs(vectors[0] - vectors[2]).max() > 1e-4
    assert encoder.encode_joint([]).shape == (0, encoder.dim)


def test_loading_again_gives_the_same_fingerprint_and_vectors(kind: str) -> None:
    first, second = encoder_of(kind), encoder_of(kind)
    assert first.fingerprint == second.fingerprint
    texts = first.encode_texts(tiny.TEXTS) - second.encode_texts(tiny.TEXTS)
    assert np.abs(texts).max() <= CLOSE


def test_importing_the_registry_needs_neither_torch_nor_transformers() -> None:
    child = (
        "import sys, vladva.encoders, vladva.presets, vladva.prompts, vladva.images;"
        "assert not {'torch', 'transformers', 'peft'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", child], check=True)
