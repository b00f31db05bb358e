"""Two programs and one library: the one that holds it works for the other."""

import threading
import time
from pathlib import Path

import pytest
from fakes import FakeEncoder, write_photo
from watching import InlinePool, Run, known

from vladva.errors import ConfigError, LibraryError
from vladva.indexes import handover as handover_module
from vladva.indexes import post as post_module
from vladva.indexes import reading as reading_module
from vladva.indexes.events import Event, Indexed, Notice, Progress, Summary, Watching
from vladva.indexes.forget import forget
from vladva.indexes.handover import (
    Gone,
    Refused,
    ask,
    follow,
    forget_elsewhere,
    index_elsewhere,
)
from vladva.indexes.inbox import Inbox
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.post import Post
from vladva.indexes.throttle import Throttle
from vladva.indexes.writer import Busy, holder


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "DecodePool", InlinePool)
    monkeypatch.setattr(reading_module, "COMMIT_S", 0.0)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(4):
        write_photo(tmp_path / "photos" / f"{number}.jpg", number)
        write_photo(tmp_path / "more" / f"{number}.jpg", 10 + number)
    return tmp_path / "photos"


def test_a_second_run_is_done_by_the_one_that_holds_the_library(
    library: Library, photos: Path
) -> None:
    encoder, more = FakeEncoder(), photos.parent / "more"
    with Run(library, encoder, photos) as run:
        run.until_watching()
        found = holder(library.folder)
        assert found is not None
        assert (found.model, found.watching) == ("fake", True)
        with pytest.raises(Busy):
            list(index_folders(library, encoder, [more]))
        with Library.open(library.folder, create=False) as mine:
            events = list(index_elsewhere(mine, [more], model="fake"))
        late = write_photo(more / "late.jpg", 99)  # and it is watched from now on
        run.until(lambda: str(late) in run.told("indexed"))
    summary = events[-1]
    assert isinstance(summary, Summary)
    assert (summary.indexed, summary.encodes, summary.skipped) == (4, 4, 0)
    indexed = [event.path for event in events if isinstance(event, Indexed)]
    assert sorted(indexed) == sorted(str(more / f"{n}.jpg") for n in range(4))
    assert run.summary.indexed == 9
    assert holder(library.folder) is None


def test_another_encoder_is_refused_with_both_names(library: Library, photos: Path) -> None:
    with Run(library, FakeEncoder(), photos) as run:
        run.until_watching()
        with pytest.raises(Refused, match="with fake just now, not with giant"):
            list(index_elsewhere(library, [photos.parent / "more"], model="giant"))
        with pytest.raises(Refused, match="other weights"):
            list(index_elsewhere(library, [photos], model="fake", fingerprint="fake/2"))
        assert len(library.roots()) == 1
        write_photo(photos / "new.jpg", 99)  # a mistake of others ends nothing here
        run.until(lambda: len(run.told("indexed")) == 5)


@pytest.mark.parametrize("watch", [True, False])
def test_a_paused_holder_refuses_another_encoder_at_once(
    library: Library, photos: Path, *, watch: bool
) -> None:
    throttle = Throttle()
    throttle.pause()
    with Run(library, FakeEncoder(), photos, throttle=throttle, watch=watch) as run:
        run.until(lambda: bool(run.events))
        end = threading.Timer(30, run.stop.set)  # instead of waiting for ever
        end.start()
        with pytest.raises(Refused, match="with fake just now, not with giant"):
            list(index_elsewhere(library, [photos.parent / "more"], model="giant"))
        end.cancel()


@pytest.mark.parametrize("watch", [True, False])
def test_who_forgets_behind_a_paused_holder_is_told_so_and_comes_next(
    library: Library, photos: Path, *, watch: bool
) -> None:
    list(index_folders(library, FakeEncoder(), [photos], workers=1))
    write_photo(photos / "new.jpg", 50)
    throttle, told = Throttle(), list[Notice]()

    def tell(notice: Notice) -> None:
        told.append(notice)
        if "paused" in notice.text:
            throttle.resume()

    throttle.pause()
    with Run(library, FakeEncoder(), photos, throttle=throttle, watch=watch) as run:
        run.until(lambda: any(isinstance(event, Progress) for event in run.events))
        end = threading.Timer(30, throttle.resume)  # instead of waiting for ever
        end.start()
        start = time.monotonic()
        assert forget_elsewhere(library, photos, tell) == 5
        end.cancel()
    assert time.monotonic() - start < 10
    assert sum("paused" in notice.text for notice in told) == 1


def test_what_a_holder_does_not_understand_is_refused_and_ends_nothing(
    library: Library, photos: Path
) -> None:
    with Run(library, FakeEncoder(), photos) as run:
        run.until_watching()
        for kind, body in (("shred", {"folder": str(photos)}), ("index", {"places": []})):
            with pytest.raises(LibraryError, match="does not understand"):
                list(follow(library, ask(library, kind, body)))  # type: ignore[arg-type]
        write_photo(photos / "new.jpg", 99)
        run.until(lambda: len(run.told("indexed")) == 5)


def test_folders_that_cannot_be_indexed_are_the_askers_error(
    library: Library, photos: Path
) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        index_elsewhere(library, [photos / "nowhere"])
    with Run(library, FakeEncoder(), photos) as run:
        run.until_watching()
        body = {"folders": [str(photos / "x")], "exclude": [], "model": None, "fingerprint": None}
        with pytest.raises(ConfigError, match="does not exist"):
            list(follow(library, ask(library, "index", body)))


def test_a_folder_is_forgotten_by_the_holder_and_watched_no_more(
    library: Library, photos: Path
) -> None:
    encoder = FakeEncoder()
    more = photos.parent / "more"
    with Run(library, encoder, photos, more) as run:
        run.until_watching()
        with pytest.raises(Busy):
            forget(library, more)
        with pytest.raises(ConfigError, match="not a folder of this library"):
            forget_elsewhere(library, more / "x")
        assert forget_elsewhere(library, more) == 4
        assert known(library, encoder) == {str(photos / f"{n}.jpg") for n in range(4)}
        write_photo(more / "new.jpg", 98)
        write_photo(photos / "new.jpg", 99)
        run.until(lambda: len(run.told("indexed")) == 9)
    assert len(known(library, encoder)) == 5
    assert [root.path for root in library.roots()] == [str(photos)]


def test_a_run_that_does_not_stay_serves_whoever_came_meanwhile(
    library: Library, photos: Path
) -> None:
    encoder = FakeEncoder(delay_s=0.1)
    asked: list[Event] = []
    run = Run(library, encoder, photos, watch=False, batch_size=1)
    run.until(lambda: bool(run.told("indexed")))
    asked.extend(index_elsewhere(library, [photos.parent / "more"]))
    run.end()
    assert run.error is None
    assert isinstance(asked[-1], Summary)
    assert asked[-1].indexed == 4
    assert len(known(library, encoder)) == 8


def test_a_request_that_nobody_takes_is_withdrawn(library: Library, photos: Path) -> None:
    encoder = FakeEncoder()
    with pytest.raises(Gone):
        list(index_elsewhere(library, [photos]))
    list(index_folders(library, encoder, [photos.parent / "more"], workers=1))
    assert len(library.roots()) == 1  # what was withdrawn is not done later


def test_a_holder_that_ends_before_it_is_done_leaves_the_asker_free(
    library: Library, photos: Path
) -> None:
    encoder = FakeEncoder(delay_s=0.3)
    with Run(library, encoder, photos, batch_size=1) as run:
        run.until_watching()
        asked = index_elsewhere(library, [photos.parent / "more"])
        while not isinstance(next(asked), Indexed):
            continue
        run.end()
        with pytest.raises(Gone):
            list(asked)
    summary = list(index_folders(library, encoder, [photos.parent / "more"], workers=1))[-1]
    assert isinstance(summary, Summary)
    assert summary.indexed + summary.unchanged == 4


def test_those_in_line_are_told_so(library: Library, photos: Path) -> None:
    encoder = FakeEncoder(delay_s=0.7)
    with Run(library, encoder, photos, watch=False, batch_size=1) as run:
        run.until(lambda: bool(run.told("indexed")))
        asked = index_elsewhere(library, [photos.parent / "more"])
        notice = next(event for event in asked if isinstance(event, Notice))
        assert "this is next" in notice.text
        run.stop.set()
        with pytest.raises(Gone):
            list(asked)


def test_what_a_dead_holder_left_is_taken_up_or_dropped(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Post(library.folder) as post:
        dead, alive = post.ask("index", {}), post.ask("index", {})
        post.take(dead)
        post.take(alive)
    monkeypatch.setattr(post_module, "_alive", lambda _: len(seen) == 1 or seen.append(1))
    seen: list[int] = []
    with Inbox(library) as inbox, Post(library.folder) as post:
        assert post.state(dead) == "failed"
        request = inbox.take()
        assert request is not None
        assert request.id == alive
        assert inbox.take() is None


def test_a_request_that_is_withdrawn_while_a_new_holder_looks_stays_so(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Post(library.folder) as asker:
        request = asker.ask("index", {})
        monkeypatch.setattr(post_module, "_alive", lambda _: asker.withdraw(request))
        with Inbox(library) as inbox:
            assert inbox.take() is None


def test_who_gives_up_forgetting_has_forgotten_nothing(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with library.lock(), monkeypatch.context() as patch:
        patch.setattr(handover_module.time, "sleep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            forget_elsewhere(library, photos)
    with Post(library.folder) as post:
        assert post.waiting() == []


def test_nothing_piles_up_for_those_who_do_not_read(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post_module, "_UNREAD", 10)
    with Post(library.folder) as post:
        for _ in range(30):
            request = post.ask("index", {})
            post.take(request)
            for number in range(20):
                post.tell(request, [Indexed(f"/{number}").as_json()] * 3)
            post.close(request, "done", Watching(1).as_json())
        assert len(post.read(request)) == 11
        assert post.read(request) == []
        assert post.state(request - 25) is None


def test_the_interface_of_a_library_is_free_while_a_run_stays(
    library: Library, photos: Path
) -> None:
    """Reading never waits for the writer."""
    encoder = FakeEncoder(delay_s=0.05)
    with Run(library, encoder, photos) as run:
        counts = []
        while not any(isinstance(event, Watching) for event in run.events):
            counts.append(len(known(library, encoder)))
            threading.Event().wait(0.05)
        assert counts == sorted(counts)
        assert len(known(library, encoder)) == 4
