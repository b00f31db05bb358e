"""Stage two on pairs of a picture and a text: the text asked of the picture as yes/no questions.

Beside the encoder's figures stand those of the answers alone, and of both together. A text becomes
questions, and answers a score, by a `Judge` from outside. Refuses to know how.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks.exam import Exam, beside_controls
from vladva.benchmarks.metrics import Scores, Wins
from vladva.benchmarks.pictures import prepared
from vladva.benchmarks.registry import Models, Progress
from vladva.benchmarks.scorers import TEXTS_AT_ONCE, Pairs, Scorer, of_encoder
from vladva.protocols import Prepared, Vectors

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


@dataclass(frozen=True)
class Stages:
    """What both stages made of the same pictures: stage one's scorer, and what was won."""

    scorer: Scorer
    generator: Wins
    fusion: Wins
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
    models.generator()  # before a picture is drawn
    chunks = prepared(models.encoder, exam.scenes)
    count = len(exam.scenes)
    stages = both_stages(exam.items, wins, models, judge, chunks, count=count, progress=progress)
    return Verified(
        encoder=beside_controls(exam, stages.scorer, seed),
        generator=exam.figures(stages.generator),
        fusion=exam.figures(stages.fusion),
        answers=stages.answers,
    )


def both_stages(  # noqa: PLR0913 - who is judged, on what, by whom
    items: Sequence[T],
    wins: Callable[[Sequence[T], Pairs], Wins],
    models: Models,
    judge: Judge,
    chunks: Iterable[list[Prepared]],
    *,
    count: int,
    progress: Progress,
) -> Stages:
    """Each picture is embedded and asked while it is there. `chunks` has `count` pictures."""
    wanted = wanted_pairs(items, wins)
    vectors, answers = looked_at(models, chunks, questions_of(wanted, judge), count, progress)
    scorer = of_encoder(models.encoder, vectors)
    priors = _priors(judge, scorer, wanted, count)
    return Stages(
        scorer,
        wins(items, Questioned(judge, answers, None)),
        wins(items, Questioned(judge, answers, priors)),
        answers,
    )


def _priors(
    judge: Judge, scorer: Scorer, wanted: Sequence[tuple[int, str]], count: int
) -> dict[tuple[int, str], float]:
    """What stage one thinks of each wanted pair, among all `count` pictures."""
    shown: dict[str, list[int]] = {}
    for picture, text in wanted:
        shown.setdefault(text, []).append(picture)
    texts = list(shown)
    found: dict[tuple[int, str], float] = {}
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        block = texts[start : start + TEXTS_AT_ONCE]
        cosines = scorer.table(range(count), block)  # [pictures, texts]
        for column, text in enumerate(block):
            own = judge.priors(cosines[:, column])
            found.update({(picture, text): float(own[picture]) for picture in shown[text]})
    return found


class Questioned:
    """Scores a pair by the answers to the text's questions; with `priors` by both stages."""

    def __init__(
        self, judge: Judge, answers: Answers, priors: dict[tuple[int, str], float] | None
    ) -> None:
        self._judge = judge
        self._answers = answers
        self._priors = priors

    def pairs(self, pictures: Sequence[int], texts: Sequence[str]) -> Scores:
        """The i-th picture with the i-th text → float64 [n]."""
        return np.array([self._score(*pair) for pair in zip(pictures, texts, strict=True)])

    def _score(self, picture: int, text: str) -> float:
        answers = [self._answers[picture, question] for question in self._judge.questions(text)]
        prior = None if self._priors is None else self._priors[picture, text]
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


def looked_at(
    models: Models,
    chunks: Iterable[list[Prepared]],
    asked: dict[int, list[str]],
    count: int,
    progress: Progress,
) -> tuple[Vectors, Answers]:
    """Pictures → their vectors [count, dim], and what is answered of each."""
    generator = models.generator()
    vectors = np.empty((count, models.encoder.dim), np.float32)
    found: Answers = {}
    done = 0
    for chunk in chunks:
        vectors[done : done + len(chunk)] = models.encoder.encode(chunk)
        progress(2 * done + len(chunk), 2 * count)
        questions = [asked.get(done + i, []) for i in range(len(chunk))]
        for own, p_yes in zip(questions, generator.p_yes_many(chunk, questions), strict=True):
            found.update({(done, q): float(p) for q, p in zip(own, p_yes, strict=True)})
            done += 1
        progress(2 * done, 2 * count)
    return vectors, found
