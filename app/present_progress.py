"""An indexing run as a terminal shows it: a bar with rate and ETA, skips as they come, a summary.

stderr gets the progress, stdout the data. Refuses to know how a run works.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from vladva.app.answers import to_json
from vladva.app.plain import printable
from vladva.app.settings import shows_progress
from vladva.indexes.events import Event, Progress, Skipped, Summary

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


def follow(events: Iterator[Event], *, as_json: bool) -> Summary:
    """Show a run while it goes → its last event."""
    summary: Summary | None = None
    with bar("Indexing") as ticker:
        for event in events:
            if as_json:
                click.echo(to_json(event.as_json()))
            elif isinstance(event, Skipped):
                ticker.say(skipped_line(event))
            if isinstance(event, Progress):
                ticker.to(event.done, event.total, event.rate, event.eta_s)
            elif isinstance(event, Summary):
                summary = event
    assert summary is not None, "a run ends with its summary"
    return summary


def skipped_line(event: Skipped) -> str:
    """Path, reason, and what changes it."""
    hint = f" ({event.hint})" if event.hint else ""
    return printable(f"skipped {event.path}: {event.reason}{hint}")


def summary_lines(done: Summary) -> str:
    """What a run did, in one or two lines."""
    parts = {
        "copies": done.copies,
        "unchanged": done.unchanged,
        "moved": done.moved,
        "removed": done.removed,
        "skipped": done.skipped,
    }
    rest = ", ".join(f"{count:,} {name}" for name, count in parts.items() if count)
    line = f"Indexed {_photos(done.indexed)} in {duration(done.seconds)}"
    if done.encodes:
        line += f" ({done.images_per_second:.0f} a second)"
    line += f"; {rest}." if rest else "."
    if done.offline_roots:
        line += f"\n{done.offline_roots} folder(s) cannot be reached: their photos are kept."
    return line


def duration(seconds: float) -> str:
    """Seconds as a person says them: `0.8 s`, `42 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


class Ticker:
    """A bar that someone may look at; without a terminal it only passes lines on."""

    def __init__(self, shown: "Bar | None" = None, task: "TaskID | None" = None) -> None:
        self._shown = shown
        self._task = task
        self._title = ""
        self._start = time.monotonic()

    @property
    def live(self) -> bool:
        """Whether someone looks at the bar."""
        return self._shown is not None

    def begin(self, title: str) -> None:
        """Another kind of work, unless it goes on already."""
        if self._shown is None or self._task is None or title == self._title:
            return
        self._title, self._start = title, time.monotonic()
        self._shown.update(self._task, description=title)

    def to(
        self,
        done: int,
        total: int,
        rate: float = 0.0,
        eta_s: float | None = None,
        *,
        note: str = "",
    ) -> None:
        """So much is done. Without a rate, the one since the bar began."""
        if self._shown is None or self._task is None:
            return
        rate = rate or done / max(time.monotonic() - self._start, 1e-3)
        left = (total - done) / rate if eta_s is None and rate else eta_s
        pace = f"{rate:.{0 if rate >= 10 else 1}f}/s" + (f", {duration(left)} left" if left else "")
        note = f"{note}, {pace}" if note else pace
        self._shown.update(self._task, completed=done, total=total, note=note)

    def say(self, line: str) -> None:
        """A line above the bar."""
        if self._shown is None:
            click.echo(line, err=True)
        else:
            self._shown.console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def bar(title: str) -> Iterator[Ticker]:
    """A progress bar on stderr with rate and ETA, where stderr is a terminal."""
    if not shows_progress():
        yield Ticker()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as shown:
        yield Ticker(shown, shown.add_task(title, total=None, note=""))


@contextmanager
def waiting(title: str) -> Iterator[None]:
    """A word on stderr while something of unknown length happens, gone when it is done."""
    if not shows_progress():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(title):
        yield


def _photos(count: int) -> str:
    return f"{count:,} photo" + ("" if count == 1 else "s")
