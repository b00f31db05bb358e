"""CLIP, SigLIP and SigLIP2 against the plain recipe on the same Hugging Face classes."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
import tiny_towers
import torch
from transformers import (
    AutoTokenizer,
    CLIPConfig,
    CLIPImageProcessorPil,
    CLIPModel,
    PreTrainedTokenizerFast,
    Siglip2ImageProcessorPil,
    Siglip2Model,
    SiglipImageProcessorPil,
    SiglipModel,
)

from vladva.encoders import load_encoder, load_generator
from vladva.encoders.clip import prepare_of
from vladva.errors import ConfigError, Unsupported
from vladva.model import unit

WORDS = tiny.TOKENIZERS / "clip" / "bpe_simple_vocab_16e6.txt.gz"
CLASSES: dict[str, tuple[Any, Any]] = {
    "clip": (CLIPModel, CLIPImageProcessorPil),
    "siglip": (SiglipModel, SiglipImageProcessorPil),
    "siglip2": (Siglip2Model, Siglip2ImageProcessorPil),
}


@pytest.mark.parametrize("kind", CLASSES)
def test_picture_vectors_equal_the_plain_recipe(kind: str) -> None:
    folder = tiny.checkpoint(kind)
    encoder = load_encoder(str(folder), device="cpu")
    vectors = encoder.encode([encoder.prepare(picture) for picture in tiny.PICTURES])
    model_class, processor_class = CLASSES[kind]
    model, processor = (
        model_class.from_pretrained(folder).eval(),
        processor_class.from_pretrained(folder),
    )
    with torch.no_grad():
        for picture, vector in zip(tiny.PICTURES, vectors, strict=True):
            inputs = processor(picture, return_tensors="pt")
            expected = unit(model.get_image_features(**inputs).pooler_output)[0].numpy()
            assert np.abs(expected - vector).max() <= 1e-5


@pytest.mark.parametrize("kind", CLASSES)
def test_text_vectors_equal_the_plain_recipe(kind: str) -> None:
    folder = tiny.checkpoint(kind)
    encoder = load_encoder(str(folder), device="cpu")
    model = CLASSES[kind][0].from_pretrained(folder).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    for text in tiny.TEXTS:
        vector = encoder.encode_texts([text])[0]
        said = text.strip() if kind == "clip" else text.strip().lower()
        options = {} if kind == "clip" else {"padding": "max_length"}
        ids = tokenizer(
            said, max_length=encoder.length, truncation=True, return_tensors="pt", **options
        ).input_ids
        with torch.no_grad():
            expected = unit(model.get_text_features(ids).pooler_output)[0].numpy()
        assert np.abs(expected - vector).max() <= 1e-5


@pytest.mark.parametrize("kind", ["siglip", "siglip2"])
def test_siglip_reads_lower_case(kind: str) -> None:
    encoder = load_encoder(str(tiny.checkpoint(kind)), device="cpu")
    vectors = encoder.encode_texts(["A DOG", "a dog"])
    assert (vectors[0] == vectors[1]).all()


def test_two_towers_take_no_adapter_and_generate_nothing(tmp_path: Path) -> None:
    name = str(tiny.checkpoint("clip"))
    with pytest.raises(ConfigError, match="takes no adapter"):
        load_encoder(name, device="cpu", adapter=tmp_path)
    with pytest.raises(Unsupported, match="only embeds"):
        load_generator(name, device="cpu")


def shapes() -> list[Any]:
    sizes = [(640, 480), (333, 777), (1000, 90), (17, 11), (256, 256), (1, 1)]
    return [tiny.picture(*size, seed=i) for i, size in enumerate(sizes)]


@pytest.mark.parametrize("size", [224, 256])
def test_clip_pixels_equal_the_processor_of_transformers(size: int) -> None:
    config = {"size": size, "crop_size": size, "do_center_crop": True, "resample": 3}
    compare(CLIPImageProcessorPil(**config), prepare_of("clip", config, vision(224)))
    compare(CLIPImageProcessorPil(), prepare_of("clip", {}, vision(224)))


def test_siglip_pixels_equal_the_processor_of_transformers() -> None:
    config = {"size": {"height": 256, "width": 256}, "resample": 2}
    compare(SiglipImageProcessorPil(**config), prepare_of("siglip", config, vision(256)))
    compare(SiglipImageProcessorPil(), prepare_of("siglip", {}, vision(224)))


@pytest.mark.parametrize("most", [64, 256, 1024])
def test_naflex_pixels_equal_the_processor_of_transformers(most: int) -> None:
    config = {"max_num_patches": most, "patch_size": 16}
    compare(Siglip2ImageProcessorPil(**config), prepare_of("siglip2", config, vision(256)))


def compare(theirs: Any, ours: Any) -> None:
    for picture in shapes():
        expected, found = theirs(picture, return_tensors="np"), ours(picture)
        assert set(expected) == set(found)
        for key, array in found.items():
            assert np.abs(expected[key][0] - array).max() <= 1e-6


def vision(side: int) -> Any:
    return CLIPConfig(vision_config={"image_size": side, "patch_size": 16})


@pytest.mark.skipif(not WORDS.exists(), reason="no ../shared/data")
def test_the_true_vocabulary_of_clip_is_read_right(tmp_path: Path) -> None:
    """Ids of CLIP's own vocabulary; the folder holds vocab.json and merges.txt, as the hub's do."""
    merges = gzip.decompress(WORDS.read_bytes()).decode().split("\n")[1 : 49152 - 256 - 2 + 1]
    alphabet = [*range(ord("!"), ord("~") + 1), *range(161, 173), *range(174, 256)]
    letters = [chr(i) for i in alphabet] + [chr(256 + i) for i in range(256 - len(alphabet))]
    words = [*letters, *(letter + "</w>" for letter in letters)]
    words += ["".join(merge.split()) for merge in merges]
    words += ["<|startoftext|>", "<|endoftext|>"]
    (tmp_path / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges))
    config = CLIPConfig(
        text_config={**tiny_towers.TOWER, "vocab_size": 49408, "max_position_embeddings": 77},
        vision_config=tiny.VISION,
    )
    model = CLIPModel(config)
    tiny.spread(model)
    model.save_pretrained(tmp_path)
    encoder: Any = load_encoder(str(tmp_path), device="cpu")
    ids = encoder.tokenizer("A photo of a cat").input_ids
    assert ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert ids == AutoTokenizer.from_pretrained(tmp_path)("a photo of a cat").input_ids
    vectors = encoder.encode_texts(["a photo of a cat", "A  PHOTO of a cat", "a photo of a dog"])
    assert np.abs(vectors[0] - vectors[1]).max() <= 1e-5
    assert np.abs(vectors[0] - vectors[2]).max() > 1e-4
