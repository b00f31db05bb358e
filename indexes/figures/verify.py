"""What stage two is worth, on drawn scenes: speed, pairs, forbidden parts.

    python -m vladva.indexes.figures.verify speed|pairs|forbidden [--model mini] [--count N]

One JSON object on stdout. Refuses to know files and databases: pictures are drawn in memory.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks import toyland_winoground
from vladva.benchmarks.pictures import encode_scenes, prepared
from vladva.benchmarks.registry import Models, Setup, run_verified, silent
from vladva.encoders import load_encoder
from vladva.errors import ConfigError
from vladva.indexes.figures.answer_ceiling import ceiling
from vladva.indexes.figures.forbidden import Forbidden, forbidden, precision_at
from vladva.indexes.figures.two_stages import DEPTH, Floats, priors_of, verdicts_of
from vladva.indexes.query.parse import parse
from vladva.indexes.ranking.fuse import Fusion, fused
from vladva.indexes.ranking.texts import QueryJudge, asked
from vladva.indexes.ranking.trust import packaged_trust
from vladva.protocols import Encoder, Generator
from vladva.toyland.invent import invent

MINUS = (0.25, 0.5, 1.0)
"""Weights that vector subtraction is tried with; the best one counts."""
QUERY = "a red car left of a house and two dogs at night without people and without trees"


def speed(models: Models, hits: int = DEPTH, text: str = QUERY, rounds: int = 3) -> dict[str, Any]:
    """Questions a second of stage two on some hits, against asking each question alone.

    The median of some rounds, one after the other in turn, after one that does not count.
    """
    generator = models.generator()
    scenes = [invent("test", 0, i) for i in range(hits)]
    pictures = [one for chunk in prepared(models.encoder, scenes) for one in chunk]
    questions = [one.question for one in asked(text)]
    ways: dict[str, Callable[[], object]] = {
        "together": lambda: generator.p_yes_many(pictures, [questions] * hits),
        "one_picture_at_a_time": lambda: [generator.p_yes(one, questions) for one in pictures],
        "alone": lambda: [generator.p_yes(one, [q]) for one in pictures for q in questions],
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            if number:
                took[name].append(time.perf_counter() - began)
    rates = {name: hits * len(questions) / float(np.median(t)) for name, t in took.items()}
    return {
        "hits": hits,
        "questions": questions,
        "questions_per_second": rates,
        "times": rates["together"] / rates["alone"],
    }


def pairs(models: Models, weights: Fusion, setup: Setup) -> dict[str, Any]:
    """Winoground and SugarCrepe on drawn scenes: either stage, both, and the ceiling of answers."""
    judge = QueryJudge(weights)
    found: dict[str, Any] = {}
    for name in ("toyland-winoground", "toyland-sugarcrepe"):
        both = run_verified(name, models, judge, setup)
        assert both is not None
        found[name] = {
            "stage_one": {m: v for m, v in both.encoder.items() if m in both.generator},
            "stage_two": both.generator,
            "fused": both.fusion,
        }
        if name == "toyland-winoground":
            found[name] |= ceiling(toyland_winoground.exam(setup), judge, both.answers)
    return found


def without(models: Models, weights: Fusion, setup: Setup) -> dict[str, Any]:
    """Precision@10 of "X without Y": X alone, stage one, vector subtraction, and stage two."""
    generator, encoder = models.generator(), models.encoder
    found: dict[str, list[float]] = defaultdict(list)
    for number in range(setup.items(20)):
        case = forbidden("test", setup.seed, number)
        vectors = encode_scenes(encoder, case.scenes, silent)
        query = parse(case.text)
        plus = encoder.encode_texts([query.positive])[0]
        minus = encoder.encode_texts(list(query.forbid)).sum(axis=0)
        scores = vectors @ plus
        priors = priors_of(encoder, vectors, case.text)
        orders = {
            "meaning_alone": np.argsort(-scores, kind="stable"),
            "stage_one": np.argsort(-priors, kind="stable"),
        }
        for weight in MINUS:
            taken = scores - weight * (vectors @ minus)
            orders[f"minus {weight}"] = np.argsort(-taken, kind="stable")
        orders["stage_two"] = _second(generator, encoder, case, priors, weights)
        for name, order in orders.items():
            found[name].append(precision_at(order.tolist(), case.right))
    means = {name: float(np.mean(values)) for name, values in found.items()}
    best = max(means.pop(f"minus {weight}") for weight in MINUS)
    return {"libraries": setup.items(20), "precision@10": {**means, "subtraction": best}}


def _second(
    generator: Generator, encoder: Encoder, case: Forbidden, priors: Floats, weights: Fusion
) -> NDArray[np.int64]:
    """The order that a search shows: what passed, by probability, then what nobody looked at."""
    order = np.argsort(-priors, kind="stable")
    first = order[:DEPTH].tolist()
    seen = verdicts_of(generator, encoder, case.text, [case.scenes[i] for i in first])
    passed = [
        (fused(float(priors[i]), why, weights), i)
        for i, why in zip(first, seen, strict=True)
        if not any(one.verdict == "no" for one in why)
    ]
    ranked = [i for _, i in sorted(passed, key=lambda pair: -pair[0])]
    return np.array([*ranked, *order[DEPTH:]], np.int64)


def weights_of(encoder: Encoder, file: str | None) -> Fusion:
    """The weights in a file of `fit_verify`, else those that lie with the model, if any do."""
    if file is None:
        known = packaged_trust(encoder)
        return Fusion() if known is None else known.weights
    told: Mapping[str, Any] = json.loads(Path(file).read_text(encoding="utf-8"))
    if not isinstance(told.get("fusion"), dict):
        raise ConfigError(
            f"{file} holds no weights of stage two",
            "make them: `python -m vladva.indexes.figures.fit_verify`",
        )
    return Fusion.from_json(told["fusion"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line, measure, and write to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figure", choices=["speed", "pairs", "forbidden"])
    parser.add_argument("--model", default="mini")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", help="a file that `fit_verify` wrote")
    options = parser.parse_args(arguments)
    encoder: Any = load_encoder(options.model, device=options.device)
    models, setup = Models(encoder, encoder.generator), Setup(options.seed, options.count)
    weights = weights_of(encoder, options.weights)
    figures: dict[str, Callable[[], dict[str, Any]]] = {
        "speed": lambda: speed(models, options.count or DEPTH),
        "pairs": lambda: pairs(models, weights, setup),
        "forbidden": lambda: without(models, weights, setup),
    }
    told = {"model": encoder.name, **figures[options.figure]()}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
