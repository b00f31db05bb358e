"""`python -m vladva.indexes.figures.fit_verify mini`: fits how far stage two may be believed.

From drawn scenes and queries that no other figure uses. Writes the weights, and how often the model
answers rightly, into `search.json` beside its own weights. Refuses to know what a weight is for.
"""

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks.pictures import encode_scenes
from vladva.benchmarks.registry import Models, Setup, run, silent
from vladva.encoders import load_encoder
from vladva.indexes.figures.forbidden import forbidden
from vladva.indexes.figures.keep import write
from vladva.indexes.figures.two_stages import DEPTH, Floats, priors_of, verdicts_of
from vladva.indexes.query.parse import parse
from vladva.indexes.ranking.calibrate import FILE
from vladva.indexes.ranking.fuse import Example, fit
from vladva.protocols import Vectors
from vladva.toyland.planted import plan, true_scenes
from vladva.toyland.scene import Scene


def fitted(models: Models, setup: Setup) -> dict[str, Any]:
    """Weights of stage two for this model, from scenes and queries that no other figure uses."""
    queries = setup.items(100)
    examples = _planted(models, setup.seed, queries) + _forbidding(models, setup.seed, queries // 5)
    shares = run("toyland-questions", models, Setup(setup.seed + 1, queries))
    kinds = ("things", "attribute", "relation", "count")
    return {
        "fusion": fit(examples).to_json(),
        "accuracy": float(np.mean([shares[kind] for kind in kinds])) / 100,
        "examples": len(examples),
        "right": sum(one.right for one in examples),
    }


def _planted(models: Models, seed: int, queries: int) -> list[Example]:
    """The first hits of queries to a library in which each has right answers and near misses."""
    demo = plan(seed, 20 * queries, queries)
    vectors = encode_scenes(models.encoder, demo.scenes, silent)
    scores = vectors @ models.encoder.encode_texts([q.text for q in demo.queries]).T
    found: list[Example] = []
    for place, query in enumerate(demo.queries):
        right = np.zeros(len(demo.scenes), np.bool_)
        right[true_scenes(query, demo.scenes)] = True
        found += _examples(models, query.text, demo.scenes, vectors, (scores[:, place], right))
    return found


def _forbidding(models: Models, seed: int, libraries: int) -> list[Example]:
    found: list[Example] = []
    for number in range(libraries):
        case = forbidden("demo", seed, number)
        vectors = encode_scenes(models.encoder, case.scenes, silent)
        scores = vectors @ models.encoder.encode_texts([parse(case.text).positive])[0]
        found += _examples(models, case.text, case.scenes, vectors, (scores, case.right))
    return found


def _examples(
    models: Models,
    text: str,
    scenes: Sequence[Scene],
    vectors: Vectors,
    judged_by: tuple[Floats, NDArray[np.bool_]],
) -> list[Example]:
    """The first `DEPTH` hits of a query; `judged_by`: scores [n], and which are right [n]."""
    scores, right = judged_by
    priors = priors_of(models.encoder, vectors, scores)
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
