"""The gate: accepts what is better, refuses what is worse, and takes noise for neither."""

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from vladva.protocols import Vectors
from vladva.trainer.gate import judge, log_losses

PICTURES, CAPTIONS, DIM, REPEATS = 60, 3, 32, 20
IMAGE_OF = np.repeat(np.arange(PICTURES), CAPTIONS)


def unit(states: NDArray[np.float64]) -> Vectors:
    return (states / np.linalg.norm(states, axis=1, keepdims=True)).astype(np.float32)


def model(
    truth: NDArray[np.float64], noise: float, rng: np.random.Generator
) -> tuple[Vectors, Vectors]:
    """Vectors of pictures and captions: what is true of the picture, and noise of that size."""
    images = truth + noise * rng.standard_normal(truth.shape)
    texts = truth[IMAGE_OF] + noise * rng.standard_normal((len(IMAGE_OF), DIM))
    return unit(images), unit(texts)


def verdicts(before: float, after: float) -> Counter[str]:
    counted: Counter[str] = Counter()
    for seed in range(REPEATS):
        rng = np.random.default_rng(seed)
        truth = rng.standard_normal((PICTURES, DIM))
        losses = [log_losses(*model(truth, noise, rng), IMAGE_OF) for noise in (before, after)]
        counted[judge(*losses, IMAGE_OF, seed=seed).verdict] += 1
    return counted


def test_a_better_adapter_is_accepted_19_times_of_20() -> None:
    assert verdicts(before=1.6, after=1.2)["accepted"] >= 19


def test_a_worse_adapter_is_refused_19_times_of_20() -> None:
    assert verdicts(before=1.2, after=1.6)["refused"] >= 19


def test_an_adapter_that_is_only_other_noise_is_undecided_18_times_of_20() -> None:
    assert verdicts(before=1.4, after=1.4)["undecided"] >= 18


def test_nothing_learned_is_undecided() -> None:
    losses = np.random.default_rng(0).random(90)
    judged = judge(losses, losses.copy(), np.arange(90))
    assert (judged.verdict, judged.gain, judged.low, judged.high) == ("undecided", 0, 0, 0)


def test_fewer_than_twenty_pictures_decide_nothing_however_clear_they_are() -> None:
    groups = np.repeat(np.arange(19), 10)
    few = judge(np.ones(190), np.zeros(190), groups)
    assert few.verdict == "undecided"
    assert "19" in few.reason
    assert judge(np.ones(200), np.zeros(200), np.repeat(np.arange(20), 10)).verdict == "accepted"


def test_captions_of_one_picture_count_as_one_opinion() -> None:
    rng = np.random.default_rng(1)
    gains = rng.normal(0.2, 1.0, 40)  # forty pictures, each said twenty times over
    wide = judge(gains, np.zeros(40), np.arange(40))
    repeated = judge(np.repeat(gains, 20), np.zeros(800), np.repeat(np.arange(40), 20))
    assert repeated.gain == pytest.approx(wide.gain)
    assert (repeated.low, repeated.high) == pytest.approx((wide.low, wide.high))


def test_the_interval_is_that_of_the_mean() -> None:
    gains = np.random.default_rng(2).normal(0.3, 1.0, 400)
    judged = judge(gains, np.zeros(400), np.arange(400), resamples=4000)
    spread = 1.96 * gains.std() / np.sqrt(400)
    assert judged.low == pytest.approx(gains.mean() - spread, abs=0.01)
    assert judged.high == pytest.approx(gains.mean() + spread, abs=0.01)
    assert judged.queries == 400


def test_a_candidate_that_is_not_finite_is_refused() -> None:
    rng = np.random.default_rng(0)
    images, texts = model(rng.standard_normal((PICTURES, DIM)), 1.0, rng)
    good = log_losses(images, texts, IMAGE_OF)
    images[3, 0] = np.nan
    broken = log_losses(images, texts, IMAGE_OF)
    assert judge(good, broken, IMAGE_OF).verdict == "refused"
    assert judge(broken, good, IMAGE_OF).verdict == "undecided"


def test_the_losses_are_the_softmax_at_the_best_temperature() -> None:
    rng = np.random.default_rng(3)
    images, texts = model(rng.standard_normal((PICTURES, DIM)), 1.2, rng)
    found = log_losses(images, texts, IMAGE_OF)
    cosines = texts.astype(np.float64) @ images.T.astype(np.float64)

    def mean_at(scale: float) -> float:
        soft = np.exp(scale * cosines) / np.exp(scale * cosines).sum(1, keepdims=True)
        return float(-np.log(soft[np.arange(len(texts)), IMAGE_OF]).mean())

    best = min(mean_at(float(scale)) for scale in np.geomspace(0.1, 300, 400))
    assert found.shape == (len(texts),)
    assert found.mean() == pytest.approx(best, abs=1e-3)


def test_the_scale_of_the_cosines_is_nobodys_merit() -> None:
    rng = np.random.default_rng(4)
    images, texts = model(rng.standard_normal((PICTURES, DIM)), 1.2, rng)
    # All vectors in one cone: cosines near 1, in the same order.
    narrow = [np.concatenate([v, np.full((len(v), 1), 3.0)], axis=1) for v in (images, texts)]
    squeezed = log_losses(unit(narrow[0]), unit(narrow[1]), IMAGE_OF)
    assert squeezed.mean() == pytest.approx(log_losses(images, texts, IMAGE_OF).mean(), abs=1e-3)


def test_chunks_and_a_sample_for_the_temperature_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    images, texts = model(rng.standard_normal((PICTURES, DIM)), 1.2, rng)
    whole = log_losses(images, texts, IMAGE_OF)
    monkeypatch.setattr("vladva.trainer.gate.CHUNK", 7)
    assert np.allclose(log_losses(images, texts, IMAGE_OF), whole, atol=1e-6)
    monkeypatch.setattr("vladva.trainer.gate.QUERIES_TO_FIT", 90)
    assert log_losses(images, texts, IMAGE_OF).mean() == pytest.approx(whole.mean(), abs=0.02)


def test_the_reason_says_in_words_what_the_figures_say() -> None:
    better = judge(np.full(30, 2.0), np.full(30, 1.5), np.arange(30)).reason
    assert better == (
        "better on 30 held-out pictures: the log-loss of a query falls by 0.500 "
        "(95 % interval 0.500 to 0.500)"
    )
    worse = judge(np.full(30, 1.5), np.full(30, 2.0), np.arange(30)).reason
    assert worse.startswith("worse on 30 held-out pictures")
    assert "rises by 0.500 (95 % interval 0.500 to 0.500)" in worse


def test_next_to_nothing_decides_nothing_however_sure_it_is() -> None:
    before = np.random.default_rng(0).normal(3, 1, 200)
    groups = np.arange(200)
    for change in (1e-6, -1e-6, 0.009, -0.009):
        assert judge(before, before - change, groups).verdict == "undecided"
    assert judge(before, before - 0.011, groups).verdict == "accepted"
    assert judge(before, before + 0.011, groups).verdict == "refused"
