"""Vectors of a benchmark's photos on disk while they are made, so that a run can go on.

Refuses to know who encodes: a key names encoder and photos, and another key knows nothing of it.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from vladva.protocols import Vectors

LATELY = 3600.0
"""Seconds in which a run adds a chunk: a folder that is younger may be at work."""
_KEY = re.compile(r"[0-9a-f]{24}")


class Kept:
    """A folder of chunks, each named by the place of its first vector.

    Runs that were cut off are forgotten when another one begins, so that leftovers do not pile up;
    not those of the last hour, which may still be at work.
    """

    def __init__(self, folder: Path, fingerprint: str, photos: Sequence[Path]) -> None:
        digest = hashlib.blake2b(fingerprint.encode(), digest_size=12)
        for photo in photos:
            status = photo.stat()
            digest.update(f"\n{photo}\t{status.st_size}\t{status.st_mtime_ns}".encode())
        self._folder = folder / digest.hexdigest()

    def read(self, dim: int) -> Vectors:
        """What is there without a gap, from the first photo on → [n, dim]."""
        chunks = [np.empty((0, dim), np.float32)]
        done = 0
        while (found := self._at(done)).is_file():
            try:
                chunk = np.load(found, allow_pickle=False)
            except (ValueError, EOFError, OSError):  # cut off while it was written
                break
            if chunk.dtype != np.float32 or chunk.shape[1:] != (dim,) or not len(chunk):
                break
            chunks.append(chunk)
            done += len(chunk)
        return np.concatenate(chunks)

    def add(self, start: int, vectors: Vectors) -> None:
        """Keep the vectors from this place on; a reader sees all of them or none.

        Where that cannot be done (a full disk), the run goes on without.
        """
        with suppress(OSError):
            if not self._folder.is_dir():
                self._forget_others()
                self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = self._folder / f"unfinished-{os.getpid()}.npy"
            np.save(unfinished, vectors)
            unfinished.replace(self._at(start))

    def _forget_others(self) -> None:
        before = time.time() - LATELY
        for other in self._folder.parent.glob("*"):
            with suppress(FileNotFoundError):  # another run did it
                if not _KEY.fullmatch(other.name) or other.stat().st_mtime >= before:
                    continue
                shutil.rmtree(other, ignore_errors=True)

    def drop(self) -> None:
        """All photos are done: nothing is left to go on from."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _at(self, start: int) -> Path:
        return self._folder / f"{start:07d}.npy"
