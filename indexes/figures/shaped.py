"""A picture tower of a known model's shape with random weights: as fast as the real one.

For measurements. Refuses to know words, and what is measured.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import SiglipVisionConfig, SiglipVisionModel

from vladva.encoders.lanes import encode_in_lanes
from vladva.encoders.loading import batch_size_for, batches, place
from vladva.encoders.prepare import HALF, crop_of
from vladva.errors import Unsupported
from vladva.protocols import Prepare, Prepared, Vectors


class Shaped:
    """An `Encoder` of SigLIP2-base's picture tower: 12 layers of 768, 224 pixels, patches of 16."""

    def __init__(self, name: str, **shape: int) -> None:
        """`shape`: fields of `SiglipVisionConfig` other than SigLIP2-base's."""
        fields: dict[str, Any] = {"image_size": 224, "patch_size": 16, **shape}
        config = SiglipVisionConfig(**fields)
        torch.manual_seed(0)
        self._placement = place("auto", "auto", None)
        model: Any = SiglipVisionModel(config)
        self._model = model.to(self._placement.device, self._placement.dtype).eval()
        self.name = self.fingerprint = name
        self.dim = int(config.hidden_size)
        self.on_cpu = self._placement.device.type == "cpu"
        square = {"height": config.image_size, "width": config.image_size}
        self.prepare: Prepare = crop_of({}, size=square, crop=None, resample=2, mean=HALF, std=HALF)

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """Pictures → [n, dim]."""

        def states(chosen: list[int]) -> Tensor:
            pixels = torch.stack([torch.from_numpy(pictures[i]["pixel_values"]) for i in chosen])
            pixels = pixels.to(self._placement.device, self._placement.dtype)
            found: Tensor = self._model(pixel_values=pixels).pooler_output
            return found

        most = batch_size_for(self._placement, self._model)
        groups = batches([1] * len(pictures), most, len(pictures))
        return encode_in_lanes(groups, states, self.dim, self._placement.device)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002
        """Raises `Unsupported`."""
        raise Unsupported(f"{self.name} knows no words")

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:  # noqa: ARG002
        """Raises `Unsupported`."""
        raise Unsupported(f"{self.name} knows no words")
