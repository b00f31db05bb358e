"""`python -m vladva.indexes.figures.calibration`: what probabilities and the cut-off are worth.

Draws libraries that no fit has seen, asks them questions with one answer, with about thirty and
with none, and prints one line of JSON: how often nothing was found, what the cut-off kept, and the
calibration error. With --verify it says so of the second stage, too, which drops what fails a
question. With --out it draws stage one: the reliability diagram and the histograms of scores.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vladva.encoders import load_encoder
from vladva.errors import ConfigError, Unsupported
from vladva.indexes.figures.calibration_figures import Bin, Look, Trust, trust_checked
from vladva.indexes.figures.known_answers import Encoded, encoded, examples
from vladva.indexes.figures.two_stages import DEPTH, verdicts_of
from vladva.indexes.ranking.calibrate import packaged_fit, read_fit
from vladva.indexes.ranking.fit import Fit
from vladva.indexes.ranking.fitting import Example
from vladva.protocols import Encoder, Generator

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


@dataclass(frozen=True)
class Questions:
    """A library of `scenes` for each of the seeds, and `each` questions of every sort to it."""

    seeds: Sequence[int]
    scenes: int
    each: int


def measure(
    encoder: Encoder, fit: Fit, wanted: Questions, generator: Generator | None = None
) -> Trust:
    """Ask libraries of the test split. `generator`: the second stage looks, too."""
    asked = encoder.encode_texts(fit.bank)

    def all_examples() -> Iterator[tuple[Example, Look | None]]:
        for seed in wanted.seeds:
            held = encoded(encoder, "test", seed, wanted.scenes, wanted.each)
            questions = zip(held.library.questions, examples(held, asked), strict=True)
            for question, one in questions:
                text = question.text
                yield one, _look(generator, encoder, held, text) if generator else None

    return trust_checked(fit, all_examples(), DEPTH)


def _look(generator: Generator, encoder: Encoder, held: Encoded, text: str) -> Look:
    """Asks every constraint of a question; one "no" is enough."""

    def look(rows: list[int]) -> list[bool]:
        scenes = [held.library.scenes[row] for row in rows]
        seen = verdicts_of(generator, encoder, text, scenes)
        return [all(one.verdict != "no" for one in verdicts) for verdicts in seen]

    return look


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
    parser.add_argument("--verify", action="store_true", help="with the second stage, too")
    parser.add_argument("--out", type=Path, help="a folder for the diagrams")
    options = parser.parse_args()
    encoder: Any = load_encoder(options.model)
    fit = read_fit(options.fit, encoder) if options.fit else packaged_fit(encoder)
    if fit is None:
        raise ConfigError(f"{encoder.name} has no fit", "make one: … figures.fit_search")
    each = -(-options.count // options.libraries)
    seeds = range(options.seed, options.seed + options.libraries)
    if options.verify and not hasattr(encoder, "generator"):
        raise Unsupported(f"{encoder.name} has no words to check with", "leave out --verify")
    generator = encoder.generator() if options.verify else None
    found = measure(encoder, fit, Questions(seeds, options.scenes, each), generator)
    if options.out:
        draw(found, options.out)
    sys.stdout.write(json.dumps({"figure": "calibration", **found.figures()}) + "\n")


if __name__ == "__main__":
    main()
