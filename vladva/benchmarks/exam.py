"""One drawn benchmark at work: the model and both controls through the same protocol.

Refuses to know which protocol it is and how its items were drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Generic, TypeVar

from vladva.benchmarks.metrics import Wins, percents, pooled
from vladva.benchmarks.pictures import encode_scenes
from vladva.benchmarks.registry import Models, Progress
from vladva.benchmarks.scorers import Scorer, bag_of_words, of_encoder, text_only
from vladva.toyland.scene import Scene

T = TypeVar("T")


def _of_one_kind(_: object) -> str:
    return ""


@dataclass(frozen=True)
class Exam(Generic[T]):
    """Drawn items and the protocol that judges them; a picture's number is its scene's place.

    `lessons`: what a scorer of texts may learn from an item, (true, false); none where every text
    is true of some picture. `kind`: it learns each kind by itself, and a scene has at most one item
    of a kind, so that no scene is met twice. `figures`: flags → percent.
    """

    scenes: Sequence[Scene]
    items: Sequence[T]
    wins: Callable[[Sequence[T], Scorer], Wins]
    figures: Callable[[Wins], dict[str, float]] = percents
    lessons: Callable[[T], Sequence[tuple[str, str]]] | None = None
    kind: Callable[[T], str] = _of_one_kind


def examine(exam: Exam[T], models: Models, seed: int, progress: Progress) -> dict[str, float]:
    """Metric → percent, with `<metric>_text_only` and `<metric>_bag_of_words` beside it."""
    vectors = encode_scenes(models.encoder, exam.scenes, progress)
    return beside_controls(exam, of_encoder(models.encoder, vectors), seed)


def beside_controls(exam: Exam[T], scorer: Scorer, seed: int) -> dict[str, float]:
    """As `examine`, for a scorer that has seen the pictures already."""
    won = exam.wins(exam.items, scorer)
    bags = exam.wins(exam.items, bag_of_words(exam.scenes, seed))
    return with_controls(
        exam.figures(won),
        text_only=exam.figures(without_pictures(exam, seed)),
        bag_of_words=exam.figures(bags),
    )


def without_pictures(exam: Exam[T], seed: int) -> Wins:
    """How the text-only control fares: of each kind it learns one half, and judges the other."""
    if exam.lessons is None:
        return exam.wins(exam.items, text_only([], len(exam.scenes), seed))
    kinds: dict[str, list[T]] = {}
    for item in exam.items:
        kinds.setdefault(exam.kind(item), []).append(item)
    parts: list[Wins] = []
    for items in kinds.values():
        for learnt, judged in ((items[0::2], items[1::2]), (items[1::2], items[0::2])):
            taught = list(chain.from_iterable(map(exam.lessons, learnt)))
            parts.append(exam.wins(judged, text_only(taught, len(exam.scenes), seed)))
    return pooled(parts)


def with_controls(
    figures: Mapping[str, float], **controls: Mapping[str, float]
) -> dict[str, float]:
    """The model's figures, then each control's as `<metric>_<control>`."""
    beside = {
        f"{metric}_{control}": values[metric]
        for control, values in controls.items()
        for metric in figures
    }
    return {**figures, **beside}
