"""What a frozen vision tower sees, kept on the disk: each picture goes through it once.

A picture is known by its path, size and time of change, so one that is changed is looked at again.
Refuses to know what the features are used for.
"""

import errno
import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vladva.errors import DataError
from vladva.model import Features, VladVA
from vladva.protocols import Prepare, Prepared
from vladva.trainer.events import Preparing, Skipped
from vladva.trainer.examples import Data, ImageRef, number_of
from vladva.trainer.feature_file import FeatureFile, shape_of
from vladva.trainer.loader import Lost, look_through
from vladva.trainer.order import Rows

LOOKED_AT = 4
"""Pictures from which the size of all is estimated."""
HINT = "make room, or look at each picture anew in every step: --set data.cache_features=false"


class FeatureCache:
    """Features by row, memory-mapped; on the model's device once they are taken."""

    def __init__(self, file: FeatureFile, places: NDArray[np.int64], device: torch.device) -> None:
        self._file, self._places, self._device = file, places, device

    def take(self, indexes: Sequence[int] | Rows) -> Features:
        """The features of these rows, in order. Raises `DataError` on a row that has none."""
        return self._file.read(self._places[np.asarray(indexes, np.int64)].tolist(), self._device)

    def known(self, rows: Rows) -> Rows:
        """Those of the rows that have features: a picture that cannot be read has none."""
        return rows[self._places[rows] >= 0]


def build(  # noqa: PLR0913 - the seam of the training room
    model: VladVA,
    data: Data,
    rows: Rows,
    prepare: Prepare,
    folder: Path,
    *,
    key: str,
    batch: int,
    workers: int,
) -> Generator[Preparing | Skipped, None, FeatureCache]:
    """Look at every picture of these rows that is not in `folder` yet → the cache.

    `key` names model and preprocessing: what was built under another is thrown away. A build that
    was killed goes on where it was. Raises `DataError` where the disk is full, before it begins if
    that can be told.
    """
    with _room(folder, None):
        folder.mkdir(parents=True, exist_ok=True)
        file = FeatureFile(folder, key)
    stamps = _stamps(data, rows)
    first_row: dict[int, int] = {}
    for row, stamp in stamps.items():
        if stamp not in file:
            first_row.setdefault(stamp, row)
    total, done = len(set(stamps.values())), len(set(stamps.values()) - set(first_row))
    missing = np.array(list(first_row.values()), np.int64)
    need = size_of(model, data, missing, prepare)
    _check_room(folder, need)
    yield Preparing("features", done, total)
    for group in look_through(data, missing.tolist(), prepare, workers=workers, size=batch):
        seen = [(row, picture) for row, picture in group if not isinstance(picture, Lost)]
        yield from (Skipped(lost.name, lost.reason) for _, lost in group if isinstance(lost, Lost))
        if seen:
            features = _look(model, [picture for _, picture in seen])
            with _room(folder, need):
                file.append([stamps[row] for row, _ in seen], features, key)
        done += len(group)
        yield Preparing("features", done, total)
    places = np.full(len(data), -1, np.int64)
    whole = FeatureFile(folder, key)
    places[list(stamps)] = whole.places(list(stamps.values()))
    return FeatureCache(whole, places, model.device)


def size_of(model: VladVA, data: Data, rows: Rows, prepare: Prepare) -> int:
    """Bytes that the features of these rows' pictures take, estimated from a few of them."""
    pictures = len(np.unique(data.pictures[rows]))
    if not pictures:
        return 0
    some = rows[np.unique(np.linspace(0, len(rows) - 1, LOOKED_AT).astype(np.int64))].tolist()
    read = [p for group in look_through(data, some, prepare) for _, p in group]
    seen = [picture for picture in read if not isinstance(picture, Lost)]
    if not seen:
        return 0
    features = _look(model, seen)
    shape = shape_of(features, "")
    size = len(features.tokens) * shape.token_bytes * (1 + shape.deep)
    return size * pictures // len(seen)


def _look(model: VladVA, pictures: Sequence[Prepared]) -> Features:
    with torch.no_grad():
        return model.look(pictures)


def _stamps(data: Data, rows: Rows) -> dict[int, int]:
    """Row → a number for its picture as it is now. A row that is gone is left to the reading."""
    stamps: dict[int, int] = {}
    for row in rows.tolist():
        try:
            stamps[row] = _stamp(data[row].image)
        except (DataError, OSError):
            stamps[row] = int(data.pictures[row])
    return stamps


def _stamp(image: ImageRef) -> int:
    facts = Path(image.path).stat()
    return number_of(f"{image.name} {facts.st_size} {facts.st_mtime_ns}")


def _check_room(folder: Path, need: int) -> None:
    free = shutil.disk_usage(folder).free
    if need > free:
        raise DataError(
            f"features need {_size(need)} in {folder}, where {_size(free)} are free",
            HINT,
        )


@contextmanager
def _room(folder: Path, need: int | None) -> Iterator[None]:
    """A disk that does not take any more becomes a `DataError`."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        why = "the disk is full" if full else error.strerror
        needs = f"; they need about {_size(need)}" if need else ""
        raise DataError(
            f"features cannot be written to {folder}: {why}{needs}. What was written is kept", HINT
        ) from error


def _size(count: int) -> str:
    """Bytes in words.

    >>> _size(3 << 29)
    '1.5 GiB'
    """
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{count / (1 << 20):.1f} MiB"
