"""LLaVA-1.5 with the true words of Llama-2: its prompt's place, its turns, and the plain recipe."""

import json
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors
from transformers import (
    CLIPImageProcessorPil,
    LlavaConfig,
    LlavaForConditionalGeneration,
    PreTrainedTokenizerFast,
)

from vladva import adapters
from vladva.encoders import load_encoder
from vladva.encoders.llava import VICUNA_IMAGE_ID
from vladva.model import unit
from vladva.prompts import PROMPTS

MODEL = tiny.TOKENIZERS / "llama2" / "tokenizer.model"
pytestmark = pytest.mark.skipif(not MODEL.exists(), reason="no ../shared/data")
PAIR = PROMPTS["scene"]
TEXTS = [*tiny.TEXTS, "كلب في الثلج", "two  spaces", "a dog\n\nat night", "🐕"]


def varint(blob: bytes, at: int) -> tuple[int, int]:
    """A protobuf number, and where what follows it begins."""
    value = shift = 0
    while True:
        value |= (blob[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if blob[at - 1] < 128:
            return value, at


def fields(blob: bytes) -> Iterator[tuple[int, Any]]:
    """A protobuf message's fields, as bytes or numbers."""
    at = 0
    while at < len(blob):
        key, at = varint(blob, at)
        if key & 7 == 2:
            length, at = varint(blob, at)
            yield key >> 3, blob[at : at + length]
            at += length
        elif key & 7 == 5:
            yield key >> 3, struct.unpack("<f", blob[at : at + 4])[0]
            at += 4
        else:
            value, at = varint(blob, at)
            yield key >> 3, value


def llama2() -> Any:
    """Llama-2's vocabulary as the fast tokenizer that LLaVA-1.5 is published with."""
    pieces = [dict(fields(piece)) for key, piece in fields(MODEL.read_bytes()) if key == 1]
    vocabulary = {piece[1].decode(): index for index, piece in enumerate(pieces)}
    merges = []
    for word, index in vocabulary.items():
        splits = ((word[:at], word[at:]) for at in range(1, len(word)))
        known = [(a, b) for a, b in splits if a in vocabulary and b in vocabulary]
        merges += [(-pieces[index][2], vocabulary[a], vocabulary[b], a, b) for a, b in known]
    inner = Tokenizer(
        models.BPE(
            vocabulary,
            [(a, b) for *_, a, b in sorted(merges)],
            unk_token="<unk>",  # noqa: S106
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    inner.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    inner.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
         decoders.Strip(" ", 1, 0)]
    )  # fmt: skip
    inner.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    inner.add_special_tokens([AddedToken(t, normalized=False) for t in ("<unk>", "<s>", "</s>")])
    inner.add_special_tokens([AddedToken(t, normalized=False) for t in ("<image>", "<pad>")])
    made = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        unk_token="<unk>",  # noqa: S106
        bos_token="<s>",  # noqa: S106
        eos_token="</s>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
        extra_special_tokens=["<image>"],
    )
    made.chat_template = tiny.LLAVA_TEMPLATE
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LLaVA-1.5 with its true vocabulary and pixels, two layers of width 32."""
    made = tmp_path_factory.mktemp("llava")
    llama2().save_pretrained(made)
    vision = {**tiny.VISION, "image_size": 336, "num_hidden_layers": 2}
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **vision},
        text_config={"model_type": "llama", **tiny.TEXT, "vocab_size": 32064},
        image_token_id=VICUNA_IMAGE_ID,
    )
    model: Any = LlavaForConditionalGeneration(config)
    tiny.spread(model)
    model.save_pretrained(made)
    pixels = {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 336},
              "crop_size": {"height": 336, "width": 336}}  # fmt: skip
    (made / "preprocessor_config.json").write_text(json.dumps(pixels))
    return made


@pytest.fixture(scope="module")
def encoder(folder: Path) -> Any:
    return load_encoder(str(folder), device="cpu")


@lru_cache(maxsize=1)
def public(folder: Path) -> tuple[Any, Any]:
    model: Any = LlavaForConditionalGeneration
    return model.from_pretrained(folder).eval(), llama2()


def plain_state(folder: Path, text: str, picture: Any = None) -> Any:
    """The public recipe: one string, 576 placeholders, the last state."""
    model, tokenizer = public(folder)
    inputs: dict[str, Any] = {}
    if picture is not None:
        processor: Any = CLIPImageProcessorPil
        inputs = dict(processor.from_pretrained(folder)(picture, return_tensors="pt"))
    ids = tokenizer(text.replace("<image>", "<image>" * 576), return_tensors="pt").input_ids
    with torch.no_grad():
        states = model(input_ids=ids, output_hidden_states=True, **inputs).hidden_states[-1]
    return unit(states[:, -1]).numpy()


def test_the_vocabulary_is_llama2s() -> None:
    made: Any = llama2()
    assert made.convert_tokens_to_ids("<image>") == VICUNA_IMAGE_ID
    assert made("Hello world").input_ids == [1, 15043, 3186]
    assert made("USER:").input_ids == [1, 3148, 1001, 29901]


def test_pictures_and_texts_equal_the_plain_recipe(folder: Path, encoder: Any) -> None:
    for text, vector in zip(TEXTS, encoder.encode_texts(TEXTS), strict=True):
        asked = f"{text.strip()}\n{PAIR.text}" if text else PAIR.text
        expected = plain_state(folder, f"USER: {asked} ASSISTANT:")
        assert np.abs(expected - vector).max() <= 1e-5
    for picture in (tiny.picture(333, 77), tiny.picture(336, 500)):
        expected = plain_state(folder, f"USER: <image>\n{PAIR.image} ASSISTANT:", picture)
        assert np.abs(expected - encoder.encode([encoder.prepare(picture)])).max() <= 1e-5


@pytest.mark.parametrize("text", TEXTS)
def test_soft_prompts_stand_exactly_where_the_prompts_words_stand(encoder: Any, text: str) -> None:
    writer = encoder.model.writer
    row = writer.turn(picture=False, text=text, prompt=PAIR.text)
    inside = row.ids[slice(*row.slot)]
    assert writer.tokenizer.decode(inside).strip() == PAIR.text
    rest = writer.tokenizer.decode([*row.ids[: row.slot[0]], *row.ids[row.slot[1] :]])
    assert "one word" not in rest
    assert rest.rstrip().endswith("ASSISTANT:")
    shown = writer.turn(picture=True, prompt=PAIR.image)
    assert writer.tokenizer.decode(shown.ids[slice(*shown.slot)]).strip() == PAIR.image


def test_a_fresh_adapter_starts_as_the_whole_prompt(folder: Path, encoder: Any) -> None:
    tuned: Any = load_encoder(str(folder), device="cpu", adapter=None)
    adapters.create(tuned.model, adapters.AdapterShape(rank=2, alpha=2))
    assert np.abs(tuned.encode_texts(["a dog"]) - encoder.encode_texts(["a dog"])).max() <= 1e-6
    picture = encoder.prepare(tiny.picture(333, 77))
    assert np.abs(tuned.encode([picture]) - encoder.encode([picture])).max() <= 1e-6
