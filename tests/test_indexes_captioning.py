"""Captions by the encoder's own words: which photos get one, and what becomes of them."""

import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEncoder, write_colour, write_photo
from numpy.typing import NDArray

from vladva.indexes.captioning import Captioner
from vladva.indexes.captions import Counts, counts, told
from vladva.indexes.events import (
    Captioned,
    Copied,
    Event,
    Indexed,
    Moved,
    Skipped,
    Summary,
    Watching,
    event_from_json,
)
from vladva.indexes.lance import LanceStore
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.store import Row
from vladva.indexes.throttle import Throttle
from vladva.protocols import Prepared, Style


@dataclass
class Talker:
    """Says how long the caption should be and where most of the colour is."""

    asked: int = 0
    silent: bool = False
    after: "threading.Event | None" = None
    styles: set[str] = field(default_factory=set)

    def caption(self, pictures: Sequence[Prepared], style: Style) -> list[str]:
        self.asked += len(pictures)
        self.styles.add(style)
        if self.after is not None:
            self.after.set()
        if self.silent:
            return [" \n"] * len(pictures)
        return [f" a {style}  {int(one['histogram'].argmax())}\n" for one in pictures]

    def p_yes(self, picture: Prepared, questions: Sequence[str]) -> NDArray[np.float32]:
        raise NotImplementedError


def run(
    library: Library,
    folder: Path,
    talker: Talker | None,
    *,
    encoder: FakeEncoder | None = None,
    model: str = "fake",
    style: Style = "short",
    stop: threading.Event | None = None,
    watch: bool = False,
) -> Iterator[Event]:
    captioner = None if talker is None else Captioner(talker, model, style)
    return index_folders(
        library,
        encoder or FakeEncoder(),
        [folder],
        workers=1,
        captioner=captioner,
        stop=stop,
        watch=watch,
        rest=0.1,
    )


def rows(library: Library, encoder: FakeEncoder | None = None) -> dict[str, Row]:
    me = encoder or FakeEncoder()
    store = LanceStore(library.folder, me.fingerprint, me.dim)
    ids = [library.photo_id(path) for path in store.known()]
    return {Path(row.path).name: row for row in store.rows(ids).values()}


def of_kind(events: list[Event], kind: type[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for colour in ("red", "green", "blue"):
        write_colour(folder / f"{colour}.jpg", colour)
    shutil.copy(folder / "red.jpg", folder / "red copy.jpg")
    (folder / "blue.txt").write_text("the sea\n", encoding="utf-8")
    return folder


def test_photos_without_a_caption_get_one_and_copies_cost_nothing(
    library: Library, photos: Path
) -> None:
    talker = Talker()
    events = list(run(library, photos, talker))
    captioned = of_kind(events, Captioned)
    assert {Path(one.path).name for one in captioned} == {"red.jpg", "red copy.jpg", "green.jpg"}
    assert talker.asked == 2
    assert events.index(captioned[0]) > max(
        at for at, one in enumerate(events) if isinstance(one, Indexed | Copied)
    )
    found = rows(library)
    assert {row.caption_source for row in found.values()} == {"machine:fake", "sidecar"}
    assert found["red.jpg"].caption == found["red copy.jpg"].caption
    assert found["red.jpg"].caption is not None
    assert found["red.jpg"].caption.startswith("a short 4")  # trimmed, and on one line
    assert found["blue.jpg"].caption == "the sea"
    summary = events[-1]
    assert isinstance(summary, Summary)
    assert (summary.captioned, summary.indexed, summary.encodes) == (3, 3, 3)
    assert event_from_json(captioned[0].as_json()) == captioned[0]
    assert counts(library) == Counts(own=1, machine=3, none=0)


def test_the_vectors_stay_as_they_are(library: Library, photos: Path) -> None:
    list(run(library, photos, None))
    me = FakeEncoder()
    store = LanceStore(library.folder, me.fingerprint, me.dim)
    ids = [library.photo_id(path) for path in store.known()]
    before = store.vectors(ids)
    list(run(library, photos, Talker()))
    store.version()
    after = store.vectors(ids)
    assert all((before[one] == after[one]).all() for one in ids)


def test_a_second_run_asks_for_nothing_and_new_photos_for_themselves(
    library: Library, photos: Path
) -> None:
    list(run(library, photos, Talker(), style="long"))
    talker = Talker()
    assert of_kind(list(run(library, photos, talker)), Captioned) == []
    write_colour(photos / "yellow.jpg", "yellow")
    (captioned,) = of_kind(list(run(library, photos, talker)), Captioned)
    assert isinstance(captioned, Captioned)
    assert (talker.asked, Path(captioned.path).name) == (1, "yellow.jpg")
    assert "long" in str(rows(library)["red.jpg"].caption)


def test_without_being_asked_nothing_is_written(library: Library, photos: Path) -> None:
    events = list(run(library, photos, None))
    assert of_kind(events, Captioned) == []
    assert counts(library) == Counts(own=1, machine=0, none=3)


def test_a_caption_beside_the_photo_takes_the_place_of_the_models(
    library: Library, photos: Path
) -> None:
    list(run(library, photos, Talker()))
    (photos / "green.txt").write_text("a lawn\n", encoding="utf-8")
    list(run(library, photos, None))
    assert rows(library)["green.jpg"].caption == "a lawn"
    assert rows(library)["green.jpg"].caption_source == "sidecar"
    (photos / "green.txt").unlink()
    talker = Talker()
    list(run(library, photos, talker))
    assert rows(library)["green.jpg"].caption_source == "machine:fake"
    assert talker.asked == 0  # it is known what the model said


def test_a_caption_follows_its_photo_to_another_name_and_another_encoder(
    library: Library, photos: Path
) -> None:
    list(run(library, photos, Talker()))
    said = rows(library)["green.jpg"].caption
    (photos / "green.jpg").rename(photos / "meadow.jpg")
    assert of_kind(list(run(library, photos, None)), Moved)
    assert rows(library)["meadow.jpg"].caption == said
    other = FakeEncoder(name="other", seed=1)
    list(run(library, photos, None, encoder=other))
    found = rows(library, other)["meadow.jpg"]
    assert (found.caption, found.caption_source) == (said, "machine:fake")


def test_a_photo_with_other_content_gets_another_caption(library: Library, photos: Path) -> None:
    list(run(library, photos, Talker()))
    before = rows(library)["green.jpg"].caption
    write_colour(photos / "green.jpg", "white", size=(60, 40))
    list(run(library, photos, Talker()))
    assert rows(library)["green.jpg"].caption not in (before, None)


def test_a_run_that_is_stopped_keeps_what_it_has_and_the_next_does_the_rest(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    for number in range(20):
        write_photo(folder / f"{number}.jpg", number)
    list(run(library, folder, None))
    stop = threading.Event()
    first = Talker(after=stop)
    events = list(run(library, folder, first, stop=stop))
    kept = len(of_kind(events, Captioned))
    assert 0 < kept == first.asked < 20
    assert isinstance(events[-1], Summary)
    second = Talker()
    list(run(library, folder, second))
    assert first.asked + second.asked == 20
    assert counts(library) == Counts(0, 20, 0)


def test_a_photo_that_cannot_be_read_any_more_is_told_and_stops_nobody(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(run(library, photos, None))
    facts = LanceStore.facts

    def broken(store: LanceStore) -> object:
        """Just before captions are written, after the look at the folders."""
        (photos / "green.jpg").write_bytes(b"no picture")
        return facts(store)

    monkeypatch.setattr(LanceStore, "facts", broken)
    events = list(run(library, photos, Talker()))
    (skipped,) = of_kind(events, Skipped)
    assert isinstance(skipped, Skipped)
    assert skipped.path == str(photos / "green.jpg")
    assert skipped.reason.startswith("no caption: ")
    assert len(of_kind(events, Captioned)) == 2


def test_a_model_without_a_word_is_asked_once_a_run(library: Library, photos: Path) -> None:
    talker = Talker(silent=True)
    assert of_kind(list(run(library, photos, talker)), Captioned) == []
    assert talker.asked == 2
    assert counts(library).none == 3


def test_who_watches_captions_what_comes(library: Library, photos: Path) -> None:
    stop, talker = threading.Event(), Talker()
    events: list[Event] = []
    late = photos / "late.jpg"
    timer = threading.Timer(60, stop.set)
    timer.start()
    for event in run(library, photos, talker, stop=stop, watch=True):
        events.append(event)
        if isinstance(event, Watching) and not late.exists():
            write_colour(late, "orange")
        if isinstance(event, Captioned) and event.path == str(late):
            stop.set()
    timer.cancel()
    assert talker.asked == 3
    assert rows(library)["late.jpg"].caption_source == "machine:fake"


def test_captions_obey_the_pause(library: Library, photos: Path) -> None:
    list(run(library, photos, None))
    throttle, stop = Throttle(), threading.Event()
    talker = Talker()
    throttle.pause()
    threading.Timer(0.5, stop.set).start()
    captioner = Captioner(talker, "fake", "short")
    list(
        index_folders(
            library, FakeEncoder(), [photos], captioner=captioner, throttle=throttle, stop=stop
        )
    )
    assert talker.asked == 0


def test_of_identical_files_the_one_with_a_persons_words_is_told(
    library: Library, photos: Path
) -> None:
    (photos / "red copy.txt").write_text("a rose\n", encoding="utf-8")
    list(run(library, photos, Talker()))
    found = {Path(photo.path).name: photo for photo in told(library)}
    assert sorted(found) == ["blue.jpg", "green.jpg", "red copy.jpg"]
    assert (found["red copy.jpg"].caption, found["red copy.jpg"].by_machine) == ("a rose", False)
    assert found["green.jpg"].by_machine
