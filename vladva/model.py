"""One LVLM as two towers: the state of the summary token of a picture, or of a text.

After "Discriminative Fine-tuning of LVLMs" (VladVA, CVPR 2025): image tokens and an image prompt
go through the language model, caption and text prompt go through the same weights, and the last
token's state is the embedding; read after the final norm (ours). With causal attention a caption
that follows the image prompt leaves the summary token untouched, so one image pass serves both
losses. Refuses to know families, files and how vectors are kept.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import RLock
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn

from vladva.errors import Unsupported
from vladva.prompts import PromptPair
from vladva.protocols import Prepared
from vladva.rows import Row, Writer

Side = Literal["image", "text"]
Part = Literal["vision", "projector"]
"""What an adapter may change beside the language model."""
PARTS: tuple[Part, ...] = ("vision", "projector")
IGNORED = -100
"""Target id of a position that has no next token."""


@dataclass(frozen=True)
class Features:
    """A batch of pictures after vision tower and projector. Plain tensors: they can be cached."""

    tokens: Tensor  # [sum(counts), dim], picture after picture
    counts: tuple[int, ...]
    grids: Tensor | None = None  # int64 [n, 3] time, height, width in patches; Qwen only
    deep: tuple[Tensor, ...] = ()  # Qwen3-VL adds these to its first layers, each like tokens


@dataclass(frozen=True)
class ImageSide:
    """What one image pass gives. States are not normalised, in the model's dtype."""

    summary: Tensor  # [n, dim]
    caption_states: Tensor  # [n, T, dim], the state that predicts each caption token
    caption_ids: Tensor  # int64 [n, T], IGNORED where there is no token


class Backbone(Protocol):
    """What a family says about its model: everything here is the same for all else."""

    base: Any
    """The multimodal model without its head; its attribute `language` is its language side."""
    language: str
    head: nn.Module | None
    """States → logits; None for an embedder that has none."""
    image_token_id: int
    stops: frozenset[int]
    """Ids that end an answer."""

    def look(self, pictures: Sequence[Prepared]) -> Features:
        """Pictures → image tokens, on the model's device."""
        ...

    def part(self, name: Part) -> tuple[nn.Module, ...]:
        """The modules that are the vision tower, or the projector: disjoint, in a fixed order."""
        ...

    def positions(self, ids: Tensor, mask: Tensor, grids: Tensor | None) -> Tensor:
        """Ids [n, T] and mask → the position ids that the language model takes."""
        ...


class Adapter(Protocol):
    """What training adds to a base: soft prompts, and a change of weights that can be off."""

    @property
    def image_prompt(self) -> Tensor | None:
        """Stands for the image prompt's embeddings, [k, dim]."""
        ...

    @property
    def text_prompt(self) -> Tensor | None:
        """Stands for the text prompt's embeddings, [k, dim]."""
        ...

    def off(self) -> AbstractContextManager[None]:
        """The base's own weights inside the context."""
        ...


@dataclass(frozen=True)
class Batch:
    """Rows as tensors: embedded, padded, placed."""

    embeds: Tensor  # [n, T, dim]
    mask: Tensor  # int64 [n, T]
    positions: Tensor
    extras: dict[str, Any]
    first: Tensor  # int64 [n], where each row begins


class VladVA:
    """A backbone, a prompt pair, and maybe an adapter, read out at the summary token.

    Its methods are differentiable and leave grad mode and train mode to the caller.
    """

    def __init__(self, backbone: Backbone, writer: Writer, prompts: PromptPair) -> None:
        self.backbone = backbone
        self.writer = writer
        self.prompts = prompts
        self.adapter: Adapter | None = None
        self.lock = RLock()
        """Held by who computes from several threads: an adapter is on or off for all of them."""
        self.embedding: nn.Module = backbone.base.get_input_embeddings()

    @property
    def language_model(self) -> nn.Module:
        """The language side. Set it to wrap it; keyword arguments must pass through."""
        model: nn.Module = getattr(self.backbone.base, self.backbone.language)
        return model

    @language_model.setter
    def language_model(self, model: nn.Module) -> None:
        setattr(self.backbone.base, self.backbone.language, model)

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return int(self.backbone.base.config.get_text_config().hidden_size)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.embedding.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """What the model computes in."""
        return next(self.embedding.parameters()).dtype

    def look(self, pictures: Sequence[Prepared]) -> Features:
        """Pictures → image tokens: vision tower and projector, with an adapter's LoRA on them."""
        return self.backbone.look(pictures)

    def image_side(
        self,
        pictures: Sequence[Prepared] | Features,
        *,
        captions: Sequence[Sequence[int]] = (),
        soft_prompt: Tensor | None = None,
    ) -> ImageSide:
        """[picture][image prompt][caption] → summary states, and those that predict the caption.

        `captions`: token ids for each picture (see `caption_ids`), or none at all.
        `soft_prompt` [k, dim] stands for the prompt, else the adapter's, else the written one.
        """
        seen = pictures if isinstance(pictures, Features) else self.look(pictures)
        turn = self.writer.turn(picture=True, prompt=self.prompts.image)
        rows = [turn.with_picture(self.backbone.image_token_id, count) for count in seen.counts]
        soft = soft_prompt if soft_prompt is not None else self._learned("image")
        rows = self._with_soft(rows, soft)
        ends = torch.tensor([len(row.ids) for row in rows], device=self.device) - 1
        full = [
            Row(row.ids + tuple(ids), row.slot)
            for row, ids in zip(rows, captions or [()] * len(rows), strict=True)
        ]
        batch = self.embed(full, seen, soft)
        states = self.run(batch).last_hidden_state  # [n, T, dim]
        ends = ends + batch.first
        longest = max((len(ids) for ids in captions), default=0)
        targets = _padded(captions or [()] * len(rows), longest, IGNORED).to(self.device)
        places = ends[:, None] + torch.arange(longest, device=self.device)
        places = places.clamp(max=states.shape[1] - 1)
        rowwise = torch.arange(len(rows), device=self.device)
        return ImageSide(states[rowwise, ends], states[rowwise[:, None], places], targets)

    def text_side(self, texts: Sequence[str], *, soft_prompt: Tensor | None = None) -> Tensor:
        """[text][text prompt] → summary states [n, dim]."""
        rows = [self.writer.turn(picture=False, text=t, prompt=self.prompts.text) for t in texts]
        soft = soft_prompt if soft_prompt is not None else self._learned("text")
        return self._summaries(rows, None, soft)

    def joint_side(
        self,
        pictures: Sequence[Prepared] | Features,
        texts: Sequence[str],
        *,
        soft_prompt: Tensor | None = None,
    ) -> Tensor:
        """[picture][text][image prompt] → summary states [n, dim]: a picture, changed by words.

        Ours: the image prompt closes it, since what is sought is a picture.
        """
        seen = pictures if isinstance(pictures, Features) else self.look(pictures)
        rows = [
            self.writer.turn(picture=True, text=text, prompt=self.prompts.image).with_picture(
                self.backbone.image_token_id, count
            )
            for text, count in zip(texts, seen.counts, strict=True)
        ]
        soft = soft_prompt if soft_prompt is not None else self._learned("image")
        return self._summaries(rows, seen, soft)

    def prompt_embeddings(self, side: Side) -> Tensor:
        """The written prompt's token embeddings [k, dim], detached: where a soft prompt starts."""
        if side == "image":
            row = self.writer.turn(picture=True, prompt=self.prompts.image)
        else:  # behind a text, as always: at the start of a row its first word has other tokens
            row = self.writer.turn(picture=False, text="a", prompt=self.prompts.text)
        ids = torch.tensor(row.ids[slice(*row.slot)], dtype=torch.int64, device=self.device)
        embedded: Tensor = self.embedding(ids)
        return embedded.detach().clone()

    def caption_ids(self, captions: Sequence[str], limit: int = 500) -> list[list[int]]:
        """Captions → ids for `image_side`: at most `limit` tokens, then the end-of-turn token."""
        return [self.writer.answer(caption, limit) for caption in captions]

    def logits(self, states: Tensor) -> Tensor:
        """States [..., dim] → next-token logits [..., vocabulary], float32."""
        if self.backbone.head is None:
            raise Unsupported("this model is an embedder: it has no head that makes words")
        logits: Tensor = self.backbone.head(states)
        return logits.float()

    def embed(
        self,
        rows: Sequence[Row],
        seen: Features | None,
        soft: Tensor | None,
        side: Literal["left", "right"] = "right",
    ) -> Batch:
        """Rows of ids → a batch padded on that side, pictures and soft prompt in their places."""
        pad = self.writer.filler
        width = max(len(row.ids) for row in rows)
        ids = _padded([row.ids for row in rows], width, pad, side).to(self.device)
        mask = _padded([[1] * len(row.ids) for row in rows], width, 0, side).to(self.device)
        first = width - mask.sum(-1) if side == "left" else torch.zeros_like(mask[:, 0])
        embeds: Tensor = self.embedding(ids)
        if soft is not None and len(soft):
            slots = [
                [0] * r.slot[0] + [1] * len(soft) + [0] * (len(r.ids) - r.slot[1]) for r in rows
            ]
            places = _padded(slots, width, 0, side).to(self.device).bool()
            repeated = soft.to(embeds).repeat(len(rows), 1)
            embeds = embeds.masked_scatter(places[..., None], repeated)
        extras: dict[str, Any] = {}
        if seen is not None:
            shown = (ids == self.backbone.image_token_id) & mask.bool()
            embeds = embeds.masked_scatter(shown[..., None], seen.tokens.to(embeds))
            if seen.deep:
                extras = {"visual_pos_masks": shown, "deepstack_visual_embeds": list(seen.deep)}
        positions = self.backbone.positions(ids, mask, seen.grids if seen else None)
        return Batch(embeds, mask, positions, extras, first)

    def run(self, batch: Batch, **options: Any) -> Any:
        """The language model on a batch, no logits. `last_hidden_state` is after the final norm."""
        options = {"use_cache": False, **batch.extras, **options}
        return self.language_model(
            inputs_embeds=batch.embeds,
            attention_mask=batch.mask,
            position_ids=batch.positions,
            **options,
        )

    def _summaries(self, rows: Sequence[Row], seen: Features | None, soft: Tensor | None) -> Tensor:
        rows = self._with_soft(rows, soft)
        batch = self.embed(rows, seen, soft)
        ends = batch.first + batch.mask.sum(-1) - 1
        states: Tensor = self.run(batch).last_hidden_state
        return states[torch.arange(len(rows), device=self.device), ends]

    def _with_soft(self, rows: Sequence[Row], soft: Tensor | None) -> list[Row]:
        if soft is None:
            return list(rows)
        return [row.with_slot(len(soft), self.writer.filler) for row in rows]

    def _learned(self, side: Side) -> Tensor | None:
        if self.adapter is None:
            return None
        return self.adapter.image_prompt if side == "image" else self.adapter.text_prompt


def unit(states: Tensor) -> Tensor:
    """States → float32 of unit L2 norm along the last axis."""
    return nn.functional.normalize(states.float(), dim=-1)


def _padded(rows: Sequence[Sequence[int]], width: int, fill: int, side: str = "right") -> Tensor:
    gaps = ([fill] * (width - len(row)) for row in rows)
    if side == "left":
        filled = [[*gap, *row] for gap, row in zip(gaps, rows, strict=True)]
    else:
        filled = [[*row, *gap] for gap, row in zip(gaps, rows, strict=True)]
    return torch.tensor(filled, dtype=torch.int64).reshape(len(rows), width)
