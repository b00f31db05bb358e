"""Every benchmark of an encoder: whoever knows all scores 100, whoever knows nothing chance."""

import pytest
from oracles import Drawing, Ignorant, Perfect, drawing, figures

from vladva.benchmarks.registry import Setup, find

__all__ = ["drawing"]

COUNTS = {
    "toyland-retrieval": 60,
    "toyland-sugarcrepe": 60,
    "toyland-sugarcrepe-pp": 60,
    "toyland-winoground": 200,
    "toyland-edits": 6,
    "toyland-classify": 5,
}
CONTROLS = ("text_only", "bag_of_words", "ceiling")
CHANCE = {
    "toyland-sugarcrepe": {"mean": 50},
    "toyland-sugarcrepe-pp": {"ITT": 100 / 3, "TOT": 100 / 3},
    "toyland-winoground": {"text": 25, "image": 25, "group": 100 / 6},
    "toyland-retrieval": {"image_R@1": 100 / 60, "image_R@10": 1000 / 60, "text_R@1": 100 / 60},
    "toyland-classify": {"top1": 100 / 28, "top5": 500 / 28},
    "toyland-edits": {"joint_R@10": 1000 / 110, "joint_R@1": 100 / 110},
}
"""In percent. Edits are looked for among some 110 pictures, `image_R@k` among 60."""


def own(found: dict[str, float]) -> dict[str, float]:
    """The model's own figures, without the controls."""
    return {name: value for name, value in found.items() if not name.endswith(CONTROLS)}


@pytest.mark.parametrize("unseen", [False, True])
@pytest.mark.parametrize(
    "name", ["toyland-sugarcrepe", "toyland-sugarcrepe-pp", "toyland-winoground"]
)
def test_an_encoder_that_knows_all_that_is_true_scores_100(
    name: str, unseen: bool, drawing: Drawing
) -> None:
    setup = Setup(seed=3, count=12, unseen=unseen, unseen_words=unseen)
    found = own(figures(name, Perfect(drawing), setup))
    assert found == pytest.approx(dict.fromkeys(found, 100.0))


def test_an_encoder_that_knows_every_kind_classifies_all(drawing: Drawing) -> None:
    found = figures("toyland-classify", Perfect(drawing), Setup(count=2))
    assert own(found) == {"top1": 100.0, "top5": 100.0}


def test_an_encoder_that_follows_every_instruction_finds_all_targets(drawing: Drawing) -> None:
    found = own(figures("toyland-edits", Perfect(drawing), Setup(count=4)))
    assert found["joint_R@1"] == found["joint_R@10"] == 100
    assert found["sum_R@10"] < 100


def test_an_encoder_that_knows_all_facts_finds_no_more_than_the_ceiling(drawing: Drawing) -> None:
    """And somewhat less: of the pictures that a caption fits it takes any."""
    found = figures("toyland-retrieval", Perfect(drawing), Setup(seed=1, count=60))
    for metric in own(found):
        assert -10 < found[metric] - found[f"{metric}_ceiling"] < 1, metric
    assert found["image_R@1_ceiling"] < 95


@pytest.mark.parametrize("name", sorted(CHANCE))
def test_an_encoder_that_knows_nothing_scores_as_chance_would(name: str, drawing: Drawing) -> None:
    found = figures(name, Ignorant(), Setup(seed=5, count=COUNTS[name]))
    for metric, value in CHANCE[name].items():
        assert found[metric] == pytest.approx(value, abs=9), metric


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_every_figure_has_its_controls_and_the_main_one_is_there(
    name: str, drawing: Drawing
) -> None:
    found = figures(name, Ignorant(), Setup(count=2))
    assert find(name).primary_metric in found
    assert all(0 <= value <= 100 for value in found.values())
    for metric in own(found):
        assert {f"{metric}_text_only", f"{metric}_bag_of_words"} <= set(found)


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_the_same_seed_gives_the_same_figures_and_another_seed_others(
    name: str, drawing: Drawing
) -> None:
    count = 3 if name == "toyland-edits" else 8
    once, again, other = (
        figures(name, Ignorant(), Setup(seed=seed, count=count)) for seed in (1, 1, 2)
    )
    assert once == again
    assert once != other
