"""A head for matching as stage two, and encoders with several vectors a picture."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import tiny
from numpy.typing import NDArray
from oracle_answers import Bags, truthful
from oracles import Drawing, Ignorant, without_generator
from speakers import Speaker, painted

from vladva.benchmarks import toyland_winoground
from vladva.benchmarks.matched import Matched, WholeTexts, matching
from vladva.benchmarks.registry import Models, Setup, run, run_verified
from vladva.benchmarks.scorers import of_encoder
from vladva.benchmarks.sets import BestOf, benchmarked
from vladva.encoders import load_encoder
from vladva.errors import Unsupported
from vladva.protocols import Prepared

WINOGROUND = "toyland-winoground"
SETUP = Setup(seed=5, count=12)


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    return painted(monkeypatch)


class Head(Bags):
    """A bag of words with a head that knows what is true."""

    def p_match(
        self, pictures: Sequence[Prepared], texts: Sequence[Sequence[str]]
    ) -> list[NDArray[np.float64]]:
        speaker = Speaker(self.drawing, truthful())
        return [
            speaker.p_yes(picture, own).astype(np.float64)
            for picture, own in zip(pictures, texts, strict=True)
        ]


def test_a_head_that_knows_wins_every_pair_without_a_question_being_made(
    drawing: Drawing,
) -> None:
    models = matching(Models(Head(drawing), without_generator))
    assert models is not None
    found = run_verified(WINOGROUND, models, WholeTexts(), SETUP)
    assert found is not None
    assert found.generator == found.fusion == {"text": 100, "image": 100, "group": 100}
    assert found.encoder["group"] < 20
    texts = {text for item in toyland_winoground.exam(SETUP).items for text in item.texts}
    assert {text for _, text in found.answers} == texts


def test_a_model_without_such_a_head_has_none() -> None:
    assert matching(Models(Ignorant(), without_generator)) is None


def test_a_head_is_no_mouth(drawing: Drawing) -> None:
    with pytest.raises(Unsupported, match="writes no captions"):
        Matched(Head(drawing)).caption([], "short")


def test_both_stages_are_added_and_each_alone_can_decide() -> None:
    judge = WholeTexts()
    low, high = (float(judge.priors(np.array([cosine]))[0]) for cosine in (-0.4, 0.6))
    assert 0 <= low < high <= 1
    assert judge.score("a", [0.7], None) == pytest.approx(math.log(0.7 / 0.3))
    assert judge.score("a", [0.7], high) == pytest.approx(math.log(0.7 / 0.3) + 0.6)
    assert judge.score("a", [0.5], high) > judge.score("a", [0.5], low)
    assert judge.score("a", [0.9], high) > judge.score("a", [0.8], high)
    scores = [judge.score("a", [p], None) for p in (0.0, 1e-9, 0.5, 1 - 1e-9, 1.0)]
    assert all(math.isfinite(one) for one in scores)
    assert all(one < other for one, other in pairwise(scores))


def test_the_best_of_a_pictures_vectors_is_its_score() -> None:
    rng = np.random.default_rng(3)
    sets = rng.normal(size=(7, 4, 6)).astype(np.float32)
    words = {f"t{i}": rng.normal(size=6).astype(np.float32) for i in range(9)}

    def embed(texts: Sequence[str]) -> Any:
        return np.stack([words[text] for text in texts])

    scorer = BestOf(sets.reshape(7, -1), embed, 4)
    texts = list(words)
    expected = np.array(
        [[max(float(vector @ words[text]) for vector in own) for text in texts] for own in sets]
    )
    assert np.abs(scorer.table(range(7), texts) - expected).max() <= 1e-5
    assert np.abs(scorer.table([5, 2], texts[:3]) - expected[[5, 2], :3]).max() <= 1e-5
    some = scorer.pairs([6, 0, 3], ["t1", "t8", "t1"])
    assert np.abs(some - expected[[6, 0, 3], [1, 8, 1]]).max() <= 1e-5
    means = scorer.variants(range(7), [["t0", "t1"], ["t2"]])
    wanted = np.stack([expected[:, :2].mean(axis=1), expected[:, 2]], axis=1)
    assert np.abs(means - wanted).max() <= 1e-5


def test_blip_2_is_benchmarked_by_the_best_of_its_queries() -> None:
    plain: Any = load_encoder(str(tiny.checkpoint("blip-2")), device="cpu")
    encoder = benchmarked(plain)
    pictures = [encoder.prepare(picture) for picture in tiny.PICTURES]
    rows = encoder.encode(pictures)
    assert rows.shape == (4, encoder.dim) == (4, 5 * 24)
    assert encoder.fingerprint == plain.fingerprint
    table = of_encoder(encoder, rows).table(range(4), tiny.TEXTS)
    products = plain.encode_sets(pictures) @ plain.encode_texts(tiny.TEXTS).T
    assert np.abs(table - products.max(axis=1)).max() <= 1e-5
    assert benchmarked(load_encoder(str(tiny.checkpoint("blip")), device="cpu")).dim == 24


@pytest.mark.parametrize("kind", ["blip", "blip-2"])
def test_a_true_head_goes_through_a_drawn_benchmark(kind: str) -> None:
    encoder = benchmarked(load_encoder(str(tiny.checkpoint(kind)), device="cpu"))
    models = matching(Models(encoder, without_generator))
    assert models is not None
    setup = Setup(seed=1, count=2)
    found = run_verified(WINOGROUND, models, WholeTexts(), setup)
    assert found is not None
    assert found.encoder == run(WINOGROUND, models, setup)
    assert all(0 < p < 1 for p in found.answers.values())
    with pytest.raises(Unsupported):
        run("toyland-questions", Models(encoder, without_generator), setup)
