"""What the LVLM families share: a loaded checkpoint as an `Encoder`, and as a `Generator`.

Refuses to know how a family looks at pictures, numbers its positions or names its classes.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast

from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from vladva.checkpoint import fingerprint
from vladva.encoders.lanes import encode_in_lanes
from vladva.encoders.loading import (
    Placement,
    batch_size_for,
    batches,
    has_weight,
    load_tokenizer,
    load_weights,
)
from vladva.encoders.patches import Patches, Tiles
from vladva.encoders.prepare import Crop, preprocessing
from vladva.encoders.source import Source
from vladva.encoders.square import Square
from vladva.errors import ModelError, Unsupported
from vladva.generate import LvlmGenerator
from vladva.model import Backbone, VladVA
from vladva.presets import PRESETS
from vladva.prompts import CHATS, DEFAULT_PROMPTS, PROMPTS, Chat, PromptPair, chat_of
from vladva.protocols import Prepare, Prepared, Vectors
from vladva.rows import Writer

TEXT_TOKENS = 1024
"""Tokens of a text that are read at most (ours); no more than half of a model's context."""
BATCH_TOKENS = 16_384
"""Tokens of text in one batch at most."""


@dataclass(frozen=True)
class Loaded:
    """A checkpoint's parts on their device."""

    base: Any
    head: nn.Module | None
    tokenizer: PreTrainedTokenizerBase
    image_token: str
    image_token_id: int
    stops: frozenset[int]


def load_parts(
    source: Source,
    whole: type[PreTrainedModel],
    base: type[PreTrainedModel],
    placement: Placement,
) -> Loaded:
    """The model with its head, or without one where the checkpoint has none (an embedder)."""
    config = source.read("config.json")
    tied = any(c.get("tie_word_embeddings") for c in (config, config.get("text_config") or {}))
    headed = tied or has_weight(source, "lm_head.weight")
    model: Any = load_weights(source, whole if headed else base, placement)
    tokenizer = load_tokenizer(source)
    image_id = int(model.config.image_token_id)
    token = tokenizer.convert_ids_to_tokens(image_id)
    if not isinstance(token, str):
        raise ModelError(f"the tokenizer of {source.name} has no image token (id {image_id})")
    return Loaded(
        base=model.model if headed else model,
        head=model.lm_head if headed else None,
        tokenizer=tokenizer,
        image_token=token,
        image_token_id=image_id,
        stops=_stops(source, tokenizer),
    )


def _stops(source: Source, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    named = source.read("generation_config.json").get("eos_token_id")
    ids = named if isinstance(named, list) else [named]
    return frozenset(int(i) for i in [*ids, tokenizer.eos_token_id] if i is not None)


def prompts_of(source: Source) -> PromptPair:
    """The pair that a preset names, else the project's own."""
    named = source.preset.prompts if source.preset else DEFAULT_PROMPTS
    return PROMPTS[named or DEFAULT_PROMPTS]


def chat_for(
    source: Source, parts: Loaded, prompts: PromptPair, fallback: Chat | None = None
) -> Chat:
    """The turn that a preset names, else the one of the tokenizer's template, else `fallback`.

    Raises `ModelError` where there is none of them.
    """
    named = CHATS.get(source.preset.chat) if source.preset else None
    if named is not None and parts.image_token in named.image:
        return named
    chat = chat_of(parts.tokenizer, parts.image_token, prompts.system) or fallback
    if chat is None:
        raise ModelError(
            f"the tokenizer of {source.name} has no chat template that shows pictures",
            f"{source.again}; its folder needs chat_template.jinja or chat_template.json",
        )
    return chat


def numbers_of(source: Source) -> dict[str, Any]:
    """The numbers of its image processor, with those that its preset sets otherwise."""
    return {**source.preprocessing(), **(source.preset.preprocessing if source.preset else {})}


class OneByOne:
    """The parts of a loaded LVLM, tokens placed one after the other. A family says how it looks.

    Half of a `model.Backbone`.
    """

    def __init__(self, parts: Loaded) -> None:
        self.base = parts.base
        self.head = parts.head
        self.image_token_id = parts.image_token_id
        self.stops = parts.stops

    def positions(self, ids: Tensor, mask: Tensor, grids: Tensor | None) -> Tensor:  # noqa: ARG002 - other families need them
        """Position ids [n, T] that count what is not padding."""
        return (mask.cumsum(-1) - 1).clamp(min=0)


def assemble(parts: Loaded, backbone: Backbone, chat: Chat, prompts: PromptPair) -> VladVA:
    """Backbone and chat → the dual encoder."""
    context = int(parts.base.config.get_text_config().max_position_embeddings)
    limit = min(TEXT_TOKENS, context // 2)
    writer = Writer(cast("Any", parts.tokenizer), chat, parts.image_token, limit)
    return VladVA(backbone, writer, prompts)


class LvlmEncoder:
    """A VladVA model behind the `Encoder` seam. One call at a time, whatever the threads."""

    def __init__(
        self,
        source: Source,
        model: VladVA,
        prepare: Crop | Tiles | Patches | Square,
        placement: Placement,
        adapter: Path | None = None,
    ) -> None:
        self.name = source.name
        self.folder = source.folder
        self.model = model
        self.prepare: Prepare = prepare
        self.dim = model.dim
        self.on_cpu = placement.device.type == "cpu"
        self.batch_size = batch_size_for(placement, model.backbone.base)
        if adapter is not None:
            _attach(model, adapter, self.base)
        self.generative = source.preset.generative if source.preset else True
        self._of_adapter = partial(
            fingerprint,
            source.folder,
            reading=(repr(model.prompts), repr(model.writer.chat), str(model.writer.limit)),
            preprocessing=preprocessing(prepare),
            dtype=placement.precision,
        )
        self.fingerprint = self._of_adapter(adapter=adapter)

    @cached_property
    def untuned_fingerprint(self) -> str:
        """Names what answers and captions, its adapter off: the same whatever the adapter is."""
        return self._of_adapter(adapter=None)

    @cached_property
    def base(self) -> dict[str, str]:
        """The checkpoint alone, as {"name", "fingerprint"}: what an adapter is made for.

        The same on every device and in every precision, whatever the prompts and the adapter.
        """
        bare = fingerprint(self.folder, adapter=None, reading=(), preprocessing="", dtype="float32")
        return {"name": self.name, "fingerprint": bare}

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        """Prepared pictures → [n, dim], in order."""
        return self._in_batches(
            [picture["pixel_values"].size for picture in pictures],
            lambda chosen: self.model.image_side([pictures[i] for i in chosen]).summary,
        )

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts → [n, dim], in order."""
        return self._in_batches(
            [min(len(text), self.model.writer.limit) + 32 for text in texts],
            lambda chosen: self.model.text_side([texts[i] for i in chosen]),
            BATCH_TOKENS,
        )

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        """(picture, text) pairs, each as one query → [n, dim], in order."""
        return self._in_batches(
            [picture["pixel_values"].size for picture, _ in queries],
            lambda chosen: self.model.joint_side(
                [queries[i][0] for i in chosen], [queries[i][1] for i in chosen]
            ),
        )

    def generator(self, *, adapter: bool = False) -> LvlmGenerator:
        """The generative half of the same weights; `adapter`: with the adapter on.

        Raises `Unsupported` on a pure embedder, and where there is no adapter to be on.
        """
        if not self.generative or self.model.backbone.head is None:
            names = ", ".join(name for name, preset in PRESETS.items() if preset.generative)
            raise Unsupported(f"{self.name} only embeds", f"models that also answer: {names}")
        if adapter and self.model.adapter is None:
            raise Unsupported(f"{self.name} has no adapter that could be on", "name one: --adapter")
        return LvlmGenerator(self.model, self.batch_size, adapter=adapter)

    def _in_batches(
        self,
        sizes: Sequence[int],
        states: Callable[[list[int]], Tensor],
        budget: int = sys.maxsize,
    ) -> Vectors:
        groups = batches(sizes, self.batch_size, budget)
        with self.model.lock:
            return encode_in_lanes(groups, states, self.dim, self.model.device)


def _attach(model: VladVA, folder: Path, base: Mapping[str, str]) -> None:
    from vladva import adapters

    adapters.attach(model, folder, base)
