"""How fast this machine indexes, and how fast it could: the parts alone, then the whole.

Refuses to know how the figures are shown.
"""

import itertools
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vladva.errors import ConfigError
from vladva.indexes.catalog import FileStamp
from vladva.indexes.decode import Decoded, Job, decode
from vladva.indexes.events import Summary
from vladva.indexes.library import Library
from vladva.indexes.paths import openable
from vladva.indexes.pipeline import index_folders
from vladva.indexes.pool import default_workers
from vladva.indexes.scan import walk
from vladva.protocols import Encoder, Prepared

BATCH = 64


@dataclass(frozen=True)
class Throughput:
    """Photos per second. `bound` = cores ÷ (core-seconds of a decode + of an encode)."""

    photos: int
    cores: int
    decode: float
    """Read, decode, thumbnail, metadata and `prepare`, in one process."""
    encode: float
    """The encoder alone, on prepared input."""
    bound: float
    end_to_end: float
    share_of_bound: float


@dataclass
class _Spent:
    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def _clock(spent: _Spent) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    spent.wall += time.perf_counter() - wall
    spent.cpu += time.process_time() - cpu


def measure(encoder: Encoder, folder: Path, limit: int = 1000) -> Throughput:
    """Index up to `limit` photos of a folder into a library that is thrown away, part by part.

    The parts are timed on the processor's clock and the whole on the wall's, in one call: on a
    machine that others use too, only their ratio means something. Raises `ConfigError` where the
    folder holds no photo that can be read.
    """
    found = (item for item in walk(str(folder)) if isinstance(item, FileStamp))
    stamps = list(itertools.islice(found, limit))
    with tempfile.TemporaryDirectory(prefix="vladva-bench-") as scratch:
        place = Path(scratch)
        decoding, encoding, pictures = _Spent(), _Spent(), 0
        for start in range(0, len(stamps), BATCH):
            batch = stamps[start : start + BATCH]
            prepared = _decoded(encoder, batch, place, decoding)
            pictures += len(prepared)
            with _clock(encoding):
                encoder.encode(prepared)
        if not pictures:
            raise ConfigError(f"{folder} holds no photo that can be read", "Name another folder.")
        whole = _index(encoder, _copied(stamps, place / "photos"), place / "library")
    cores = default_workers()
    bound = cores * pictures / (decoding.cpu + encoding.cpu)
    return Throughput(
        photos=pictures,
        cores=cores,
        decode=pictures / decoding.wall,
        encode=pictures / encoding.wall,
        bound=bound,
        end_to_end=whole.images_per_second,
        share_of_bound=whole.images_per_second / bound,
    )


def _decoded(
    encoder: Encoder, stamps: Sequence[FileStamp], place: Path, spent: _Spent
) -> list[Prepared]:
    results = []
    for stamp in stamps:
        with _clock(spent):
            result = decode(Job(stamp, str(place / "thumb")), encoder.prepare)
        results.append(result)
    return [result.prepared for result in results if isinstance(result, Decoded)]


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
