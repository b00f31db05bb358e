"""DATA → a sample of pictures with captions, and prompt pairs compared on it.

Refuses to know the command line and how figures are drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vladva.analysis import model_of, two_towers
from vladva.benchmarks.retrieval import Item
from vladva.errors import ConfigError, DataError, ImageError, Unsupported
from vladva.presets import PRESETS
from vladva.prompt_choice import Compared, in_order, spearman, vocabulary_of
from vladva.prompts import PROMPTS, PromptPair, candidates
from vladva.protocols import Prepare, Prepared
from vladva.trainer.data import open_data
from vladva.trainer.examples import Data, Routing

Cause = Literal["entropy", "effective_rank"]
CAUSES: tuple[Cause, ...] = ("entropy", "effective_rank")
CAPTIONS = 5
"""Captions of a picture that are used, as in Flickr30k and COCO (paper)."""
SHARES = (0.5, 0.75, 0.9, 0.95)
"""Shares of variance whose number of axes is told."""


@dataclass
class Sample:
    """Pictures as the model takes them, and captions by the picture's index."""

    pictures: list[Prepared] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """(name of the row, reason)."""


@dataclass(frozen=True)
class Comparison:
    """What was compared on what. `in_use` is the pair that the model is read with so far."""

    model: str
    data: str
    pictures: int
    texts: int
    vocabulary: int
    in_use: str
    pairs: list[Compared]
    """By the published rule, the best first."""

    @property
    def recommended(self) -> Compared:
        """The best by the published rule."""
        return self.pairs[0]

    @property
    def best_recall(self) -> Compared:
        """The best by R@1 on this sample, mean of both directions."""
        return max(self.pairs, key=lambda one: one.mean_recall)

    def correlation(self, metric: str, cause: Cause) -> float | None:
        """Spearman over the pairs, of a recall metric and what may tell it beforehand."""
        causes = [getattr(one, cause) for one in self.pairs]
        return spearman(causes, [one.recall[metric] for one in self.pairs])


def chosen_pairs(names: Sequence[str]) -> list[PromptPair]:
    """The pairs of these names, all candidates where none is named. Raises `ConfigError`."""
    able = {pair.name: pair for pair in candidates()}
    for name in names:
        if name not in able:
            near = get_close_matches(name.lower(), able, 1, 0.3)
            why = "stands in the system turn only" if name in PROMPTS else "is not known"
            hint = f"Did you mean {near[0]}?" if near else "Without --pair, all are compared."
            raise ConfigError(f"The prompt pair {name!r} {why}.", hint)
    return [able[name] for name in dict.fromkeys(names)] or list(able.values())


def sample(path: Path, prepare: Prepare, limit: int) -> Sample:
    """At most `limit` pictures, spread evenly over DATA, with their first short captions.

    A picture without a short caption brings its long ones. Raises `DataError` where fewer than two
    pictures are left: there is nothing to tell apart.
    """
    drawn = path / "scenes.jsonl"
    data = open_data(drawn if drawn.is_file() else path, Routing())
    rows: dict[int, list[int]] = {}
    for row, number in enumerate(data.pictures.tolist()):
        rows.setdefault(number, []).append(row)
    groups = list(rows.values())
    places = np.linspace(0, len(groups) - 1, min(limit, len(groups))).round().astype(int)
    found = Sample()
    for place in places:
        _take(found, data, groups[place], prepare)
    if len(found.pictures) < 2:
        raise DataError(f"{path} has fewer than two pictures that can be read", "give it more")
    return found


def comparison(
    model: str, data: Path, sampled: Sample, encoder: Any, pairs: Sequence[Compared]
) -> Comparison:
    """Figures of all pairs → the whole, in the order of the rule."""
    texts = len({item.text for item in sampled.items})
    counted = (len(sampled.pictures), texts, vocabulary_of(encoder.model))
    return Comparison(
        model, str(data.absolute()), *counted, encoder.model.prompts.name, in_order(pairs)
    )


def as_json(found: Comparison, *, curves: bool = False) -> dict[str, Any]:
    """The object of `prompts --json`; `curves`: with the whole cumulative variances."""
    metrics = ("image_R@1", "text_R@1")
    return {
        "model": found.model,
        "data": found.data,
        "pictures": found.pictures,
        "texts": found.texts,
        "vocabulary": found.vocabulary,
        "max_entropy_nats": float(np.log(max(found.vocabulary, 1))),
        "recommended": found.recommended.pair.name,
        "in_use": found.in_use,
        "best_recall": found.best_recall.pair.name,
        "spearman": {
            cause: {metric: found.correlation(metric, cause) for metric in metrics}
            for cause in CAUSES
        },
        "pairs": [_pair(one, place, curves) for place, one in enumerate(found.pairs, 1)],
    }


def refuse_two_towers(model: str) -> None:
    """Raises `Unsupported`, before anything is fetched, on a preset without a summary token."""
    if model in PRESETS and not PRESETS[model].prompts:
        raise two_towers(model)


def readable(encoder: Any) -> int:
    """How many pictures the encoder takes at once.

    Raises `Unsupported` on two towers, and on embedders that say no next word.
    """
    model = model_of(encoder)
    if model.backbone.head is None:
        raise Unsupported(
            f"{encoder.name} only embeds: it says no next word whose entropy could be measured",
            "Name a model that also answers, such as qwen2-vl-2b.",
        )
    return int(encoder.batch_size)


def _take(found: Sample, data: Data, rows: Sequence[int], prepare: Prepare) -> None:
    examples = [data[row] for row in rows]
    captions = list(dict.fromkeys(_captions(examples)))[:CAPTIONS]
    if not captions:
        found.skipped.append((examples[0].name, "it has no caption"))
        return
    try:
        picture = prepare(examples[0].image.load())
    except ImageError as error:
        found.skipped.append((examples[0].name, error.message))
        return
    found.items += [Item(len(found.pictures), text) for text in captions]
    found.pictures.append(picture)


def _captions(examples: Sequence[Any]) -> Iterator[str]:
    short = [text for one in examples for text in one.short]
    yield from short or [text for one in examples for text in one.long]


def _pair(one: Compared, place: int, curves: bool) -> dict[str, Any]:  # noqa: FBT001
    sides = {"image": one.image, "text": one.text}
    row: dict[str, Any] = {
        "place": place,
        "name": one.pair.name,
        "image": one.pair.image,
        "text": one.pair.text,
        "entropy_nats": {name: side.entropy for name, side in sides.items()},
        "effective_rank": {name: side.effective_rank for name, side in sides.items()},
        "axes_for_variance": {
            name: {f"{share:.0%}": side.axes_for(share) for share in SHARES}
            for name, side in sides.items()
        },
        **one.recall,
    }
    if curves:
        row["cumulative_variance"] = {
            name: [round(float(v), 5) for v in side.cumulative] for name, side in sides.items()
        }
    return row
