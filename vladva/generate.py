"""The generative half of an LVLM: captions, and the probability of "yes".

Same weights as the dual encoder, any adapter off unless it is asked for. Greedy, with a cache; the
picture is looked at and read once, however many questions are asked about it. Refuses to know
families.
"""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
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
YES, NO = ("yes", "Yes", "YES"), ("no", "No", "NO")


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
        answers: list[Tensor] = []
        with self._generating():
            seen = self.model.look([picture])
            for start in range(0, len(questions), self.batch_size):
                asked = [q.strip() + ANSWER for q in questions[start : start + self.batch_size]]
                rows = [self._asked(seen, question)[0] for question in asked]
                logits = self.model.logits(self._answer_states(rows, seen))  # [n, vocabulary]
                both = torch.stack([logits[:, ids].logsumexp(-1) for ids in (self._yes, self._no)])
                answers.append(both.softmax(0)[0])
        return np.concatenate([*(a.cpu().numpy() for a in answers), np.zeros(0, np.float32)])

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
        return self._rows(seen, self.model.writer.plain(question, self.model.writer.limit))

    def _rows(self, seen: Features, prompt: str) -> list[Row]:
        turn = self.model.writer.turn(picture=True, prompt=prompt)
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

    def _answer_states(self, rows: Sequence[Row], seen: Features) -> Tensor:
        """States [n, dim] after each row; what all rows share, the picture included, runs once."""
        token = self.model.backbone.image_token_id
        shared = len(rows[0].ids) - rows[0].ids[::-1].index(token)
        prefix = self.model.embed([Row(rows[0].ids[:shared], (0, 0))], seen, None)
        cache: Any = self.model.run(prefix, use_cache=True).past_key_values
        cache = copy.deepcopy(cache)
        cache.batch_repeat_interleave(len(rows))
        whole = self.model.embed(rows, _repeated(seen, len(rows)), None)
        rest = Batch(
            embeds=whole.embeds[:, shared:],
            mask=whole.mask,
            positions=whole.positions[..., shared:],
            extras={},
            first=whole.first,
        )
        states = self.model.run(rest, use_cache=True, past_key_values=cache).last_hidden_state
        ends = whole.mask.sum(-1) - 1 - shared
        found: Tensor = states[torch.arange(len(rows), device=states.device), ends]
        return found

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


def _repeated(seen: Features, times: int) -> Features:
    grids = None if seen.grids is None else seen.grids.repeat(times, 1)
    return Features(seen.tokens.repeat(times, 1), seen.counts * times, grids)
