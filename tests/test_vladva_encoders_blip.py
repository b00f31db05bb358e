"""BLIP and BLIP-2 for matching, against the plain recipe: the classes' own `forward`."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from transformers import (
    Blip2ForImageTextRetrieval,
    BlipForImageTextRetrieval,
    BlipImageProcessorPil,
    PreTrainedTokenizerFast,
)

from vladva.encoders import load_encoder, load_generator
from vladva.encoders.blip import pixels
from vladva.errors import ConfigError, ModelError, Unsupported

CLASSES = {"blip": BlipForImageTextRetrieval, "blip-2": Blip2ForImageTextRetrieval}
PICTURES = [*tiny.PICTURES, tiny.picture(1, 1, 5), tiny.picture(17, 250, 6)]
TEXTS = [*tiny.TEXTS, "a dog under a tree " * 500]


@cache
def encoder(kind: str, batch_size: int | None = None) -> Any:
    return load_encoder(str(tiny.checkpoint(kind)), device="cpu", batch_size=batch_size)


@cache
def plain(kind: str) -> tuple[Any, Any, Any]:
    folder = tiny.checkpoint(kind)
    return (
        CLASSES[kind].from_pretrained(folder).eval(),
        BlipImageProcessorPil.from_pretrained(folder),
        PreTrainedTokenizerFast.from_pretrained(folder),
    )


def outputs(kind: str, picture: Any, text: str, *, head: bool) -> Any:
    """What `transformers` says of one picture and one text."""
    model, processor, tokenizer = plain(kind)
    tokens = tokenizer(text.strip(), truncation=True, max_length=512, return_tensors="pt")
    flag = "use_itm_head" if kind == "blip" else "use_image_text_matching_head"
    with torch.no_grad():
        return model(
            pixel_values=processor(picture, return_tensors="pt")["pixel_values"],
            input_ids=tokens.input_ids,
            attention_mask=tokens.attention_mask,
            **{flag: head},
        )


def test_cosines_of_blip_equal_the_plain_recipe() -> None:
    ours = encoder("blip")
    pictures = ours.encode([ours.prepare(picture) for picture in PICTURES])
    texts = ours.encode_texts(TEXTS)
    for i, picture in enumerate(PICTURES):
        for j, text in enumerate(TEXTS):
            expected = float(outputs("blip", picture, text, head=False).itm_score)
            assert abs(expected - float(pictures[i] @ texts[j])) <= 1e-5


def test_vectors_of_blip_2_equal_the_plain_recipe() -> None:
    ours = encoder("blip-2", 4)
    sets = ours.encode_sets([ours.prepare(picture) for picture in PICTURES])
    texts = ours.encode_texts(TEXTS)
    assert sets.shape == (len(PICTURES), 5, 24)
    for i, picture in enumerate(PICTURES):
        for j, text in enumerate(TEXTS):
            theirs = outputs("blip-2", picture, text, head=False)
            assert np.abs(theirs.image_embeds[0].numpy() - sets[i]).max() <= 1e-5
            assert np.abs(theirs.text_embeds[0].numpy() - texts[j]).max() <= 1e-5
            best = float((sets[i] @ texts[j]).max())
            assert abs(float(theirs.logits_per_image) - best) <= 1e-5


@pytest.mark.parametrize("kind", CLASSES)
def test_matches_equal_the_plain_recipe_in_any_batch(kind: str) -> None:
    ours = encoder(kind, 3)
    found = ours.p_match([ours.prepare(picture) for picture in PICTURES], [TEXTS] * len(PICTURES))
    for picture, row in zip(PICTURES, found, strict=True):
        assert row.shape == (len(TEXTS),)
        for text, p in zip(TEXTS, row, strict=True):
            theirs = outputs(kind, picture, text, head=True)
            logits = theirs.itm_score if kind == "blip" else theirs.logits_per_image
            assert abs(float(logits.double().softmax(-1)[0, 1]) - p) <= 1e-5


@pytest.mark.parametrize("kind", CLASSES)
def test_matches_hear_the_picture_and_the_text(kind: str) -> None:
    ours = encoder(kind)
    pictures = [ours.prepare(picture) for picture in PICTURES[:2]]
    first, second = ours.p_match(pictures, [["a dog", "a red car"], ["a dog"]])
    assert first[0] != first[1]
    assert first[0] != second[0]


@pytest.mark.parametrize("kind", CLASSES)
def test_a_picture_that_nothing_is_asked_of_is_not_seen(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = encoder(kind)
    seen: list[int] = []
    patches = ours.patches

    def counted(pictures: Any) -> Any:
        seen.append(len(pictures))
        return patches(pictures)

    monkeypatch.setattr(ours, "patches", counted)
    pictures = [ours.prepare(picture) for picture in PICTURES[:3]]
    found = ours.p_match(pictures, [[], ["a dog"] * 70, ["a dog", "a cat"]])
    assert [len(row) for row in found] == [0, 70, 2]
    assert seen == [1, 1]  # once for all texts of a picture
    assert ours.p_match([], []) == []


def test_blip_2_cannot_be_indexed_and_says_why() -> None:
    ours = encoder("blip-2")
    pictures = [ours.prepare(PICTURES[0])]
    for call in (ours.encode, ours.see):
        with pytest.raises(Unsupported, match="has 5 vectors a picture: an index") as refused:
            call(pictures)
        assert "vladva eval" in refused.value.hint
    assert ours.encode_sets([]).shape == (0, 5, 24)
    norms = np.linalg.norm(ours.encode_sets(pictures), axis=-1)
    assert np.allclose(norms, 1, atol=1e-5)


def test_blip_2_owes_its_callers_what_a_contract_owes_of_texts() -> None:
    ours, one = encoder("blip-2"), encoder("blip-2", 1)
    assert np.abs(ours.encode_texts(TEXTS) - one.encode_texts(TEXTS)).max() <= 1e-5
    assert ours.encode_texts([]).shape == (0, ours.dim)
    assert ours.fingerprint == one.fingerprint
    with pytest.raises(Unsupported, match="two towers"):
        ours.encode_joint([(ours.prepare(PICTURES[0]), "at night")])


@pytest.mark.parametrize("kind", CLASSES)
def test_a_head_for_matching_takes_no_adapter_and_generates_nothing(
    kind: str, tmp_path: Any
) -> None:
    name = str(tiny.checkpoint(kind))
    with pytest.raises(ConfigError, match="takes no adapter"):
        load_encoder(name, device="cpu", adapter=tmp_path)
    with pytest.raises(Unsupported, match="only embeds"):
        load_generator(name, device="cpu")


def test_a_q_former_without_its_text_half_is_refused(tmp_path: Path) -> None:
    for file in tiny.checkpoint("blip-2").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    config["qformer_config"]["use_qformer_text_input"] = False
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="without the text half"):
        load_encoder(str(tmp_path), device="cpu")


@pytest.mark.parametrize("side", [384, 224])
def test_pixels_equal_the_processor_of_transformers(side: int) -> None:
    ours = encoder("blip")
    theirs = BlipImageProcessorPil(size={"height": side, "width": side})
    made = pixels({"size": {"height": side, "width": side}}, 28)
    assert pixels({}, 384) == pixels({"size": {"height": 384, "width": 384}}, 28)
    assert ours.prepare == pixels({}, 28)
    for picture in PICTURES:
        expected = theirs(picture, return_tensors="np")["pixel_values"][0]
        assert np.abs(expected - made(picture)["pixel_values"]).max() <= 1e-6
