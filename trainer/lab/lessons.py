"""What the language model is told of one drawn scene: turns, and which of their tokens it learns.

All turns follow the same picture, and none sees another: each token attends to the picture and to
its own turn, and each turn begins at the same position. So one reading of the picture serves a
dozen turns, and no answer can be copied from an earlier one. Ours. Refuses to know models.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerFast

from vladva.generate import ANSWER, CAPTION
from vladva.losses import IGNORED
from vladva.prompts import PROMPTS
from vladva.toyland.questions import KINDS_OF_QUESTION, one_word, twins
from vladva.toyland.scene import Scene
from vladva.toyland.searched import searched
from vladva.toyland.words import long_captions, paraphrases, short_captions
from vladva.trainer.lab import poor as poorly
from vladva.trainer.lab.mentions import WIDTH, Target, mentions
from vladva.trainer.lab.worlds import scene_of

PROMPT_PAIR = PROMPTS["short"]
TEXT_TOKENS = 224
"""Tokens of all turns of one picture."""
YES_NO, SEARCHED, ONE_WORD = 6, 4, 5
"""Questions asked of one picture, at most: yes or no, the same as a search asks, one word."""
LONG_SHARE = 0.3
"""Share of pictures that are described at length: it takes as many tokens as four questions."""

Turn = tuple[str, str]
"""(what is asked, what shall be answered)."""


UNNAMED: Target = (math.nan,) * WIDTH
"""Of a token that ends no name."""


@dataclass(frozen=True)
class Lesson:
    """Token ids of all turns [n]; the ids to be learned there, else IGNORED; each token's turn.

    `named`: of a token that ends the name of a thing, that thing; else UNNAMED.
    """

    ids: list[int]
    learned: list[int]
    turn: list[int]
    named: list[Target]


@dataclass(frozen=True)
class Told:
    """A batch of lessons, padded on the right: each [b, T]."""

    ids: Tensor
    learned: Tensor
    turn: Tensor
    """-1 under padding."""
    named: Tensor
    """float32 [b, T, WIDTH], nan where nothing is named, or not one thing."""

    def to(self, device: torch.device) -> "Told":
        """The same on a device."""
        parts = (self.ids, self.learned, self.turn, self.named)
        return Told(*(part.to(device) for part in parts))

    def weights(self) -> Tensor:
        """What each learned token counts, float32 [as many]: one over the root of its answer.

        A plain mean is nearly all captions: in it, a yes or no weighs a hundredth of its picture.
        """
        learned = self.learned[:, 1:] != IGNORED  # the first token of all begins a question
        turn = self.turn[:, 1:].clamp(min=0)
        lengths = torch.zeros(learned.shape, device=turn.device)
        lengths.scatter_add_(1, turn, learned.float())
        return lengths.gather(1, turn)[learned].rsqrt()

    def place(self) -> Tensor:
        """How many tokens of its own turn stand before each token, int64 [b, T]."""
        places = torch.arange(self.turn.shape[1], device=self.turn.device).expand_as(self.turn)
        starts = torch.zeros_like(self.turn, dtype=torch.bool)
        starts[:, 1:] = self.turn[:, 1:] != self.turn[:, :-1]
        first = torch.where(starts, places, 0).cummax(1).values
        return places - first


def turns(scene: Scene, rng: random.Random, *, poor: bool = False) -> list[Turn]:
    """What is asked about one picture, in random order; see `poor`."""
    short = poorly.captions(scene, rng, 2) if poor else short_captions(scene, rng, 2)
    asked = [(PROMPT_PAIR.image, short[0]), (CAPTION["short"], short[-1])]
    if not poor and rng.random() < LONG_SHARE:
        asked += [(CAPTION["long"], text) for text in long_captions(scene, rng, 1)]
    words = poorly.one_word(scene, rng) if poor else one_word(scene, rng)
    asked += rng.sample(words, min(ONE_WORD, len(words)))
    kinds = poorly.KINDS_OF_QUESTION if poor else KINDS_OF_QUESTION
    for question in twins(scene, rng, YES_NO // 2, kinds):
        asked.append((f"{question.text}{ANSWER}", "yes" if question.answer else "no"))
    for question in () if poor else searched(scene, rng, SEARCHED):
        asked.append((f"{question.text}{ANSWER}", "yes" if question.answer else "no"))
    rng.shuffle(asked)
    return asked


def lesson(
    tokenizer: PreTrainedTokenizerFast, asked: Sequence[Turn], scene: Scene | None = None
) -> Lesson:
    """Turns as tokens, about the scene if there is one; a turn beyond TEXT_TOKENS is left out."""
    made = Lesson([], [], [], [])
    for number, (question, answer) in enumerate(asked):
        question_ids, about_question = _read(tokenizer, question, scene)
        answer_ids, about_answer = _read(tokenizer, answer, scene)
        answer_ids = [*answer_ids, int(tokenizer.eos_token_id)]
        length = len(question_ids) + len(answer_ids)
        if len(made.ids) + length > TEXT_TOKENS:
            continue
        made.ids.extend(question_ids + answer_ids)
        made.learned.extend([IGNORED] * len(question_ids) + answer_ids)
        made.turn.extend([number] * length)
        made.named.extend([*about_question, *about_answer, UNNAMED])
    return made


def _read(
    tokenizer: PreTrainedTokenizerFast, text: str, scene: Scene | None
) -> tuple[list[int], list[Target]]:
    """The ids of a text, and what its tokens name."""
    read = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids: list[int] = read["input_ids"]
    about = [UNNAMED] * len(ids)
    ends = {end: at for at, (_, end) in enumerate(read["offset_mapping"])}
    for end, target in mentions(scene, text) if scene else ():
        about[ends[end]] = target
    return ids, about


def gathered(lessons: Sequence[Lesson], pad: int) -> Told:
    """Lessons of several pictures as one batch."""
    return Told(
        _padded([one.ids for one in lessons], pad),
        _padded([one.learned for one in lessons], IGNORED),
        _padded([one.turn for one in lessons], -1),
        _padded([one.named for one in lessons], UNNAMED),
    )


def _padded(rows: Sequence[Sequence[Any]], value: Any) -> Tensor:
    """Rows of whole numbers as int64 [b, T], or of mentions as float32 [b, T, WIDTH]."""
    longest = max(map(len, rows), default=0)
    filled = [[*row, *[value] * (longest - len(row))] for row in rows]
    kind = torch.int64 if isinstance(value, int) else torch.float32
    one = torch.tensor(value, dtype=kind).shape
    return torch.tensor(filled, dtype=kind).reshape(len(rows), longest, *one)


class Lessons(Dataset[tuple[int, Lesson, Lesson]]):
    """(scene number, turns about the picture, a text said in other words), by a course's numbers.

    `first + number % count` is the scene; the number itself decides what is asked this time.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerFast, count: int, *, first: int = 0, poor: bool = False
    ) -> None:
        self.tokenizer = tokenizer
        self.count, self.first, self.poor = count, first, poor

    def __getitem__(self, number: int) -> tuple[int, Lesson, Lesson]:
        rng = random.Random(number)
        index = self.first + number % self.count
        scene = scene_of(index)
        pairs = poorly.pairs(scene, rng) if self.poor else paraphrases(scene, rng, 1)
        said = [(f"{one}\n{PROMPT_PAIR.text}", other) for one, other in pairs]
        about = lesson(self.tokenizer, turns(scene, rng, poor=self.poor), scene)
        return index, about, lesson(self.tokenizer, said)
