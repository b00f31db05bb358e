"""A fetch in words: what it costs, what to do where nobody agreed, how far it is.

On stderr for people, as events on stdout where JSON is wanted. Refuses to know how bytes travel.
"""

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from vladva.app.json_text import to_json
from vladva.app.plain import printable
from vladva.app.present_models import size
from vladva.app.settings import shows_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vladva.app.fetching import Cost
    from vladva.hub.fetch import Progress, Report

_NEARLY_ALL = 0.99
"""The config is here already when the cost is told."""
EVERY_S = 1.0
"""Seconds between two events of one state."""
_WORDS = {"waiting": "another process fetches it", "checking": "checking its sums"}


def cost_line(cost: "Cost") -> str:
    """What a model is, how much of it is to be fetched, and under which licence."""
    offer = cost.offer
    left = size(cost.missing_bytes)
    if cost.missing_bytes < offer.size_bytes * _NEARLY_ALL:
        left += f" of {size(offer.size_bytes)}"
    return printable(
        f"{cost.name} is not on this disk: {left} to fetch from {offer.hub_id} at "
        f"{offer.commit[:12]}, licence {cost.licence}"
    )


def remedy(cost: "Cost") -> str:
    """The options that agree to it."""
    if not cost.restricted:
        return "--yes fetches it (or VLADVA_YES=1)"
    return printable(
        f'--yes --accept-licence "{cost.licence}" fetches it, and agrees to that licence '
        "(or VLADVA_YES=1 and VLADVA_ACCEPT_LICENCE)"
    )


@contextmanager
def shown(cost: "Cost", *, as_json: bool) -> "Iterator[Report]":
    """A listener for a fetch; when it ends well, says which commit is here."""
    if as_json:
        yield _events(cost)
        offer = cost.offer
        said = {"hub_id": offer.hub_id, "revision": offer.commit, "licence": cost.licence}
        row = {"event": "fetched", "model": cost.name, **said, "size_bytes": offer.size_bytes}
        click.echo(to_json(row))
        return
    if shows_progress():
        with _bar(cost) as report:
            yield report
    else:
        yield lambda _progress: None
    offer = cost.offer
    where = f"{offer.hub_id} at {offer.commit[:12]}"
    click.echo(printable(f"{cost.name} is here: {size(offer.size_bytes)} of {where}"), err=True)


def _events(cost: "Cost") -> "Report":
    last: tuple[str, float] = ("", 0.0)

    def report(progress: "Progress") -> None:
        nonlocal last
        now = time.monotonic()
        if progress.state == last[0] and now - last[1] < EVERY_S:
            return
        last = progress.state, now
        row = {"event": "fetch", "model": cost.name, "state": progress.state}
        of = {"file": progress.file, "done": progress.done, "total": progress.total}
        click.echo(to_json({**row, **of}))

    return report


@contextmanager
def _bar(cost: "Cost") -> "Iterator[Report]":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(printable(cost.name), total=cost.offer.size_bytes)

        def report(progress: "Progress") -> None:
            words = _WORDS.get(progress.state, progress.file)
            title = printable(f"{cost.name}: {words}")
            drawn.update(task, description=title, completed=progress.done, total=progress.total)

        yield report
