"""One file → everything the index wants of it, in one read and one decode.

Thumbnail, facts, content hash and the encoder's input come from the same bytes. Runs in a child
process (`worker`), where a hostile file can do no harm. Refuses to know the library and the
encoder's weights.
"""

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image

from vladva.clock import Clock
from vladva.errors import VladvaError
from vladva.images import open_picture
from vladva.indexes.alike import phash
from vladva.indexes.catalog import FileStamp
from vladva.indexes.facts.metadata import Metadata, read
from vladva.indexes.regular import is_regular, open_at_once
from vladva.indexes.thumbs import LONGER_SIDE, write_thumb
from vladva.protocols import Prepare, Prepared

MAX_BYTES = 512 * 1024 * 1024
"""Size of the largest file that is read."""


@dataclass(frozen=True, slots=True)
class Job:
    """A file to decode; `thumb` is where its thumbnail goes, None for no thumbnail."""

    stamp: FileStamp
    thumb: str | None = None


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file that could be read. `stamp` is that of the very bytes that were read."""

    stamp: FileStamp
    content: str
    """Hash of the bytes: equal content, equal vector."""
    metadata: Metadata
    prepared: Prepared
    phash: int | None
    """See `alike`."""
    spent: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Seconds by stage of `vladva.clock`."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be read, and why.

    `lasting`: trying again is pointless until the file changes. `encoders_own`: another encoder
    may take the picture. `starved`: memory ran out, which may be another file's doing.
    """

    stamp: FileStamp
    reason: str
    hint: str
    lasting: bool = True
    encoders_own: bool = False
    starved: bool = False


def decode(job: Job, prepare: Prepare) -> Decoded | Unreadable:
    """Read one file. Whatever is wrong with it comes back as a value, never as an exception."""
    stamp, clock = job.stamp, Clock()
    try:
        with clock.stage("read"):
            data, stamp = _bytes(stamp)
        if isinstance(data, Unreadable):
            return data
        with clock.stage("decode"):
            picture = open_picture(data, draft=_enough(prepare))
            image = picture.image
        with clock.stage("prepare"):
            prepared = _prepared(stamp, prepare, image)
        if isinstance(prepared, Unreadable):
            return prepared
        with clock.stage("thumbnail"):
            if job.thumb is not None:
                write_thumb(image, job.thumb)
            content = hashlib.blake2b(data, digest_size=16).hexdigest()
            facts, alike = read(data, stamp, picture), phash(image)
        return Decoded(stamp, content, facts, prepared, alike, dict(clock.seconds))
    except VladvaError as error:
        starved = isinstance(error.__cause__, MemoryError)
        return Unreadable(stamp, error.message, error.hint, starved=starved)
    except MemoryError:
        reason = "decoding needs too much memory"
        return Unreadable(stamp, reason, "make the picture smaller", starved=True)
    except OSError as error:  # of the disk: what decoders raise is an `ImageError` by now
        reason = (error.strerror or type(error).__name__).lower()
        return Unreadable(stamp, reason, "check the disk and permissions", lasting=False)


def _bytes(seen: FileStamp) -> tuple[bytes | Unreadable, FileStamp]:
    """The content, and the stamp that it had while it was read."""
    with open_at_once(seen.path) as file:
        before = os.fstat(file.fileno())
        stamp = seen._replace(size=before.st_size, mtime_ns=before.st_mtime_ns)
        if sys.platform != "win32":  # listed and opened, files have different numbers there
            stamp = stamp._replace(dev=before.st_dev, inode=before.st_ino)
        if not is_regular(file):
            return Unreadable(stamp, "not a file any more", "index again", lasting=False), stamp
        if before.st_size > MAX_BYTES:
            reason = f"larger than {MAX_BYTES >> 20} MiB"
            return Unreadable(stamp, reason, "make the file smaller"), stamp
        data = file.read(before.st_size + 1)
        after = os.fstat(file.fileno())
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        reason = "it is being written"
        return Unreadable(stamp, reason, "index again when it is whole", lasting=False), stamp
    if not data:
        return Unreadable(stamp, "an empty file", "restore it from a backup"), stamp
    return data, stamp


def _prepared(stamp: FileStamp, prepare: Prepare, image: Image.Image) -> Prepared | Unreadable:
    try:
        return prepare(image)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - any picture may meet a limit of any encoder
        reason = f"the encoder does not take it: {error or type(error).__name__}"
        return Unreadable(stamp, reason, "try another --model", encoders_own=True)


def _enough(prepare: Prepare) -> int | None:
    """The shorter side that thumbnail and encoder need; None: the encoder wants every pixel."""
    draft: int | None = getattr(prepare, "draft", None)
    return None if draft is None else max(draft, LONGER_SIDE)
