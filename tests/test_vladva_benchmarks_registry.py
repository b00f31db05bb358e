from importlib import import_module
from pathlib import Path

import pytest
from oracles import Ignorant, without_generator

import vladva.benchmarks
from vladva.benchmarks import registry
from vladva.benchmarks.registry import (
    BENCHMARKS,
    DRAWN,
    Benchmark,
    Models,
    Progress,
    Setup,
    find,
    run,
)
from vladva.errors import ConfigError, Unsupported


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_every_benchmark_carries_its_own_name_and_says_what_it_is(name: str) -> None:
    found = find(name)
    assert found.name == name
    assert len(found.summary) > 20
    assert found.default_count > 0
    assert found.drawn == name.startswith("toyland-") == (name in DRAWN)
    assert (found.check is None) == found.drawn


def test_no_module_of_a_benchmark_is_forgotten() -> None:
    folder = Path(vladva.benchmarks.__file__).parent
    modules = {path.stem for path in folder.glob("*.py") if "\nBENCHMARK = " in path.read_text()}
    assert modules == set(BENCHMARKS.values())


def test_an_unknown_name_gets_the_nearest_and_all() -> None:
    with pytest.raises(ConfigError) as caught:
        find("toyland-sugarcreep")
    assert "'toyland-sugarcrepe'" in caught.value.hint
    assert all(name in caught.value.hint for name in BENCHMARKS)


def test_a_name_like_no_other_gets_all_names_only() -> None:
    with pytest.raises(ConfigError) as caught:
        find("???")
    assert "did you mean" not in caught.value.hint


@pytest.mark.parametrize("count", [0, -3])
def test_less_than_one_item_is_refused(count: int) -> None:
    with pytest.raises(ConfigError, match="cannot be scored"):
        run("toyland-classify", Models(Ignorant(), without_generator), Setup(count=count))


def test_a_run_hands_over_the_setup_and_the_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[int, int]] = []

    def score(models: Models, setup: Setup, progress: Progress) -> dict[str, float]:
        progress(3, 7)
        with pytest.raises(Unsupported):
            models.generator()
        return {"seed": float(setup.seed), "items": float(setup.items(9))}

    module = import_module("vladva.benchmarks.toyland_classify")
    monkeypatch.setattr(module, "BENCHMARK", Benchmark("x", "", "seed", True, 9, score))
    models = Models(Ignorant(), without_generator)
    found = run("toyland-classify", models, Setup(seed=4), lambda *told: heard.append(told))
    assert found == {"seed": 4.0, "items": 9.0}
    assert heard == [(3, 7)]
    assert registry.run("toyland-classify", models, Setup(count=2))["items"] == 2
