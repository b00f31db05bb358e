"""`python -m vladva.indexes.figures.calibration`: what probabilities and the cut-off are worth.

Draws libraries that no fit has seen, asks them questions with one answer, with about thirty and
with none, and prints one line of JSON: how often nothing was found, what the cut-off kept, and the
calibration error. With --out it draws the reliability diagram and the histograms of scores.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vladva.encoders import load_encoder
from vladva.errors import ConfigError
from vladva.indexes.figures.calibration_figures import Bin, Trust, trust
from vladva.indexes.figures.known_answers import encoded, examples
from vladva.indexes.ranking.calibrate import packaged_fit, read_fit
from vladva.indexes.ranking.fit import Fit
from vladva.indexes.ranking.fitting import Example
from vladva.protocols import Encoder

FIRST_SEED = 4200
COLOURS = {
    "one": "#5b3df5",
    "many": "#2a9d8f",
    "far": "#e07a2f",
    "pair": "#c9a227",
    "change": "#888888",
}
SAID = {
    "one": "one answer",
    "many": "20 to 45 answers",
    "far": "none: kinds that are not there",
    "pair": "none: colours that are not there",
    "change": "none: one point changed",
}


def measure(encoder: Encoder, fit: Fit, seeds: Sequence[int], scenes: int, each: int) -> Trust:
    """Ask a library of the test split for every seed, `each` questions of every sort."""
    asked = encoder.encode_texts(fit.bank)

    def all_examples() -> Iterator[Example]:
        for seed in seeds:
            yield from examples(encoded(encoder, "test", seed, scenes, each), asked)

    return trust(fit, all_examples())


def draw(found: Trust, folder: Path) -> list[str]:
    """`calibration_reliability.png` and `calibration_scores.png` in a folder → their names."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_reliability(found, folder), _histograms(found, folder)]


def _reliability(found: Trust, folder: Path) -> str:
    figure = Figure(figsize=(9, 4))
    axes: Sequence[Axes] = figure.subplots(1, 2, sharey=True)
    parts = (("every row", found.bins), ("the best row of each question", found.presence))
    for ax, (title, bins) in zip(axes, parts, strict=True):
        _diagram(ax, bins)
        ax.set_title(title, fontsize=10)
        ax.set_xlabel("probability said")
    axes[0].set_ylabel("share that is true")
    return _saved(figure, folder / "calibration_reliability.png")


def _diagram(ax: Axes, bins: Sequence[Bin]) -> None:
    ax.plot([0, 1], [0, 1], ":", color="#999999")
    ax.plot([one.said for one in bins], [one.true for one in bins], "o-", color=COLOURS["one"])
    for one in bins:
        ax.annotate(f"{one.rows:,}", (one.said, one.true), fontsize=6, xytext=(3, -8),
                    textcoords="offset points")  # fmt: skip
    _plain(ax)


def _histograms(found: Trust, folder: Path) -> str:
    figure = Figure(figsize=(9, 4))
    ax: Axes = figure.subplots()
    for name, sort in found.sorts.items():
        ax.hist(sort.tops, bins=40, histtype="step", density=True, color=COLOURS[name],
                label=SAID[name])  # fmt: skip
    ax.set_xlabel("best cosine of a question")
    ax.set_ylabel("density")
    ax.legend(fontsize=8)
    _plain(ax)
    return _saved(figure, folder / "calibration_scores.png")


def _plain(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#eeeeee")
    ax.set_axisbelow(True)


def _saved(figure: Figure, file: Path) -> str:
    figure.tight_layout()
    figure.savefig(file, dpi=110, metadata={"Software": None})
    return file.name


def main() -> None:
    """Parse the command line, measure, draw, and write to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="mini")
    parser.add_argument("--fit", type=Path, help="a search.json; default: beside the weights")
    parser.add_argument("--libraries", type=int, default=2)
    parser.add_argument("--scenes", type=int, default=2000)
    parser.add_argument("--count", type=int, default=300, help="questions of each sort, all told")
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument("--out", type=Path, help="a folder for the diagrams")
    options = parser.parse_args()
    encoder = load_encoder(options.model)
    fit = read_fit(options.fit, encoder) if options.fit else packaged_fit(encoder)
    if fit is None:
        raise ConfigError(f"{encoder.name} has no fit", "make one: … figures.fit_search")
    each = -(-options.count // options.libraries)
    seeds = range(options.seed, options.seed + options.libraries)
    found = measure(encoder, fit, seeds, options.scenes, each)
    if options.out:
        draw(found, options.out)
    sys.stdout.write(json.dumps({"figure": "calibration", **found.figures()}) + "\n")


if __name__ == "__main__":
    main()
