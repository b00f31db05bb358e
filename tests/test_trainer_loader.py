"""The stream of samples: the same for any number of workers and after any restart."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rows_on_disk import (
    Deadly,
    Shrink,
    captioned,
    shard_files,
    write_jsonl,
    write_photos,
    write_tar,
)

from vladva.trainer.data import Data, Routing, open_data
from vladva.trainer.loader import Lost, Sample, load, look_through

Batches = list[tuple[list[Sample], list[Lost]]]
EXTRAS: dict[str, Any] = {
    "negatives": ["not this", "nor that"],
    "paraphrases": [["a", "b"], ["c", "d"]],
    "edits": [{"instruction": "other", "target": f"{n:03}.png"} for n in range(3)],
}
WANT_ALL = {"want_edits": True, "want_negatives": True, "want_paraphrases": True}


@pytest.fixture
def data(tmp_path: Path) -> Data:
    return open_data(captioned(tmp_path, 24, **EXTRAS), Routing())


def take(data: Data, count: int, **options: Any) -> Batches:
    rows = np.arange(len(data))
    stream = load(data, rows, 10, 7, options.pop("prepare", Shrink()), **options)
    found = list(islice(stream, count))
    stream.close()  # type: ignore[attr-defined]
    return found


def spelled(batches: Batches) -> list[str]:
    return [repr(batch) for batch in batches]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_stream_is_the_same_for_any_number_of_workers(data: Data, workers: int) -> None:
    (Path(data[5].image.path)).write_bytes(b"broken")
    alone = take(data, 6, **WANT_ALL)
    assert sum(len(lost) for _, lost in alone) >= 2
    assert spelled(take(data, 6, workers=workers, **WANT_ALL)) == spelled(alone)


def test_the_stream_is_the_same_after_any_restart(data: Data) -> None:
    whole = spelled(take(data, 9))
    for start in (1, 4, 8):
        assert spelled(take(data, 9 - start, start=start)) == whole[start:]


def test_another_epoch_tells_another_caption_and_another_order(data: Data) -> None:
    first: dict[int, set[str | None]] = {}
    for samples, _ in take(data, 24):
        for sample in samples:
            first.setdefault(sample.index, set()).add(sample.short)
    assert sum(len(captions) > 1 for captions in first.values()) > 20
    assert all(f"photo {index} " in str(c) for index, told in first.items() for c in told)


def test_a_sample_holds_what_is_wanted_and_no_more(data: Data) -> None:
    plain = take(data, 1)[0][0][0]
    assert (plain.negatives, plain.paraphrase, plain.edit) == ((), None, None)
    assert plain.picture is not None
    assert plain.picture["pixel_values"].shape == (4, 4, 3)
    full = take(data, 1, decode=False, **WANT_ALL)[0][0][0]
    assert full.picture is None
    assert full.negatives == ("not this", "nor that")
    assert full.paraphrase in (("a", "b"), ("c", "d"))
    assert full.edit is not None
    assert full.edit[1]["pixel_values"].shape == (4, 4, 3)
    assert (full.index, full.image, full.long) == (plain.index, plain.image, plain.long)


def test_a_vanished_picture_costs_its_row_and_says_so(data: Data) -> None:
    Path(data[3].image.path).unlink()
    batches = take(data, 12)
    told = {(one.name, one.reason) for _, lost in batches for one in lost}
    assert told == {("train.jsonl:4", "the file is gone")}
    assert all(len(samples) + len(lost) == 10 for samples, lost in batches)


def test_a_row_that_changed_since_it_was_checked_is_lost(data: Data, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "train.jsonl", ["{}"] * 24)
    (samples, lost) = take(data, 1)[0]
    assert samples == []
    assert "has changed" in lost[0].reason


def test_a_picture_that_kills_its_decoder_costs_its_row(data: Data) -> None:
    batches = take(data, 3, workers=1, prepare=Deadly())
    lost = {(one.name, one.reason) for _, lost in batches for one in lost}
    assert lost == {("train.jsonl:3", "it crashes the decoder")}


def test_generated_captions_fill_only_what_a_row_lacks(tmp_path: Path) -> None:
    names = write_photos(tmp_path, 3)
    rows = [{"image": names[0], "short": "mine"}, {"image": names[1]}, {"image": names[2]}]
    path = write_jsonl(tmp_path / "x.jsonl", rows)
    data = open_data(path, Routing(captionless=True))
    made = {"x.jsonl:1": ("not mine", "made"), "x.jsonl:2": ("made", None)}
    samples, lost = next(load(data, np.arange(3), 3, 0, Shrink(), generated=made))
    told = {sample.index: (sample.short, sample.long) for sample in samples}
    assert told == {0: ("mine", "made"), 1: ("made", None)}
    assert [one.name for one in lost] == ["x.jsonl:3"]


def test_ranks_share_a_batch_without_overlap(data: Data) -> None:
    (whole, _) = take(data, 1)[0]
    parts = [take(data, 1, share=(rank, 3))[0][0] for rank in range(3)]
    assert sorted(s.index for part in parts for s in part) == sorted(s.index for s in whole)
    assert [len(part) for part in parts] == [4, 3, 3]


def test_rows_of_one_picture_have_one_name(tmp_path: Path) -> None:
    (name,) = write_photos(tmp_path, 1)
    rows = [{"image": name, "short": "a"}, {"image": f"./{name}", "short": "b"}]
    data = open_data(write_jsonl(tmp_path / "x.jsonl", rows), Routing())
    samples, _ = next(load(data, np.arange(2), 2, 0, Shrink()))
    assert len({sample.image for sample in samples}) == 1


def test_shards_stream_as_files_do(tmp_path: Path) -> None:
    data = open_data(write_tar(tmp_path / "s.tar", shard_files(24)), Routing())
    assert spelled(take(data, 3, workers=1)) == spelled(take(data, 3))
    assert len({s.image for samples, _ in take(data, 3) for s in samples}) == 24


def test_every_row_is_looked_at_once_and_in_order(data: Data) -> None:
    Path(data[4].image.path).unlink()
    groups = list(look_through(data, range(3, 22), Shrink(), size=8))
    assert [[row for row, _ in group] for group in groups] == [
        list(range(3, 11)),
        list(range(11, 19)),
        [19, 20, 21],
    ]
    assert [row for row, one in groups[0] if isinstance(one, Lost)] == [4]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def test_toyland_and_flickr8k_stream(shared_data: Path) -> None:
    path = shared_data / "flickr8k" / "train.jsonl"
    data = open_data(path, Routing(join=True))
    samples, lost = next(load(data, np.arange(len(data)), 12, 0, Shrink()))
    rows = list(lines(path))
    assert lost == []
    assert all(sample.short in rows[sample.index]["short"] for sample in samples)
    assert all(len((sample.long or "").split()) > 25 for sample in samples)
