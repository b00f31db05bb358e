"""Qwen2-VL, Qwen2.5-VL and Qwen3-VL against the plain recipe on the same Hugging Face classes."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from PIL import Image
from transformers import (
    AutoConfig,
    AutoTokenizer,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessorPil,
    Qwen3VLForConditionalGeneration,
    Qwen3VLModel,
)

from vladva.encoders import load_encoder
from vladva.encoders.loading import place
from vladva.encoders.qwen_vl import MAX_PIXELS, load, patches_of
from vladva.encoders.source import Source
from vladva.errors import Unsupported
from vladva.model import unit
from vladva.presets import PRESETS
from vladva.prompts import PROMPTS

TRUE = tiny.TOKENIZERS / "qwen3_vl_embedding"
needs_true = pytest.mark.skipif(not TRUE.exists(), reason="no ../shared/data")
PAIR = PROMPTS["scene"]
KINDS = ["qwen2_vl", "qwen2_5_vl", "qwen3_vl"]
WHOLE: dict[str, Any] = {
    "qwen2_vl": Qwen2VLForConditionalGeneration,
    "qwen2_5_vl": Qwen2_5_VLForConditionalGeneration,
    "qwen3_vl": Qwen3VLForConditionalGeneration,
}


def plain_state(
    model: Any, tokenizer: Any, processor: Any, conversation: list[Any], picture: Any
) -> Any:
    """The public recipe: template, placeholders as the processor expands them, last state."""
    text = tokenizer.apply_chat_template(conversation, add_generation_prompt=True, tokenize=False)
    inputs: dict[str, Any] = {}
    if picture is not None:
        inputs = dict(processor(picture, return_tensors="pt"))
        tokens = int(inputs["image_grid_thw"].prod()) // 4
        text = text.replace("<|image_pad|>", "<|image_pad|>" * tokens)
    ids = tokenizer(text, return_tensors="pt")
    inputs["mm_token_type_ids"] = (ids.input_ids == model.config.image_token_id).int()
    base = getattr(model, "model", model)
    base.rope_deltas = None
    with torch.no_grad():
        states = base(**ids, **inputs).last_hidden_state
    return unit(states[:, -1]).numpy()


def user(*content: dict[str, str]) -> list[Any]:
    return [{"role": "user", "content": list(content)}]


def said(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


IMAGE = {"type": "image"}


@lru_cache(maxsize=8)
def parts(kind: str) -> tuple[Any, Any, Any]:
    folder = tiny.checkpoint(kind)
    return (
        WHOLE[kind].from_pretrained(folder).eval(),
        AutoTokenizer.from_pretrained(folder),
        Qwen2VLImageProcessorPil.from_pretrained(folder),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_many_sizes_in_one_batch_equal_the_plain_recipe(kind: str) -> None:
    encoder = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    seen = [*tiny.PICTURES, tiny.picture(333, 77, 5), tiny.picture(17, 11, 6)]
    vectors = encoder.encode([encoder.prepare(picture) for picture in seen])
    for picture, vector in zip(seen, vectors, strict=True):
        expected = plain_state(*parts(kind), user(IMAGE, said(PAIR.image)), picture)
        assert np.abs(expected - vector).max() <= 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_texts_of_many_lengths_in_one_batch_equal_the_plain_recipe(kind: str) -> None:
    encoder = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    texts = [text.strip() for text in tiny.TEXTS]
    for text, vector in zip(texts, encoder.encode_texts(texts), strict=True):
        asked = f"{text}\n{PAIR.text}" if text else PAIR.text
        expected = plain_state(*parts(kind), user(said(asked)), None)
        assert np.abs(expected - vector).max() <= 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_joint_vectors_equal_the_plain_recipe(kind: str) -> None:
    encoder = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    picture = tiny.PICTURES[2]
    vector = encoder.encode_joint([(encoder.prepare(picture), "at night")])
    conversation = user(IMAGE, said(f"at night\n{PAIR.image}"))
    assert np.abs(plain_state(*parts(kind), conversation, picture) - vector).max() <= 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_an_earlier_picture_leaves_no_trace_in_a_later_text(kind: str) -> None:
    encoder: Any = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    fresh = encoder.encode_texts(["a dog"])
    encoder.encode([encoder.prepare(tiny.PICTURES[2])])
    encoder.generator().caption([encoder.prepare(tiny.PICTURES[2])], "short")
    assert (encoder.encode_texts(["a dog"]) == fresh).all()


def test_qwen3s_deep_features_reach_the_vector() -> None:
    encoder: Any = load_encoder(str(tiny.checkpoint("qwen3_vl")), device="cpu")
    seen = encoder.model.look([encoder.prepare(tiny.PICTURES[0])])
    assert len(seen.deep) == 2
    whole = encoder.model.image_side(seen).summary
    shallow = type(seen)(seen.tokens, seen.counts, seen.grids)
    assert (whole - encoder.model.image_side(shallow).summary).abs().max() > 1e-3


def test_where_a_picture_is_wide_or_tall_matters_to_positions() -> None:
    encoder: Any = load_encoder(str(tiny.checkpoint("qwen3_vl")), device="cpu")
    seen = encoder.model.look([encoder.prepare(tiny.picture(168, 56))])
    turned = type(seen)(seen.tokens, seen.counts, seen.grids[:, [0, 2, 1]], seen.deep)
    one, other = (encoder.model.image_side(features).summary for features in (seen, turned))
    assert (one - other).abs().max() > 1e-4


@pytest.mark.parametrize("patch", [14, 16])
def test_patches_equal_the_processor_of_transformers(patch: int) -> None:
    config = {"patch_size": patch, "merge_size": 2, "temporal_patch_size": 2, "min_pixels": 4096,
              "max_pixels": 200_000}  # fmt: skip
    theirs, ours = Qwen2VLImageProcessorPil(**config), patches_of(config, patch)
    shapes = [(640, 480), (333, 777), (1500, 100), (17, 11), (56, 56), (1, 1), (3000, 2000)]
    for index, shape in enumerate(shapes):
        picture = tiny.picture(*shape, seed=index)
        expected, found = theirs(picture, return_tensors="np"), ours(picture)
        assert (expected["image_grid_thw"][0] == found["image_grid_thw"]).all()
        assert np.abs(expected["pixel_values"] - found["pixel_values"]).max() <= 1e-6


def test_no_picture_is_looked_at_with_more_pixels_than_ours() -> None:
    prepare = patches_of({"max_pixels": 12_845_056}, 14)
    assert prepare.max_pixels == MAX_PIXELS
    grid = prepare(tiny.picture(2000, 1500))["image_grid_thw"]
    assert int(grid.prod()) * 14 * 14 <= MAX_PIXELS
    assert patches_of({}, 14).max_pixels == MAX_PIXELS
    assert patches_of({"size": {"longest_edge": 50_000, "shortest_edge": 3136}}, 14) == patches_of(
        {"max_pixels": 50_000}, 14
    )


REFERENCE = tiny.TOKENIZERS / "processors" / "qwen2.5vl"


@pytest.mark.skipif(not REFERENCE.exists(), reason="no ../shared/data")
def test_pixels_equal_the_printed_reference_of_another_implementation() -> None:
    """Its 1,000 values are the first patch: three channels, each twice, then the next.

    Its photograph is not at hand. Its first 14 x 14 pixels follow from the values, which are the
    pixels' own: a picture of the size that 540 x 360 is resized to begins with them.
    """
    said = json.loads((REFERENCE / "vision_processor.json").read_text())["processor"]["transforms"]
    steps = {step["operation"]["type"]: step["operation"].get("attrs", {}) for step in said}
    config = {
        **{key: steps["Resize"][key] for key in ("min_pixels", "max_pixels", "patch_size")},
        "rescale_factor": steps["Rescale"]["rescale_factor"],
        "image_mean": steps["Normalize"]["mean"],
        "image_std": steps["Normalize"]["std"],
        "merge_size": steps["PatchImage"]["merge_size"],
        "temporal_patch_size": steps["PatchImage"]["temporal_patch_size"],
    }
    expected = np.loadtxt(REFERENCE / "pixel_values_reference.txt")
    channels = expected[:1176].copy()
    channels.resize(6, 196)
    mean, std = (np.asarray(config[key])[:, None] for key in ("image_mean", "image_std"))
    samples = (channels[::2] * std + mean) * 255  # [3, 196]
    assert np.abs(samples - samples.round()).max() < 1e-4
    photo = np.asarray(tiny.picture(540, 360).resize((532, 364))).copy()
    photo[:14, :14] = samples.round().astype(np.uint8).reshape(3, 14, 14).transpose(1, 2, 0)
    prepare = patches_of(config, 14)
    arrays = prepare(Image.fromarray(photo))
    assert arrays["image_grid_thw"].tolist() == [1, 26, 38]
    assert prepare(tiny.picture(540, 360))["image_grid_thw"].tolist() == [1, 26, 38]
    found = arrays["pixel_values"].reshape(-1)[: len(expected)]
    assert np.abs(found - expected).max() <= 1e-6


def true_folder(folder: Path) -> Path:
    """The true tokenizer, template and pixels of Qwen3-VL-Embedding; its config cut to two layers.

    No head, as in the true checkpoint.
    """
    for file in TRUE.iterdir():
        if file.suffix in (".json", ".txt", ".jinja") and "index" not in file.name:
            (folder / file.name).write_bytes(file.read_bytes())
    config = AutoConfig.from_pretrained(TRUE)
    text, vision = config.text_config, config.vision_config
    text.num_hidden_layers, text.hidden_size, text.intermediate_size = 2, 32, 64
    text.num_attention_heads, text.num_key_value_heads, text.head_dim = 4, 2, 128
    vision.depth, vision.hidden_size, vision.intermediate_size, vision.num_heads = 3, 32, 64, 2
    vision.out_hidden_size, vision.deepstack_visual_indexes = 32, [0, 1]
    config.dtype = text.dtype = vision.dtype = torch.float32
    model = Qwen3VLModel(config)
    tiny.spread(model)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def embedding(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = true_folder(tmp_path_factory.mktemp("qwen3"))
    source = Source("qwen3-vl-embedding-8b", folder, PRESETS["qwen3-vl-embedding-8b"])
    return folder, load(source, place("cpu", "auto", None), None)


@needs_true
def test_the_official_rendering_is_written(embedding: tuple[Path, Any]) -> None:
    chat = embedding[1].model.writer.chat
    system = "<|im_start|>system\nRepresent the user's input.<|im_end|>\n"
    start, end = "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"
    assert chat.turn(picture=False, text="a dog").text == f"{system}{start}a dog{end}"
    shown = "<|vision_start|><|image_pad|><|vision_end|>"
    assert chat.turn(picture=True).text == f"{system}{start}{shown}{end}"
    assert chat.turn(picture=True, text="at night").text == f"{system}{start}{shown}at night{end}"


@needs_true
def test_the_true_config_cut_down_equals_the_public_embedder(embedding: tuple[Path, Any]) -> None:
    folder, encoder = embedding
    model = Qwen3VLModel.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(TRUE)
    processor = Qwen2VLImageProcessorPil.from_pretrained(TRUE)
    system = {"role": "system", "content": [said("Represent the user's input.")]}
    texts = ["a dog.", "雪の中の犬", "a <b>red</b> car\nat night!"]
    for text, vector in zip(texts, encoder.encode_texts(texts), strict=True):
        expected = plain_state(model, tokenizer, processor, [system, *user(said(text))], None)
        assert np.abs(expected - vector).max() <= 1e-5
    picture = tiny.picture(130, 200)
    for content, vector in (
        ([IMAGE], encoder.encode([encoder.prepare(picture)])),
        ([IMAGE, said("by day")], encoder.encode_joint([(encoder.prepare(picture), "by day")])),
    ):
        expected = plain_state(model, tokenizer, processor, [system, *user(*content)], picture)
        assert np.abs(expected - vector).max() <= 1e-5


@needs_true
def test_an_embedder_without_a_head_generates_nothing(embedding: tuple[Path, Any]) -> None:
    with pytest.raises(Unsupported, match="only embeds"):
        embedding[1].generator()
    with pytest.raises(Unsupported, match="no head"):
        embedding[1].model.logits(torch.zeros(1, 32))


@needs_true
def test_the_true_config_has_the_published_number_of_parameters() -> None:
    index = json.loads((TRUE / "model.safetensors.index.json").read_text())
    with torch.device("meta"):
        model = Qwen3VLModel(AutoConfig.from_pretrained(TRUE))
    count = sum(parameter.numel() for parameter in model.parameters())
    preset = PRESETS["qwen3-vl-embedding-8b"]
    assert count == index["metadata"]["total_parameters"]
    assert round(count / 1e9, 2) == preset.params_b
    assert index["metadata"]["total_size"] == preset.size_bytes
    assert model.config.text_config.hidden_size == preset.dim
