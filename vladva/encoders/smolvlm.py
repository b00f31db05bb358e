"""SmolVLM and SmolVLM2, which are small models of Idefics3's kind.

A picture is one square of few tokens between marks. Refuses to know prompts and losses.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    Idefics3ForConditionalGeneration,
    Idefics3Model,
    PreTrainedModel,
    SmolVLMForConditionalGeneration,
    SmolVLMModel,
)

from vladva.encoders.loading import Placement
from vladva.encoders.lvlm import (
    Loaded,
    LvlmEncoder,
    OneByOne,
    assemble,
    chat_for,
    load_parts,
    numbers_of,
    prompts_of,
)
from vladva.encoders.source import Source
from vladva.encoders.square import square_of
from vladva.errors import ModelError
from vladva.model import Features, Part
from vladva.prompts import Chat
from vladva.protocols import Prepared

CLASSES: dict[str, tuple[type[PreTrainedModel], type[PreTrainedModel]]] = {
    "idefics3": (Idefics3ForConditionalGeneration, Idefics3Model),
    "smolvlm": (SmolVLMForConditionalGeneration, SmolVLMModel),
}
"""SmolVLM's first models call themselves `idefics3`, SmolVLM2's `smolvlm`."""
AROUND = "<fake_token_around_image>"
WHOLE = "<global-img>"


class SmolvlmBackbone(OneByOne):
    """Looks with a SigLIP tower, places tokens one after the other."""

    language = "text_model"

    def look(self, pictures: Sequence[Prepared]) -> Features:
        """Pictures → image tokens, the same number for each."""
        arrays = [torch.from_numpy(picture["pixel_values"]) for picture in pictures]
        pixels = torch.stack(arrays)[:, None]  # [n, 1, 3, side, side]
        pixels = pixels.to(self.base.device, self.base.dtype)
        tokens = list(self.base.get_image_features(pixel_values=pixels).pooler_output)
        return Features(torch.cat(tokens), tuple(len(own) for own in tokens))

    def part(self, name: Part) -> tuple[nn.Module, ...]:
        """Vision tower, or the connector behind it."""
        return (self.base.vision_model if name == "vision" else self.base.connector,)


def load(source: Source, placement: Placement, adapter: Path | None) -> LvlmEncoder:
    """A SmolVLM checkpoint → its encoder. Raises `ModelError`."""
    parts = load_parts(source, *CLASSES[source.model_type], placement)
    prompts = prompts_of(source)
    chat = _marked(chat_for(source, parts, prompts), source, parts)
    model = assemble(parts, SmolvlmBackbone(parts), chat, prompts)
    return LvlmEncoder(source, model, square_of(numbers_of(source)), placement, adapter)


def _marked(chat: Chat, source: Source, parts: Loaded) -> Chat:
    """The chat with the marks that stand around a picture of one square."""
    tokenizer: Any = parts.tokenizer
    known = tokenizer.get_vocab()
    lost = [mark for mark in (AROUND, WHOLE) if mark not in known]
    if lost:
        raise ModelError(f"the tokenizer of {source.name} has no {lost[0]}", source.again)
    shown = f"{AROUND}{WHOLE}{parts.image_token}{AROUND}"
    return replace(chat, image=chat.image.replace(parts.image_token, shown))
