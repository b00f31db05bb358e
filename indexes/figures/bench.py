"""How fast this machine indexes, and how fast it could: the parts alone, then the whole.

Refuses to know how the figures are shown.
"""

import itertools
import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Self

from PIL import Image

from vladva.errors import ConfigError
from vladva.indexes.catalog import FileStamp
from vladva.indexes.decode import Decoded, Job, decode
from vladva.indexes.events import Summary
from vladva.indexes.library import Library
from vladva.indexes.paths import openable
from vladva.indexes.pipeline import index_folders
from vladva.indexes.pool import default_workers
from vladva.indexes.scan import walk
from vladva.protocols import Encoder, Prepare, Prepared

BATCH = 64


@dataclass(frozen=True)
class Throughput:
    """Photos per second. `bound` = cores ÷ (core-seconds of a decode + of an encode)."""

    photos: int
    cores: int
    decode: float
    """Read, decode, thumbnail, metadata and `prepare`: of one core while the others do the same."""
    encode: float
    """The encoder alone, on prepared input."""
    bound: float
    end_to_end: float
    share_of_bound: float


def measure(encoder: Encoder, folder: Path, limit: int = 1000) -> Throughput:
    """Index up to `limit` photos of a folder into a library that is thrown away, part by part.

    The parts are timed on the processor's clock and the whole on the wall's, in one call: on a
    machine that others use too, only their ratio means something. Half of the parts are timed
    before the whole and half after it, so that a slow minute slows both.

    Raises `ConfigError` where the folder holds no photo that can be read.
    """
    found = (item for item in walk(str(folder)) if isinstance(item, FileStamp))
    stamps = list(itertools.islice(found, limit))
    batches = [stamps[start : start + BATCH] for start in range(0, len(stamps), BATCH)]
    with tempfile.TemporaryDirectory(prefix="vladva-bench-") as scratch, _Parts(encoder) as parts:
        place = Path(scratch)
        for batch in batches[0::2]:
            parts.time(batch, place)
        if not parts.pictures:
            raise ConfigError(f"{folder} holds no photo that can be read", "Name another folder.")
        whole = _index(encoder, _copied(stamps, place / "photos"), place / "library")
        for batch in batches[1::2]:
            parts.time(batch, place)
    bound = parts.cores * parts.pictures / (parts.decoding + parts.encoding)
    return Throughput(
        photos=parts.pictures,
        cores=parts.cores,
        decode=parts.pictures / parts.decoding,
        encode=parts.pictures / parts.encoding_wall,
        bound=bound,
        end_to_end=whole.images_per_second,
        share_of_bound=whole.images_per_second / bound,
    )


def plain_loop(encoder: Encoder, folder: Path, limit: int = 1000) -> float:
    """Photos per second of what most scripts do: open, prepare and encode one after the other.

    Without thumbnails, metadata and a table. Files that do not open count for nothing.
    """
    found = (item for item in walk(str(folder)) if isinstance(item, FileStamp))
    done, start = 0, time.perf_counter()
    for stamp in itertools.islice(found, limit):
        with suppress(OSError), Image.open(openable(stamp.path)) as opened:
            encoder.encode([encoder.prepare(opened.convert("RGB"))])
            done += 1
    return done / (time.perf_counter() - start)


class _Parts:
    """Decoding and encoding, each alone and with every core at work, as they are in a run."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.cores = default_workers()
        self._pool = ProcessPoolExecutor(self.cores, get_context("spawn"))
        self.pictures = 0
        self.decoding = self.encoding = self.encoding_wall = 0.0
        """Seconds; the first two of the processor."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def time(self, stamps: Sequence[FileStamp], place: Path) -> None:
        """Decode files in as many processes as there are cores, then encode what they hold."""
        shares = [stamps[core :: self.cores] for core in range(self.cores)]
        thumbs = [str(place / f"thumb-{core}") for core in range(self.cores)]
        prepares = itertools.repeat(self._encoder.prepare)
        prepared: list[Prepared] = []
        for seconds, pictures in self._pool.map(_decode, shares, thumbs, prepares):
            self.decoding += seconds
            prepared += pictures
        wall, cpu = time.perf_counter(), time.process_time()
        self._encoder.encode(prepared)
        self.encoding_wall += time.perf_counter() - wall
        self.encoding += time.process_time() - cpu
        self.pictures += len(prepared)


def _decode(
    stamps: Sequence[FileStamp], thumb: str, prepare: Prepare
) -> tuple[float, list[Prepared]]:
    start = time.process_time()
    results = [decode(Job(stamp, thumb), prepare) for stamp in stamps]
    seconds = time.process_time() - start
    return seconds, [result.prepared for result in results if isinstance(result, Decoded)]


def _copied(stamps: Sequence[FileStamp], place: Path) -> Path:
    """The same files in a folder of their own: a run takes whole folders."""
    place.mkdir()
    for number, stamp in enumerate(stamps):
        source = Path(openable(stamp.path))
        shutil.copy2(source, place / f"{number:06}{source.suffix}")
    return place


def _index(encoder: Encoder, folder: Path, place: Path) -> Summary:
    with Library.open(place, create=True) as library:
        *_, last = index_folders(library, encoder, [folder])
    assert isinstance(last, Summary)
    return last
