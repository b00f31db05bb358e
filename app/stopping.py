"""Ctrl-C as a wish: the first one asks a run to end well, the second one ends the program.

Refuses to know what runs.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

ASKED = "Stopping after this step; what is learned is saved. Ctrl-C again ends at once."


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that Ctrl-C, or the system's polite end, sets while the context lasts."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals are the main thread's
        return

    def ask(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, before[signal.Signals(number)])
        stop.set()
        click.echo(ASKED, err=True)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
