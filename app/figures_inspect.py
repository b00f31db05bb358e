"""The figures of `vladva inspect`: 4 next tokens, 6 attention by head, 7 captions.

Numbered as in the paper; before tuning and after. Takes a finished inspection; refuses to know how
it was made.
"""

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from PIL import Image, ImageOps

from vladva.analysis import density
from vladva.app import figures
from vladva.app.figures import INK, ORANGE, SOFT, VIOLET
from vladva.app.inspecting import STYLES, Inspection, Look

COLOURS = {"before tuning": ORANGE, "after tuning": VIOLET}
ACROSS = 9
"""Maps side by side."""
LABEL = 20
"""Characters of a token that are shown."""
LONGEST = 512
"""Pixels of a drawn picture's longer side."""


def draw(found: Inspection, folder: Path, layer: int) -> list[Path]:
    """What there is to draw, as PNG and SVG → their paths. `layer` counts from 0."""
    files: list[Path] = []
    with figures.style():
        if found.before.tokens:
            files += _tokens(found, folder)
        if found.before.attention is not None:
            files += _attention(found, folder, layer)
        if found.before.captions:
            files += _captions(found, folder)
    return files


def shown(token: str) -> str:
    """A token as it can be read: a space is an open box, what cannot be shown is spelled out."""
    spelled = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in token)
    return spelled.replace(" ", "␣") or "(empty)"


def _short(label: str) -> str:
    return label if len(label) <= LABEL else f"{label[: LABEL - 1]}…"


def _asked(found: Inspection) -> str:
    what = Path(found.given).name if found.side == "image" else f"“{found.given}”"
    return textwrap.shorten(f"{found.model} on {what}, asked: {found.prompt}", 110)


def _tokens(found: Inspection, folder: Path) -> list[Path]:
    count = max(len(look.tokens) for _, look in found.looks)
    figure = figures.new(4.9 * len(found.looks), 1.5 + 0.3 * count)
    panels = figure.subplots(1, len(found.looks), sharex=True, squeeze=False)[0]
    for axes, (name, look) in zip(panels, found.looks, strict=True):
        places = range(len(look.tokens))
        chances = [100 * token.p for token in look.tokens]
        axes.barh(places, chances, 0.62, color=COLOURS[name])
        axes.set_yticks(list(places), [_short(shown(token.text)) for token in look.tokens])
        axes.tick_params(axis="y", labelsize=9.5, labelcolor=INK)
        axes.invert_yaxis()
        for place, chance in zip(places, chances, strict=True):
            axes.annotate(
                f"{chance:.1f}%" if chance >= 0.1 else "<0.1%",
                (chance, place),
                (4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                color=SOFT,
            )
        axes.set_title(f"{name}: entropy {look.entropy:.2f} nats", color=COLOURS[name])
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.set_xticks([])
        axes.margins(x=0.14)
    figures.title(figure, "What the summary token would say next", _asked(found))
    return figures.save(figure, folder, "figure-4-tokens")


def _attention(found: Inspection, folder: Path, layer: int) -> list[Path]:
    assert found.picture is not None
    ground = ImageOps.contain(found.picture, (LONGEST, LONGEST))
    blocks = [(name, _maps(look, layer)) for name, look in found.looks]
    heads = len(blocks[0][1]) - 1
    across = min(ACROSS, heads + 2)
    down = -(-(heads + 2) // across)
    high = 1.32 * min(max(ground.height / ground.width, 0.4), 2.5) + 0.42
    figure = figures.new(1.32 * across + 0.5, high * down * len(blocks) + 0.9)
    grid = figure.subplots(down * len(blocks), across, squeeze=False)
    brightest = float(np.quantile([share for _, maps in blocks for share, _, _ in maps], 0.995))
    for number, (name, maps) in enumerate(blocks):
        cells = list(grid[number * down : (number + 1) * down].flat)
        for axes in cells:
            axes.set_axis_off()
        cells[0].imshow(ground)
        cells[0].set_title(name, color=COLOURS[name], fontsize=9, fontweight="bold")
        for head, (axes, shares) in enumerate(zip(cells[1:], maps, strict=False)):
            drawn, on_picture, spread = shares
            _overlay(axes, ground, drawn / max(brightest, 1e-12), COLOURS[name])
            axes.set_title(f"head {head}" if head else "mean of heads", fontsize=8, color=INK)
            words = {"s": f"{on_picture:.0%} · {spread:.0%}", "fontsize": 7.5}
            axes.text(0.5, -0.04, **words, transform=axes.transAxes, ha="center", va="top")
    figures.title(
        figure,
        f"Where the summary token looks: layer {layer + 1}",
        f"{_asked(found)}\nUnder each: how much of the attention the picture gets · over what "
        "share of it that is spread (100% = evenly)",
    )
    return figures.save(figure, folder, "figure-6-attention")


def _maps(look: Look, layer: int) -> list[tuple[Any, float, float]]:
    """(map in times the even share, on the picture 0..1, spread 0..1): all heads, then each."""
    assert look.attention is not None
    weights, maps = look.attention.weights[layer], look.attention.maps[layer]
    rows = [(weights.mean(0), maps.mean(0)), *zip(weights, maps, strict=True)]
    return [
        (drawn / max(float(drawn.mean()), 1e-12), float(own.sum()), float(density(own)))
        for own, drawn in rows
    ]


def _overlay(axes: Axes, ground: Image.Image, strength: Any, colour: str) -> None:
    """The picture in pale grey, and one colour over it, the stronger the more attention."""
    grey, white = ground.convert("L").convert("RGB"), Image.new("RGB", ground.size, "white")
    axes.imshow(Image.blend(grey, white, 0.6))
    paint = np.empty((*strength.shape, 4))
    paint[..., :3] = to_rgb(colour)
    paint[..., 3] = 0.92 * np.clip(strength, 0, 1) ** 0.7  # so that little is seen too
    box = (-0.5, ground.width - 0.5, ground.height - 0.5, -0.5)
    axes.imshow(paint, extent=box, interpolation="nearest")


def _captions(found: Inspection, folder: Path) -> list[Path]:
    assert found.picture is not None
    ground = ImageOps.contain(found.picture, (LONGEST, LONGEST))
    blocks = [
        (f"{style}, {name}", textwrap.wrap(look.captions[style], 68) or ["(nothing)"], name)
        for style in STYLES
        for name, look in found.looks
    ]
    lines = sum(len(words) + 2 for _, words, _ in blocks)
    figure = figures.new(9.2, max(3.6, 0.2 * lines + 1.1))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.75))
    left.imshow(ground)
    left.set_axis_off()
    left.set_anchor("N")
    right.set_axis_off()
    right.set(xlim=(0, 1), ylim=(lines, 0))
    at = 0.4
    for head, words, name in blocks:
        bold = {"color": COLOURS[name], "fontsize": 9, "fontweight": "bold"}
        right.text(0, at, head, va="top", in_layout=False, **bold)
        body = {"fontsize": 9.5, "linespacing": 1.3}  # wide letters must not squeeze the picture
        right.text(0, at + 1, "\n".join(words), va="top", in_layout=False, **body)
        at += len(words) + 2
    figures.title(figure, "What it says of the picture", f"{found.model}, greedy")
    return figures.save(figure, folder, "figure-7-captions")
