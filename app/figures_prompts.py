"""The figures of `vladva prompts`: 2 entropy by prompt, 3 cumulative variance, 5 recall by entropy.

Numbered as in the paper. Takes a finished comparison; refuses to know how it was measured.
"""

import math
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from vladva.app import figures
from vladva.app.figures import FAINT, GROUND, INK, ORANGE, RULES, SOFT, TEAL, VIOLET
from vladva.app.prompting import Comparison
from vladva.prompt_choice import Compared

TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
METRICS = {"image_R@1": "picture found by text", "text_R@1": "text found by picture"}


def draw(found: Comparison, folder: Path) -> list[Path]:
    """All three, as PNG and SVG → their paths."""
    with figures.style():
        return [*_entropy(found, folder), *_variance(found, folder), *_recall(found, folder)]


def marked(found: Comparison) -> list[tuple[Compared, str, str]]:
    """The pairs that are told apart, each once: (pair, what it is, colour)."""
    roles = [
        (found.recommended, "recommended", VIOLET),
        *((one, "in use", ORANGE) for one in found.pairs if one.pair.name == found.in_use),
        (found.best_recall, "best recall", TEAL),
    ]
    merged: dict[str, tuple[Compared, str, str]] = {}
    for one, role, colour in roles:
        before = merged.get(one.pair.name)
        merged[one.pair.name] = (
            (one, role, colour) if before is None else (one, f"{before[1]}, {role}", before[2])
        )
    return list(merged.values())


def _measured(found: Comparison) -> str:
    many = f"{found.pictures:,} pictures and {found.texts:,} texts"
    return f"{found.model}, untuned, {len(found.pairs)} prompt pairs on {many}"


def _entropy(found: Comparison, folder: Path) -> list[Path]:
    rows = sorted(found.pairs, key=lambda one: one.entropy)
    figure = figures.new(8.2, 1.5 + 0.172 * len(rows))
    axes = figure.subplots()
    for place, one in enumerate(rows):
        both = [one.image.entropy, one.text.entropy]
        axes.plot(both, [place, place], color=FAINT, linewidth=1.6, zorder=1)
    places = range(len(rows))
    axes.scatter([one.image.entropy for one in rows], places, 26, VIOLET, zorder=3)
    axes.scatter([one.text.entropy for one in rows], places, 26, ORANGE, zorder=2)
    axes.set_yticks(list(places), [one.pair.name for one in rows])
    axes.set_ylim(-0.8, len(rows) + 0.9)
    axes.set_xlim(left=0)
    axes.set_xlabel("entropy of the next token, nats")
    figures.dots(axes, along="x")
    axes.spines["left"].set_visible(False)
    top = rows[-1]
    sides = [("picture", top.image.entropy, VIOLET), ("text", top.text.entropy, ORANGE)]
    left, right = sorted(sides, key=lambda side: side[1])
    for (name, x, colour), align in ((left, "right"), (right, "left")):
        style: dict[str, Any] = {"color": colour, "fontsize": 9, "fontweight": "bold"}
        axes.text(x, len(rows) - 0.3, name, ha=align, va="bottom", **style)
    _name_rows(axes, rows, found)
    ceiling = f"at most {math.log(max(found.vocabulary, 1)):.1f} nats: {found.vocabulary:,} tokens"
    figures.title(figure, "How open each prompt leaves the next word", _measured(found))
    axes.set_title(ceiling, color=SOFT, fontsize=8)
    return figures.save(figure, folder, "figure-2-entropy")


def _name_rows(axes: Axes, rows: Sequence[Compared], found: Comparison) -> None:
    """Marked pairs: a band, the name in ink, and what it is beside the band."""
    names = {one.pair.name: role for one, role, _ in marked(found)}
    for place, (one, label) in enumerate(zip(rows, axes.get_yticklabels(), strict=True)):
        if one.pair.name not in names:
            continue
        axes.axhspan(place - 0.5, place + 0.5, color=RULES, zorder=0, linewidth=0)
        label.set(color=INK, fontweight="bold")
        axes.text(
            1.012,
            place,
            names[one.pair.name],
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=8,
            fontweight="bold",
        )


def _variance(found: Comparison, folder: Path) -> list[Path]:
    figure = figures.new(9.6, 4.4)
    panels = figure.subplots(1, 2, sharey=True)
    last = max(side.axes_for(0.99) for one in found.pairs for side in (one.image, one.text))
    told = marked(found)
    for axes, side in zip(panels, ("image", "text"), strict=True):
        for one in found.pairs:
            _curve(axes, one, side, last, (FAINT, 0.7))
        for one, _, colour in reversed(told):
            _curve(axes, one, side, last, (colour, 2.2))
        axes.set_title("pictures" if side == "image" else "texts", color=INK)
        axes.set_xlabel("principal axes")
        axes.set_ylim(0, 1.02)
        axes.set_xscale("log")
        axes.set_xlim(1, max(last, 2))
        axes.set_xticks([n for n in TICKS if n <= last], minor=False)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
        axes.xaxis.set_minor_locator(NullLocator())
        figures.dots(axes, along="y")
        words = [(f"{one.pair.name} ({role})", colour) for one, role, colour in told]
        figures.notes(axes, [*words, (f"{len(found.pairs) - len(told)} others", SOFT)])
    panels[0].set_ylabel("share of variance explained")
    panels[0].yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    figures.title(figure, "How many directions the embeddings use", _measured(found))
    return figures.save(figure, folder, "figure-3-variance")


def _curve(axes: Axes, one: Compared, side: str, last: int, line: tuple[str, float]) -> None:
    values = getattr(one, side).cumulative[:last]
    colour, width = line
    axes.plot(range(1, len(values) + 1), values, color=colour, linewidth=width)


def _recall(found: Comparison, folder: Path) -> list[Path]:
    figure = figures.new(9.6, 4.2)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (metric, words) in zip(panels, METRICS.items(), strict=True):
        _points(axes, found, metric)
        rho = found.correlation(metric, "entropy")
        said = "all alike" if rho is None else f"rank correlation {rho:+.2f}"
        axes.set_title(f"{words}: {said}", color=INK, fontsize=9.5)
        axes.set_xlabel("place by entropy, 1 = the highest")
        axes.margins(y=0.16)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figures.dots(axes, along="y")
        axes.axhline(100 / found.pictures, color=SOFT, linewidth=0.9, linestyle=":", zorder=1)
    top = panels[0].get_ylim()[1]
    panels[0].set_ylim(-0.02 * top, top)  # a point at 0 is whole
    panels[0].set_ylabel("R@1, percent")
    figures.title(
        figure, "Does entropy tell which prompt finds best?", f"{_measured(found)}; dotted: chance"
    )
    return figures.save(figure, folder, "figure-5-recall")


def _points(axes: Axes, found: Comparison, metric: str) -> None:
    """A point a pair; the marked ones larger, in front, and named."""
    rows = sorted(found.pairs, key=lambda one: -one.entropy)
    told = {one.pair.name: (role, colour) for one, role, colour in marked(found)}
    height = cycle((12, 25))  # neighbours' names do not lie on each other
    for place, one in enumerate(rows, 1):
        recall = one.recall[metric]
        if one.pair.name not in told:
            axes.scatter(place, recall, 24, FAINT, zorder=2, linewidths=0)
            continue
        role, colour = told[one.pair.name]
        axes.scatter(place, recall, 58, colour, zorder=3, linewidths=0)
        right = place > len(rows) * 0.6
        axes.annotate(
            f"{one.pair.name} ({role})",
            (place, recall),
            (-2 if right else 2, next(height)),
            textcoords="offset points",
            ha="right" if right else "left",
            color=colour,
            fontsize=8.5,
            fontweight="bold",
            bbox={"facecolor": GROUND, "edgecolor": "none", "alpha": 0.7, "pad": 0},
            zorder=4,
        )
