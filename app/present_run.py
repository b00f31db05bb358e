"""An indexing run as a terminal shows it: a bar, lines while it watches, a summary.

stderr gets the progress, stdout the data. Refuses to know how a run works, and who does it.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import click

from vladva.app.json_text import to_json
from vladva.app.plain import printable
from vladva.app.present_progress import Ticker, bar, duration, never
from vladva.indexes.events import (
    Captioned,
    Copied,
    Event,
    Indexed,
    Moved,
    Notice,
    Progress,
    Removed,
    Skipped,
    Summary,
    Watching,
)

NOTHING = "No photos found, neither there nor in any folder below."


def follow(
    events: Iterator[Event], *, as_json: bool, paused: Callable[[], bool] = never
) -> Summary:
    """Show a run while it goes → its last event."""
    with bar("Indexing", paused) as ticker:
        last = _pass(events, ticker, as_json=as_json)
    if isinstance(last, Watching):
        last = _watch(events, as_json=as_json)
    assert isinstance(last, Summary), "a run ends with its summary"
    return last


def event_line(event: Event) -> str:
    """One event as one line; empty for those that only move a bar."""
    match event:
        case Indexed():
            line = f"indexed {event.path}"
        case Copied():
            line = f"copy {event.path} (of {event.of})"
        case Moved():
            line = f"moved {event.old} → {event.path}"
        case Captioned():
            line = f"captioned {event.path}: {event.caption}"
        case Removed():
            line = f"removed {event.path}"
        case Skipped():
            line = f"skipped {event.path}: {event.reason}" + _aside(event.hint)
        case Notice():
            line = event.text + _aside(event.hint)
        case _:
            line = ""
    return printable(line)


def summary_lines(done: Summary, *, stopped: bool = False) -> str:
    """What a run did, in one or two lines. `stopped`: early, so what it did not do says nothing."""
    parts = {
        "copies": done.copies,
        "unchanged": done.unchanged,
        "moved": done.moved,
        "removed": done.removed,
        "skipped": done.skipped,
        "captioned": done.captioned,
    }
    rest = ", ".join(f"{count:,} {name}" for name, count in parts.items() if count)
    if not (stopped or done.indexed or done.offline_roots or any(parts.values())):
        return NOTHING
    line = f"Indexed {_photos(done.indexed)} in {duration(done.seconds)}"
    if done.encodes and done.images_per_second >= 1:  # a watch of days has no pace
        line += f" ({done.images_per_second:.0f} a second)"
    line += f"; {rest}." if rest else "."
    if done.offline_roots:
        line += f"\n{done.offline_roots} folder(s) cannot be reached: their photos are kept."
    return line


def _pass(events: Iterator[Event], ticker: Ticker, *, as_json: bool) -> Event | None:
    """Up to the end of the run, or of its first look where it goes on watching."""
    counts: Counter[str] = Counter()
    for event in events:
        counts[event.kind] += 1
        if as_json:
            click.echo(to_json(event.as_json()))
        elif isinstance(event, Skipped | Notice):
            ticker.say(event_line(event))
        if isinstance(event, Captioned):
            ticker.begin("Captioning")
        if isinstance(event, Progress):
            ticker.to(event.done, event.total, event.rate, event.eta_s)
        elif isinstance(event, Watching) and not as_json:
            ticker.say(_watching_line(event.roots, counts))
        if isinstance(event, Watching | Summary):
            return event
    return None


def _watch(events: Iterator[Event], *, as_json: bool) -> Event | None:
    for event in events:
        if as_json:
            click.echo(to_json(event.as_json()))
        elif line := event_line(event):
            click.echo(line, err=True)
        if isinstance(event, Summary):
            return event
    return None


def _watching_line(roots: int, counts: Counter[str]) -> str:
    done = counts[Indexed.kind] + counts[Copied.kind]
    folders = "1 folder" if roots == 1 else f"{roots} folders"
    return f"{_photos(done)} indexed. Watching {folders}; Ctrl-C ends it."


def _aside(hint: str) -> str:
    return f" ({hint})" if hint else ""


def _photos(count: int) -> str:
    return f"{count:,} photo" + ("" if count == 1 else "s")
