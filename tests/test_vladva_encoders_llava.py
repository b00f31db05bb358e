"""LLaVA-1.5, LLaVA-NeXT and mini against the plain recipe on the same Hugging Face classes."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from transformers import (
    AutoTokenizer,
    CLIPImageProcessorPil,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaNextForConditionalGeneration,
    LlavaNextImageProcessorPil,
)

from vladva.encoders import llava, load_encoder
from vladva.encoders.llava import VICUNA, llava_crop_of, tiles_of
from vladva.encoders.patches import Tiles
from vladva.encoders.prepare import Crop
from vladva.encoders.source import Source
from vladva.errors import ModelError
from vladva.model import unit
from vladva.presets import PRESETS
from vladva.prompts import PROMPTS, bare_chat

PRINTED = tiny.TOKENIZERS / "llava_printed"
PAIR = PROMPTS["scene"]
PROCESSORS = {"llava": CLIPImageProcessorPil, "llava_next": LlavaNextImageProcessorPil}


def plain_state(model: Any, tokenizer: Any, text: str, pixels: dict[str, Any], tokens: int) -> Any:
    """The public recipe: one string, the model's forward on ids and pixels, the last state."""
    ids = tokenizer(text.replace("<image>", "<image>" * tokens), return_tensors="pt").input_ids
    with torch.no_grad():
        states = model(input_ids=ids, output_hidden_states=True, **pixels).hidden_states[-1]
    return unit(states[:, -1]).numpy()


def reference(kind: str, text: str, picture: Any = None) -> Any:
    folder = tiny.checkpoint(kind)
    following = kind == "llava_next"
    whole: Any = LlavaNextForConditionalGeneration if following else LlavaForConditionalGeneration
    model = whole.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if picture is None:
        return plain_state(model, tokenizer, text, {}, 0)
    processor = PROCESSORS.get(kind, CLIPImageProcessorPil).from_pretrained(folder)
    pixels = dict(processor(picture, return_tensors="pt"))
    tokens = len(model.get_image_features(**pixels).pooler_output[0])
    return plain_state(model, tokenizer, text, pixels, tokens)


@pytest.mark.parametrize("kind", ["mini", "llava", "llava_next"])
def test_picture_vectors_equal_the_plain_recipe(kind: str) -> None:
    encoder = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    seen = [*tiny.PICTURES, tiny.picture(333, 77, 5), tiny.picture(17, 11, 6)]
    vectors = encoder.encode([encoder.prepare(picture) for picture in seen])
    asked = f"<image>{PAIR.image}" if kind == "mini" else f"USER: <image>\n{PAIR.image} ASSISTANT:"
    for picture, vector in zip(seen, vectors, strict=True):
        assert np.abs(reference(kind, asked, picture) - vector).max() <= 1e-5


@pytest.mark.parametrize("kind", ["mini", "llava", "llava_next"])
def test_text_vectors_equal_the_plain_recipe(kind: str) -> None:
    encoder = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    texts = [text.strip() for text in tiny.TEXTS]
    frame = "{}" if kind == "mini" else "USER: {} ASSISTANT:"
    for text, vector in zip(texts, encoder.encode_texts(texts), strict=True):
        asked = frame.format(f"{text}\n{PAIR.text}" if text else PAIR.text)
        assert np.abs(reference(kind, asked) - vector).max() <= 1e-5


@pytest.mark.parametrize("kind", ["mini", "llava"])
def test_joint_vectors_equal_the_plain_recipe(kind: str) -> None:
    encoder = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    picture = tiny.PICTURES[0]
    vector = encoder.encode_joint([(encoder.prepare(picture), "at night")])
    said = f"at night\n{PAIR.image}"
    asked = f"<image>{said}" if kind == "mini" else f"USER: <image>\n{said} ASSISTANT:"
    assert np.abs(reference(kind, asked, picture) - vector).max() <= 1e-5


def test_a_copy_of_llava_without_its_template_is_asked_in_vicunas_words() -> None:
    source = Source("llava", tiny.checkpoint("llava"))
    for image_id, chat in ((32000, VICUNA), (3, bare_chat("<image>"))):
        parts: Any = SimpleNamespace(image_token="<image>", image_token_id=image_id)  # noqa: S106
        assert llava._chat_without_template(source, parts) == chat
    assert VICUNA.turn(picture=True, prompt="What?").text == "USER: <image>\nWhat? ASSISTANT:"


def test_an_old_template_file_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    shutil.copytree(tiny.checkpoint("llava_next"), folder)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match="no chat template"):
        load_encoder(str(folder), device="cpu")
    template = json.dumps({"chat_template": tiny.LLAVA_TEMPLATE})
    (folder / "chat_template.json").write_text(template)
    encoder: Any = load_encoder(str(folder), device="cpu")
    assert encoder.model.writer.chat.image == "<image>\n"


def pictures() -> list[Any]:
    shapes = [(640, 480), (480, 640), (337, 336), (1000, 90), (90, 1000), (17, 11), (336, 336)]
    return [tiny.picture(*shape, seed=i) for i, shape in enumerate(shapes)]


CROPS = [
    {"size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}},
    {"size": {"shortest_edge": 112}, "crop_size": {"height": 96, "width": 112}, "resample": 2},
    {"size": {"height": 112, "width": 112}, "do_center_crop": False},
    {"size": {"height": 64, "width": 80}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
     "do_center_crop": False},
    {"size": 224, "crop_size": 224},
]  # fmt: skip


@pytest.mark.parametrize("config", CROPS)
def test_crops_equal_the_processor_of_transformers(config: dict[str, Any]) -> None:
    theirs, ours = CLIPImageProcessorPil(**config), llava_crop_of(config)
    for picture in pictures():
        expected = theirs(picture, return_tensors="np")["pixel_values"][0]
        assert np.abs(expected - ours(picture)["pixel_values"]).max() <= 1e-6


@pytest.mark.parametrize("side", [336, 48])
def test_tiles_equal_the_processor_of_transformers(side: int) -> None:
    grids = [[side, side * 2], [side * 2, side], [side * 2] * 2, [side * 3, side], [side, side * 3]]
    config = {
        "size": {"shortest_edge": side},
        "crop_size": {"height": side, "width": side},
        "image_grid_pinpoints": grids,
    }
    theirs, ours = LlavaNextImageProcessorPil(**config), tiles_of(config)
    for picture in pictures():
        expected, found = theirs(picture, return_tensors="np"), ours(picture)
        assert (expected["image_sizes"][0] == found["image_sizes"]).all()
        assert np.abs(expected["pixel_values"][0] - found["pixel_values"]).max() <= 1e-6


def test_a_preprocessing_that_is_not_understood_is_refused() -> None:
    for config in (
        {"size": {"longest_edge": 336}},
        {"size": 224, "crop_size": 336},
        {"size": 336, "do_pad": True},
        {"size": 336, "do_normalize": False},
    ):
        with pytest.raises(ModelError, match="preprocessor config"):
            llava_crop_of(config)


@pytest.mark.skipif(not PRINTED.exists(), reason="no ../shared/data")
def test_the_printed_processors_are_read_as_the_paper_defaults() -> None:
    old = json.loads((PRINTED / "llava15_style_preprocessor_config.json").read_text())
    assert llava_crop_of(old) == llava_crop_of({})
    new = json.loads((PRINTED / "llava_next_preprocessor_config.json").read_text())
    assert tiles_of(new) == tiles_of({})


@pytest.mark.skipif(not PRINTED.exists(), reason="no ../shared/data")
def test_llava_next_sees_the_printed_number_of_tiles_and_tokens() -> None:
    """808 × 1100 (height × width) gave [5, 3, 336, 336] and 2369 tokens of prompt and picture."""
    config = json.loads((PRINTED / "llava_next_preprocessor_config.json").read_text())
    prepare = tiles_of(config)
    assert isinstance(prepare, Tiles)
    arrays = prepare(tiny.picture(1100, 808))
    assert arrays["pixel_values"].shape == (5, 3, 336, 336)
    model = LlavaNextForConditionalGeneration(wide_eyes(config["image_grid_pinpoints"])).eval()
    with torch.no_grad():
        seen = model.get_image_features(
            torch.from_numpy(arrays["pixel_values"]), torch.from_numpy(arrays["image_sizes"])[None]
        )
    assert 2369 - 40 < len(seen.pooler_output[0]) < 2369


def wide_eyes(grids: list[list[int]]) -> Any:
    from transformers import LlavaNextConfig

    vision = {**tiny.VISION, "image_size": 336, "num_hidden_layers": 2}
    return LlavaNextConfig(
        vision_config={"model_type": "clip_vision_model", **vision},
        text_config={"model_type": "llama", **tiny.TEXT},
        image_token_id=3,
        image_grid_pinpoints=grids,
    )


def test_the_true_config_has_the_papers_number_of_parameters() -> None:
    with torch.device("meta"):
        model = LlavaForConditionalGeneration(LlavaConfig())
    count = sum(parameter.numel() for parameter in model.parameters())
    assert round(count / 1e9, 2) == 7.06 == PRESETS["llava-1.5-7b"].params_b
    assert model.config.text_config.hidden_size == PRESETS["llava-1.5-7b"].dim


def test_the_version_spells_every_number_of_the_preprocessing() -> None:
    one, other = (llava_crop_of({"resample": resample}) for resample in (2, 3))
    assert one.version != other.version
    assert "336" in one.version
    assert isinstance(one, Crop)
