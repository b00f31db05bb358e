"""A bar on stderr for work that takes a while, and a word for work of unknown length.

Draws only where someone looks. Refuses to know what is done.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from vladva.app.settings import shows_progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


def never() -> bool:
    """No."""
    return False


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
def bar(title: str, paused: Callable[[], bool] = never) -> Iterator[Ticker]:
    """A progress bar on stderr with rate and ETA, where stderr is a terminal.

    While `paused`, it says so in the place of the title.
    """
    if not shows_progress():
        yield Ticker()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Task, TextColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Title(TextColumn):
        """What goes on, or that nothing does."""

        def render(self, task: Task) -> Text:
            return Text("Paused") if paused() else super().render(task)

    columns = (
        Title("{task.description}"),
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
