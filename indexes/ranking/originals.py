"""Photos as a model takes them, from their files, read a little ahead of whoever asks.

Refuses to know why they are looked at, and to wait for one longer than is wanted.
"""

import hashlib
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import Self

from vladva.errors import ImageError
from vladva.images import open_image
from vladva.indexes.decode import MAX_BYTES
from vladva.indexes.regular import is_regular, open_at_once
from vladva.protocols import Prepare, Prepared

_READERS = 2  # threads: Pillow lets go of the interpreter while it decodes
_AHEAD = 8  # pictures that wait in memory at most
_LOOK_S = 0.05


File = tuple[str, str]
"""Path and content hash."""


class Originals:
    """Files, taken one after the other in this order; one may be passed over.

    A context manager: leaving it drops what was not taken.
    """

    def __init__(self, files: Iterable[File], prepare: Prepare) -> None:
        self._files = iter(files)
        self._prepare = prepare
        self._pool = ThreadPoolExecutor(_READERS, thread_name_prefix="originals")
        self._ahead: deque[tuple[File, Future[Prepared | None]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def take(self, file: File, stop: threading.Event) -> Prepared | None:
        """None where it cannot be read, is another photo by now, or at `stop`."""
        coming = self._reading(file)
        while not stop.is_set():
            try:
                return coming.result(timeout=_LOOK_S)
            except TimeoutError:
                continue
        return None

    def _reading(self, file: File) -> Future[Prepared | None]:
        while True:
            for ahead in islice(self._files, _AHEAD - len(self._ahead)):
                self._ahead.append((ahead, self._pool.submit(read, *ahead, self._prepare)))
            found, coming = self._ahead.popleft()
            if found == file:
                return coming
            coming.cancel()


def read(path: str, content: str, prepare: Prepare) -> Prepared | None:
    """A file → what the model takes, None where it cannot be read or its bytes have changed."""
    draft: int | None = getattr(prepare, "draft", None)
    try:
        with open_at_once(path) as file:
            data = file.read(MAX_BYTES + 1) if is_regular(file) else b""
        if hashlib.blake2b(data, digest_size=16).hexdigest() != content:
            return None
        return prepare(open_image(data, draft=draft))
    except (OSError, ImageError, MemoryError):
        return None
    except Exception:  # noqa: BLE001 - any picture may meet a limit of any encoder
        return None
