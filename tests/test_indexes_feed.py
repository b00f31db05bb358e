"""Batches before the encoder, and what each decoded file is to the index."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from fakes import FakeEncoder

from vladva.indexes import feed as feed_module
from vladva.indexes.catalog import FileStamp, Plan
from vladva.indexes.decode import Decoded
from vladva.indexes.events import Copied, Indexed, Moved
from vladva.indexes.facts.metadata import FACTS_VERSION, Metadata
from vladva.indexes.feed import Feed, encode_each
from vladva.indexes.intake import Entry, Intake
from vladva.protocols import Prepared, Vectors

NOTHING = Plan((), (), (), (), 0)


def prepared(number: int) -> dict:
    return {"histogram": np.random.default_rng(number).random(64).astype(np.float32)}


def decoded(path: str, content: str, number: int = 0) -> Decoded:
    stamp = FileStamp(path, 10, 20, 1, 2)
    return Decoded(stamp, content, Metadata(3, 4, caption="c"), prepared(number), phash=-5)


def stamp(path: str) -> FileStamp:
    return FileStamp(path, 1, 1, 1, 1)


def entry(intake: Intake, path: str, content: str, number: int = 0) -> Entry:
    return intake.entry(decoded(path, content, number), "now")


def name(path: str) -> str:
    return "id-" + path


def test_a_row_says_what_was_read() -> None:
    row = entry(Intake({}, NOTHING, name), "/a", "c1").row
    assert (row.id, row.path, row.size, row.mtime_ns, row.content) == ("id-/a", "/a", 10, 20, "c1")
    assert (row.width, row.height, row.caption, row.indexed_at) == (3, 4, "c", "now")
    assert (row.phash, row.facts_version) == (-5, FACTS_VERSION)


def test_a_new_picture_is_encoded_and_its_copies_are_not() -> None:
    intake = Intake({"/old": "c0"}, NOTHING, name)
    first, second, third = (
        entry(intake, p, c) for p, c in [("/a", "c1"), ("/b", "c1"), ("/c", "c0")]
    )
    assert first.event == Indexed("/a")
    assert first.prepared is not None
    assert (second.event, second.source, second.prepared) == (Copied("/b", "/a"), "id-/a", None)
    assert (third.event, third.source) == (Copied("/c", "/old"), "id-/old")


def test_the_content_of_a_gone_file_is_a_move_once_and_a_copy_after() -> None:
    plan = Plan((), (), (), (stamp("/y"), stamp("/x")), 0)
    intake = Intake({"/x": "c", "/y": "c", "/z": "other"}, plan, name)
    first, second, third = (entry(intake, p, "c") for p in ("/a", "/b", "/d"))
    assert (first.event, first.source, first.drop) == (Moved("/a", "/x"), "id-/x", "id-/x")
    assert second.event == Moved("/b", "/y")
    assert (third.event, third.source, third.drop) == (Copied("/d", "/a"), "id-/a", None)
    assert intake.left == {"/x", "/y"}


def test_a_touched_file_is_indexed_without_being_encoded() -> None:
    intake = Intake({"/a": "c"}, Plan((), (stamp("/a"),), (), (), 0), name)
    touched = entry(intake, "/a", "c")
    assert (touched.event, touched.source, touched.prepared) == (Indexed("/a"), "id-/a", None)


def test_what_a_changed_file_was_is_no_source_of_vectors() -> None:
    intake = Intake({"/a": "old"}, Plan((), (stamp("/a"),), (), (), 0), name)
    assert entry(intake, "/b", "old").prepared is not None


def test_batches_keep_order_and_copies_ride_along() -> None:
    feed, intake = Feed(FakeEncoder(), 2), Intake({}, NOTHING, name)
    for path, content in [("/a", "1"), ("/b", "1"), ("/c", "2"), ("/d", "1"), ("/e", "3")]:
        feed.add(entry(intake, path, content, int(content)))
    assert feed.due(last=False)
    assert feed.encode() == []
    assert [e.row.path for e, _ in feed.ready] == ["/a", "/b", "/c", "/d"]
    assert [vector is None for _, vector in feed.take()] == [False, True, False, True]
    assert not feed.due(last=False)
    assert feed.due(last=True)
    feed.encode()
    assert [e.row.path for e, _ in feed.take()] == ["/e"]
    assert feed.encodes == 3
    assert not feed


def shaped(intake: Intake, path: str, side: int) -> Entry:
    one = decoded(path, path)
    return intake.entry(replace(one, prepared={"pixels": np.zeros(side, np.float32)}), "now")


class Shapes(FakeEncoder):
    """Knows what it was given at once."""

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        self.given = [len(picture["pixels"]) for picture in pictures]
        return np.ones((len(pictures), self.dim), np.float32)


def test_batches_are_of_one_shape_as_far_as_there_are_enough_and_the_oldest_never_waits() -> None:
    encoder, intake = Shapes(), Intake({}, NOTHING, name)
    feed = Feed(encoder, 3)
    for number, side in enumerate([9, 5, 9, 5, 5, 7, 9, 9]):
        assert feed.hungry
        feed.add(shaped(intake, f"/{number}", side))
    given, rows = [], []
    while feed:
        assert feed.due(last=True)
        feed.encode()
        given.append(encoder.given)
        rows.append([entry.row.path for entry, _ in feed.take()])
    assert given == [[9, 9, 9], [5, 5, 5], [7, 9]]
    assert rows == [["/0", "/2", "/6"], ["/1", "/3", "/4"], ["/5", "/7"]]


def test_a_copy_never_overtakes_its_picture() -> None:
    feed, intake = Feed(Shapes(), 1), Intake({}, NOTHING, name)
    feed.add(shaped(intake, "/a", 9))
    feed.add(shaped(intake, "/b", 5))
    feed.add(entry(intake, "/copy", "/b"))
    feed.add(entry(intake, "/copy of copy", "/b"))
    feed.encode()
    assert [e.row.path for e, _ in feed.take()] == ["/a"]
    feed.encode()
    assert [e.row.path for e, _ in feed.take()] == ["/b", "/copy", "/copy of copy"]


def test_no_more_pictures_wait_than_a_few_batches_hold() -> None:
    feed, intake = Feed(FakeEncoder(), 64), Intake({}, NOTHING, name)
    for number in range(feed_module.LARGEST):
        assert feed.hungry
        feed.add(entry(intake, f"/{number}", str(number), number))
    assert not feed.hungry


def test_a_picture_waits_for_company_but_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    feed, intake = Feed(FakeEncoder(), 4), Intake({}, NOTHING, name)
    feed.add(entry(intake, "/a", "1"))
    assert not feed.due(last=False)
    monkeypatch.setattr(feed_module, "_PATIENCE_S", 0.0)
    assert feed.due(last=False)


def test_the_size_of_a_batch_follows_the_pace_of_the_encoder() -> None:
    slow, fast = Feed(FakeEncoder(delay_s=0.2), None), Feed(FakeEncoder(), None)
    for feed, calls in ((slow, 2), (fast, 5)):
        intake = Intake({}, NOTHING, name)
        for number in range(200):
            feed.add(entry(intake, f"/{number}", str(number), number))
        for _ in range(calls):
            feed.encode()
    assert slow._size <= 5
    assert fast._size == feed_module.LARGEST


@pytest.mark.parametrize(("cores", "sizes"), [(1, [3, 5, 7, 64]), (4, [3, 4, 4, 64])])
def test_a_batch_gives_every_core_as_much_as_another(
    monkeypatch: pytest.MonkeyPatch, cores: int, sizes: list[int]
) -> None:
    monkeypatch.setattr(feed_module, "default_workers", lambda: cores)
    feed = Feed(FakeEncoder(), None)
    for _ in range(4):
        feed._size = feed._suited(1000)
    assert [feed._suited(rate) for rate in (3.5, 5, 7, 1000)] == sizes
    assert Feed(FakeEncoder(on_cpu=False), None)._suited(7) == 7


def test_a_picture_that_is_refused_takes_its_copies_along_and_nobody_else() -> None:
    encoder = FakeEncoder(refuse=prepared(2)["histogram"].tobytes())
    feed, intake = Feed(encoder, 2), Intake({}, NOTHING, name)
    for path, content in [("/a", "1"), ("/b", "2"), ("/c", "2"), ("/d", "3"), ("/e", "2")]:
        feed.add(entry(intake, path, content, int(content)))
    refused = feed.encode()
    assert [e.row.path for e, _ in refused] == ["/b", "/c", "/e"]
    assert {reason for _, reason in refused} == {"refused"}
    intake.refused(refused[0][0])
    assert entry(intake, "/f", "2").prepared is not None
    feed.encode()
    assert [e.row.path for e, _ in feed.take()] == ["/a", "/d"]


def test_an_encoder_that_takes_nothing_is_broken_and_says_why_itself() -> None:
    encoder = FakeEncoder(refuse=prepared(1)["histogram"].tobytes())
    with pytest.raises(ValueError, match="refused"):
        encode_each(encoder, [prepared(1), prepared(1)])
    (one,) = encode_each(encoder, [prepared(1)])
    assert str(one) == "refused"
    assert encode_each(encoder, []) == []


@pytest.mark.parametrize("wrong", ["nan", "shape"])
def test_vectors_that_are_none_never_reach_the_table(wrong: str) -> None:
    class Wrong(FakeEncoder):
        def encode(self, pictures: Sequence[Prepared]) -> Vectors:
            made = super().encode(pictures)
            if wrong == "shape":
                return made[:, 1:]
            made[[p["histogram"].sum() == 64 for p in pictures]] = np.nan
            return made

    bad = {"histogram": np.ones(64, np.float32)}
    encoder = Wrong()
    if wrong == "shape":
        with pytest.raises(Exception, match="one finite vector"):
            encode_each(encoder, [prepared(1), bad])
    else:
        good, refused = encode_each(encoder, [prepared(1), bad])
        assert np.isfinite(good).all()
        assert "finite" in str(refused)


def test_entries_are_values() -> None:
    one = entry(Intake({}, NOTHING, name), "/a", "1")
    assert replace(one, drop="x").drop == "x"
