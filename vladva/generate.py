"""The generative half of an LVLM: captions, and the probability of "yes".

Same weights as the dual encoder, any adapter off unless it is asked for. Greedy, with a cache; the
picture is looked at and read once, however many questions are asked about it. Refuses to know
families.
"""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vladva.errors import ModelError
from vladva.model import Batch, Features, VladVA
from vladva.protocols import Prepared, Style
from vladva.rows import Row

CAPTION: dict[Style, str] = {
    "short": "Describe the picture in one short sentence.",
    "long": "Describe the picture in detail.",
}
"""What is asked for a caption. A base that is trained here is trained on these words."""
CAPTION_TOKENS: dict[Style, int] = {"short": 40, "long": 200}
ANSWER = " Answer yes or no."
"""Follows a yes/no question."""
QUESTIONS = 4
"""About how many are asked of a picture: so many times fewer pictures than questions go together,
since both keep what they have read in memory."""
YES, NO = ("yes", "Yes", "YES"), ("no", "No", "NO")


@dataclass(frozen=True)
class Prefix:
    """What the questions about each picture share, as the language model keeps it."""

    cache: Any
    mask: Tensor  # int64 [pictures, T], padded on the left


class LvlmGenerator:
    """A VladVA model behind the `Generator` seam.

    `adapter`: speak with the model's adapter on, to see what tuning left of the words (ours). A
    long caption then follows the learned image prompt, as the autoregressive loss trains it; all
    else is asked in words.
    """

    def __init__(self, model: VladVA, batch_size: int, *, adapter: bool = False) -> None:
        self.model = model
        self.batch_size = batch_size
        self.tuned = adapter
        self._yes, self._no = (self._answers(words) for words in (YES, NO))
        if not self._yes or not self._no:
            raise ModelError("its tokenizer has no word for yes, or for no", "name another model")

    def caption(self, pictures: Sequence[Prepared], style: Style) -> list[str]:
        """One greedy caption a picture, in order, ended by the end-of-turn token."""
        captions: list[str] = []
        with self._generating():
            for start in range(0, len(pictures), self.batch_size):
                seen = self.model.look(pictures[start : start + self.batch_size])
                rows, soft = self._opened(seen, style)
                ids = self._continue(rows, seen, soft, CAPTION_TOKENS[style])
                captions += [self._words(row) for row in ids]
        return captions

    def p_yes(self, picture: Prepared, questions: Sequence[str]) -> NDArray[np.float32]:
        """P(yes | yes or no) of the token after each question, float32 [n]; spellings add up."""
        return self.p_yes_many([picture], [questions])[0]

    def p_yes_many(
        self, pictures: Sequence[Prepared], questions: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float32]]:
        """As `p_yes`, the i-th questions asked about the i-th picture → float32 [n_i] each."""
        found = [np.zeros(len(asked), np.float32) for asked in questions]
        places = [i for i, asked in enumerate(questions) if asked]
        with self._generating():
            at_once = max(1, self.batch_size // QUESTIONS)
            for start in range(0, len(places), at_once):
                chunk = places[start : start + at_once]
                seen = self.model.look([pictures[i] for i in chunk])
                answers = self._p_yes_of(seen, [questions[i] for i in chunk])
                for i in chunk:
                    found[i], answers = answers[: len(found[i])], answers[len(found[i]) :]
        return found

    def _p_yes_of(self, seen: Features, questions: Sequence[Sequence[str]]) -> NDArray[np.float32]:
        """P(yes) of all questions about all pictures, float32 [sum(n_i)]."""
        asked = [(i, q.strip() + ANSWER) for i, own in enumerate(questions) for q in own]
        turns = [self._turn(question) for _, question in asked]
        rows = [
            turn.with_picture(self.model.backbone.image_token_id, seen.counts[i])
            for (i, _), turn in zip(asked, turns, strict=True)
        ]
        owners = [i for i, _ in asked]
        prefix = self._prefix(rows, owners, seen)
        parts: list[Tensor] = []
        for start in range(0, len(rows), self.batch_size):
            here = slice(start, start + self.batch_size)
            states = self._answer_states(rows[here], owners[here], seen, prefix)
            logits = self.model.logits(states)  # [n, vocabulary]
            both = torch.stack([logits[:, ids].logsumexp(-1) for ids in (self._yes, self._no)])
            parts.append(both.softmax(0)[0])
        answers: NDArray[np.float32] = torch.cat(parts).cpu().numpy()
        return answers

    def _opened(self, seen: Features, style: Style) -> tuple[list[Row], Tensor | None]:
        """What a caption continues, and the soft prompt [k, dim] in it, if there is one."""
        adapter = self.model.adapter
        if not self.tuned or adapter is None or style == "short":
            return self._asked(seen, CAPTION[style]), None
        rows, soft = self._rows(seen, self.model.prompts.image), adapter.image_prompt
        if soft is not None:
            rows = [row.with_slot(len(soft), self.model.writer.filler) for row in rows]
        return rows, soft

    def _asked(self, seen: Features, question: str) -> list[Row]:
        return self._with_pictures(self._turn(question), seen)

    def _rows(self, seen: Features, prompt: str) -> list[Row]:
        return self._with_pictures(self.model.writer.turn(picture=True, prompt=prompt), seen)

    def _turn(self, question: str) -> Row:
        plain = self.model.writer.plain(question, self.model.writer.limit)
        return self.model.writer.turn(picture=True, prompt=plain)

    def _with_pictures(self, turn: Row, seen: Features) -> list[Row]:
        token = self.model.backbone.image_token_id
        return [turn.with_picture(token, count) for count in seen.counts]

    def _continue(
        self, rows: Sequence[Row], seen: Features, soft: Tensor | None, limit: int
    ) -> list[list[int]]:
        """Greedy continuation of left-padded rows, each up to its end-of-turn token."""
        batch = self.model.embed(rows, seen, soft, side="left")
        out = self.model.run(batch, use_cache=True)
        stops = torch.tensor(sorted(self.model.backbone.stops), device=self.model.device)
        chosen: list[Tensor] = []
        done = torch.zeros(len(rows), dtype=torch.bool, device=self.model.device)
        for step in range(limit):
            ids = self.model.logits(out.last_hidden_state[:, -1]).argmax(-1)
            chosen.append(ids)
            done |= torch.isin(ids, stops)
            if bool(done.all()) or step == limit - 1:
                break
            batch = self._next(batch, ids)
            out = self.model.run(batch, use_cache=True, past_key_values=out.past_key_values)
        return [self._until_stop(row) for row in torch.stack(chosen, dim=1).tolist()]

    def _next(self, batch: Batch, ids: Tensor) -> Batch:
        """The batch of one more token each: what comes before it is in the cache."""
        return Batch(
            embeds=self.model.embedding(ids[:, None]),
            mask=torch.cat([batch.mask, torch.ones_like(batch.mask[:, :1])], dim=1),
            positions=batch.positions[..., -1:] + 1,
            extras={},
            first=batch.first,
        )

    def _prefix(self, rows: Sequence[Row], owners: Sequence[int], seen: Features) -> Prefix:
        """What the rows of a picture share, run once: all up to its last token."""
        firsts = [rows[owners.index(i)] for i in range(len(seen.counts))]
        ends = [self._shared(row) for row in firsts]
        shared = [Row(row.ids[:end], (0, 0)) for row, end in zip(firsts, ends, strict=True)]
        batch = self.model.embed(shared, seen, None, side="left")
        cache: Any = self.model.run(batch, use_cache=True).past_key_values
        return Prefix(cache, batch.mask)

    def _answer_states(
        self, rows: Sequence[Row], owners: Sequence[int], seen: Features, prefix: Prefix
    ) -> Tensor:
        """States [n, dim] after each row; `owners` says whose picture it has."""
        device = self.model.device
        mine = torch.tensor(owners, device=device)
        cache = copy.copy(prefix.cache)  # choosing rows makes new tensors, so the old ones stay
        cache.layers = [copy.copy(layer) for layer in cache.layers]
        cache.batch_select_indices(mine)
        whole = self.model.embed(rows, _of(seen, owners), None)
        starts = torch.tensor([self._shared(row) for row in rows], device=device)
        lengths = whole.mask.sum(-1) - starts
        steps = torch.arange(int(lengths.max()), device=device)
        at = (starts[:, None] + steps).clamp(max=whole.mask.shape[1] - 1)  # [n, longest rest]
        rest = Batch(
            embeds=whole.embeds.take_along_dim(at[..., None], 1),
            mask=torch.cat([prefix.mask[mine], (steps < lengths[:, None]).long()], dim=1),
            positions=whole.positions.take_along_dim(
                at.expand(*whole.positions.shape[:-1], -1), -1
            ),
            extras={},
            first=whole.first,
        )
        states = self.model.run(rest, use_cache=True, past_key_values=cache).last_hidden_state
        found: Tensor = states[torch.arange(len(rows), device=device), lengths - 1]
        return found

    def _shared(self, row: Row) -> int:
        """Where the picture of a row ends."""
        return len(row.ids) - row.ids[::-1].index(self.model.backbone.image_token_id)

    def _answers(self, words: Sequence[str]) -> list[int]:
        """Spellings that are one token where they answer a turn."""
        spelled = (self.model.writer.answer(word, 8)[:-1] for word in words)
        return sorted({ids[0] for ids in spelled if len(ids) == 1})

    def _words(self, ids: Sequence[int]) -> str:
        tokenizer: Any = self.model.writer.tokenizer
        text: str = tokenizer.decode(ids, skip_special_tokens=True)
        return text.strip()

    def _until_stop(self, ids: Sequence[int]) -> list[int]:
        stops = self.model.backbone.stops
        end = next((i for i, token in enumerate(ids) if token in stops), len(ids))
        return list(ids[:end])

    @contextmanager
    def _generating(self) -> Iterator[None]:
        adapter = self.model.adapter
        off = nullcontext() if adapter is None or self.tuned else adapter.off()
        with self.model.lock, torch.inference_mode(), off:
            yield


def _of(seen: Features, owners: Sequence[int]) -> Features:
    """The features of these pictures, in this order, some more than once."""
    parts = torch.split(seen.tokens, list(seen.counts))
    grids = None if seen.grids is None else seen.grids[list(owners)]
    return Features(
        torch.cat([parts[i] for i in owners]), tuple(seen.counts[i] for i in owners), grids
    )
