"""Work for the program that holds the library: ask it, and follow what it does.

    for event in index_elsewhere(library, folders):
        ...

The last event is a `Summary`. Closing the iterator leaves the holder at work. Refuses to know how
the work is done; the holder's side is `inbox`.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vladva.errors import ConfigError, LibraryError, VladvaError
from vladva.indexes.events import Event, Notice, Summary, event_from_json
from vladva.indexes.library import Library
from vladva.indexes.paths import normalise
from vladva.indexes.post import Kind, Post
from vladva.indexes.scopes import check_folders
from vladva.indexes.writer import holder

_LOOK_S = 0.2
_QUIET_S = 1.0  # before it is said that the holder is at something else


class Refused(LibraryError):
    """The holder works with another encoder, or does not know what is meant."""


class Gone(LibraryError):
    """The holder ended before it had done what was asked. Nobody else does it now."""


_ERRORS: dict[str, type[ConfigError | LibraryError]] = {
    "refused": Refused,
    "config": ConfigError,
    "library": LibraryError,
}


def failure_json(error: VladvaError) -> dict[str, str]:
    """The last word on a request that failed, for `follow` to raise again."""
    kind = "refused" if isinstance(error, Refused) else "library"
    kind = "config" if isinstance(error, ConfigError) else kind
    return {"event": "failed", "kind": kind, "message": error.message, "hint": error.hint}


def ask(library: Library, kind: Kind, body: Mapping[str, Any]) -> int:
    """Leave a request for whoever holds the lock → its number, for `follow`."""
    with Post(library.folder) as post:
        return post.ask(kind, body)


def follow(library: Library, request: int, stop: threading.Event | None = None) -> Iterator[Event]:
    """What the holder does about a request, as it happens; the last event is its `Summary`.

    Where `stop` is set it ends without one, and leaves the holder at work.
    Raises `Refused`, `ConfigError` for folders that cannot be indexed, `LibraryError` for what
    went wrong over there, and `Gone` where the holder is no more: then the request is withdrawn.
    """
    since, quiet = time.monotonic(), True
    with Post(library.folder) as post:
        while stop is None or not stop.is_set():
            held, state = library.locked(), post.state(request)  # in this order, see below
            told = post.read(request)
            for data in told:
                event = _event(data)
                yield event
                if isinstance(event, Summary):
                    return
            if told:
                continue
            if state not in ("waiting", "taken") or (not held and post.withdraw(request)):
                raise Gone("The program that held the library has ended.", "Index again.")
            if state == "waiting" and quiet and time.monotonic() - since > _QUIET_S:
                quiet = False
                yield _in_line(library)
            time.sleep(_LOOK_S)


def index_elsewhere(  # noqa: PLR0913 - one argument an option
    library: Library,
    folders: Sequence[str | os.PathLike[str]],
    *,
    exclude: Sequence[str] = (),
    model: str | None = None,
    fingerprint: str | None = None,
    stop: threading.Event | None = None,
) -> Iterator[Event]:
    """Have the holder index folders. `model`, `fingerprint`: None for whatever it works with.

    Raises `ConfigError` at once for folders that cannot be indexed; otherwise as `follow`.
    """
    check_folders(library, folders)
    body = {
        "folders": [normalise(folder) for folder in folders],
        "exclude": list(exclude),
        "model": model,
        "fingerprint": fingerprint,
    }
    return follow(library, ask(library, "index", body), stop)


def forget_elsewhere(
    library: Library,
    folder: str | os.PathLike[str],
    tell: Callable[[Notice], object] | None = None,
) -> int:
    """Have the holder forget a folder → photos dropped. Raises as `follow`.

    `tell` hears what it waits for. Who gives up waiting (Ctrl-C) takes the request back.
    """
    request = ask(library, "forget", {"folder": str(Path(folder).expanduser().absolute())})
    try:
        for event in follow(library, request):
            if tell is not None and isinstance(event, Notice):
                tell(event)
            if isinstance(event, Summary):
                return event.removed
    except KeyboardInterrupt:
        with Post(library.folder) as post:
            post.withdraw(request)
        raise
    raise Gone("The program that held the library has ended.", "Forget again.")


def _event(data: Mapping[str, Any]) -> Event:
    if data["event"] == "failed":
        raise _ERRORS[data["kind"]](data["message"], data["hint"])
    return event_from_json(data)


def _in_line(library: Library) -> Notice:
    found = holder(library.folder)
    who = f"process {found.pid}" if found else "another program"
    return Notice(f"The library is with {who}, which has work in hand; this is next.", "")
