"""A watching run in a thread, for tests that change folders and wait for what is told."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fakes import FakeEncoder

from vladva.indexes.decode import Job, decode
from vladva.indexes.events import Event, Summary, Watching
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.pool import Result
from vladva.protocols import Prepare

PATIENCE_S = 60.0
REST_S = 0.2


class InlinePool:
    """Decodes in the calling thread: a child takes seconds to start on a busy machine."""

    workers = 1

    def __init__(self, jobs: Iterable[Job], prepare: Prepare, **_: Any) -> None:
        self._jobs = list(jobs)
        self._prepare = prepare

    @property
    def left(self) -> int:
        return len(self._jobs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def take(self, timeout: float | None = None) -> Result | None:
        del timeout
        return decode(self._jobs.pop(0), self._prepare) if self._jobs else None

    @contextmanager
    def resting(self) -> Iterator[None]:
        yield


class Run:
    """`index_folders` in a thread; its events as they come."""

    def __init__(
        self, library: Library, encoder: FakeEncoder, *folders: Path, **options: Any
    ) -> None:
        self.stop = threading.Event()
        self.events: list[Event] = []
        self.error: Exception | None = None
        options = {"watch": True, "rest": REST_S, "workers": 1, **options}
        self._work = index_folders(library, encoder, folders, stop=self.stop, **options)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.end()
        if error is None and self.error is not None:
            raise self.error

    def _run(self) -> None:
        try:
            self.events.extend(self._work)
        except Exception as error:  # noqa: BLE001 - raised by the test's own thread
            self.error = error

    def end(self) -> float:
        """Stop → seconds it took."""
        start = time.monotonic()
        self.stop.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()
        return time.monotonic() - start

    def until(self, true: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + seconds
        while not true():
            assert self._thread.is_alive() or true(), (self.error, self.events[-5:])
            assert time.monotonic() < deadline, self.events[-5:]
            self.stop.wait(0.02)

    def until_watching(self, times: int = 1) -> None:
        """Wait until it has said so often that all is done."""
        self.until(lambda: sum(isinstance(event, Watching) for event in self.events) >= times)

    def told(self, kind: str) -> list[str]:
        return sorted(event.path for event in list(self.events) if event.kind == kind)  # type: ignore[attr-defined]

    @property
    def summary(self) -> Summary:
        last = self.events[-1]
        assert isinstance(last, Summary)
        return last


def known(library: Library, encoder: FakeEncoder) -> set[str]:
    """The paths in the table, as a reader of its own sees them."""
    return set(LanceStore(library.folder, encoder.fingerprint, encoder.dim).known())


def many(folder: Path, source: Path, count: int) -> list[Path]:
    """`count` different files, made quickly: a photo, and some bytes of its own behind its end."""
    folder.mkdir(parents=True, exist_ok=True)
    data = source.read_bytes()
    made = [folder / f"{number:05}.jpg" for number in range(count)]
    for number, path in enumerate(made):
        path.write_bytes(data + number.to_bytes(4, "big"))
    return made
