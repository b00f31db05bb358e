"""Rows → samples, decoded and prepared ahead of the training by child processes.

What a row gives (which caption of several, in which batch) hangs on (seed, epoch, row) alone: the
stream is the same for any number of workers, and after any restart. A picture that cannot be read
costs its row, never the run. Refuses to know models and losses.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from vladva.errors import DataError, ImageError
from vladva.protocols import Prepare, Prepared
from vladva.trainer.examples import Data, Example, ImageRef
from vladva.trainer.order import Rows, batches, pick
from vladva.trainer.workers import in_order

Choice = TypeVar("Choice")
CRASHED = "it crashes the decoder"
Generated = Mapping[str, tuple[str | None, str | None]]
"""Captions that a model made, (short, long) by the row's name."""


@dataclass(frozen=True)
class Sample:
    """One row as one step sees it."""

    index: int
    image: str
    """Equal = the same picture."""
    picture: Prepared | None
    """None where the picture was not to be decoded."""
    short: str | None
    long: str | None
    negatives: tuple[str, ...] = ()
    paraphrase: tuple[str, str] | None = None
    edit: tuple[str, Prepared] | None = None
    """Instruction, and the picture that it leads to."""


@dataclass(frozen=True)
class Lost:
    """A row that this step goes without, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Wants:
    """What of a row is used."""

    decode: bool = True
    edits: bool = False
    negatives: bool = False
    paraphrases: bool = False


def load(  # noqa: PLR0913 - a stream has this many sides
    data: Data,
    rows: Rows,
    size: int,
    seed: int,
    prepare: Prepare,
    *,
    start: int = 0,
    workers: int = 0,
    decode: bool = True,
    want_edits: bool = False,
    want_negatives: bool = False,
    want_paraphrases: bool = False,
    generated: Generated | None = None,
    share: tuple[int, int] = (0, 1),
) -> Iterator[tuple[list[Sample], list[Lost]]]:
    """The batches of step `start` and all after it: `size` rows, less those that are lost.

    `workers`: child processes that read ahead; 0 reads here. `share`: (rank, ranks): this process
    gets that part of every batch. `generated` fills the kinds that a row lacks.
    """
    wants = Wants(decode, want_edits, want_negatives, want_paraphrases)
    reader = Reader(data, seed, prepare, wants)
    rank, ranks = share
    planned = (
        [(epoch, int(row)) for row in chosen[rank::ranks]]
        for epoch, chosen in batches(rows, size, seed, start)
    )
    for batch in in_order(reader, planned, workers):
        found = [_filled(name, sample, generated or {}) for name, sample in batch]
        yield (
            [one for one in found if isinstance(one, Sample)],
            [one for one in found if isinstance(one, Lost)],
        )


def look_through(
    data: Data, rows: Iterable[int], prepare: Prepare, *, workers: int = 0, size: int = 16
) -> Iterator[list[tuple[int, Prepared | Lost]]]:
    """(row, its picture) of every row once, in order, `size` at a time."""
    reader = PictureReader(data, prepare)
    yield from in_order(reader, _grouped(rows, size), workers)


@dataclass(frozen=True)
class Reader:
    """(epoch, row) → its sample, with the row's name. Picklable: it runs in the workers."""

    data: Data
    seed: int
    prepare: Prepare
    wants: Wants

    def __call__(self, item: tuple[int, int]) -> tuple[str, Sample | Lost]:
        """Never raises for what is wrong with a row."""
        epoch, index = item
        try:
            example = self.data[index]
        except DataError as error:
            return "", Lost(f"row {index}", error.message)
        try:
            return example.name, self._sample(example, epoch, index)
        except ImageError as error:
            return example.name, Lost(example.name, error.message)

    def crashed(self, item: tuple[int, int]) -> tuple[str, Sample | Lost]:
        """What stands for a row whose picture kills its reader."""
        name = _name(self.data, item[1])
        return name, Lost(name, CRASHED)

    def size(self, read: tuple[str, Sample | Lost]) -> int:
        """Bytes of a sample's pictures."""
        if isinstance(read[1], Lost):
            return 0
        edit = read[1].edit
        return _bytes(read[1].picture) + _bytes(edit and edit[1])

    def _sample(self, example: Example, epoch: int, index: int) -> Sample:
        wants, key = self.wants, (self.seed, epoch, index)
        edit = _one(example.edits, *key, "edit") if wants.edits else None
        return Sample(
            index=index,
            image=f"{self.data.pictures[index]:016x}",
            picture=prepared(example.image, self.prepare) if wants.decode else None,
            short=_one(example.short, *key, "short"),
            long=_one(example.long, *key, "long"),
            negatives=example.negatives if wants.negatives else (),
            paraphrase=(
                _one(example.paraphrases, *key, "paraphrase") if wants.paraphrases else None
            ),
            edit=(edit.instruction, prepared(edit.target, self.prepare)) if edit else None,
        )


@dataclass(frozen=True)
class PictureReader:
    """Row → its picture alone."""

    data: Data
    prepare: Prepare

    def __call__(self, index: int) -> tuple[int, Prepared | Lost]:
        """Never raises for what is wrong with a row."""
        name = f"row {index}"
        try:
            example = self.data[index]
            name = example.name
            return index, prepared(example.image, self.prepare)
        except (DataError, ImageError) as error:
            return index, Lost(name, error.message)

    def crashed(self, index: int) -> tuple[int, Prepared | Lost]:
        """What stands for a row whose picture kills its reader."""
        return index, Lost(_name(self.data, index), CRASHED)

    def size(self, read: tuple[int, Prepared | Lost]) -> int:
        """Bytes of a picture."""
        return 0 if isinstance(read[1], Lost) else _bytes(read[1])


def prepared(image: ImageRef, prepare: Prepare) -> Prepared:
    """A picture as the model wants it. Raises `ImageError`."""
    draft: int | None = getattr(prepare, "draft", None)
    return prepare(image.load(draft))


def _bytes(picture: Prepared | None) -> int:
    return sum(array.nbytes for array in picture.values()) if picture else 0


def _name(data: Data, index: int) -> str:
    try:
        return data[index].name
    except DataError:
        return f"row {index}"


def _one(choices: Sequence[Choice], *key: int | str) -> Choice | None:
    return choices[pick(len(choices), *key)] if choices else None


def _filled(name: str, sample: Sample | Lost, generated: Generated) -> Sample | Lost:
    if isinstance(sample, Lost):
        return sample
    short, long = generated.get(name, (None, None))
    short, long = sample.short or short, sample.long or long
    if not (short or long or sample.edit or sample.paraphrase):
        return Lost(name, "no caption, and none was generated")
    return replace(sample, short=short, long=long)


def _grouped(rows: Iterable[int], size: int) -> Iterator[list[int]]:
    group: list[int] = []
    for row in rows:
        group.append(int(row))
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
