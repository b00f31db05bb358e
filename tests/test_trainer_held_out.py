"""Recalls against a count by hand, and what cannot be read is said, not counted."""

import json
from pathlib import Path

import numpy as np
import pytest
import tiny

from vladva.encoders import load_encoder
from vladva.trainer.data import open_data
from vladva.trainer.examples import Routing
from vladva.trainer.held_out import HeldOut, ranks, recalls

RNG = np.random.default_rng(0)


def unit(rows: np.ndarray) -> np.ndarray:
    found: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


def by_hand(images: np.ndarray, texts: np.ndarray, image_of: np.ndarray) -> dict[str, float]:
    text_ranks, image_ranks = [], []
    for text, right in zip(texts, image_of, strict=True):
        order = sorted(range(len(images)), key=lambda i: -float(text @ images[i]))
        text_ranks.append(order.index(right) + 1)
    for image in range(len(images)):
        order = sorted(range(len(texts)), key=lambda t: -float(texts[t] @ images[image]))
        first = next(rank for rank, t in enumerate(order) if image_of[t] == image)
        image_ranks.append(first + 1)
    found = {}
    for name, own in (("image", text_ranks), ("text", image_ranks)):
        for k in (1, 5, 10):
            found[f"{name}_R@{k}"] = 100 * sum(r <= k for r in own) / len(own)
        found[f"{name}_median_rank"] = float(np.median(own))
    return found


def test_recalls_are_those_of_a_count_by_hand() -> None:
    images, texts = unit(RNG.normal(size=(30, 8))), RNG.normal(size=(75, 8))
    image_of = np.sort(RNG.integers(0, 30, 75))
    image_of[:30] = np.arange(30)  # each has one
    texts = unit(texts + 1.5 * images[image_of])
    found = recalls(ranks(images, texts, image_of), 30)
    for name, value in by_hand(images, texts, image_of).items():
        assert found[name] == pytest.approx(value), name
    assert found["image_chance_R@10"] == pytest.approx(100 * 10 / 30)


def test_an_encoder_that_knows_nothing_but_one_point_scores_no_hit() -> None:
    same = unit(np.ones((12, 4)))
    found = recalls(ranks(same, same, np.arange(12)), 12)
    assert found["image_R@1"] == found["text_R@1"] == 0
    assert found["image_R@10"] == 0


@pytest.mark.parametrize("keep", [0, 1 << 30])
def test_scores_are_alike_whether_input_is_kept_or_decoded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: int
) -> None:
    lines = []
    for number in range(5):
        tiny.picture(40, 30, seed=number).save(tmp_path / f"{number}.png")
        lines.append(f'{{"image": "{number}.png", "short": ["dog {number}", "a {number}"]}}')
    (tmp_path / "rows.jsonl").write_text("\n".join(lines))
    data = open_data(tmp_path / "rows.jsonl", Routing(join=True))
    encoder = load_encoder(str(tiny.checkpoint("mini")), adapter=None)
    (tmp_path / "3.png").unlink()
    monkeypatch.setattr("vladva.trainer.held_out.KEPT_BYTES", keep)
    held = HeldOut(data, range(5), encoder.prepare, batch=2)
    assert len(held) == 4
    assert [lost.name for lost in held.lost] == ["rows.jsonl:4"]
    model = encoder.model  # type: ignore[attr-defined]
    scores = held.score(model, held.look(model), 100)
    assert scores.metrics["pictures"] == 4
    assert scores.metrics["queries"] == 8
    assert scores.pictures.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert np.isfinite(scores.log_losses).all()
    assert scores.metrics["autoregressive"] > 0
    images = encoder.encode([encoder.prepare(data[i].image.load()) for i in (0, 1, 2, 4)])
    texts = encoder.encode_texts(held.texts)
    expected = recalls(ranks(images, texts, held.image_of), 4)
    assert {k: v for k, v in scores.metrics.items() if k in expected} == expected


def test_rows_of_one_picture_are_one_picture_with_all_captions(tmp_path: Path) -> None:
    single, grouped = [], []
    for number in range(4):
        tiny.picture(40, 30, seed=number).save(tmp_path / f"{number}.png")
        said = [f"dog {number}", f"a {number}"]
        grouped.append({"image": f"{number}.png", "short": said})
        single += [{"image": f"{number}.png", "short": one} for one in said]
    encoder = load_encoder(str(tiny.checkpoint("mini")), adapter=None)
    model = encoder.model  # type: ignore[attr-defined]
    found = []
    for name, rows in (("single", single), ("grouped", grouped)):
        file = tmp_path / f"{name}.jsonl"
        file.write_text("\n".join(map(json.dumps, rows)))
        held = HeldOut(open_data(file, Routing()), range(len(rows)), encoder.prepare, batch=3)
        found.append(held.score(model, held.look(model), 100))
    assert found[0].metrics == found[1].metrics
    assert found[0].pictures.tolist() == found[1].pictures.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
