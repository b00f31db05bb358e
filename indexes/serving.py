"""What the holder of the lock does for other programs that ask.

Refuses to know how requests travel, and how folders are indexed.
"""

from collections.abc import Callable, Iterator, Sequence

from vladva.errors import ConfigError, VladvaError
from vladva.indexes.events import Event
from vladva.indexes.forget import drop, forgettable
from vladva.indexes.handover import Refused
from vladva.indexes.inbox import Inbox
from vladva.indexes.post import Request
from vladva.indexes.scopes import Scope, check_folders, open_scopes
from vladva.indexes.turns import Turns
from vladva.protocols import Encoder

_NEEDED = {"index": {"folders", "exclude", "model", "fingerprint"}, "forget": {"folder"}}
Index = Callable[[Sequence[Scope]], Iterator[Event]]
Forgotten = Callable[[str], None]


def answer(
    request: Request, inbox: Inbox, turns: Turns, index: Index, forgotten: Forgotten
) -> Iterator[Event]:
    """Do what was asked, by `index`, and tell the one who asked; its mistakes are its own.

    An index that `stop` interrupts stays open: nobody says that it was done.
    """
    before = turns.tally.mark()
    try:
        yield from inbox.telling(request, _work(request, turns, index, forgotten))
    except (ConfigError, Refused) as error:
        inbox.failed(request, error)
        return
    except VladvaError as error:
        inbox.failed(request, error)
        raise
    if request.kind == "forget" or not turns.manner.stop.is_set():
        inbox.done(request, turns.tally.summary(before))


def refusal(request: Request, ours: Encoder) -> Refused | None:
    """Why a holder that works with `ours` will never do what is asked of it; None if it will."""
    body = request.body
    if not _NEEDED.get(request.kind, {""}) <= body.keys():
        return Refused(
            "The program that holds the library does not understand what it is asked for.",
            "Stop it first: it is of another version.",
        )
    model, fingerprint = body.get("model"), body.get("fingerprint")
    if model in (None, ours.name) and fingerprint in (None, ours.fingerprint):
        return None
    wanted = model or "another encoder"
    wanted = f"{wanted} with other weights or another adapter" if wanted == ours.name else wanted
    return Refused(
        f"The library is being indexed with {ours.name} just now, not with {wanted}.",
        f"Leave out --model and --adapter to use {ours.name}, or stop the other program first.",
    )


def _work(request: Request, turns: Turns, index: Index, forgotten: Forgotten) -> Iterator[Event]:
    library, body = turns.library, request.body
    refused = refusal(request, turns.encoder)
    if refused is not None:
        raise refused
    if request.kind == "forget":
        root = forgettable(library, body["folder"])
        turns.forgotten(drop(library, root, turns.store))
        forgotten(root)
        return
    check_folders(library, body["folders"])
    yield from index(open_scopes(library, body["folders"], exclude=body["exclude"]))
