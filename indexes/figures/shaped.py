"""Picture towers of a known model's shape with random weights: as fast as the real ones.

For measurements. Refuses to know words, and what is measured.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import (
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    SiglipVisionConfig,
    SiglipVisionModel,
)

from vladva.encoders.lanes import encode_in_lanes
from vladva.encoders.loading import batch_size_for, batches, place
from vladva.encoders.prepare import CLIP_MEAN, CLIP_STD, HALF, crop_of
from vladva.errors import Unsupported
from vladva.protocols import Prepare, Prepared, Vectors


class Shaped:
    """An `Encoder` of SigLIP2-base's picture tower: 12 layers of 768, 224 pixels, patches of 16."""

    def __init__(self, name: str, **shape: int) -> None:
        """`shape`: fields of the tower's config other than the known model's."""
        torch.manual_seed(0)
        self._placement = place("auto", "auto", None)
        model, self.dim, self.prepare = self.tower(shape)
        self.model = model.to(self._placement.device, self._placement.dtype).eval()
        self.name = self.fingerprint = name
        self.on_cpu = self._placement.device.type == "cpu"

    @staticmethod
    def tower(shape: Mapping[str, int]) -> tuple[Any, int, Prepare]:
        """The model, the length of its vectors, and what prepares its pictures."""
        config: Any = SiglipVisionConfig(**_any({"image_size": 224, "patch_size": 16, **shape}))
        square = {"height": config.image_size, "width": config.image_size}
        prepare = crop_of({}, size=square, crop=None, resample=2, mean=HALF, std=HALF)
        return SiglipVisionModel(config), int(config.hidden_size), prepare

    def states(self, pixels: Tensor) -> Tensor:
        """Pixels [n, 3, height, width] → states [n, dim]."""
        found: Tensor = self.model(pixel_values=pixels).pooler_output
        return found

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """Pictures → [n, dim]."""

        def states(chosen: list[int]) -> Tensor:
            pixels = torch.stack([torch.from_numpy(pictures[i]["pixel_values"]) for i in chosen])
            return self.states(pixels.to(self._placement.device, self._placement.dtype))

        most = batch_size_for(self._placement, self.model)
        groups = batches([1] * len(pictures), most, len(pictures))
        return encode_in_lanes(groups, states, self.dim, self._placement.device)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002
        """Raises `Unsupported`."""
        raise Unsupported(f"{self.name} knows no words")

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:  # noqa: ARG002
        """Raises `Unsupported`."""
        raise Unsupported(f"{self.name} knows no words")


class ClipShaped(Shaped):
    """An `Encoder` of CLIP ViT-B/32's tower: 12 layers of 768, 224 pixels, patches of 32."""

    @staticmethod
    def tower(shape: Mapping[str, int]) -> tuple[Any, int, Prepare]:
        """The model, the length of its vectors, and what prepares its pictures."""
        config: Any = CLIPVisionConfig(**_any(shape))
        side = int(config.image_size)
        prepare = crop_of({}, size=side, crop=side, resample=3, mean=CLIP_MEAN, std=CLIP_STD)
        return CLIPVisionModelWithProjection(config), int(config.projection_dim), prepare

    def states(self, pixels: Tensor) -> Tensor:
        """Pixels [n, 3, height, width] → states [n, dim]."""
        found: Tensor = self.model(pixel_values=pixels).image_embeds
        return found


def _any(fields: Mapping[str, int]) -> dict[str, Any]:
    return dict(fields)
