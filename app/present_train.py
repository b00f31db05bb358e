"""A training run as a terminal shows it: a bar with losses and ETA, held-out metrics, a verdict.

stderr gets the progress, stdout the data. Refuses to know how a run works.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from vladva.app.adapters import Kept
from vladva.app.cost import Cost
from vladva.app.json_text import to_json
from vladva.app.plain import printable
from vladva.app.present_adapters import cost_lines, program
from vladva.app.present_progress import Ticker, bar, duration
from vladva.trainer.events import (
    Evaluated,
    Event,
    Preparing,
    Skipped,
    Started,
    Step,
    Summary,
    as_line,
)

_METRICS = ("image_R@1", "image_R@10", "text_R@1", "text_R@10", "image_chance_R@10")
_PREPARING = {"features": "Looking at pictures", "captions": "Writing captions"}
_VERDICTS = {
    "accepted": "Accepted: better than what was in use, on the pictures held out.",
    "refused": "Refused: worse than what is in use, on the pictures held out.",
    "undecided": "Undecided: the pictures held out cannot tell it from what is in use.",
}
_QUIET_S = 30.0
"""Seconds between two lines about steps where no terminal shows a bar."""


def follow(events: Iterator[Event], *, as_json: bool) -> Summary | None:
    """Show a run while it goes → its last event; None where it said nothing."""
    summary: Summary | None = None
    with bar("Training") as ticker:
        told = _teller(ticker)
        for event in events:
            if as_json:
                click.echo(to_json(as_line(event)))
            told(event)
            if isinstance(event, Summary):
                summary = event
    return summary


def _teller(ticker: Ticker) -> Callable[[Event], None]:
    """What each event does to the bar, or says above it."""
    last = -_QUIET_S

    def tell(event: Event) -> None:
        if isinstance(event, Preparing):
            ticker.begin(_PREPARING[event.what])
            ticker.to(event.done, event.total)
        elif isinstance(event, Step):
            show_step(event)
        elif line := event_line(event):
            ticker.say(line)

    def show_step(event: Step) -> None:
        nonlocal last
        if ticker.live:
            rate, left = event.samples_per_second, event.eta_s
            ticker.begin("Training")
            ticker.to(event.step, event.steps, rate, left, note=_losses(event))
        elif time.monotonic() - last >= _QUIET_S or event.step == event.steps:
            last = time.monotonic()
            ticker.say(step_line(event))

    return tell


def event_line(event: Event) -> str:
    """What is said of an event that is neither a step nor the end; "" where nothing is."""
    if isinstance(event, Started):
        return started_line(event)
    if isinstance(event, Evaluated):
        return f"step {event.step:,}, held out: {metrics_text(event.metrics)}"
    if isinstance(event, Skipped):
        return printable(f"skipped {event.row}: {event.reason}")
    return ""


def started_line(event: Started) -> str:
    """What is trained, on what."""
    rows = f"{event.rows:,} rows and {event.held_out:,} held out"
    bad = f" ({event.bad_rows:,} unusable)" if event.bad_rows else ""
    begin = f", from step {event.first_step:,} on" if event.first_step else ""
    share = f"{_millions(event.trainable)} of {_millions(event.total)} parameters learn"
    return f"Training {event.model} on {rows}{bad}: {event.steps:,} steps{begin}; {share}."


def step_line(event: Step) -> str:
    """One step where no bar is shown."""
    left = f", {duration(event.eta_s)} left" if event.eta_s else ""
    return (
        f"step {event.step:,} of {event.steps:,}: {_losses(event)}, "
        f"{event.samples_per_second:.1f} samples/s{left}"
    )


def metrics_text(metrics: Mapping[str, float]) -> str:
    """The recalls in percent, chance, and the log-loss per query; all there is where none of them.

    >>> metrics_text({"image_R@10": 61.04, "image_chance_R@10": 5.0, "log_loss": 2.5})
    'image R@10 61.0 %, image chance R@10 5.0 %, log loss 2.500'
    """
    names = [name for name in (*_METRICS, "log_loss") if name in metrics] or list(metrics)
    return ", ".join(_metric(name, metrics[name]) for name in names)


def verdict_lines(summary: Summary) -> str:
    """How a run ended: metrics, and what the gate says in plain words."""
    took = f"{summary.steps:,} steps in {duration(summary.seconds)}"
    lines = [f"{took}. Held out: {metrics_text(summary.metrics)}" if summary.metrics else took]
    if summary.verdict:
        lines.append(_VERDICTS[summary.verdict])
    if summary.reason:
        lines.append(f"  {summary.reason}")
    return "\n".join(lines)


def stopped_lines(summary: Summary, again: str) -> str:
    """Why a run ended early, and how it goes on."""
    reason = summary.stopped or "stopped"
    return f"{reason[0].upper()}{reason[1:]}. To go on:\n  {printable(again)}"


def kept_lines(kept: Kept, summary: Summary, cost: Cost | None, library: Path | None) -> str:
    """Where a trained adapter is now, and what is left to do."""
    name = printable(kept.name)
    if summary.accepted:
        return (
            f"It is kept in the library as {name}, and in use for {kept.model} from now on.\n"
            + cost_lines(cost, library)
        )
    use = program(library, "adapters", "use", kept.name)
    return (
        f"It is kept in the library as {name}, but stays off. To use it anyway:\n  {printable(use)}"
    )


def loose_lines(adapter: Path) -> str:
    """Where an adapter is that no library took."""
    use = printable(program(None, "index", "FOLDER", "--adapter", str(adapter)))
    return f"The adapter is in {printable(str(adapter))}. To search with it:\n  {use}"


def _losses(event: Step) -> str:
    parts = {"contrast": event.contrastive, "words": event.autoregressive, **event.others}
    shown = " + ".join(f"{name} {value:.3f}" for name, value in parts.items())
    return f"loss {event.loss:.3f} = {shown}"


def _metric(name: str, value: float) -> str:
    words = name.replace("_", " ")
    return f"{words} {value:.1f} %" if "R@" in name else f"{words} {value:.3f}"


def _millions(count: int) -> str:
    return f"{count / 1e9:.2f} B" if count >= 1e9 else f"{count / 1e6:.2f} M"
