"""Photographs of a data set → what an encoder takes and gives, and a benchmark made of that.

Each photo is decoded once, whole, and no more than two chunks of them are held. Refuses to know
files' layouts and protocols.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from vladva.benchmarks.kept import Kept
from vladva.benchmarks.metrics import Wins, percents
from vladva.benchmarks.registry import Benchmark, Models, Progress, Setup
from vladva.benchmarks.scorers import Pairs, Scorer, of_encoder
from vladva.benchmarks.shelf import listed
from vladva.benchmarks.verified import Judge, Verified, both_stages
from vladva.errors import DataError, ImageError
from vladva.images import open_image
from vladva.protocols import Encoder, Prepared, Vectors

T = TypeVar("T")
AT_ONCE = 64


@dataclass(frozen=True)
class PhotoExam(Generic[T]):
    """Items and the protocol that judges them; a picture's number is its photo's place.

    `asks`: what stage two can be asked of the protocol; None where nothing can.
    """

    photos: Sequence[Path]
    items: Sequence[T]
    wins: Callable[[Sequence[T], Scorer], Wins]
    figures: Callable[[Wins], dict[str, float]] = percents
    asks: Callable[[Sequence[T], Pairs], Wins] | None = None


def prepared(encoder: Encoder, photos: Sequence[Path]) -> Iterator[list[Prepared]]:
    """The photos as the encoder takes them, `AT_ONCE` at a time, in order.

    The next chunk is decoded while the last one is at work. Raises `DataError` where photos cannot
    be read: it names those of the first chunk that has any, and looks no further.
    """
    chunks = [photos[at : at + AT_ONCE] for at in range(0, len(photos), AT_ONCE)]
    with ThreadPoolExecutor(1, "decode") as ahead:
        coming = [ahead.submit(_decoded, encoder, chunk) for chunk in chunks[:1]]
        for number in range(len(chunks)):
            chunk, broken = coming.pop().result()
            if broken:
                raise _broken(broken, unseen=sum(map(len, chunks[number + 1 :])))
            if number + 1 < len(chunks):
                coming.append(ahead.submit(_decoded, encoder, chunks[number + 1]))
            yield chunk


def encode_photos(
    encoder: Encoder, photos: Sequence[Path], progress: Progress, kept: Path | None = None
) -> Vectors:
    """The photos → [n, dim]. `kept`: a folder where an interrupted run leaves what it has done."""
    store = None if kept is None else Kept(kept, encoder.fingerprint, photos)
    before = np.empty((0, encoder.dim), np.float32) if store is None else store.read(encoder.dim)
    vectors = np.empty((len(photos), encoder.dim), np.float32)
    done = len(before)
    vectors[:done] = before
    progress(done, len(photos))
    for chunk in prepared(encoder, photos[done:]):
        vectors[done : done + len(chunk)] = encoder.encode(chunk)
        if store is not None:
            store.add(done, vectors[done : done + len(chunk)])
        done += len(chunk)
        progress(done, len(photos))
    if store is not None:
        store.drop()
    return vectors


def photo_benchmark(  # noqa: PLR0913 - what a benchmark is, and its loader
    name: str,
    load: Callable[[Setup], PhotoExam[T]],
    *,
    summary: str,
    primary_metric: str,
    count: int,
    largest: int | None = None,
    asked: bool = False,
) -> Benchmark:
    """A benchmark of photographs. `count`: its items; `largest`: those of its largest kind.

    `asked`: stage two can judge it.
    """

    def score(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
        exam = load(setup)
        vectors = encode_photos(models.encoder, exam.photos, progress, setup.kept)
        return exam.figures(exam.wins(exam.items, of_encoder(models.encoder, vectors)))

    def verified(models: Models, judge: Judge, setup: Setup, progress: Progress) -> Verified:
        models.generator()  # before files are looked for
        exam = load(setup)
        assert exam.asks is not None
        chunks = prepared(models.encoder, exam.photos)
        count = len(exam.photos)
        stages = both_stages(
            exam.items, exam.asks, models, judge, chunks, count=count, progress=progress
        )
        return Verified(
            encoder=exam.figures(exam.wins(exam.items, stages.scorer)),
            generator=exam.figures(stages.generator),
            fusion=exam.figures(stages.fusion),
            answers=stages.answers,
        )

    def check(setup: Setup) -> None:
        load(setup)

    return Benchmark(
        name=name,
        summary=summary,
        primary_metric=primary_metric,
        drawn=False,
        default_count=count,
        score=score,
        verified=verified if asked else None,
        check=check,
        largest=largest,
    )


def _decoded(encoder: Encoder, photos: Sequence[Path]) -> tuple[list[Prepared], list[str]]:
    """The photos as the encoder takes them, and which of them cannot be read, with the reason."""
    done, broken = [], []
    for photo in photos:
        try:
            done.append(encoder.prepare(open_image(photo)))
        except ImageError as error:
            broken.append(f"{photo} ({error.message})")
    return done, broken


def _broken(told: Sequence[str], *, unseen: int) -> DataError:
    rest = f"; the {unseen:,} after them were not looked at" if unseen else ""
    return DataError(
        f"{len(told):,} of the photos cannot be read: {listed(told)}{rest}",
        "fetch these files again; a benchmark without them would be another one",
    )
