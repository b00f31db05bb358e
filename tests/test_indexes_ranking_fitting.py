"""Known answers → weights: what can be learned is learned, and what cannot be is not made up."""

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from vladva.indexes.figures.calibration_figures import trust
from vladva.indexes.figures.keep import write
from vladva.indexes.ranking.fit import Fit, probabilities
from vladva.indexes.ranking.fitting import Example, fit, fit_scale, logistic
from vladva.indexes.ranking.own_fit import ENOUGH, everyday, own_fit
from vladva.indexes.snapshot import Snapshot

GOALS = {"one": 0.85, "many": 0.85, "far": 0.95, "near": 0.75}
TRUE = {"one": 1, "many": 30, "far": 0, "near": 0}
ROWS = 1000


def example(sort: str, rng: np.random.Generator, match: float = 0.6) -> Example:
    """An encoder of known geometry: noise of width 0.1, matches around `match`, half as high
    what nearly matches."""
    scores = rng.normal(0, 0.1, ROWS)
    true = np.arange(TRUE[sort])
    scores[true] = rng.normal(match, 0.05, len(true))
    if sort == "near":
        scores[:5] = rng.normal(match / 2, 0.05, 5)
    turn = rng.permutation(ROWS)
    where = np.argsort(turn)
    return Example(scores[turn].astype(np.float32), where[true], 0.3, sort)


def examples(seed: int, each: int = 100, match: float = 0.6) -> list[Example]:
    rng = np.random.default_rng(seed)
    return [example(sort, rng, match) for sort in GOALS for _ in range(each)]


@pytest.fixture(scope="module")
def fitted() -> Fit:
    found = fit(examples(1), GOALS, scale=20.0, bank=("a",))
    assert found is not None
    return found


# ---- what it is worth


def test_an_encoder_that_tells_matches_apart_reaches_every_goal_on_fresh_questions(
    fitted: Fit,
) -> None:
    found: Any = trust(fitted, examples(2, each=300)).figures()
    assert found["one"]["recall"] >= 85
    assert found["many"]["recall"] >= 85
    assert found["far"]["nothing_found"] >= 95
    assert found["near"]["nothing_found"] >= 75
    assert found["many"]["precision"] >= 90
    assert found["ece_rows"] <= 1


def test_what_is_called_probable_is_true_that_often() -> None:
    def asked(seed: int) -> list[Example]:
        rng = np.random.default_rng(seed)
        return [example(sort, rng, match=0.38) for sort in ("one", "far") for _ in range(600)]

    blurred = fit(asked(3), {"one": 0.85, "far": 0.95}, scale=20.0, bank=("a",))
    assert blurred is not None
    found = trust(blurred, asked(4))
    assert len([one for one in found.bins if one.rows >= 40]) >= 5, "all degrees are said"
    for one in found.bins:
        if one.rows >= 40:
            assert one.true == pytest.approx(one.said, abs=0.15)


def test_a_weak_encoder_misses_its_goals_by_as_little_as_can_be() -> None:
    weak = fit(examples(5, match=0.3), GOALS, scale=20.0, bank=("a",))
    assert weak is not None
    found: Any = trust(weak, examples(6, match=0.3)).figures()
    met = [found["one"]["recall"] / 85, found["far"]["nothing_found"] / 95]
    assert min(met) < 1, "a match hardly above the noise cannot be told from it"
    assert min(met) > 0.3, "neither goal is given up for the other"


def test_scores_that_are_lower_for_matches_give_no_fit() -> None:
    rng = np.random.default_rng(7)
    upside_down = [
        Example(-one.scores, one.true, one.height, one.sort)
        for one in (example(sort, rng) for sort in GOALS for _ in range(20))
    ]
    assert fit(upside_down, GOALS, scale=20.0, bank=("a",)) is None


@pytest.mark.parametrize("sort", ["one", "far"])
def test_questions_of_one_side_alone_give_no_fit(sort: str) -> None:
    rng = np.random.default_rng(8)
    alone = [example(sort, rng) for _ in range(5)]
    assert fit(alone, {sort: 0.9}, scale=20.0, bank=("a",)) is None


def test_rows_that_nobody_is_sure_of_teach_nothing() -> None:
    rng = np.random.default_rng(9)
    plain = examples(9)
    doubted = []
    for one in plain:
        scores = one.scores.copy()
        unsure = np.setdiff1d(rng.permutation(ROWS)[:3], one.true)
        scores[unsure] = 0.2
        doubted.append(Example(scores, one.true, one.height, one.sort, unsure))
    sure = [Example(one.scores, one.true, one.height, one.sort) for one in doubted]
    without = fit(doubted, GOALS, scale=20.0, bank=("a",))
    counted = fit(sure, GOALS, scale=20.0, bank=("a",))
    assert without is not None
    assert counted is not None
    at = np.array([0.2, *plain[0].scores[1:]], np.float32)
    assert probabilities(without, at, 0.3)[0] != pytest.approx(
        probabilities(counted, at, 0.3)[0], rel=1e-3
    )


def test_the_same_examples_give_the_same_fit(fitted: Fit) -> None:
    assert fit(examples(1), GOALS, scale=20.0, bank=("a",)) == fitted


# ---- parts


def test_the_logistic_model_finds_the_weights_that_made_the_data() -> None:
    rng = np.random.default_rng(10)
    x = np.column_stack([np.ones(40_000), rng.normal(3, 2, 40_000), rng.normal(0, 0.1, 40_000)])
    p = 1 / (1 + np.exp(-(x @ np.array([-2.0, 0.5, 8.0]))))
    found = logistic(x, (rng.random(40_000) < p).astype(float), np.ones(40_000))
    assert found == pytest.approx([-2.0, 0.5, 8.0], rel=0.08)


def test_a_column_that_never_changes_gets_no_weight() -> None:
    rng = np.random.default_rng(11)
    x = np.column_stack([np.ones(500), np.full(500, 0.7), rng.normal(size=500)])
    found = logistic(x, (x[:, 2] > 0).astype(float), np.ones(500))
    assert np.isfinite(found).all()
    assert found[1] == pytest.approx(0, abs=1e-6)


def test_a_weight_of_two_counts_as_two_rows() -> None:
    rng = np.random.default_rng(12)
    x = np.column_stack([np.ones(60), rng.normal(size=60)])
    right = (rng.random(60) < 0.5).astype(float)
    twice = np.concatenate([x, x[:20]]), np.concatenate([right, right[:20]])
    weight = np.where(np.arange(60) < 20, 2.0, 1.0)
    assert logistic(x, right, weight) == pytest.approx(logistic(*twice, np.ones(80)), rel=1e-4)


def test_the_temperature_that_made_the_labels_is_found() -> None:
    rng = np.random.default_rng(13)
    scores = rng.uniform(-0.3, 0.3, (5000, 8))
    p = np.exp(25 * scores)
    right = (rng.random((5000, 1)) > (p / p.sum(1, keepdims=True)).cumsum(1)).sum(1)
    first = np.take_along_axis(scores, right[:, None], 1)
    rest = np.array([np.delete(row, i) for row, i in zip(scores, right, strict=True)])
    assert fit_scale(np.hstack([first, rest])) == pytest.approx(25, rel=0.1)


# ---- a library's own captions


class Words:
    """An encoder whose texts are `topic N`: photos of a topic lie near its word."""

    fingerprint, dim = "words", 64

    def __init__(self, width: float) -> None:
        self.width = width

    def topic(self, text: str) -> Any:
        vector = np.random.default_rng(zlib.crc32(text.encode())).normal(size=64)
        return vector / np.linalg.norm(vector)

    def encode_texts(self, texts: Any) -> Any:
        return np.stack([self.topic(text) for text in texts]).astype(np.float32)

    def photos(self, texts: list[str]) -> Any:
        rng = np.random.default_rng(0)
        noise = rng.normal(0, self.width / 8, (len(texts), 64))
        vectors = np.stack([self.topic(text) for text in texts]) + noise
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def captioned(encoder: Words, count: int, source: str = "sidecar") -> Snapshot:
    texts = [f"topic {number * 17}" for number in range(count)]
    facts = pa.table(
        {
            "id": [str(i) for i in range(count)],
            "seq": pa.array(np.arange(1, count + 1)),
            "caption": [*texts[: count - 5], *[None] * 5],
            "caption_source": [source] * count,
        }
    )
    return Snapshot(1, facts, [encoder.photos(texts)], np.arange(count))


def test_captions_of_a_library_teach_what_a_score_is_worth() -> None:
    encoder: Any = Words(width=1.0)
    snapshot = captioned(encoder, 400)
    found = own_fit(encoder, snapshot)
    assert found is not None
    assert found.bank == everyday()
    scores = snapshot.scores(encoder.encode_texts(["topic 170"])[0])
    there = probabilities(found, scores, 0.3)
    assert int(there.argmax()) == 10
    assert there[10] >= max(found.found, 0.5)
    strange = snapshot.scores(encoder.encode_texts(["something else altogether"])[0])
    assert probabilities(found, strange, 0.3).max() < found.found, "nothing is found"


def test_few_captions_teach_nothing() -> None:
    encoder: Any = Words(width=1.0)
    assert own_fit(encoder, captioned(encoder, ENOUGH + 4)) is None
    assert own_fit(encoder, captioned(encoder, ENOUGH + 5)) is not None


def test_what_a_machine_wrote_teaches_nothing() -> None:
    encoder: Any = Words(width=1.0)
    assert own_fit(encoder, captioned(encoder, 400, "machine:mini")) is None


def test_photos_of_one_caption_are_all_its_answers() -> None:
    encoder: Any = Words(width=1.0)
    snapshot = captioned(encoder, 400)
    doubled = snapshot.facts.set_column(
        2, "caption", pa.array([f"topic {number // 2 * 34}" for number in range(400)])
    )
    photos = encoder.photos([f"topic {number // 2 * 34}" for number in range(400)])
    found = own_fit(encoder, Snapshot(2, doubled, [photos], np.arange(400)))
    assert found is not None
    there = probabilities(
        found, (photos @ encoder.encode_texts(["topic 340"])[0]).astype(np.float32), 0.3
    )
    assert set(np.argsort(-there)[:2].tolist()) == {20, 21}
    assert (there[[20, 21]] >= found.least).all()


def test_the_everyday_bank_is_two_hundred_different_texts() -> None:
    assert len(everyday()) == len(set(everyday())) == 200
    assert all(text == text.strip() and text for text in everyday())


# ---- files


def test_writing_one_part_keeps_the_others_of_the_same_encoder(tmp_path: Path) -> None:
    file = tmp_path / "search.json"
    write(file, "f", {"fusion": {"a": 1}, "accuracy": 0.5}, "one")
    write(file, "f", {"calibration": {"b": 2}}, "two")
    told = json.loads(file.read_text())
    assert told == {
        "fingerprint": "f", "fusion": {"a": 1}, "accuracy": 0.5, "calibration": {"b": 2},
        "made_by": {"fusion": "one", "accuracy": "one", "calibration": "two"},
    }  # fmt: skip
    write(file, "g", {"calibration": {"c": 3}}, "three")
    told = json.loads(file.read_text())
    assert "fusion" not in told, "it belonged to another encoder"
    assert told["made_by"] == {"calibration": "three"}
