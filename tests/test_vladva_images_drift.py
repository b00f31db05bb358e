"""A reduced decode must not move a vector: real encoder shapes, real photos, random weights.

Photos are laid side by side at their own size, so that a decoder has real detail to throw away.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import CLIPVisionConfig, CLIPVisionModel, SiglipVisionConfig, SiglipVisionModel

from vladva.encoders import load_encoder
from vladva.encoders.prepare import CLIP_MEAN, CLIP_STD, HALF, Crop, crop_of, preprocessing
from vladva.images import PIXELS_VERSION, open_image
from vladva.indexes.thumbs import LONGER_SIDE

PICTURES = 6
ACROSS, DOWN = 5, 4
TOWERS = ("siglip2-base-224", "siglip2-base-384", "clip-l-336")


@pytest.fixture(scope="module")
def photos(shared_data: Path) -> list[bytes]:
    """JPEGs of some four megapixels, twenty photos each."""
    files = iter(sorted((shared_data / "photos" / "images").glob("*.jpg")))
    return [_sheet([next(files) for _ in range(ACROSS * DOWN)]) for _ in range(PICTURES)]


def _sheet(files: list[Path]) -> bytes:
    sheet = Image.new("RGB", (ACROSS * 480, DOWN * 480))
    for number, file in enumerate(files):
        tile = open_image(file)
        tile = tile.resize((480, 480)) if max(tile.size) < 480 else tile.crop((0, 0, 480, 480))
        sheet.paste(tile, (480 * (number % ACROSS), 480 * (number // ACROSS)))
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=92)
    return stream.getvalue()


def tower(name: str, layers: int | None = None) -> tuple[Crop, Any]:
    """The preparation and the vision tower of a checkpoint of this shape, or of fewer layers."""
    torch.manual_seed(0)
    family, _, side = name.rpartition("-")
    if family == "clip-l":
        width = {"hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16}
        clip = CLIPVisionConfig(
            num_hidden_layers=layers or 24, image_size=336, patch_size=14, **width
        )
        prepare = crop_of({}, size=336, crop=336, resample=3, mean=CLIP_MEAN, std=CLIP_STD)
        return prepare, CLIPVisionModel(clip)
    siglip = SiglipVisionConfig(image_size=int(side), patch_size=16, num_hidden_layers=layers or 12)
    square = {"height": int(side), "width": int(side)}
    prepare = crop_of({}, size=square, crop=None, resample=2, mean=HALF, std=HALF)
    return prepare, SiglipVisionModel(siglip)


def vectors(model: Any, prepare: Crop, photos: list[bytes], draft: int | None) -> NDArray[Any]:
    pixels = [prepare(open_image(photo, draft=draft))["pixel_values"] for photo in photos]
    with torch.inference_mode():
        made = model(pixel_values=torch.from_numpy(np.stack(pixels))).pooler_output.numpy()
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float64)


def test_a_reduced_decode_leaves_minis_vectors_where_they_are(photos: list[bytes]) -> None:
    """Weights that were trained, in the suite; the real shapes are `make test-slow`'s."""
    mini = load_encoder("mini", device="cpu")
    draft = max(getattr(mini.prepare, "draft", 0), LONGER_SIDE)
    full, reduced, spoilt = (
        mini.encode([mini.prepare(open_image(photo, draft=size)) for photo in photos])
        for size in (None, draft, 1)
    )
    assert ((full * reduced).sum(1) >= 0.999).all()
    assert ((full * spoilt).sum(1) < (full * reduced).sum(1)).all()


def test_the_fingerprint_names_how_a_file_is_decoded_and_how_small() -> None:
    prepare, _ = tower("siglip2-base-224", layers=1)
    assert preprocessing(prepare) == f"{PIXELS_VERSION} draft=336 {prepare.version}"
    assert load_encoder("mini", device="cpu").fingerprint != _with_other_pixels("mini")


def _with_other_pixels(name: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vladva.encoders.prepare.PIXELS_VERSION", "pixels-0")
        return load_encoder(name, device="cpu").fingerprint


@pytest.mark.slow
@pytest.mark.parametrize("name", TOWERS)
def test_a_reduced_decode_leaves_the_vector_where_it_is(name: str, photos: list[bytes]) -> None:
    prepare, model = tower(name)
    model.train(mode=False)
    draft = max(prepare.draft, LONGER_SIDE)
    assert open_image(photos[0], draft=draft).width < ACROSS * 480  # reduced indeed
    full, reduced = (vectors(model, prepare, photos, size) for size in (None, draft))
    cosines = (full * reduced).sum(1)
    assert cosines.min() >= 0.999
    others = (full @ full.T)[np.triu_indices(PICTURES, 1)]
    assert (1 - cosines).max() <= 0.05 * (1 - others).mean()  # random towers see little difference
    spoilt = vectors(model, prepare, photos, prepare.draft // 4)
    assert ((full * spoilt).sum(1) < cosines).all()  # they do see too small a decode
