"""The figures of stage two, with a mouth that knows the scenes: every goal is reached."""

import json
import random
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny
from oracle_answers import knowing, truthful
from oracles import Drawing
from speakers import painted

from vladva.benchmarks.registry import Setup
from vladva.benchmarks.toyland_questions import drawn
from vladva.encoders import load_encoder
from vladva.errors import ConfigError
from vladva.indexes.figures import fit_verify, two_stages, verify
from vladva.indexes.figures import forbidden as libraries
from vladva.indexes.figures.forbidden import forbidden, precision_at
from vladva.indexes.query.parse import parse
from vladva.indexes.ranking.fuse import Fusion
from vladva.indexes.ranking.trust import Trust, packaged_trust
from vladva.toyland.facts import Absent, Exists, Phrase
from vladva.toyland.invent import invent
from vladva.toyland.scene import Scene
from vladva.toyland.searched import searched
from vladva.toyland.truth import holds


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    return painted(monkeypatch)


def test_half_of_the_scenes_with_the_one_thing_show_the_other_and_nothing_is_borderline() -> None:
    case = forbidden("test", 3, 1)
    has, not_there = Exists(Phrase(kind=case.wanted)), Absent(Phrase(kind=case.unwanted))
    both = [(holds(s, has), holds(s, not_there)) for s in case.scenes]
    assert {truth for truth, _ in both} == {"yes", "no"}
    assert both.count(("yes", "yes")) == libraries.WITHOUT
    assert both.count(("yes", "no")) == libraries.WITH
    assert case.right.tolist() == [pair == ("yes", "yes") for pair in both]
    query = parse(case.text)
    assert len(query.forbid) == 1
    assert case.unwanted[:3] in query.forbid[0] or case.unwanted == "person"


def test_a_library_is_the_same_for_the_same_numbers_and_another_for_others() -> None:
    assert forbidden("test", 3, 1).scenes == forbidden("test", 3, 1).scenes
    others = [forbidden("test", 3, 2), forbidden("test", 4, 1), forbidden("demo", 3, 1)]
    assert all(set(one.scenes).isdisjoint(forbidden("test", 3, 1).scenes) for one in others)


def test_precision_counts_the_first_ten_and_what_is_missing_is_not_right() -> None:
    right = np.array([True, False] * 10)
    assert precision_at(range(0, 20, 2), right) == 1.0
    assert precision_at(range(20), right) == 0.5
    assert precision_at([0, 2], right) == 0.2


def test_who_answers_truly_shows_no_forbidden_part(drawing: Drawing) -> None:
    found = verify.without(knowing(drawing, truthful()), Fusion(), Setup(seed=1, count=4))
    precision = found["precision@10"]
    assert precision["stage_two"] == 1.0
    assert precision["meaning_alone"] < 1.0
    assert list(precision) == ["meaning_alone", "stage_one", "stage_two", "subtraction"]
    assert precision["stage_one"] > precision["meaning_alone"]


def test_who_guesses_gains_nothing_on_forbidden_parts(drawing: Drawing) -> None:
    found = verify.without(knowing(drawing, truthful(0.5)), Fusion(), Setup(seed=1, count=4))
    assert found["precision@10"]["stage_two"] < 0.9


def test_the_ceiling_of_true_answers_is_a_hundred_and_errors_lower_it_as_they_lower_the_score(
    drawing: Drawing,
) -> None:
    right = verify.pairs(knowing(drawing, truthful()), Fusion(), Setup(count=10))
    one = right["toyland-winoground"]
    assert one["group_ceiling"] == one["stage_two"]["group"] == 100
    assert set(one["answered_rightly"].values()) == {100}
    some = verify.pairs(knowing(drawing, truthful(0.15)), Fusion(), Setup(count=120))
    one = some["toyland-winoground"]
    assert one["answered_rightly"]["thing no"] == pytest.approx(85, abs=5)
    assert one["group_ceiling"] < 90
    assert one["stage_two"]["group"] == pytest.approx(one["group_ceiling"], abs=8)


def test_the_weights_of_a_truthful_mouth_believe_it_more_than_the_bag_of_words(
    drawing: Drawing,
) -> None:
    scenes, items = drawn(Setup(seed=1, count=10))
    known = {(scenes[item.picture], item.text): float(item.answer) for item in items}
    for index in range(10):
        scene = invent("demo", 0, 500_000 + index)
        for one in searched(scene, random.Random(index), 4):
            known[scene, one.text] = float(one.answer)
    know = truthful(0.05)

    def answer(scene: Scene, question: str) -> float:
        told = known.get((scene, question))
        return know(scene, question) if told is None else told

    found = fit_verify.fitted(knowing(drawing, answer), Setup(count=10))
    weights = Fusion.from_json(found["fusion"])
    assert weights.require > 0.5
    assert weights.forbid > 0.5
    assert found["accuracy"] == 1.0
    assert 0 < found["right"] < found["examples"]


def test_the_command_prints_one_object_and_takes_the_weights_that_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(tiny.checkpoint("mini"))
    verify.main(["speed", "--model", model, "--device", "cpu", "--count", "2"])
    found = json.loads(capsys.readouterr().out)
    assert found["hits"] == 2
    assert found["questions_per_second"]["together"] > 0
    assert found["times"] == pytest.approx(
        found["questions_per_second"]["together"] / found["questions_per_second"]["alone"]
    )
    encoder = load_encoder(model, device="cpu")
    file = tmp_path / "search.json"
    file.write_text(json.dumps({"fusion": Fusion(bias=2.0).to_json()}))
    assert verify.weights_of(encoder, str(file)) == Fusion(bias=2.0)
    assert verify.weights_of(encoder, None) == Fusion()
    file.write_text("{}")
    with pytest.raises(ConfigError, match="no weights"):
        verify.weights_of(encoder, str(file))


def test_what_was_fitted_lies_beside_the_weights_and_is_what_a_search_trusts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    shutil.copytree(tiny.checkpoint("mini"), model)
    weights = Fusion(bias=-1.0, require=2.0)
    found = {"fusion": weights.to_json(), "accuracy": 0.9, "examples": 9, "right": 4}
    monkeypatch.setattr(fit_verify, "fitted", lambda _models, _setup: found)
    fit_verify.main([str(model), "--device", "cpu"])
    assert json.loads(capsys.readouterr().out) == {"file": str(model / "search.json"), **found}
    encoder = load_encoder(str(model), device="cpu")
    assert packaged_trust(encoder) == Trust(weights, 0.9)


def test_a_prior_is_that_of_the_meaning_and_of_nothing_forbidden_being_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = {"a dog": [1.0, 0.0], "cats": [0.0, 1.0]}
    encoder: Any = SimpleNamespace(encode_texts=lambda texts: np.array([said[t] for t in texts]))
    fit = SimpleNamespace(bank=("a dog",))
    monkeypatch.setattr(two_stages, "packaged_fit", lambda _encoder: fit)
    monkeypatch.setattr(two_stages, "probabilities", lambda _fit, scores, _height: scores)
    vectors = np.array([[0.9, 0.1], [0.9, 0.8], [0.2, 0.0]], np.float32)
    alone = two_stages.priors_of(encoder, vectors, "a dog")
    without = two_stages.priors_of(encoder, vectors, "a dog without cats")
    assert alone == pytest.approx([0.9, 0.9, 0.2])
    assert without == pytest.approx([0.81, 0.18, 0.2])
