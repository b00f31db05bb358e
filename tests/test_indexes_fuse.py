"""Prior and verdicts → one probability: what moves it, and weights found again from examples."""

import json
from typing import Any, Literal

import numpy as np
import pytest

from vladva.errors import ConfigError
from vladva.indexes.ranking.fuse import Example, Fusion, fit, fused, squashed
from vladva.indexes.ranking.verify import Verdict

WEIGHTS = Fusion(bias=-0.5, prior=0.8, require=1.2, forbid=0.7)


def verdict(p: float, kind: Literal["require", "forbid"] = "require") -> Verdict:
    return Verdict("x", kind, "unsure", p)


def test_one_constraint_and_no_weights_is_bayes_rule_with_even_odds() -> None:
    prior, p = 0.3, 0.8
    odds = prior / (1 - prior) * p / (1 - p)
    assert fused(prior, [verdict(p)], Fusion()) == pytest.approx(odds / (1 + odds))
    odds = prior / (1 - prior) * (1 - p) / p
    assert fused(prior, [verdict(p, "forbid")], Fusion()) == pytest.approx(odds / (1 + odds))


def test_the_weights_weigh_logits() -> None:
    found = fused(0.3, [verdict(0.8), verdict(0.9, "forbid")], WEIGHTS)
    logit = -0.5 + 0.8 * np.log(3 / 7) + 1.2 * np.log(4) + 0.7 * np.log(1 / 9)
    assert found == pytest.approx(1 / (1 + np.exp(-logit)))


def test_without_verdicts_the_prior_stands() -> None:
    assert fused(0.37, [], WEIGHTS) == 0.37


def test_one_certain_no_outweighs_many_a_yes() -> None:
    yes = [verdict(0.99)] * 5
    assert fused(0.5, [*yes, verdict(0.01)], Fusion()) < fused(0.5, [verdict(0.5)], Fusion())
    assert fused(0.5, yes, Fusion()) > 0.9


@pytest.mark.parametrize("kind", ["require", "forbid"])
def test_more_of_what_is_wanted_is_never_less_likely(kind: Literal["require", "forbid"]) -> None:
    met = np.linspace(0, 1, 21)
    asked = met if kind == "require" else 1 - met
    found = [fused(0.2, [verdict(0.7), verdict(float(p), kind)], WEIGHTS) for p in asked]
    assert np.all(np.diff(found) >= 0)
    assert all(0 <= p <= 1 for p in found)
    assert fused(0.1, [verdict(0.7)], WEIGHTS) < fused(0.2, [verdict(0.7)], WEIGHTS)


def test_certainty_in_every_corner_is_still_a_probability() -> None:
    for prior in (0.0, 1.0):
        for p in (0.0, 1.0):
            assert 0 < fused(prior, [verdict(p)] * 9, Fusion()) < 1


def drawn(weights: Fusion, count: int) -> list[Example]:
    """Examples that come true as often as these weights say."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(count):
        asked = [verdict(float(p)) for p in rng.random(rng.integers(0, 3))]
        asked += [verdict(float(p), "forbid") for p in rng.random(rng.integers(0, 2))]
        asked = asked or [verdict(float(rng.random()))]
        prior = float(rng.uniform(0.02, 0.98))
        made.append(Example(prior, asked, bool(rng.random() < fused(prior, asked, weights))))
    return made


def test_the_weights_that_made_examples_are_found_again() -> None:
    found = fit(drawn(WEIGHTS, 20_000))
    for name in ("bias", "prior", "require", "forbid"):
        value = WEIGHTS.to_json()[name]
        assert found.to_json()[name] == pytest.approx(value, abs=0.12)


def test_no_other_weights_are_likelier() -> None:
    examples = drawn(WEIGHTS, 400)
    found = fit(examples)

    def loss(weights: dict[str, float]) -> float:
        ps = [fused(one.prior, one.verdicts, Fusion(**weights)) for one in examples]
        return -sum(np.log(p if one.right else 1 - p) for p, one in zip(ps, examples, strict=True))

    best = loss(found.to_json())
    for name in ("bias", "prior", "require", "forbid"):
        value = found.to_json()[name]
        for step in (-0.05, 0.05):
            assert loss({**found.to_json(), name: value + step}) > best


def test_a_look_that_misleads_is_not_believed_and_never_believed_backwards() -> None:
    examples = [
        Example(prior=1 - one.prior, verdicts=one.verdicts, right=one.right)
        for one in drawn(Fusion(prior=2.0), 500)
    ]
    found = fit(examples)
    assert found.prior == 0
    assert 0.2 < found.require < 1


def test_perfect_answers_have_weights_with_an_end_and_a_kind_that_never_came_keeps_its_own() -> (
    None
):
    examples = [Example(0.5, [verdict(p)], p > 0.5) for p in (0.001, 0.999) * 50]
    found = fit(examples)
    assert 0.5 < found.require < 50
    assert found.forbid == 1.0
    assert fit(examples, Fusion(forbid=0.3)).forbid == 0.3
    assert fused(0.5, [verdict(0.999)], found) > 0.99


@pytest.mark.parametrize("right", [[], [True], [False, False]])
def test_examples_of_one_outcome_teach_nothing(right: list[bool]) -> None:
    with pytest.raises(ConfigError, match="right and wrong") as raised:
        fit([Example(0.5, [verdict(0.5)], one) for one in right])
    assert raised.value.hint


def test_weights_go_through_json_and_what_is_none_is_refused() -> None:
    assert Fusion.from_json(json.loads(json.dumps(WEIGHTS.to_json()))) == WEIGHTS
    broken: list[Any] = [{}, {**WEIGHTS.to_json(), "prior": "1"}, {**WEIGHTS.to_json(),
              "bias": float("nan")}, {"prior": 1.0}, [1], None, 5,
              {**WEIGHTS.to_json(), "bias": 10**400}]  # fmt: skip
    for told in broken:
        with pytest.raises(ConfigError, match="no weights"):
            Fusion.from_json(told)


def test_cosines_of_any_scale_become_the_same_priors_in_the_same_order() -> None:
    scores = np.random.default_rng(1).normal(0.2, 0.05, 500).astype(np.float32)
    found = squashed(scores)
    assert found.dtype == np.float32
    assert np.array_equal(np.argsort(found), np.argsort(scores))
    assert squashed(scores * 3 + 1) == pytest.approx(found, abs=1e-4)
    assert found.mean() < 0.1
    assert np.all(np.isfinite(squashed(np.full(3, 0.5, np.float32))))
