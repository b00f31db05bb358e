"""`python -m vladva.indexes.figures.fit_verify mini`: fits how far stage two may be believed.

From drawn scenes and queries that no other figure uses. Writes the weights, and how often the model
answers rightly, into `search.json` beside its own weights. Refuses to know what a weight is for.
"""

import argparse
import json
import random
import shlex
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks.pictures import encode_scenes, prepared
from vladva.benchmarks.registry import Models, Setup, run, silent
from vladva.encoders import load_encoder
from vladva.indexes.figures.forbidden import forbidden
from vladva.indexes.figures.keep import write
from vladva.indexes.figures.two_stages import DEPTH, priors_of, verdicts_of
from vladva.indexes.ranking.calibrate import FILE
from vladva.indexes.ranking.fuse import Example, fit
from vladva.protocols import Vectors
from vladva.toyland.invent import invent
from vladva.toyland.planted import plan, true_scenes
from vladva.toyland.questions import KINDS_OF_QUESTION
from vladva.toyland.scene import Scene
from vladva.toyland.searched import searched


def fitted(models: Models, setup: Setup) -> dict[str, Any]:
    """Weights of stage two for this model, from scenes and queries that no other figure uses."""
    queries = setup.items(100)
    examples = _planted(models, setup.seed, queries) + _forbidding(models, setup.seed, queries // 5)
    shares = run("toyland-questions", models, Setup(setup.seed + 1, queries))
    rates = [shares[kind] / 100 for kind in KINDS_OF_QUESTION]
    rates.append(_answered(models, setup.seed, queries))
    return {
        "fusion": fit(examples).to_json(),
        "accuracy": float(np.mean(rates)),
        "examples": len(examples),
        "right": sum(one.right for one in examples),
    }


def _answered(models: Models, seed: int, pictures: int) -> float:
    """The share of questions in the words of a search that are answered rightly."""
    scenes = [invent("demo", seed, 500_000 + i) for i in range(pictures)]  # of no library above
    asked = [searched(scene, random.Random(i), 4) for i, scene in enumerate(scenes)]
    texts = iter([[one.text for one in own] for own in asked])
    generator, p_yes = models.generator(), []
    for chunk in prepared(models.encoder, scenes):
        p_yes += generator.p_yes_many(chunk, list(islice(texts, len(chunk))))
    answers = zip(asked, p_yes, strict=True)
    right = [
        one.answer == (float(p) > 0.5)
        for own, told in answers
        for one, p in zip(own, told, strict=True)
    ]
    return float(np.mean(right))


def _planted(models: Models, seed: int, queries: int) -> list[Example]:
    """The first hits of queries to a library in which each has right answers and near misses."""
    demo = plan(seed, 20 * queries, queries)
    vectors = encode_scenes(models.encoder, demo.scenes, silent)
    found: list[Example] = []
    for query in demo.queries:
        right = np.zeros(len(demo.scenes), np.bool_)
        right[true_scenes(query, demo.scenes)] = True
        found += _examples(models, query.text, demo.scenes, vectors, right)
    return found


def _forbidding(models: Models, seed: int, libraries: int) -> list[Example]:
    found: list[Example] = []
    for number in range(libraries):
        case = forbidden("demo", seed, number)
        vectors = encode_scenes(models.encoder, case.scenes, silent)
        found += _examples(models, case.text, case.scenes, vectors, case.right)
    return found


def _examples(
    models: Models,
    text: str,
    scenes: Sequence[Scene],
    vectors: Vectors,
    right: NDArray[np.bool_],
) -> list[Example]:
    """The first `DEPTH` hits of a query; `right`: which of all scenes are [n]."""
    priors = priors_of(models.encoder, vectors, text)
    first = np.argsort(-priors, kind="stable")[:DEPTH].tolist()
    seen = verdicts_of(models.generator(), models.encoder, text, [scenes[i] for i in first])
    return [
        Example(float(priors[i]), why, bool(right[i])) for i, why in zip(first, seen, strict=True)
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line, fit, and write beside the weights or to --out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--count", type=int, help="queries to learn from; default 100")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="default: beside the model's weights")
    options = parser.parse_args(arguments)
    encoder: Any = load_encoder(options.model, device=options.device)
    models, setup = Models(encoder, encoder.generator), Setup(options.seed, options.count)
    found = fitted(models, setup)
    file: Path = options.out or encoder.folder / FILE
    told = sys.argv[1:] if arguments is None else arguments
    command = f"python -m vladva.indexes.figures.fit_verify {shlex.join(told)}"
    kept = {part: found[part] for part in ("fusion", "accuracy")}
    write(file, encoder.fingerprint, kept, command)
    sys.stdout.write(json.dumps({"file": str(file), **found}) + "\n")


if __name__ == "__main__":
    main()
