"""After the first pass: stay, and follow what happens in the roots for as long as it is wanted.

One thread, one loop. What is seen goes the way of every run: move, read, remove (`turns`). All
that is remembered between two rounds is bounded. Refuses to know how changes are noticed.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import NamedTuple, Self

from vladva.indexes.changes import unreachable
from vladva.indexes.events import Event, Notice, Progress, Watching
from vladva.indexes.exclude import Exclude
from vladva.indexes.inbox import Inbox
from vladva.indexes.library import Root
from vladva.indexes.scopes import Scope
from vladva.indexes.serving import answer
from vladva.indexes.turns import Turns
from vladva.indexes.watching.marks import MOST, Marks
from vladva.indexes.watching.rest import REST_S
from vladva.indexes.watching.rounds import Quiet, Schedule, signature
from vladva.indexes.watching.settle import Settling, marked_scopes
from vladva.indexes.watching.tree import Tree
from vladva.indexes.watching.watch import Watcher

RECONCILE_S = 3600.0
"""How often everything is looked through, whatever was noticed."""
_TICK_S = 0.25
_LONGEST_PAUSE_S = 60.0


class Attending(NamedTuple):
    """How roots are attended to; times in seconds."""

    every: float = RECONCILE_S
    """Between two looks at everything."""
    rest: float = REST_S
    """For which a file must not change before it is read."""
    marks: int = MOST
    """Folders that may be told apart before everything is looked at."""


class Attendant:
    """Watches the roots of a run, and serves other programs meanwhile.

    A context manager, used once; at its end the roots are idle.
    """

    def __init__(self, turns: Turns, inbox: Inbox, pace: Attending) -> None:
        self._turns = turns
        self._inbox = inbox
        self._marks = Marks(pace.marks)
        self._watcher = Watcher(self._marks)
        self._settling = Settling(pace.rest, self._marks)
        self._schedule = Schedule(pace.every)
        self._quiet = Quiet()
        self._rest = pace.rest
        self._next_look = 0.0
        self._busy = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._leave()
        finally:
            self._watcher.close()

    def begin(self, scopes: Sequence[Scope]) -> Iterator[Event]:
        """Watch the roots of `scopes`, and look through them."""
        return self._spell(self._adopt(scopes))

    def stay(self) -> Iterator[Event]:
        """Follow what happens until `stop` is set."""
        stop = self._turns.manner.stop
        self._busy = True
        while not stop.is_set():
            if self._busy and not self._marks:
                self._busy = False
                yield Watching(len(self._watcher.roots))
            stop.wait(min(_TICK_S, self._rest / 2 or _TICK_S))
            yield from self._spell(self._round())

    # ---- one round

    def _round(self) -> Iterator[Event]:
        request = self._inbox.take()
        if request is not None:
            yield from answer(request, self._inbox, self._turns, self._adopt, self._forgotten)
            self._busy = True
        if self._schedule.time_to_check():
            yield from self._check()
        if time.monotonic() >= self._next_look and self._marks:
            yield from self._look()
        due = self._schedule.due()
        if due:
            yield from self._through([root for root in self._roots() if root.path in due])

    def _check(self) -> Iterator[Event]:
        """Roots that went, came back, or have another disk now are looked through at once."""
        for root in self._roots():
            now = signature(root.path)
            if self._schedule.same(root.path, now):
                continue
            if now is not None:
                yield from self._watcher.add(self._tree(root))
            self._schedule.at_once(root.path)

    def _look(self) -> Iterator[Event]:
        """Look at what was marked, and act on what rests."""
        marked = self._marks.take()
        roots = self._roots()
        if marked.everywhere:
            for root in roots:
                yield from self._watcher.follow(root.path, [root.path])
                self._schedule.at_once(root.path)
        scopes = marked_scopes(marked.folders, roots, self._watcher.wants)
        for root in roots:
            mine = [scope for scope in scopes if scope.root == root]
            yield from self._watcher.follow(root.path, [s.folder for s in mine if s.deep])
            if mine and root.state == "offline":  # as a whole, or not at all
                self._schedule.soon(root.path)
        parts = [scope for scope in scopes if scope.root.state != "offline"]
        if parts:
            yield from self._parts(parts)

    def _parts(self, scopes: Sequence[Scope]) -> Iterator[Event]:
        start = time.monotonic()
        found = yield from self._turns.look(scopes, anew=False)
        took = time.monotonic() - start
        for scope in found.offline:
            if scope.folder == scope.root.path:
                self._schedule.at_once(scope.folder)
            else:
                yield unreachable(self._turns.library, scope)
        roots = {scope.root.path: scope.root for scope in found.online}
        whole = tuple(Scope(path, root) for path, root in roots.items())
        found = replace(found, offline=(), online=whole, known=self._turns.known())
        yield from self._turns.act(self._settling.sift(found), None)
        self._pause(took)

    def _through(self, roots: Sequence[Root], *, first: bool = False) -> Iterator[Event]:
        """Look through whole roots."""
        start = time.monotonic()
        found = yield from self._turns.look([Scope(root.path, root) for root in roots])
        took = time.monotonic() - start
        self._turns.tally.counts["unchanged"] += found.plan.unchanged if first else 0
        for scope in found.offline:
            self._schedule.away(scope.root.path)
            yield unreachable(self._turns.library, scope)
        yield from self._turns.act(found if first else self._settling.sift(found), "watched")
        now = {root.path: root.state for root in self._roots()}
        for root in roots:
            state = now.get(root.path)
            if root.state == "offline" and state == "watched":
                self._quiet.forget(root.path)
                yield Notice(f"{root.path} is back.", "")
            self._schedule.done(root.path, took, polled=root.path in self._watcher.polled)
        self._pause(took)

    def _pause(self, took: float) -> None:
        """Looks leave the disk alone for longer than they take, and give what waits its rest."""
        rest = self._rest if self._marks else 0.0
        self._next_look = time.monotonic() + max(rest, min(3 * took, _LONGEST_PAUSE_S))

    # ---- the roots

    def _adopt(self, scopes: Sequence[Scope]) -> Iterator[Event]:
        """Watch the roots of `scopes` from now on, then look through them."""
        for gone in self._watcher.roots - {root.path for root in self._turns.library.roots()}:
            self._forgotten(gone)  # a new root around it has taken its place
        roots = list({scope.root.path: scope.root for scope in scopes}.values())
        for root in roots:  # before the look, so that nothing falls in between
            self._schedule.same(root.path, signature(root.path))
            yield from self._watcher.add(self._tree(root))
        yield from self._through(roots, first=True)

    def _forgotten(self, root: str) -> None:
        self._watcher.drop(root)
        self._schedule.drop(root)

    def _roots(self) -> list[Root]:
        mine = self._watcher.roots
        return [root for root in self._turns.library.roots() if root.path in mine]

    def _tree(self, root: Root) -> Tree:
        others = [one.path for one in self._turns.library.roots() if one.path != root.path]
        return Tree(root.path, Exclude(root.exclude, root.path), others)

    def _leave(self) -> None:
        library = self._turns.library
        for root in library.roots():
            if root.state == "watched":
                library.set_root(root.path, state="idle")
        away = sum(root.state == "offline" for root in self._roots())
        self._turns.tally.counts["offline"] = away

    def _spell(self, events: Iterator[Event]) -> Iterator[Event]:
        """Events as they come, but nothing twice that has not changed since."""
        for event in events:
            self._busy = self._busy or isinstance(event, Progress)
            if self._quiet.news(event):
                yield event
