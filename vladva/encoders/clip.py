"""CLIP, SigLIP and SigLIP2: two towers, one projected vector each.

Refuses to know anything generative: a picture and a text never meet inside these models.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any

import torch
from torch import Tensor
from transformers import CLIPModel, PreTrainedModel, Siglip2Model, SiglipModel

from vladva.checkpoint import fingerprint
from vladva.encoders.lanes import encode_in_lanes
from vladva.encoders.loading import (
    Placement,
    batch_size_for,
    batches,
    load_tokenizer,
    load_weights,
)
from vladva.encoders.patches import Naflex
from vladva.encoders.prepare import (
    CLIP_MEAN,
    CLIP_STD,
    HALF,
    Crop,
    crop_of,
    pixels_of,
    preprocessing,
)
from vladva.encoders.source import Source
from vladva.errors import ConfigError, Unsupported
from vladva.protocols import Prepare, Prepared, Vectors

CLASSES: dict[str, type[PreTrainedModel]] = {
    "clip": CLIPModel,
    "siglip": SiglipModel,
    "siglip2": Siglip2Model,
}


class ClipEncoder:
    """Two towers behind the `Encoder` seam. One call at a time, whatever the threads."""

    def __init__(
        self, source: Source, model: PreTrainedModel, tokenizer: Any, placement: Placement
    ) -> None:
        self.name = source.name
        self.model: Any = model
        self.tokenizer = tokenizer
        self.sigmoid = source.model_type != "clip"
        text = self.model.config.text_config
        self.length = int(text.max_position_embeddings)
        prepare = prepare_of(source.model_type, source.preprocessing(), self.model.config)
        self.prepare: Prepare = prepare
        self.dim = int(getattr(text, "projection_size", None) or text.hidden_size)
        self.dim = self.dim if self.sigmoid else int(self.model.config.projection_dim)
        self.batch_size = batch_size_for(placement, model)
        self.fingerprint = fingerprint(
            source.folder,
            adapter=None,
            reading=("pooled", "lower-case" if self.sigmoid else "as written", str(self.length)),
            preprocessing=preprocessing(self.prepare),
            dtype=str(self.model.dtype),
        )
        self.on_cpu = placement.device.type == "cpu"
        self._lock = RLock()

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """Prepared pictures → [n, dim], in order."""
        return self._in_batches(len(pictures), lambda chosen: self._see(pictures, chosen))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts → [n, dim], in order. What is beyond the model's length is cut."""
        return self._in_batches(len(texts), lambda chosen: self._read([texts[i] for i in chosen]))

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:  # noqa: ARG002
        """Always raises `Unsupported`: the towers do not see each other."""
        raise Unsupported(
            f"{self.name} has two towers: it cannot read a picture and words as one query",
            "use an LVLM, such as mini or qwen3-vl-embedding-2b",
        )

    def _see(self, pictures: Sequence[Prepared], chosen: Sequence[int]) -> Tensor:
        inputs = {
            key: torch.stack([torch.from_numpy(pictures[i][key]) for i in chosen]).to(
                self.model.device
            )
            for key in pictures[chosen[0]]
        }
        inputs["pixel_values"] = inputs["pixel_values"].to(self.model.dtype)
        states: Tensor = self.model.get_image_features(**inputs).pooler_output
        return states

    def _read(self, texts: Sequence[str]) -> Tensor:
        """SigLIP was trained on lower case, always at full length and without a mask."""
        texts = [text.strip().encode("utf-8", "replace").decode("utf-8") for text in texts]
        tokens = self.tokenizer(
            [text.lower() for text in texts] if self.sigmoid else texts,
            padding="max_length" if self.sigmoid else True,
            padding_side="right",
            max_length=self.length,
            truncation=True,
            return_tensors="pt",
        ).to(self.model.device)
        mask = {} if self.sigmoid else {"attention_mask": tokens["attention_mask"]}
        states: Tensor = self.model.get_text_features(tokens["input_ids"], **mask).pooler_output
        return states

    def _in_batches(self, count: int, states: Callable[[list[int]], Tensor]) -> Vectors:
        groups = batches([1] * count, self.batch_size, count)
        with self._lock:
            return encode_in_lanes(groups, states, self.dim, self.model.device)


def prepare_of(model_type: str, config: Mapping[str, Any], model: Any) -> Crop | Naflex:
    """A family's preprocessor config → its `prepare`."""
    if model_type == "siglip2":
        return Naflex(
            pixels=pixels_of(config, resample=2, mean=HALF, std=HALF),
            patch=int(config.get("patch_size") or model.vision_config.patch_size),
            most=int(config.get("max_num_patches") or 256),
        )
    side = int(model.vision_config.image_size)
    if model_type == "siglip":
        square = {"height": side, "width": side}
        return crop_of(config, size=square, crop=None, resample=3, mean=HALF, std=HALF)
    return crop_of(config, size=side, crop=side, resample=3, mean=CLIP_MEAN, std=CLIP_STD)


def load(source: Source, placement: Placement, adapter: Path | None) -> ClipEncoder:
    """A CLIP-like checkpoint → its encoder. Raises `ModelError`, `ConfigError` on an adapter."""
    if adapter is not None:
        raise ConfigError(f"{source.name} takes no adapter", "name an LVLM, or no adapter")
    model = load_weights(source, CLASSES[source.model_type], placement)
    return ClipEncoder(source, model, load_tokenizer(source), placement)
