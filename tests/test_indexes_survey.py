"""What a look may conclude: never that photos are gone because nobody could, or would, look."""

import errno
import itertools
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import watching as watching_module
from fakes import FakeEncoder, stamp_of, write_photo
from watching import InlinePool, Run, known

from vladva.errors import ConfigError
from vladva.images import DECODER_VERSION
from vladva.indexes import catalog as catalog_module
from vladva.indexes import reading as reading_module
from vladva.indexes import survey as survey_module
from vladva.indexes.catalog import FileStamp
from vladva.indexes.decode import Decoded, Job, Unreadable, decode
from vladva.indexes.events import Event, Skipped, Summary
from vladva.indexes.exclude import Exclude
from vladva.indexes.library import Failure, Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.scan import walk
from vladva.indexes.watching import attend as attend_module
from vladva.indexes.watching.tree import Tree


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "DecodePool", InlinePool)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(6):
        write_photo(tmp_path / "photos" / f"{number % 3}" / f"{number:02}.jpg", number)
    return tmp_path / "photos"


def index(library: Library, *folders: Path) -> list[Event]:
    return list(index_folders(library, FakeEncoder(), folders, workers=1))


def test_a_look_through_folders_without_photos_ends_too(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is found there at which anybody could be told."""
    index(library, photos)
    for number in range(30):
        (photos / "empty" / f"{number:02}").mkdir(parents=True)
    stop, listed = threading.Event(), 0
    scandir = os.scandir

    def listing(folder: str) -> Any:
        nonlocal listed
        listed += 1
        stop.set()
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", listing)
    list(index_folders(library, FakeEncoder(), [photos / "empty"], workers=1, stop=stop))
    assert listed <= 2
    assert len(known(library, FakeEncoder())) == 6


def test_a_look_ends_when_it_is_told_to_and_then_nothing_is_gone(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(folder: str, *_: Any, **__: Any) -> Iterator[FileStamp]:
        for number in itertools.count():
            yield FileStamp(f"{folder}/{number}.jpg", 1, 1, 1, number)

    index(library, photos)
    monkeypatch.setattr(survey_module, "walk", endless)
    with Run(library, FakeEncoder(), photos, watch=False) as run:
        run.until(lambda: bool(run.events))
    assert len(known(library, FakeEncoder())) == 6
    assert (run.summary.removed, run.summary.decodes) == (0, 0)


def test_photos_that_failed_under_another_encoder_are_no_sign_of_a_missing_disk(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "FUSE_FILES", 2)
    index(library, photos)
    stamps = [stamp_of(path) for path in sorted(photos.glob("*/*.jpg"))[:4]]
    facts = ("damaged", "", "2026-01-01T00:00:00+00:00", "", DECODER_VERSION)
    library.fail([Failure(s.path, *facts[:2], s.size, s.mtime_ns, *facts[2:]) for s in stamps])
    summary = index(library, photos)[-1]
    assert isinstance(summary, Summary)
    assert (summary.removed, summary.offline_roots) == (4, 0)
    assert [root.state for root in library.roots()] == ["idle"]


def test_the_disk_of_a_root_is_known_even_if_its_first_run_was_cut_short(
    library: Library, photos: Path
) -> None:
    encoder = FakeEncoder(delay_s=0.2)
    with Run(library, encoder, photos, watch=False, batch_size=1) as run:
        run.until(lambda: bool(run.told("indexed")) or len(run.events) > 3)
    rows = known(library, encoder)
    shutil.rmtree(photos)
    photos.mkdir()
    (root,) = library.roots()
    assert root.dev == photos.stat().st_dev
    library.set_root(root.path, dev=root.dev + 1)  # an empty mount point
    index(library, photos)
    assert known(library, encoder) == rows


def test_a_root_whose_disk_is_away_is_not_taken_over_by_a_folder_around_it(
    library: Library, photos: Path
) -> None:
    inner = photos / "0"
    index(library, inner)
    shutil.rmtree(inner)
    inner.mkdir()
    library.set_root(str(inner), dev=12345)  # the mount point is empty
    with pytest.raises(ConfigError, match="lies in") as caught:
        index(library, photos)
    assert "forget" in caught.value.hint
    assert [root.path for root in library.roots()] == [str(inner)]
    assert len(known(library, FakeEncoder())) == 2
    library.set_root(str(inner), dev=inner.stat().st_dev)
    index(library, photos)
    assert [root.path for root in library.roots()] == [str(photos)]


def test_a_part_that_cannot_be_listed_says_nothing_of_its_root(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos)
    part, real = photos / "1", os.scandir

    def scandir(path: str) -> Any:
        if os.fspath(path) == str(part):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    events = index(library, part)
    assert [event.kind for event in events] == ["skipped", "summary"]
    assert [root.state for root in library.roots()] == ["idle"]
    assert len(known(library, FakeEncoder())) == 6


def test_what_is_watched_is_what_is_walked_where_two_links_lead_to_one_folder(
    photos: Path,
) -> None:
    outside = photos.parent / "outside"
    photos.rename(outside)
    for name in "cabfde":
        (photos / name).mkdir(parents=True)
        (photos / name / "link").symlink_to(outside)
    tree = Tree(str(photos), Exclude((), str(photos)))
    files = [item for item in walk(str(photos)) if isinstance(item, FileStamp)]
    assert {str(Path(file.path).parent) for file in files} <= set(tree.folders(str(photos)))


def test_a_row_names_the_file_that_was_read_not_the_one_that_was_seen(photos: Path) -> None:
    path = photos / "0" / "00.jpg"
    seen = stamp_of(path)
    write_photo(photos / "other.jpg", 9).replace(path)  # between the look and the read
    made = decode(Job(seen), FakeEncoder().prepare)
    assert isinstance(made, Decoded)
    assert made.stamp == stamp_of(path)


def test_new_words_beside_a_photo_never_cost_its_row(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(index_folders(library, FakeEncoder(), [photos]))
    (photos / "0" / "00.txt").write_text("two dogs")
    with monkeypatch.context() as broken:
        slow = Unreadable(stamp_of(photos / "0" / "00.jpg"), "decoding took longer than 20 s", "")
        broken.setattr(watching_module, "decode", lambda *_: slow)
        said = [event.kind for event in index_folders(library, FakeEncoder(), [photos])]
    assert said.count("skipped") == 1
    assert len(known(library, FakeEncoder())) == 6
    assert library.failures() == []
    *_, last = index_folders(library, FakeEncoder(), [photos])
    assert isinstance(last, Summary)
    assert (last.indexed, last.encodes, last.skipped) == (1, 0, 0)


def test_a_root_that_was_away_only_between_two_checks_is_noticed_when_it_is_back(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down, look = threading.Event(), survey_module.walk

    def reached(folder: str, *rest: Any, **options: Any) -> Iterator[FileStamp | Skipped]:
        if down.is_set():
            yield Skipped(str(photos), "no such file or directory", "")
        else:
            yield from look(folder, *rest, **options)

    monkeypatch.setattr(survey_module, "walk", reached)
    monkeypatch.setattr(attend_module, "signature", lambda _: (1, 1))
    with Run(library, FakeEncoder(), photos) as run:
        run.until_watching()
        down.set()
        write_photo(photos / "new.jpg", 77)
        run.until(lambda: library.roots()[0].state == "offline")
        down.clear()
        run.until(lambda: library.roots()[0].state == "watched")
        run.until(lambda: str(photos / "new.jpg") in run.told("indexed"))
