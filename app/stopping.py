"""Signals that a person sends to a run: end well (Ctrl-C), pause and go on (SIGUSR1, SIGUSR2).

Refuses to know what runs.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from vladva.app.signals import hearing

if TYPE_CHECKING:
    from vladva.indexes.throttle import Throttle

ASKED = "Stopping after this step; what is learned is saved. Ctrl-C again ends at once."


@contextmanager
def stopping(said: str = ASKED) -> Iterator[threading.Event]:
    """An event that Ctrl-C, or the system's polite end, sets while the context lasts.

    `said`: the answer to it. A second Ctrl-C ends the program.
    """
    stop = threading.Event()

    def ask() -> None:
        stop.set()
        click.echo(said, err=True)

    with hearing({signal.SIGINT: ask, signal.SIGTERM: ask}, once=True):
        yield stop


@contextmanager
def pausing(throttle: "Throttle") -> Iterator[None]:
    """SIGUSR1 pauses, SIGUSR2 resumes, where the system has such signals."""
    if not hasattr(signal, "SIGUSR1"):
        yield
        return

    def pause() -> None:
        throttle.pause()
        click.echo(f"Paused. It goes on with: kill -USR2 {os.getpid()}", err=True)

    def resume() -> None:
        throttle.resume()
        click.echo("Going on.", err=True)

    with hearing({signal.SIGUSR1: pause, signal.SIGUSR2: resume}):
        yield
