"""The cache of features: equal to looking, resumable, and clear about a full disk."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import tiny
import torch
from eyes import Eyes
from rows_on_disk import Shrink, write_jsonl

from vladva.encoders import load_encoder
from vladva.encoders.lvlm import LvlmEncoder
from vladva.errors import DataError
from vladva.model import Features, VladVA
from vladva.trainer.data import Data, Routing, open_data
from vladva.trainer.events import Preparing, Skipped
from vladva.trainer.features import FeatureCache, build, size_of

SIZES = [(64, 48), (40, 90), (200, 60), (28, 28), (90, 30), (56, 56), (30, 120)]


@cache
def encoder(kind: str) -> LvlmEncoder:
    return cast(
        "LvlmEncoder",
        load_encoder(str(tiny.checkpoint(kind)), device="cpu", dtype="float32", adapter=None),
    )


@pytest.fixture
def data(tmp_path: Path) -> Data:
    """Seven pictures of many shapes, the first of them in two rows."""
    rows = []
    for number, (width, height) in enumerate(SIZES):
        tiny.picture(width, height, number).save(tmp_path / f"{number}.png")
        rows.append({"image": f"{number}.png", "short": "a"})
    return open_data(write_jsonl(tmp_path / "x.jsonl", [*rows, rows[0]]), Routing())


def run(
    events: Generator[Preparing | Skipped, None, FeatureCache],
) -> tuple[FeatureCache, list[Preparing | Skipped]]:
    told = []
    while True:
        try:
            told.append(next(events))
        except StopIteration as end:
            return end.value, told


def built(
    data: Data, folder: Path, kind: str = "mini", **options: Any
) -> tuple[FeatureCache, list[Preparing | Skipped]]:
    given = {"key": "k", "batch": 3, "workers": 0, **options}
    model, prepare = encoder(kind).model, encoder(kind).prepare
    rows = options.pop("rows", np.arange(len(data)))
    given.pop("rows", None)
    return run(build(model, data, rows, prepare, folder, **given))


def looked(data: Data, rows: list[int], kind: str) -> Features:
    prepare = encoder(kind).prepare
    with torch.no_grad():
        return encoder(kind).model.look([prepare(data[row].image.load()) for row in rows])


def same(one: Features, other: Features, tolerance: float = 1e-5) -> None:
    assert one.counts == other.counts
    assert torch.allclose(one.tokens.float(), other.tokens.float(), atol=tolerance)
    assert (one.grids is None) == (other.grids is None)
    if one.grids is not None and other.grids is not None:
        assert torch.equal(one.grids, other.grids)
        assert one.grids.dtype == other.grids.dtype
    assert len(one.deep) == len(other.deep)
    for mine, its in zip(one.deep, other.deep, strict=True):
        assert torch.allclose(mine, its, atol=tolerance)


@pytest.mark.parametrize("kind", ["mini", "llava_next", "qwen2_vl", "qwen3_vl"])
def test_what_is_taken_is_what_the_model_sees(data: Data, tmp_path: Path, kind: str) -> None:
    kept, told = built(data, tmp_path / "features", kind)
    same(kept.take([5, 0, 2, 7, 6]), looked(data, [5, 0, 2, 7, 6], kind))
    same(kept.take(np.array([1])), looked(data, [1], kind))
    assert told[-1] == Preparing("features", 7, 7)
    summary = encoder(kind).model.image_side(kept.take([1, 2])).summary
    direct = encoder(kind).model.image_side(looked(data, [1, 2], kind)).summary
    assert torch.allclose(summary, direct, atol=1e-4)


def test_half_precision_is_kept_bit_for_bit(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = encoder("mini").model
    seen: list[torch.Tensor] = []

    def look(pictures: Any) -> Features:
        tokens = torch.randn(len(pictures) * 4, 32).bfloat16()
        seen.append(tokens)
        return Features(tokens, (4,) * len(pictures))

    monkeypatch.setattr(model, "look", look)
    kept, _ = built(data, tmp_path / "features", batch=7)
    assert kept.take(range(7)).tokens.dtype == torch.bfloat16
    assert torch.equal(kept.take(range(7)).tokens, seen[-1])


def test_a_second_build_looks_at_nothing(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = built(data, tmp_path / "features")
    before = first.take([0, 3])
    monkeypatch.setattr(encoder("mini").model, "look", None)
    kept, told = built(data, tmp_path / "features")
    assert told == [Preparing("features", 7, 7)]
    same(kept.take([0, 3]), before, 0)


def test_another_key_a_changed_picture_and_a_new_one_are_looked_at(
    data: Data, tmp_path: Path
) -> None:
    folder = tmp_path / "features"
    built(data, folder, rows=np.arange(4))
    assert [e.done for e in built(data, folder)[1] if isinstance(e, Preparing)] == [4, 7]
    tiny.picture(64, 48, 99).save(tmp_path / "0.png")
    kept, told = built(data, folder)
    assert [e.done for e in told if isinstance(e, Preparing)] == [6, 7]
    same(kept.take([0, 1, 7]), looked(data, [0, 1, 7], "mini"))
    os.utime(tmp_path / "1.png", ns=(1, 1))  # the same size, another time
    assert [e.done for e in built(data, folder)[1] if isinstance(e, Preparing)] == [6, 7]
    assert built(data, folder, key="other")[1][0] == Preparing("features", 0, 7)


def test_a_picture_that_cannot_be_read_is_told_and_has_no_features(
    data: Data, tmp_path: Path
) -> None:
    (tmp_path / "2.png").unlink()
    (tmp_path / "4.png").write_bytes(b"none")
    kept, told = built(data, tmp_path / "features")
    assert [e.row for e in told if isinstance(e, Skipped)] == ["x.jsonl:3", "x.jsonl:5"]
    assert kept.known(np.arange(8)).tolist() == [0, 1, 3, 5, 6, 7]
    same(kept.take([6, 1]), looked(data, [6, 1], "mini"))
    with pytest.raises(DataError, match="not in the cache"):
        kept.take([1, 2])


def test_what_a_kill_or_a_power_cut_leaves_is_used_as_far_as_it_is_whole(
    data: Data, tmp_path: Path
) -> None:
    folder = tmp_path / "features"
    whole, _ = built(data, folder)
    tokens, pictures = folder / "tokens.bin", folder / "pictures.bin"
    for cut_tokens, cut_pictures, left in ((100, 0, 6), (0, 10, 6), (3000, 1, 1), (10**9, 0, 0)):
        for path, cut in ((tokens, cut_tokens), (pictures, cut_pictures)):
            os.truncate(path, max(0, path.stat().st_size - cut))
        kept, told = built(data, folder)
        assert isinstance(told[0], Preparing)
        assert told[0].done == left
        same(kept.take(range(8)), looked(data, list(range(8)), "mini"))
    tokens.write_bytes(tokens.read_bytes() + b"\xff" * 50)  # tokens without their record
    built(data, folder)
    (folder / "cache.json").write_text("{")
    assert built(data, folder)[1][0] == Preparing("features", 0, 7)
    del whole


@pytest.mark.parametrize("after", [1, 4])
def test_a_build_that_is_killed_goes_on_where_it_was(
    data: Data, tmp_path: Path, after: int
) -> None:
    command = [sys.executable, str(Path(__file__).with_name("eyes.py")), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) == after:
                child.send_signal(signal.SIGKILL)
                break
    own = cast("VladVA", Eyes())
    rows, folder = np.arange(8), tmp_path / "features"
    kept, told = run(build(own, data, rows, Shrink(), folder, key="k", batch=3, workers=0))
    assert isinstance(told[0], Preparing)
    assert told[0].done >= after
    same(kept.take(rows), own.look([Shrink()(data[row].image.load()) for row in range(8)]), 0)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_up_is_told_and_what_is_there_is_kept(data: Data, tmp_path: Path) -> None:
    with files_of_at_most(1700), pytest.raises(DataError, match="the disk is full") as caught:
        built(data, tmp_path / "features")
    assert "they need about 0.0 MiB. What was written is kept" in caught.value.message
    assert "--set data.cache_features=false" in caught.value.hint
    kept, told = built(data, tmp_path / "features")
    assert isinstance(told[0], Preparing)
    assert told[0].done == 3
    same(kept.take(range(8)), looked(data, list(range(8)), "mini"))


def test_too_little_room_is_told_before_anything_is_looked_at(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 100})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(DataError, match=r"features need 0.0 MiB in .*, where 0.0 MiB are free"):
        built(data, tmp_path / "features")


@pytest.mark.parametrize("kind", ["mini", "qwen3_vl"])
def test_the_size_is_known_before_building(data: Data, tmp_path: Path, kind: str) -> None:
    model, prepare = encoder(kind).model, encoder(kind).prepare
    told = size_of(model, data, np.arange(8), prepare)
    built(data, tmp_path / "features", kind)
    size = (tmp_path / "features" / "tokens.bin").stat().st_size
    assert 0.6 * size < told < 1.6 * size
    assert size_of(model, data, np.arange(0), prepare) == 0


def test_workers_read_the_pictures_too(data: Data, tmp_path: Path) -> None:
    kept, _ = built(data, tmp_path / "features", workers=1)
    same(kept.take(range(8)), looked(data, list(range(8)), "mini"))
