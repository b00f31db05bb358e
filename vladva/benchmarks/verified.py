"""Stage two on pairs of a picture and a text: the text asked of the picture as yes/no questions.

Beside the encoder's figures stand those of the answers alone, and of both together. A text becomes
questions, and answers a score, by a `Judge` from outside. Refuses to know how.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks.exam import Exam, beside_controls
from vladva.benchmarks.metrics import Scores, Wins
from vladva.benchmarks.pictures import encode_scenes, prepared
from vladva.benchmarks.registry import Models, Progress
from vladva.benchmarks.scorers import Pairs, of_encoder
from vladva.protocols import Encoder, Generator
from vladva.toyland.scene import Scene

T = TypeVar("T")
Answers = dict[tuple[int, str], float]
"""(picture, question) → P(yes)."""


class Judge(Protocol):
    """What makes questions of a text and a score of their answers."""

    def questions(self, text: str) -> Sequence[str]:
        """The yes/no questions of a text, in order."""
        ...

    def priors(self, scores: Scores) -> NDArray[np.floating]:
        """A text's cosines with all pictures → what stage one thinks of each, 0..1."""
        ...

    def score(self, text: str, answers: Sequence[float], prior: float | None) -> float:
        """P(yes) of each question, and the prior if it counts → how well the text fits."""
        ...


@dataclass(frozen=True)
class Verified:
    """Metric → percent, three times, `encoder` with the controls; and what was answered."""

    encoder: dict[str, float]
    generator: dict[str, float]
    fusion: dict[str, float]
    answers: Answers


def examine_verified(  # noqa: PLR0913 - who is judged, on what, by whom
    exam: Exam[T],
    wins: Callable[[Sequence[T], Pairs], Wins],
    models: Models,
    judge: Judge,
    *,
    seed: int,
    progress: Progress,
) -> Verified:
    """Both stages on one exam. Raises `Unsupported` where the model has no generative half."""
    generator = models.generator()
    total = 2 * len(exam.scenes)
    vectors = encode_scenes(models.encoder, exam.scenes, lambda done, _: progress(done, total))
    scorer = of_encoder(models.encoder, vectors)
    wanted = wanted_pairs(exam.items, wins)
    answers = answered(
        generator, models.encoder, exam.scenes, questions_of(wanted, judge),
        lambda done, n: progress(n + done, total),
    )  # fmt: skip
    texts = list(dict.fromkeys(text for _, text in wanted))
    cosines = scorer.table(range(len(exam.scenes)), texts)  # [pictures, texts]
    priors = {text: judge.priors(cosines[:, i]) for i, text in enumerate(texts)}
    return Verified(
        encoder=beside_controls(exam, scorer, seed),
        generator=exam.figures(wins(exam.items, Questioned(judge, answers, None))),
        fusion=exam.figures(wins(exam.items, Questioned(judge, answers, priors))),
        answers=answers,
    )


class Questioned:
    """Scores a pair by the answers to the text's questions; with `priors` by both stages."""

    def __init__(
        self, judge: Judge, answers: Answers, priors: dict[str, NDArray[np.floating]] | None
    ) -> None:
        self._judge = judge
        self._answers = answers
        self._priors = priors

    def pairs(self, pictures: Sequence[int], texts: Sequence[str]) -> Scores:
        """The i-th picture with the i-th text → float64 [n]."""
        return np.array([self._score(*pair) for pair in zip(pictures, texts, strict=True)])

    def _score(self, picture: int, text: str) -> float:
        answers = [self._answers[picture, question] for question in self._judge.questions(text)]
        prior = None if self._priors is None else float(self._priors[text][picture])
        return self._judge.score(text, answers, prior)


class _Listener:
    """Takes down which pairs a protocol wants to know of."""

    def __init__(self) -> None:
        self.heard: dict[tuple[int, str], None] = {}

    def pairs(self, pictures: Sequence[int], texts: Sequence[str]) -> Scores:
        self.heard.update(dict.fromkeys(zip(pictures, texts, strict=True)))
        return np.zeros(len(pictures))


def wanted_pairs(
    items: Sequence[T], wins: Callable[[Sequence[T], Pairs], Wins]
) -> list[tuple[int, str]]:
    """The (picture, text) pairs that a protocol scores, each once."""
    listener = _Listener()
    wins(items, listener)
    return list(listener.heard)


def questions_of(pairs: Sequence[tuple[int, str]], judge: Judge) -> dict[int, list[str]]:
    """Picture → all that is asked about it, each once."""
    asked: dict[int, dict[str, None]] = {}
    for picture, text in pairs:
        asked.setdefault(picture, {}).update(dict.fromkeys(judge.questions(text)))
    return {picture: list(questions) for picture, questions in asked.items()}


def answered(
    generator: Generator,
    encoder: Encoder,
    scenes: Sequence[Scene],
    asked: dict[int, list[str]],
    progress: Progress,
) -> Answers:
    """Draw the scenes and ask; a picture is looked at once for all its questions."""
    found: Answers = {}
    number = 0
    for chunk in prepared(encoder, scenes):
        questions = [asked.get(number + i, []) for i in range(len(chunk))]
        for own, p_yes in zip(questions, generator.p_yes_many(chunk, questions), strict=True):
            found.update({(number, q): float(p) for q, p in zip(own, p_yes, strict=True)})
            number += 1
        progress(number, len(scenes))
    return found
