"""One `vladva index`: by this process, or by the one that holds the library.

Refuses to know options and how a run works.
"""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import click

from vladva.app.captioning import speaker_of
from vladva.app.fetching import ensure
from vladva.app.present_progress import waiting
from vladva.app.present_run import follow, summary_lines
from vladva.app.sources import Source, fingerprint_of, load_chosen, source_of
from vladva.app.stopping import stopping
from vladva.clock import Clock
from vladva.errors import LibraryError
from vladva.indexes.captioning import Captioner
from vladva.indexes.events import Summary
from vladva.indexes.handover import Gone, index_elsewhere
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.throttle import Throttle
from vladva.indexes.writer import Busy
from vladva.protocols import Encoder, Style

STOPPING = "Stopping; what is read so far is being stored. Ctrl-C again ends at once."
LEFT = "This one ends; the program that holds the library goes on. `vladva status` shows it."
NEXT = "Another program holds the library. This one watches when that one ends; Ctrl-C ends it."
INTERRUPTED = 130
"""The exit code after Ctrl-C."""
TRIES = 5
"""Runs of others that may begin or end just when this one looks."""
TURN_S = 1.0


@dataclass(frozen=True)
class Order:
    """What is to be done. `named`: the encoder was chosen now, so no other one will do.

    `captions`: how long the captions are that photos without one get, None for none. `profile`: say
    where the time goes.
    """

    folders: Sequence[Path]
    source: Source
    adapter: str | None = None
    exclude: Sequence[str] = ()
    device: str = "auto"
    batch_size: int | None = None
    watch: bool = False
    as_json: bool = False
    named: bool = False
    captions: Style | None = None
    profile: bool = False


def chosen_anew(library: Library, source: Source) -> bool:
    """Whether the adapter in use is another one than the photos were indexed with."""
    active = library.active()
    return active is not None and source != source_of(library, active)


def carry_out(library: Library, order: Order, throttle: Throttle) -> tuple[Summary, bool]:
    """Index, and watch where that is wanted → the sum, and whether it was stopped early.

    Raises `Busy` or `Gone` where others come and go all the time, and `Refused` where the holder
    works with another encoder.
    """
    tries = 0
    while True:
        try:
            if not library.locked():
                return _here(library, order, throttle)
            done = _elsewhere(library, order)
        except (Busy, Gone):
            tries += 1
            if tries == TRIES:
                raise
            continue
        if not order.watch:
            return done, False
        _wait_for_turn(library, order, done)


def _here(library: Library, order: Order, throttle: Throttle) -> tuple[Summary, bool]:
    from vladva.encoders import load_encoder

    ensure(order.source.model, as_json=order.as_json)
    with waiting(f"loading {order.source.model} …"):
        options = {"device": order.device, "batch_size": order.batch_size}
        encoder = load_chosen(library, order.source, order.adapter, load_encoder, **options)
        captioner = _captioner(encoder, order.captions)
    clock = Clock() if order.profile else None
    timed = nullcontext() if clock is None else _parts(encoder, clock)
    with stopping(STOPPING) as stop, timed:
        events = index_folders(
            library,
            encoder,
            order.folders,
            exclude=order.exclude,
            batch_size=order.batch_size,
            stop=stop,
            throttle=throttle,
            watch=order.watch,
            captioner=captioner,
            clock=clock,
        )
        done = follow(events, as_json=order.as_json, paused=lambda: throttle.paused)
    return done, stop.is_set()


def _parts(encoder: Encoder, clock: Clock) -> AbstractContextManager[None]:
    from vladva.encoders.clocked import parts

    return parts(encoder, clock)


def _captioner(encoder: Encoder, style: Style | None) -> Captioner | None:
    """Who writes the captions. Raises `Unsupported` where the encoder has no words."""
    return None if style is None else Captioner(speaker_of(encoder), encoder.name, style)


def _elsewhere(library: Library, order: Order) -> Summary:
    if order.profile:
        raise LibraryError(
            "Another program holds the library, and what it does is not profiled.",
            "Stop that one first (`vladva ui`, a watch), or leave out --profile.",
        )
    if order.captions is not None:
        raise LibraryError(
            "Another program holds the library, and captions are written by the one that does.",
            "Stop that one first (`vladva ui`, a watch), or leave out --captions.",
        )
    model, fingerprint = None, None
    if order.named:
        model, fingerprint = order.source.model, fingerprint_of(library, order.source) or ""
    events = index_elsewhere(
        library, order.folders, exclude=order.exclude, model=model, fingerprint=fingerprint
    )
    try:
        return follow(events, as_json=order.as_json)
    except KeyboardInterrupt:
        click.echo(LEFT, err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def _wait_for_turn(library: Library, order: Order, done: Summary) -> None:
    if not order.as_json:
        click.echo(summary_lines(done))
    click.echo(NEXT, err=True)
    while library.locked():
        time.sleep(TURN_S)
