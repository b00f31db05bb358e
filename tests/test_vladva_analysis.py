"""Numbers of the summary token: closed forms, and agreement with the plain recipe."""

import math
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from transformers import (
    AutoTokenizer,
    CLIPImageProcessorPil,
    LlavaForConditionalGeneration,
    Qwen2VLForConditionalGeneration,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from tuned import tune

from vladva.analysis import (
    asked,
    bare,
    cumulative_variance,
    density,
    effective_rank,
    entropy,
    model_of,
    next_logits,
    read_pictures,
    read_texts,
    top_tokens,
)
from vladva.encoders import load_encoder
from vladva.errors import Unsupported
from vladva.prompts import PROMPTS

PAIR = PROMPTS["scene"]
IMAGE_TURNS = {
    "llava": f"USER: <image>\n{PAIR.image} ASSISTANT:",
    "qwen2_vl": "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
    f"<|vision_start|><|image_pad|><|vision_end|>{PAIR.image}<|im_end|>\n<|im_start|>assistant\n",
}
TEXT_TURNS = {
    "llava": "USER: {}\n" + PAIR.text + " ASSISTANT:",
    "qwen2_vl": "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
    "{}\n" + PAIR.text + "<|im_end|>\n<|im_start|>assistant\n",
}


def loaded(kind: str) -> Any:
    return load_encoder(str(tiny.checkpoint(kind)), device="cpu")


def plain_logits(kind: str, picture: Any = None, text: str = "") -> Any:
    """Next-token logits [vocabulary], by the public recipe on the family's own classes."""
    folder = tiny.checkpoint(kind)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    whole: Any = (
        LlavaForConditionalGeneration if kind == "llava" else Qwen2VLForConditionalGeneration
    )
    model = whole.from_pretrained(folder).eval()
    if picture is None:
        ids = tokenizer(TEXT_TURNS[kind].format(text), return_tensors="pt").input_ids
        with torch.no_grad():
            return model(input_ids=ids).logits[0, -1]
    processor: Any = CLIPImageProcessorPil if kind == "llava" else Qwen2VLImageProcessorPil
    given = dict(processor.from_pretrained(folder)(picture, return_tensors="pt"))
    token = "<image>" if kind == "llava" else "<|image_pad|>"
    with torch.no_grad():
        seen = (
            model.get_image_features(**given)
            if kind == "llava"
            else model.get_image_features(given["pixel_values"], given["image_grid_thw"])
        )
        many = len(torch.cat(list(seen.pooler_output)))
        ids = tokenizer(IMAGE_TURNS[kind].replace(token, token * many), return_tensors="pt")
        if kind == "qwen2_vl":
            given["mm_token_type_ids"] = (ids.input_ids == 6).int()
        return model(input_ids=ids.input_ids, **given).logits[0, -1]


def test_the_entropy_of_a_uniform_distribution_is_ln_v_and_of_a_certain_token_nothing() -> None:
    for size in (2, 761, 152_000):
        assert entropy(torch.full((size,), -3.0)) == pytest.approx(math.log(size), rel=1e-9)
    certain = torch.full((3, 50), -1e9)
    certain[:, 7] = 0
    assert entropy(certain).tolist() == [0, 0, 0]
    two = torch.log(torch.tensor([0.25, 0.75]))
    assert entropy(two) == pytest.approx(-(0.25 * math.log(0.25) + 0.75 * math.log(0.75)))


def test_vectors_along_one_line_have_all_their_variance_in_the_first_axis() -> None:
    rng = np.random.default_rng(0)
    line = rng.normal(size=(40, 1)) * rng.normal(size=(1, 12)) + 5  # the mean is no variance
    assert cumulative_variance(line) == pytest.approx(np.ones(12))
    assert effective_rank(line) == pytest.approx(1)


def test_variance_that_is_spread_evenly_grows_in_equal_steps() -> None:
    crosses = np.concatenate([np.eye(8), -np.eye(8)])
    assert cumulative_variance(crosses) == pytest.approx(np.arange(1, 9) / 8)
    assert effective_rank(crosses) == pytest.approx(8)


def test_equal_vectors_leave_nothing_to_explain() -> None:
    same = np.repeat(np.random.default_rng(1).normal(size=(1, 6)).astype(np.float32), 9, axis=0)
    assert cumulative_variance(same).tolist() == [1] * 6
    assert effective_rank(same) == 1


def test_cumulative_variance_equals_that_of_the_covariance_matrix() -> None:
    vectors = np.random.default_rng(2).normal(size=(30, 5)) * [5, 3, 2, 1, 0.1]
    values = np.sort(np.linalg.eigvalsh(np.cov(vectors.T)))[::-1]
    assert cumulative_variance(vectors) == pytest.approx(np.cumsum(values) / values.sum())


def test_density_is_one_for_even_weights_and_one_nth_for_a_single_place() -> None:
    rows = np.array([[0.1] * 4, [0, 0, 0.3, 0], [0.2, 0.2, 0, 0], [0, 0, 0, 0]], np.float32)
    assert density(rows) == pytest.approx([1, 0.25, 0.5, 0])
    assert density(rows[None]).shape == (1, 4)


@pytest.mark.parametrize("kind", ["llava", "qwen2_vl"])
def test_next_tokens_of_a_picture_and_of_a_text_equal_the_plain_recipe(kind: str) -> None:
    encoder = loaded(kind)
    picture = tiny.PICTURES[2]
    for ours, plain in (
        (
            next_logits(encoder.model, "image", encoder.prepare(picture)),
            plain_logits(kind, picture),
        ),
        (next_logits(encoder.model, "text", "a dog"), plain_logits(kind, text="a dog")),
    ):
        assert torch.allclose(ours, plain, atol=1e-4)
        chances = plain.double().softmax(-1)
        assert entropy(ours) == pytest.approx(-(chances * chances.log()).sum().item(), abs=1e-4)
        best = top_tokens(encoder.model, ours, 5)
        assert [token.p for token in best] == pytest.approx(
            chances.sort(descending=True).values[:5].tolist(), abs=1e-5
        )
        decode: Any = encoder.model.writer.tokenizer
        assert best[0].text == decode.decode([int(plain.argmax())])


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_a_batch_reads_as_its_pictures_do_one_by_one_and_as_the_encoder_does(kind: str) -> None:
    encoder = loaded(kind)
    pictures = [encoder.prepare(picture) for picture in tiny.PICTURES]
    read = read_pictures(encoder.model, pictures, 3)
    assert np.abs(read.vectors - encoder.encode(pictures)).max() <= 1e-5
    alone = [entropy(next_logits(encoder.model, "image", one)).item() for one in pictures]
    assert read.entropy == pytest.approx(alone, abs=1e-4)
    said = read_texts(encoder.model, tiny.TEXTS, 4)
    assert np.abs(said.vectors - encoder.encode_texts(tiny.TEXTS)).max() <= 1e-5
    alone = [entropy(next_logits(encoder.model, "text", text)).item() for text in tiny.TEXTS]
    assert said.entropy == pytest.approx(alone, abs=1e-4)


def test_other_prompts_and_a_switched_off_adapter_are_so_inside_only() -> None:
    encoder = loaded("mini")
    picture = encoder.prepare(tiny.PICTURES[0])
    base = next_logits(encoder.model, "image", picture)
    torch.manual_seed(0)
    tune(encoder)
    tuned = next_logits(encoder.model, "image", picture)
    assert not torch.allclose(base, tuned, atol=1e-2)
    with bare(encoder.model):
        assert torch.allclose(next_logits(encoder.model, "image", picture), base, atol=1e-5)
        with asked(encoder.model, PROMPTS["colour"]):
            assert not torch.allclose(next_logits(encoder.model, "image", picture), base, atol=1e-3)
    assert encoder.model.prompts is PAIR
    assert torch.allclose(next_logits(encoder.model, "image", picture), tuned, atol=1e-5)
    with pytest.raises(ZeroDivisionError), asked(encoder.model, PROMPTS["colour"]):
        raise ZeroDivisionError
    assert encoder.model.prompts is PAIR


def test_two_towers_and_heads_that_are_not_there_are_said_to_be_so() -> None:
    with pytest.raises(Unsupported, match="two towers") as caught:
        model_of(load_encoder(str(tiny.checkpoint("clip")), device="cpu"))
    assert "mini" in caught.value.hint
    encoder = loaded("qwen3_vl")
    encoder.model.backbone.head = None
    with pytest.raises(Unsupported, match="no head"):
        read_texts(encoder.model, ["a dog"], 1)
