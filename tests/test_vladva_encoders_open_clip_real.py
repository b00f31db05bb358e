"""Known shapes of the package, read by it and by us: its transform, its towers, its words."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from open_clip_stand_in import HAVE, encoder
from safetensors.torch import save_file

from vladva.encoders.open_clip import _package
from vladva.hub.offer import OPEN_CLIP_CONFIG, OPEN_CLIP_WEIGHTS
from vladva.model import unit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not HAVE, reason="no extra open-clip: `make test-extras`"),
]


@pytest.fixture(params=["EVA02-B-16", "PE-Core-T-16-384", "ViT-B-32"])
def given(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, Any, Any, Path]:
    """The package's model, transform and tokenizer of a shape, and a folder of such weights."""
    package = _package()
    torch.manual_seed(3)
    model, _, transform = package.create_model_and_transforms(request.param, load_weights=False)
    config = {
        "model_cfg": package.get_model_config(request.param),
        "preprocess_cfg": package.get_model_preprocess_cfg(model),
    }
    (tmp_path / OPEN_CLIP_CONFIG).write_text(json.dumps(config))
    save_file(model.state_dict(), tmp_path / OPEN_CLIP_WEIGHTS[0])
    return model.eval(), transform, package.get_tokenizer(request.param), tmp_path


def test_pictures_and_texts_have_the_vectors_of_the_package(
    given: tuple[Any, Any, Any, Path],
) -> None:
    model, transform, tokenizer, folder = given
    ours = encoder(folder)
    pictures = [*tiny.PICTURES, tiny.picture(1, 1, 5), tiny.picture(29, 50, 6)]
    texts = [*tiny.TEXTS, "a dog under a tree " * 500]
    prepared = [ours.prepare(picture) for picture in pictures]
    seen, read = ours.encode(prepared), ours.encode_texts(texts)
    assert np.abs(seen[0] - seen[1]).max() > 1e-3
    assert np.abs(read[0] - read[1]).max() > 1e-3
    with torch.no_grad():
        for picture, own, vector in zip(pictures, prepared, seen, strict=True):
            pixels = transform(picture.convert("RGB"))
            assert np.abs(pixels.numpy() - own["pixel_values"]).max() <= 1e-5
            assert np.abs(unit(model.encode_image(pixels[None]))[0].numpy() - vector).max() <= 1e-5
        for text, vector in zip(texts, read, strict=True):
            expected = unit(model.encode_text(tokenizer([text.strip()])))[0].numpy()
            assert np.abs(expected - vector).max() <= 1e-5
