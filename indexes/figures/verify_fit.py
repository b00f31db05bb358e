"""The weights of stage two for one model, from drawn scenes and queries that nothing else uses.

Refuses to know where they are kept.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vladva.benchmarks.pictures import encode_scenes
from vladva.benchmarks.registry import Models, Setup, run, silent
from vladva.indexes.figures.forbidden import forbidden
from vladva.indexes.figures.two_stages import DEPTH, Floats, priors_of, verdicts_of
from vladva.indexes.query.parse import parse
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
        "fingerprint": models.encoder.fingerprint,
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
