"""CLIP, SigLIP and SigLIP2: two towers, one projected vector each.

Refuses to know anything generative: a picture and a text never meet inside these models.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor
from transformers import CLIPModel, PreTrainedModel, Siglip2Model, SiglipModel

from vladva.encoders.loading import Placement, load_tokenizer, load_weights
from vladva.encoders.patches import Naflex
from vladva.encoders.prepare import CLIP_MEAN, CLIP_STD, HALF, Crop, crop_of, pixels_of
from vladva.encoders.source import Source
from vladva.encoders.towers import TwoTowers
from vladva.errors import ConfigError
from vladva.protocols import Prepared

CLASSES: dict[str, type[PreTrainedModel]] = {
    "clip": CLIPModel,
    "siglip": SiglipModel,
    "siglip2": Siglip2Model,
}


class ClipEncoder(TwoTowers):
    """CLIP, SigLIP and SigLIP2 behind the `Encoder` seam."""

    def __init__(
        self, source: Source, model: PreTrainedModel, tokenizer: Any, placement: Placement
    ) -> None:
        config: Any = model.config
        text = config.text_config
        self.tokenizer = tokenizer
        self.sigmoid = source.model_type != "clip"
        self.length = int(text.max_position_embeddings)
        projected = getattr(text, "projection_size", None) or text.hidden_size
        super().__init__(
            source,
            placement,
            model,
            dim=int(projected if self.sigmoid else config.projection_dim),
            prepare=prepare_of(source.model_type, source.preprocessing(), config),
            reading=("pooled", "lower-case" if self.sigmoid else "as written", str(self.length)),
        )

    def see(self, pictures: Sequence[Prepared]) -> Tensor:
        """One batch of pictures → states [n, dim]."""
        states: Tensor = self.model.get_image_features(**self.stacked(pictures)).pooler_output
        return states

    def read(self, texts: Sequence[str]) -> Tensor:
        """SigLIP was trained on lower case, always at full length and without a mask."""
        tokens = self.tokenizer(
            [text.lower() for text in texts] if self.sigmoid else list(texts),
            padding="max_length" if self.sigmoid else True,
            padding_side="right",
            max_length=self.length,
            truncation=True,
            return_tensors="pt",
        ).to(self.device)
        mask = {} if self.sigmoid else {"attention_mask": tokens["attention_mask"]}
        states: Tensor = self.model.get_text_features(tokens["input_ids"], **mask).pooler_output
        return states


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
