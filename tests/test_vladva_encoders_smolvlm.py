"""SmolVLM and SmolVLM2 against the plain recipe on the same Hugging Face classes."""

import json
import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from transformers import (
    AutoTokenizer,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessorPil,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessorPil,
)

from vladva.encoders import load_encoder
from vladva.encoders.square import Square, square_of
from vladva.errors import ModelError
from vladva.model import unit
from vladva.prompts import PROMPTS, TwoOpenings

PRINTED = tiny.TOKENIZERS / "llava_printed" / "smolvlm2_500m_preprocessor_config.json"
PAIR = PROMPTS["scene"]
KINDS = ["smolvlm", "idefics3"]
WHOLE: dict[str, Any] = {
    "smolvlm": (SmolVLMForConditionalGeneration, SmolVLMImageProcessorPil),
    "idefics3": (Idefics3ForConditionalGeneration, Idefics3ImageProcessorPil),
}
SHAPES = [(640, 480), (333, 777), (1000, 90), (17, 11), (1, 1), (56, 56), (2, 31)]


@lru_cache(maxsize=4)
def parts(kind: str) -> tuple[Any, Any, Any]:
    folder = tiny.checkpoint(kind)
    model, processor = WHOLE[kind]
    one_square = processor.from_pretrained(folder, size={"longest_edge": 56})
    return model.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder), one_square


def plain_state(kind: str, content: list[dict[str, str]], picture: Any = None) -> Any:
    """The public recipe: template, marks and placeholders of one square, the last state."""
    model, tokenizer, processor = parts(kind)
    conversation = [{"role": "user", "content": content}]
    text = tokenizer.apply_chat_template(conversation, add_generation_prompt=True, tokenize=False)
    inputs: dict[str, Any] = {}
    if picture is not None:
        inputs = dict(processor(picture, return_tensors="pt", return_row_col_info=True))
        assert (inputs.pop("rows"), inputs.pop("cols")) == ([[0]], [[0]])
        mark, seen = "<fake_token_around_image>", "<image>" * model.model.image_seq_len
        text = text.replace("<image>", f"{mark}<global-img>{seen}{mark}")
    ids = tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
    with torch.no_grad():
        states = model(input_ids=ids, output_hidden_states=True, **inputs).hidden_states[-1]
    return unit(states[:, -1]).numpy()


def said(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


IMAGE = {"type": "image"}


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_odd_sizes_equal_the_plain_recipe(kind: str) -> None:
    encoder = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    pictures = [tiny.picture(*shape, seed=i) for i, shape in enumerate(SHAPES)]
    vectors = encoder.encode([encoder.prepare(picture) for picture in pictures])
    for picture, vector in zip(pictures, vectors, strict=True):
        expected = plain_state(kind, [IMAGE, said(PAIR.image)], picture)
        assert np.abs(expected - vector).max() <= 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_texts_of_many_scripts_equal_the_plain_recipe(kind: str) -> None:
    encoder = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    texts = [*tiny.TEXTS, "كلب في الثلج", "हिम में कुत्ता", "สุนัข"]
    for text, vector in zip(texts, encoder.encode_texts(texts), strict=True):
        asked = f"{text.strip()}\n{PAIR.text}" if text else PAIR.text
        assert np.abs(plain_state(kind, [said(asked)]) - vector).max() <= 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_joint_vectors_equal_the_plain_recipe(kind: str) -> None:
    encoder = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    picture = tiny.PICTURES[1]
    vector = encoder.encode_joint([(encoder.prepare(picture), "at night")])
    expected = plain_state(kind, [IMAGE, said(f"at night\n{PAIR.image}")], picture)
    assert np.abs(expected - vector).max() <= 1e-5


def test_a_picture_and_a_text_open_their_turns_in_two_ways() -> None:
    encoder: Any = load_encoder(str(tiny.checkpoint("smolvlm")), device="cpu")
    chat = encoder.model.writer.chat
    assert isinstance(chat, TwoOpenings)
    end = "<end_of_utterance>\nAssistant:"
    assert chat.turn(picture=False, text="a dog").text == f"<|im_start|>User: a dog{end}"
    shown = "<fake_token_around_image><global-img><image><fake_token_around_image>"
    turn = chat.turn(picture=True, prompt="What?")
    assert turn.text == f"<|im_start|>User:{shown}What?{end}"
    assert turn.text[slice(*turn.slot)] == "What?"


def test_a_tokenizer_without_the_marks_around_a_picture_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "unmarked"
    shutil.copytree(tiny.checkpoint("smolvlm"), folder)
    for file in folder.glob("tokenizer*.json"):
        file.write_text(file.read_text().replace("<global-img>", "<other>"))
    with pytest.raises(ModelError, match="has no <global-img>"):
        load_encoder(str(folder), device="cpu")


@pytest.mark.parametrize("processor", [SmolVLMImageProcessorPil, Idefics3ImageProcessorPil])
@pytest.mark.parametrize("side", [512, 56])
def test_squares_equal_the_processor_of_transformers(processor: Any, side: int) -> None:
    numbers = {"max_image_size": {"longest_edge": side}, "resample": 1}
    theirs, ours = processor(**numbers, size={"longest_edge": side}), square_of(numbers)
    for seed, shape in enumerate(SHAPES):
        picture = tiny.picture(*shape, seed=seed)
        expected = theirs(picture, return_tensors="np")["pixel_values"][0]
        found = ours(picture)["pixel_values"]
        assert expected.shape == (1, *found.shape)
        assert np.abs(expected[0] - found).max() <= 1e-6


@pytest.mark.skipif(not PRINTED.exists(), reason="no ../shared/data")
def test_the_printed_processor_is_read_as_the_defaults() -> None:
    printed = json.loads(PRINTED.read_text())
    assert square_of(printed) == square_of({})
    assert square_of({"max_image_size": 512}) == square_of({})


def test_a_square_that_is_not_understood_is_refused_and_its_numbers_are_in_its_version() -> None:
    with pytest.raises(ModelError, match="size that is not understood"):
        square_of({"max_image_size": {"height": 512, "width": 364}})
    small, large = (square_of({"max_image_size": side}) for side in (56, 512))
    assert isinstance(small, Square)
    assert small.version != large.version
