"""Public embedders: each one's own turn, prompts and pixels, against its recipe written out."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from transformers import (
    AutoTokenizer,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessorPil,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessorPil,
)

from vladva.encoders import llava, load_encoder, qwen_vl
from vladva.encoders.loading import place
from vladva.encoders.lvlm import TEXT_TOKENS, numbers_of
from vladva.encoders.source import Source
from vladva.model import unit
from vladva.presets import PRESETS
from vladva.prompts import CHATS
from vladva.rows import Writer

QWEN = tiny.TOKENIZERS / "qwen3_vl_embedding"
LLAMA3 = (
    "<|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n \n"
)
GME = (
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n{}<|im_end|>\n"
    "<|im_start|>assistant\n<|endoftext|>"
)
CHAT = GME.removesuffix("<|endoftext|>")
SEEN = "<|vision_start|><|image_pad|><|vision_end|>"
TEXTS = [text.strip() for text in tiny.TEXTS if text]
ODD = [*tiny.PICTURES, tiny.picture(333, 77, 5), tiny.picture(17, 11, 6)]
RECIPES: dict[str, tuple[str, Callable[[str], str]]] = {
    "e5-v": (
        LLAMA3.format("<image>\nSummary above image in one word: "),
        lambda text: LLAMA3.format(f"{text}\nSummary above sentence in one word: "),
    ),
    "gme-qwen2-vl-2b": (GME.format(SEEN), GME.format),
    "vlm2vec-v2": ("<|image_pad|> Represent the given image.", str),
    "unime-v2-7b": (
        CHAT.format(f"{SEEN}Summary above image in one word:"),
        lambda text: CHAT.format(f"{text}\nSummary above sentence in one word:"),
    ),
}
"""Preset → the string of a picture, and of a text, as its public code writes them."""


@lru_cache(maxsize=8)
def encoder_of(name: str) -> Any:
    preset = replace(PRESETS[name], preprocessing={})
    family, kind = (llava, "llava_next") if name == "e5-v" else (qwen_vl, "qwen2_vl")
    source = Source(name, tiny.checkpoint(kind), preset)
    return family.load(source, place("cpu", "auto", None), None)


def plain_state(name: str, text: str, picture: Any = None) -> Any:
    """One string through the public class, the state of its last token."""
    following = name == "e5-v"
    folder = tiny.checkpoint("llava_next" if following else "qwen2_vl")
    whole: Any = LlavaNextForConditionalGeneration if following else Qwen2VLForConditionalGeneration
    model, tokenizer = whole.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    inputs: dict[str, Any] = {}
    if picture is not None:
        processor: Any = LlavaNextImageProcessorPil if following else Qwen2VLImageProcessorPil
        inputs = dict(processor.from_pretrained(folder)(picture, return_tensors="pt"))
        seen = model.get_image_features(**inputs).pooler_output[0]
        token = "<image>" if following else "<|image_pad|>"
        text = text.replace(token, token * len(seen))
    inputs["input_ids"] = tokenizer(text, return_tensors="pt").input_ids
    if not following:
        kinds = inputs["input_ids"] == model.config.image_token_id
        inputs["mm_token_type_ids"] = kinds.int()
    with torch.no_grad():
        states = model(**inputs, output_hidden_states=True).hidden_states[-1]
    return unit(states[:, -1]).numpy()


@pytest.mark.parametrize("name", RECIPES)
def test_pictures_equal_the_public_recipe(name: str) -> None:
    encoder = encoder_of(name)
    vectors = encoder.encode([encoder.prepare(picture) for picture in ODD])
    for picture, vector in zip(ODD, vectors, strict=True):
        assert np.abs(plain_state(name, RECIPES[name][0], picture) - vector).max() <= 1e-5


@pytest.mark.parametrize("name", RECIPES)
def test_texts_equal_the_public_recipe(name: str) -> None:
    for text, vector in zip(TEXTS, encoder_of(name).encode_texts(TEXTS), strict=True):
        assert np.abs(plain_state(name, RECIPES[name][1](text)) - vector).max() <= 1e-5


@pytest.mark.parametrize("name", RECIPES)
def test_no_words_at_all_still_have_a_vector(name: str) -> None:
    encoder = encoder_of(name)
    alone, together = encoder.encode_texts([""]), encoder.encode_texts(["a dog", "", "a cat"])
    assert np.linalg.norm(alone) == pytest.approx(1, abs=1e-5)
    assert np.abs(alone[0] - together[1]).max() <= 1e-5


@pytest.mark.parametrize("name", RECIPES)
def test_an_embedder_answers_nothing(name: str) -> None:
    assert encoder_of(name).generative is False
    assert PRESETS[name].generative is False


def test_a_turn_of_a_preset_is_in_its_fingerprint_and_one_that_shows_no_picture_is_left() -> None:
    assert len({encoder_of(name).fingerprint for name in RECIPES}) == len(RECIPES)
    foreign = replace(PRESETS["gme-qwen2-vl-2b"], chat="e5-v")
    source = Source("x", tiny.checkpoint("qwen2_vl"), foreign)
    chat = qwen_vl.load(source, place("cpu", "auto", None), None).model.writer.chat
    assert chat.image == SEEN


@pytest.mark.skipif(not QWEN.exists(), reason="no ../shared/data")
def test_gme_is_read_at_its_end_of_text_token() -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(QWEN)
    writer = Writer(tokenizer, CHATS["gme-qwen2-vl"], "<|image_pad|>", 1024)
    for row in (writer.turn(picture=True), writer.turn(picture=False, text="a <|endoftext|> dog")):
        assert row.ids[-1] == tokenizer.convert_tokens_to_ids("<|endoftext|>") == 151643
        assert row.ids.count(151643) == 1


def test_gme_looks_at_small_pictures_as_large_as_its_public_code_does() -> None:
    preset = PRESETS["gme-qwen2-vl-2b"]
    source = Source(preset.name, tiny.checkpoint("qwen3_vl"), preset)
    prepare = qwen_vl.patches_of({**numbers_of(source), "max_pixels": None}, 14)
    assert prepare.max_pixels == qwen_vl.MAX_PIXELS
    grid = prepare(tiny.picture(64, 48))["image_grid_thw"]
    assert int(grid.prod()) // 4 >= 256
    plain = qwen_vl.patches_of(source.preprocessing(), 14)
    assert int(plain(tiny.picture(64, 48))["image_grid_thw"].prod()) // 4 < 256


@pytest.mark.parametrize("kind", tiny.LVLMS)
def test_of_a_text_of_two_thousand_tokens_the_first_1024_are_read(kind: str) -> None:
    encoder: Any = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    tokenizer = encoder.model.writer.tokenizer
    text = "eine Katze schläft, 雪の中の犬, кошка на столе; " * 200
    spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    spans = spans["offset_mapping"]
    assert len(spans) > 2000
    assert encoder.model.writer.limit == TEXT_TOKENS == 1024
    read = text[: spans[1023][1]]
    whole, cut, less = encoder.encode_texts([text, read, text[: spans[1000][1]]])
    assert np.abs(whole - cut).max() <= 1e-5
    assert np.abs(whole - less).max() > 1e-5
