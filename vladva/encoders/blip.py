"""BLIP and BLIP-2 for matching: contrastive towers, and a head that sees picture and text together.

The plain classes of `transformers`, read out by their parts, so that a picture is seen once for all
its texts. Refuses to know what a search or a benchmark makes of a match.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize
from transformers import Blip2ForImageTextRetrieval, BlipForImageTextRetrieval, PreTrainedModel

from vladva.encoders.loading import Placement, load_tokenizer, load_weights
from vladva.encoders.prepare import CLIP_MEAN, CLIP_STD, Crop, crop_of
from vladva.encoders.source import Source
from vladva.encoders.towers import TwoTowers, plain
from vladva.errors import ConfigError, ModelError, Unsupported
from vladva.protocols import Prepared, Vectors

CLASSES: dict[str, type[PreTrainedModel]] = {
    "blip": BlipForImageTextRetrieval,
    "blip-2": Blip2ForImageTextRetrieval,
}

ATTENTION = {"blip": "eager", "blip-2": "sdpa"}
"""BLIP's own classes know no other kind."""


class BlipMatching(TwoTowers):
    """What both generations share: the tokens, the preprocessing and the walk of a match.

    Texts keep the model's own length of 512 tokens (the authors' scripts cut at 35 and 32). The
    match reads from [CLS], as `transformers` and the authors' demo do; their training scripts put
    an [ENC] token there, which the published tokenizers do not hold.
    """

    def __init__(
        self, source: Source, model: PreTrainedModel, tokenizer: Any, placement: Placement
    ) -> None:
        config: Any = model.config
        self.tokenizer = tokenizer
        self.length = self.positions(config)
        super().__init__(
            source,
            placement,
            model,
            dim=int(config.image_text_hidden_size),
            prepare=pixels(source.preprocessing(), int(config.vision_config.image_size)),
            reading=("contrastive projection", "[CLS]", str(self.length)),
        )

    @staticmethod
    @abstractmethod
    def positions(config: Any) -> int:
        """Tokens that the text half can read."""

    @abstractmethod
    def match(self, seen: Tensor, tokens: Any) -> Tensor:
        """Patch states [n, patches, width] and n texts' tokens → logits [n, (no, yes)]."""

    def p_match(
        self, pictures: Sequence[Prepared], texts: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float64]]:
        """How likely the i-th texts are about the i-th picture → float64 [n_i] each, 0..1.

        A picture is seen once. In float64, since near 1 a float32 makes equal what is not.
        """
        with self.lock, torch.inference_mode():
            return list(self._matched(pictures, texts))

    def _matched(
        self, pictures: Sequence[Prepared], texts: Sequence[Sequence[str]]
    ) -> Iterator[NDArray[np.float64]]:
        for picture, own in zip(pictures, texts, strict=True):
            seen = self.patches([picture]) if own else None
            logits = [np.empty((0, 2))]
            for start in range(0, len(own), self.batch_size):
                chunk = [plain(text) for text in own[start : start + self.batch_size]]
                found = self.match(seen.expand(len(chunk), -1, -1), self.tokens(chunk))  # type: ignore[union-attr]
                logits.append(found.double().cpu().numpy())
            no, yes = np.concatenate(logits).T
            yield np.exp(-np.logaddexp(0, no - yes))

    def patches(self, pictures: Sequence[Prepared]) -> Tensor:
        """One batch of pictures → the vision tower's states [n, patches, width]."""
        states: Tensor = self.model.vision_model(**self.stacked(pictures)).last_hidden_state
        return states

    def tokens(self, texts: Sequence[str]) -> Any:
        """Texts → `input_ids` and `attention_mask` [n, longest], padded on the right."""
        return self.tokenizer(
            list(texts),
            padding=True,
            padding_side="right",
            max_length=self.length,
            truncation=True,
            return_tensors="pt",
        ).to(self.device)


class BlipEncoder(BlipMatching):
    """BLIP: one vector a picture; texts and matches by one text encoder."""

    @staticmethod
    def positions(config: Any) -> int:
        """Tokens that the text half can read."""
        return int(config.text_config.max_position_embeddings)

    def see(self, pictures: Sequence[Prepared]) -> Tensor:
        """One batch of pictures → states [n, dim]."""
        states: Tensor = self.model.vision_proj(self.patches(pictures)[:, 0])
        return states

    def read(self, texts: Sequence[str]) -> Tensor:
        """One batch of texts → states [n, dim]."""
        tokens = self.tokens(texts)
        out = self.model.text_encoder(tokens.input_ids, attention_mask=tokens.attention_mask)
        states: Tensor = self.model.text_proj(out.last_hidden_state[:, 0])
        return states

    def match(self, seen: Tensor, tokens: Any) -> Tensor:
        """Patch states [n, patches, width] and n texts' tokens → logits [n, (no, yes)]."""
        out = self.model.text_encoder(
            tokens.input_ids,
            attention_mask=tokens.attention_mask,
            encoder_hidden_states=seen,
            encoder_attention_mask=_ones(seen),
        )
        logits: Tensor = self.model.itm_head(out.last_hidden_state[:, 0])
        return logits


class Blip2Matching(BlipMatching):
    """BLIP-2: a picture is 32 query vectors, a text one; they are as alike as the best of them."""

    @staticmethod
    def positions(config: Any) -> int:
        """Tokens that the text half can read."""
        return int(config.qformer_config.max_position_embeddings)

    def see(self, pictures: Sequence[Prepared]) -> Tensor:  # noqa: ARG002
        """Always raises `Unsupported`: there is no single vector."""
        raise self._no_single_vector()

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:  # noqa: ARG002
        """Always raises `Unsupported`: there is no single vector. See `encode_sets`."""
        raise self._no_single_vector()

    def encode_sets(self, pictures: Sequence[Prepared]) -> Vectors:
        """Pictures → float32 [n, queries, dim] of unit rows, in order.

        The similarity to a text is the largest of the products (BLIP-2, section 3.1).
        """
        found = [np.empty((0, self.model.config.num_query_tokens, self.dim), np.float32)]
        with self.lock, torch.inference_mode():
            for start in range(0, len(pictures), self.batch_size):
                seen = self.patches(pictures[start : start + self.batch_size])
                states = self._queried(seen, self._queries(seen))
                rows = self.model.vision_projection(self._like(states))
                found.append(normalize(rows.float(), dim=-1).cpu().numpy())
        return np.concatenate(found)

    def read(self, texts: Sequence[str]) -> Tensor:
        """One batch of texts → states [n, dim]."""
        tokens = self.tokens(texts)
        out = self.model.qformer(
            query_embeds=self.model.embeddings(input_ids=tokens.input_ids),
            query_length=0,
            attention_mask=tokens.attention_mask,
        )
        states: Tensor = self.model.text_projection(self._like(out.last_hidden_state[:, 0]))
        return states

    def match(self, seen: Tensor, tokens: Any) -> Tensor:
        """Patch states [n, patches, width] and n texts' tokens → logits [n, (no, yes)]."""
        queries = self._queries(seen)
        both = self.model.embeddings(input_ids=tokens.input_ids, query_embeds=queries)
        mask = torch.cat([_ones(queries), tokens.attention_mask], dim=1)
        states = self._queried(seen, both, query_length=queries.shape[1], attention_mask=mask)
        logits: Tensor = self.model.itm_head(self._like(states[:, : queries.shape[1]]))
        return logits.mean(dim=1)

    def _no_single_vector(self) -> Unsupported:
        return Unsupported(
            f"{self.name} has {self.model.config.num_query_tokens} vectors a picture: an index, "
            "which keeps one, cannot hold them",
            "it is for `vladva eval`; index with another model, such as blip-itm-l",
        )

    def _queries(self, seen: Tensor) -> Tensor:
        queries: Tensor = self.model.query_tokens
        return queries.expand(len(seen), -1, -1)

    def _queried(self, seen: Tensor, embeds: Tensor, **how: Any) -> Tensor:
        out = self.model.qformer(
            query_embeds=embeds,
            encoder_hidden_states=seen,
            encoder_attention_mask=_ones(seen),
            **how,
        )
        states: Tensor = out.last_hidden_state
        return states

    def _like(self, states: Tensor) -> Tensor:
        """The Q-Former stays in float32, its projections do not."""
        return states.to(self.model.itm_head.weight.dtype)


def pixels(config: Mapping[str, Any], side: int) -> Crop:
    """A preprocessor config → `prepare`; `side`: of the square that is seen where it says none."""
    square = {"height": side, "width": side}
    return crop_of(config, size=square, crop=None, resample=3, mean=CLIP_MEAN, std=CLIP_STD)


def _ones(states: Tensor) -> Tensor:
    return torch.ones(states.shape[:-1], dtype=torch.long, device=states.device)


def load(source: Source, placement: Placement, adapter: Path | None) -> BlipMatching:
    """A BLIP checkpoint for matching → its encoder. Raises `ModelError`, `ConfigError`."""
    if adapter is not None:
        raise ConfigError(f"{source.name} takes no adapter", "name an LVLM, or no adapter")
    model = load_weights(
        source, CLASSES[source.model_type], placement, ATTENTION[source.model_type]
    )
    if source.model_type == "blip":
        return BlipEncoder(source, model, load_tokenizer(source), placement)
    queries: Any = model.config.qformer_config
    if not queries.use_qformer_text_input:
        raise ModelError(
            f"{source.name} is configured without the text half of its Q-Former",
            "take its newest revision, or set use_qformer_text_input in its config.json",
        )
    return Blip2Matching(source, model, load_tokenizer(source), placement)
