"""How every figure looks, and how it becomes PNG and SVG: one palette, direct labels, light ground.

The colours keep apart for colour-blind eyes too. Refuses to know what is drawn.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vladva.errors import ConfigError

INK, SOFT, FAINT, GROUND = "#22252e", "#6b7080", "#c9ccd6", "#ffffff"
VIOLET, ORANGE, TEAL = "#5b3df5", "#d9691e", "#14857a"
RULES = "#eceef3"
DPI = 160
STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,  # a token may be a dollar sign
    "axes.edgecolor": FAINT,
    "axes.labelcolor": SOFT,
    "axes.labelsize": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": RULES,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "figure.facecolor": GROUND,
    "axes.facecolor": GROUND,
    "svg.hashsalt": "vladva",  # the same figure is the same file
    "svg.fonttype": "none",
}


@contextmanager
def style() -> Iterator[None]:
    """Figures made and saved inside look as they should; the program's own settings stay."""
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a token of a script that the font lacks
        yield


def new(width: float, height: float) -> Figure:
    """An empty figure of this size in inches, without a display."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.10)  # type: ignore[union-attr, call-arg]  # stubs without its keywords
    FigureCanvasAgg(figure)
    return figure


def title(figure: Figure, text: str, below: str) -> None:
    """What the figure says in one line, and under it what was measured."""
    figure.suptitle(f"{text}\n", x=0.012, ha="left", fontsize=12, fontweight="bold")
    inches = figure.get_figheight()
    figure.text(0.012, 1 - 0.36 / inches, below, ha="left", va="top", fontsize=8.5, color=SOFT)


def notes(axes: Axes, lines: list[tuple[str, str]], x: float = 0.98, y: float = 0.04) -> None:
    """Words in the colour of what they name, one under the other, from the lower right corner up.

    `lines`: (text, colour), the topmost first.
    """
    for place, (text, colour) in enumerate(reversed(lines)):
        axes.text(
            x,
            y + 0.075 * place,
            text,
            transform=axes.transAxes,
            ha="right",
            color=colour,
            fontsize=8.5,
            fontweight="bold",
        )


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """`name`.png and `name`.svg in the folder → their paths."""
    files = [folder / f"{name}.png", folder / f"{name}.svg"]
    figure.savefig(files[0], dpi=DPI, metadata={"Software": None})
    figure.savefig(files[1], metadata={"Date": None, "Creator": None})
    return files


def folder_for(path: Path) -> Path:
    """The folder that figures go to, made where it is not. Raises `ConfigError`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"No figures can be written to {path}: {error.strerror}.",
            "Name a folder with --out that can be made.",
        ) from error
    return path


def dots(axes: Axes, *, along: str) -> None:
    """Rules across the axis that is read, none along it."""
    axes.grid(visible=True, axis="x" if along == "x" else "y")
