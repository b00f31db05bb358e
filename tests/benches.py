"""Stand-ins for tests of `vladva eval`: benchmarks that need no pictures, in the registry."""

from collections.abc import Mapping
from types import ModuleType

import pytest

from vladva.benchmarks import registry
from vladva.benchmarks.registry import Benchmark, Models, Progress, Setup

FIGURES = {
    "replace_obj": 93.25,
    "replace_obj_text_only": 51.0,
    "replace_obj_bag_of_words": 100.0,
    "mean": 80.0,
}
"""What the benchmark of pairs says."""


def _pairs(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
    progress(1, 2)
    progress(2, 2)
    return {**FIGURES, "mean": float(setup.count or 80)}


def _words(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
    models.generator()
    return {"things": 99.0}


def _found(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
    picture = models.encoder.encode_texts(["a red wall"])
    share = 100.0 * float(picture[0] @ picture[0])
    return {"image_R@1": share, "image_R@1_ceiling": 90.0}


SCORES = {
    "toyland-sugarcrepe": _pairs,
    "toyland-questions": _words,
    "toyland-retrieval": _found,
}


def put_in(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Benchmark]:
    """Make these the modules of the registry, whatever lies in their files."""
    made = {
        name: Benchmark(name, f"what {name} asks", next(iter(FIGURES)), True, 100, score)
        for name, score in SCORES.items()
    }
    names = {name: name.replace("-", "_") for name in made}
    monkeypatch.setattr(registry, "BENCHMARKS", names)
    modules = {f"vladva.benchmarks.{names[name]}": _module(made[name]) for name in made}
    real = registry.import_module
    monkeypatch.setattr(registry, "import_module", lambda name: modules.get(name) or real(name))
    return made


def _module(benchmark: Benchmark) -> ModuleType:
    module = ModuleType(benchmark.name)
    module.__dict__["BENCHMARK"] = benchmark
    return module
