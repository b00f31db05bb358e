"""`vladva eval` on photographs: official files in a folder, whole or not at all."""

import json
from pathlib import Path
from typing import Any

import photo_sets
import pytest
import tiny

import vladva.encoders
from vladva.app import evaluation
from vladva.app.__main__ import run
from vladva.errors import ModelError
from vladva.indexes.library import Library
from vladva.protocols import Encoder


def call(tmp_path: Path, *args: str) -> int:
    return run(["--library", str(tmp_path / "library"), "eval", *args])


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (line,) = capsys.readouterr().out.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_photographs_are_scored_from_their_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = photo_sets.WRITERS["cola"](tmp_path / "data", 3)
    truth |= photo_sets.WRITERS["flickr30k"](tmp_path / "data", 3)
    encoder = photo_sets.Knowing(truth)
    monkeypatch.setattr(vladva.encoders, "load_encoder", lambda *_args, **_options: encoder)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*")}
    options = ["--model", "mini", "--data", str(tmp_path / "data"), "--count", "3"]
    paper = ["--compare", "paper"]
    assert call(tmp_path, "cola", "flickr30k", *options, *paper, "--json") == 0
    found = told(capsys)
    assert found["results"]["cola"] == {"text": 100.0, "image": 100.0, "group": 100.0}
    assert set(found["results"]["flickr30k"].values()) == {100.0}
    assert set(found["results"]["flickr30k"]) > {"image_R@1", "image_R@10", "text_R@1", "text_R@10"}
    assert found["setup"] == {"seed": 0, "count": 3, "unseen": False, "unseen_words": False}
    assert list(found["paper"]) == ["flickr30k"]
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*")}
    assert call(tmp_path, "flickr30k", *options, *paper) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "mini, no adapter; count 3"
    assert "Ours on a part only" in out


def test_files_that_are_missing_are_told_before_a_model_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_args: object, **_options: object) -> Encoder:
        raise AssertionError

    monkeypatch.setattr(vladva.encoders, "load_encoder", load)
    assert call(tmp_path, "nocaps", "coco", "--model", "mini", "--data", str(tmp_path)) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "no nocaps_val_4500_captions.json" in said.err
    assert "no dataset_coco.json" in said.err
    assert "https://cocodataset.org" in said.err
    assert call(tmp_path, "coco", "--model", "mini", "--data", str(tmp_path / "nowhere")) == 2


def test_a_broken_photo_costs_its_own_benchmark_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = photo_sets.WRITERS["winoground"](tmp_path, 3) | photo_sets.WRITERS["cola"](tmp_path, 3)
    next(tmp_path.rglob("ex_1_img_0.png")).write_bytes(b"no photo")
    encoder = photo_sets.Knowing(truth)
    monkeypatch.setattr(vladva.encoders, "load_encoder", lambda *_args, **_options: encoder)
    options = ["--model", "mini", "--data", str(tmp_path), "--count", "3", "--json"]
    assert call(tmp_path, "winoground", "cola", *options) == 3
    found = told(capsys)
    assert list(found["results"]) == ["cola"]
    assert "ex_1_img_0.png" in found["skipped"]["winoground"]


def test_vectors_are_kept_with_a_library_until_a_run_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = photo_sets.WRITERS["cola"](tmp_path / "data", 40)
    library = tmp_path / "library"
    assert evaluation.kept_in(library) is None
    with Library.open(library, create=True) as opened:
        opened.activate("mini", "f", 4)
    encoder = photo_sets.Knowing(truth)
    monkeypatch.setattr(vladva.encoders, "load_encoder", lambda *_args, **_options: encoder)
    real = encoder.encode

    def cut(pictures: Any) -> Any:
        if encoder.batches:
            raise ModelError("out of memory")
        return real(pictures)

    monkeypatch.setattr(encoder, "encode", cut)
    args = ["cola", "--model", "mini", "--data", str(tmp_path / "data"), "--count", "40"]
    assert call(tmp_path, *args) == 1
    kept = evaluation.kept_in(library)
    assert kept is not None
    assert len(list(kept.rglob("*.npy"))) == 1
    monkeypatch.setattr(encoder, "encode", real)
    assert call(tmp_path, *args) == 0
    assert [len(batch) for batch in encoder.batches] == [64, 16]
    assert list(kept.iterdir()) == []


def test_stage_two_stands_beside_on_photographs_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo_sets.WRITERS["cola"](tmp_path / "data", 2)
    photo_sets.WRITERS["sugarcrepe-pp"](tmp_path / "data", 1)
    options = ["--model", str(tiny.checkpoint("mini")), "--device", "cpu", "--count", "1"]
    options += ["--data", str(tmp_path / "data"), "--json"]
    assert call(tmp_path, "cola", "sugarcrepe-pp", *options) == 0
    alone = told(capsys)
    assert call(tmp_path, "cola", "sugarcrepe-pp", *options, "--verify") == 0
    both = told(capsys)
    assert both["results"] == alone["results"]
    for key in ("results_generator", "results_fusion"):
        assert list(both[key]["cola"]) == ["text", "image", "group"]
        assert "ITT" in both[key]["sugarcrepe-pp"]
        assert "TOT" not in both[key]["sugarcrepe-pp"]
