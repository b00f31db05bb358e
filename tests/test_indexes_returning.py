"""Disks that go and come back in parts: nothing is dropped before it is known to be gone."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeEncoder, write_photo
from watching import InlinePool, Run, known

from vladva.errors import ConfigError
from vladva.indexes import reading as reading_module
from vladva.indexes import returning as returning_module
from vladva.indexes.events import Event, Skipped, Summary
from vladva.indexes.forget import forget
from vladva.indexes.health.doctor import examine
from vladva.indexes.library import Library
from vladva.indexes.paths import inside
from vladva.indexes.pipeline import index_folders


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "DecodePool", InlinePool)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000_000.0]
    monkeypatch.setattr(returning_module.time, "time", lambda: now[0])
    return now


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(12):
        write_photo(tmp_path / "photos" / f"{number % 3}" / f"{number:02}.jpg", number)
    return tmp_path / "photos"


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Folders that are on a device of their own for as long as they are in this set."""
    folders: set[str] = set()
    real = os.stat

    def stat(path: Any, *rest: Any, **options: Any) -> os.stat_result:
        facts = real(path, *rest, **options)
        if isinstance(path, int) or not any(inside(os.fspath(path), one) for one in folders):
            return facts
        names = ("st_atime_ns", "st_mtime_ns", "st_ctime_ns", "st_blocks")
        more = {name: getattr(facts, name) for name in names}
        return os.stat_result([*facts[:2], facts.st_dev + 1, *facts[3:]], more)

    monkeypatch.setattr(os, "stat", stat)
    return folders


def run(library: Library, *folders: Path) -> tuple[Summary, list[Event]]:
    *events, summary = index_folders(library, FakeEncoder(), folders, workers=1)
    assert isinstance(summary, Summary)
    return summary, events


def reasons(events: list[Event]) -> list[str]:
    return [event.reason for event in events if isinstance(event, Skipped)]


def names(library: Library) -> set[str]:
    return {Path(path).name for path in known(library, FakeEncoder())}


def take_away(library: Library, photos: Path) -> Path:
    """Move a root's photos elsewhere, and let the library notice."""
    away = photos.with_name("away")
    photos.rename(away)
    assert run(library, photos)[0].offline_roots == 1
    return away


def bring_back(away: Path, photos: Path, count: int) -> None:
    for file in sorted(away.rglob("*.jpg"))[:count]:
        target = photos / file.relative_to(away)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)


# ---- a root that comes back in parts


def test_a_root_that_is_back_in_part_loses_nothing_and_costs_no_encode(
    library: Library, photos: Path, clock: list[float]
) -> None:
    run(library, photos)
    away = take_away(library, photos)
    for count in (8, 8, 11):
        bring_back(away, photos, count)
        clock[0] += 60
        summary, events = run(library, photos)
        assert (summary.removed, summary.encodes, summary.offline_roots) == (0, 0, 1)
        (reason,) = reasons(events)
        assert "still missing" in reason
        assert [root.state for root in library.roots()] == ["offline"]
    clock[0] += 3600  # later, but with more of it than at the last look
    bring_back(away, photos, 12)
    summary, events = run(library, photos)
    assert (summary.removed, summary.encodes, summary.offline_roots) == (0, 0, 0)
    assert reasons(events) == []
    assert [root.state for root in library.roots()] == ["idle"]
    assert len(names(library)) == 12


def test_what_is_missing_for_long_after_a_root_was_away_is_gone(
    library: Library, photos: Path, clock: list[float]
) -> None:
    run(library, photos)
    bring_back(take_away(library, photos), photos, 10)
    for wait, left in ((0, 12), (returning_module.CONFIRM_S - 1, 12), (1, 10)):
        clock[0] += wait
        run(library, photos)
        assert len(names(library)) == left
    assert [root.state for root in library.roots()] == ["idle"]
    next(photos.rglob("*.jpg")).unlink()  # as at any other time
    assert run(library, photos)[0].removed == 1


def test_another_set_of_missing_photos_is_waited_for_anew(
    library: Library, photos: Path, clock: list[float]
) -> None:
    run(library, photos)
    away = take_away(library, photos)
    for count in (7, 8, 9):  # a slow copy, looked at every hour
        bring_back(away, photos, count)
        clock[0] += 3600
        assert run(library, photos)[0].removed == 0
    clock[0] -= 7200  # a clock that was set back proves nothing
    assert run(library, photos)[0].removed == 0


def test_new_photos_of_a_root_that_is_back_in_part_are_indexed(
    library: Library, photos: Path, clock: list[float]
) -> None:
    run(library, photos)
    bring_back(take_away(library, photos), photos, 10)
    write_photo(photos / "new.jpg", 77)
    summary, _ = run(library, photos)
    assert (summary.indexed, summary.removed) == (1, 0)
    assert "new.jpg" in names(library)


def test_a_root_on_another_disk_that_misses_little_is_waited_for_too(
    library: Library, photos: Path, clock: list[float]
) -> None:
    run(library, photos)
    (photos / "0" / "00.jpg").unlink()
    library.set_root(str(photos), dev=12345)
    assert run(library, photos)[0].removed == 0
    assert [root.state for root in library.roots()] == ["offline"]
    clock[0] += returning_module.CONFIRM_S
    assert run(library, photos)[0].removed == 1
    assert library.roots()[0].dev == photos.stat().st_dev


def test_a_watched_root_that_comes_back_in_parts_keeps_its_rows(
    library: Library, photos: Path
) -> None:
    run(library, photos)
    away = take_away(library, photos)
    with Run(library, FakeEncoder(), photos, every=0.3) as watch:
        watch.until_watching()
        bring_back(away, photos, 9)
        watch.until(lambda: any("still missing" in reason for reason in reasons(watch.events)))
        bring_back(away, photos, 12)
        watch.until(lambda: library.roots()[0].state == "watched")
    assert (watch.summary.removed, watch.summary.encodes) == (0, 0)
    assert sum("still missing" in reason for reason in reasons(watch.events)) == 1


# ---- a disk inside a root


def test_a_disk_inside_a_root_that_is_taken_out_keeps_its_rows(
    library: Library, photos: Path, mounted: set[str]
) -> None:
    mounted.add(str(photos / "1"))
    run(library, photos)
    mounted.clear()
    (photos / "1").rename(photos.with_name("card"))
    (photos / "1").mkdir()
    (photos / "0" / "00.jpg").unlink()
    for removed in (1, 0):
        summary, events = run(library, photos)
        assert (summary.removed, summary.encodes) == (removed, 0)
        (skip,) = [event for event in events if isinstance(event, Skipped)]
        assert (skip.path, "away" in skip.reason) == (str(photos / "1"), True)
        assert "vladva forget" in skip.hint
    assert any(finding.where == str(photos / "1") for finding in examine(library.folder))
    (photos / "1").rmdir()
    assert run(library, photos)[0].removed == 0
    photos.with_name("card").rename(photos / "1")
    mounted.add(str(photos / "1"))
    summary, events = run(library, photos)
    assert (summary.unchanged, summary.encodes, reasons(events)) == (11, 0, [])
    (photos / "1" / "01.jpg").unlink()
    assert run(library, photos)[0].removed == 1


def test_a_watched_disk_inside_a_root_that_is_taken_out_keeps_its_rows(
    library: Library, photos: Path, mounted: set[str]
) -> None:
    mounted.add(str(photos / "1"))
    with Run(library, FakeEncoder(), photos) as watch:
        watch.until_watching()
        mounted.clear()
        shutil.rmtree(photos / "1")
        watch.until(lambda: any("disk" in reason for reason in reasons(watch.events)))
        (photos / "0" / "00.jpg").unlink()
        watch.until(lambda: watch.told("removed") == [str(photos / "0" / "00.jpg")])
    assert len(names(library)) == 11


def test_a_disk_for_good_gone_can_be_forgotten_by_itself(
    library: Library, photos: Path, mounted: set[str]
) -> None:
    disk = photos / "1"
    mounted.add(str(disk))
    run(library, photos)
    with pytest.raises(ConfigError, match="not a folder of this library"):
        forget(library, disk)  # it is there: the next run would find it again
    mounted.clear()
    shutil.rmtree(disk)
    run(library, photos)
    assert forget(library, disk) == 4
    summary, events = run(library, photos)
    assert (summary.unchanged, reasons(events)) == (8, [])
    assert [root.path for root in library.roots()] == [str(photos)]


def test_photos_that_were_copied_from_a_disk_to_its_place_are_photos_like_any_other(
    library: Library, photos: Path, mounted: set[str]
) -> None:
    mounted.add(str(photos / "1"))
    run(library, photos)
    mounted.clear()
    summary, events = run(library, photos)
    assert (summary.unchanged, reasons(events)) == (12, [])
    (photos / "1" / "01.jpg").unlink()
    assert run(library, photos)[0].removed == 1


def test_a_link_to_another_disk_that_leads_to_nothing_keeps_its_rows(
    library: Library, photos: Path, mounted: set[str]
) -> None:
    outside, link = photos.with_name("outside"), photos / "link"
    write_photo(outside / "x.jpg", 50)
    link.symlink_to(outside)
    mounted.update((str(outside), str(link)))
    assert run(library, photos)[0].indexed == 13
    shutil.rmtree(outside)
    mounted.clear()
    assert run(library, photos)[0].removed == 0
    assert forget(library, link) == 1
    assert len(names(library)) == 12
