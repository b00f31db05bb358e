"""What a voice has learned so far, on scenes of the test split: a look beside the training.

Only a look: the figures that count come from `vladva eval`. Refuses to train anything.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from vladva.generate import ANSWER
from vladva.toyland.draw import draw
from vladva.toyland.invent import invent
from vladva.toyland.questions import one_word, questions
from vladva.toyland.scene import Scene
from vladva.toyland.searched import searched
from vladva.trainer.lab.lessons import Told, gathered, lesson
from vladva.trainer.lab.vision import to_pixels

SCENES, SEED, AT_ONCE = 320, 9, 32
"""Far from the seeds that `vladva eval` draws by default."""
YES_NO = 6

Asked = tuple[str, str, str]
"""(kind, question, answer)."""


class Speaks(Protocol):
    """What is listened to: `language.Voice`."""

    def look(self, pixels: Tensor) -> Tensor:
        """Pixels → image tokens."""
        ...

    def logits(self, told: Told, image: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits where something is to be said, and what is right there."""
        ...


@cache
def pictures(size: int) -> tuple[list[Scene], NDArray[np.uint8]]:
    """The scenes and their pixels, uint8 [SCENES, size, size, 3]."""
    scenes = [invent("test", SEED, index) for index in range(SCENES)]
    return scenes, np.stack([np.asarray(draw(scene, size)) for scene in scenes])


def asked(scene: Scene, rng: random.Random) -> list[Asked]:
    """Yes/no questions, and as many that one word answers."""
    found = [
        (question.kind, f"{question.text}{ANSWER}", "yes" if question.answer else "no")
        for question in [*questions(scene, rng, YES_NO), *searched(scene, rng, YES_NO)]
    ]
    words = one_word(scene, rng)
    return found + [("one_word", *pair) for pair in rng.sample(words, min(YES_NO, len(words)))]


@torch.no_grad()
def heard(
    voice: Speaks, tokenizer: PreTrainedTokenizerFast, size: int, device: torch.device
) -> dict[str, float]:
    """Share of right answers by kind of question, percent; pictures are `size` pixels wide."""
    scenes, pixels = pictures(size)
    right: dict[str, list[bool]] = defaultdict(list)
    for start in range(0, SCENES, AT_ONCE):
        part = slice(start, start + AT_ONCE)
        rows = [asked(scene, random.Random(scene.index)) for scene in scenes[part]]
        image = voice.look(to_pixels(pixels[part]).to(device))
        for kind, is_right in _answers(voice, tokenizer, rows, image):
            right[kind].append(is_right)
    return {kind: round(100 * float(np.mean(hits)), 1) for kind, hits in sorted(right.items())}


def _answers(
    voice: Speaks,
    tokenizer: PreTrainedTokenizerFast,
    rows: Sequence[Sequence[Asked]],
    image: Tensor,
) -> Iterator[tuple[str, bool]]:
    """The first token of each answer decides; yes and no are compared with each other alone."""
    lessons = [lesson(tokenizer, [each[1:] for each in row]) for row in rows]
    logits, ids = voice.logits(gathered(lessons, 0).to(image.device), image)
    logits, ids = logits.cpu(), ids.cpu()
    words = [tokenizer(word, add_special_tokens=False)["input_ids"][0] for word in ("yes", "no")]
    ends = (ids == tokenizer.eos_token_id).nonzero()[:, 0].tolist()
    kept = [row[n] for one, row in zip(lessons, rows, strict=True) for n in dict.fromkeys(one.turn)]
    for at, (kind, *_) in zip([0, *(end + 1 for end in ends[:-1])], kept, strict=True):
        among = range(logits.shape[1]) if kind == "one_word" else words
        best = among[int(logits[at, list(among)].argmax())]
        yield kind, best == int(ids[at])
