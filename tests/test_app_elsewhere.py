"""A library that another program holds: folders go there, its words come back, and the codes."""

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from app_colours import COLOURS, ColourEncoder, load_colours, paint
from app_fakes import Page, page
from PIL import Image

import vladva.encoders
from vladva.app.__main__ import run
from vladva.app.wish import Wish
from vladva.indexes.events import Event, Watching
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders

WAIT_S = 120


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vladva.encoders, "load_encoder", load_colours)


@contextlib.contextmanager
def holding(place: Path, *folders: Path) -> Iterator[list[Event]]:
    """Another program that watches folders; here, a thread with a library of its own."""
    told: list[Event] = []
    stop = threading.Event()

    def work(library: Library) -> None:
        events = index_folders(
            library, ColourEncoder(), folders, workers=1, stop=stop, watch=True, rest=0.2
        )
        for event in events:
            told.append(event)  # noqa: PERF402 - one by one, as others look on

    with Library.open(place, create=True) as library:
        thread = threading.Thread(target=work, args=(library,), daemon=True)
        thread.start()
        until(lambda: any(isinstance(event, Watching) for event in told))
        try:
            yield told
        finally:
            stop.set()
            thread.join(WAIT_S)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)


def _first(shown: Page) -> str:
    return str(shown.session.find(Wish("red", limit=1))["results"][0]["path"])


def test_a_second_index_is_done_by_the_holder_and_shown_with_the_right_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library, more = tmp_path / "library", paint(tmp_path / "more", captions=False)
    (more / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    one = tmp_path / "one"
    one.mkdir()
    Image.new("RGB", (50, 40), (120, 60, 10)).save(one / "brown.jpg")
    with holding(library, one) as told:
        capsys.readouterr()
        assert run(["--library", str(library), "index", str(more), "--json"]) == 3
        events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        indexed = {Path(event["path"]).stem for event in events if event["event"] == "indexed"}
        assert indexed == set(COLOURS)
        assert events[-1]["event"] == "summary"
        assert (events[-1]["indexed"], events[-1]["skipped"]) == (len(COLOURS), 1)
        assert sum(event.kind == "indexed" for event in told) == len(COLOURS) + 1
        assert run(["--library", str(library), "index", str(one)]) == 0
        assert "1 unchanged" in capsys.readouterr().out
        assert run(["--library", str(library), "forget", str(more)]) == 0
        assert f"{len(COLOURS)} photos" in capsys.readouterr().out


def test_a_holder_with_another_encoder_refuses_and_both_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library, photos = tmp_path / "library", tmp_path / "photos"
    photos.mkdir()
    with holding(library, photos):
        call = ["--library", str(library), "index", str(photos), "--model", "siglip2-base"]
        assert run(call) == 1
    said = capsys.readouterr().err
    assert "siglip2-base" in said
    assert "mini" in said


def test_ctrl_c_leaves_the_holder_at_work_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    library, photos = tmp_path / "library", tmp_path / "photos"
    photos.mkdir()

    def left(*_args: object, **_options: object) -> Iterator[Event]:
        os.kill(os.getpid(), signal.SIGINT)
        yield Watching(1)

    monkeypatch.setattr("vladva.app.indexing.index_elsewhere", left)
    with holding(library, photos):
        assert run(["--library", str(library), "index", str(photos)]) == 130
        assert "goes on" in capsys.readouterr().err
        with Library.open(library, create=False) as mine:
            assert mine.locked()


def test_a_watch_ends_well_on_ctrl_c_and_had_taken_what_came(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library, photos = tmp_path / "library", tmp_path / "photos"
    photos.mkdir()

    told: list[str] = []

    def said(words: str) -> bool:
        told.append(capsys.readouterr().err)
        return words in "".join(told)

    def act() -> None:
        try:
            until(lambda: said("Watching 1 folder; Ctrl-C ends it."))
            Image.new("RGB", (50, 40), (120, 60, 10)).save(photos / "late.jpg")
            until(lambda: bool(thumbs(library)))
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=act)
    thread.start()
    assert run(["--library", str(library), "index", str(photos), "--watch"]) == 0
    thread.join()
    last = capsys.readouterr()
    told.append(last.err)
    assert f"indexed {photos / 'late.jpg'}" in "".join(told)
    assert "Indexed 1 photo" in last.out
    assert "Traceback" not in "".join(told)


def thumbs(library: Path) -> list[Path]:
    return list((library / "thumbs").rglob("*.*"))


def test_the_page_watches_its_folders_and_finds_a_new_photo_by_itself(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (50, 40), COLOURS["blue"]).save(photos / "blue.jpg")
    with page(tmp_path / "library") as shown:
        shown.indexing.index(photos)
        until(lambda: shown.indexing.report.stage == "watching")
        Image.new("RGB", (50, 40), COLOURS["red"]).save(photos / "red.jpg")
        until(lambda: _first(shown).endswith("red.jpg"))
        (photos / "red.jpg").unlink()
        until(lambda: _first(shown).endswith("blue.jpg"))


def test_a_page_hands_its_folders_to_the_holder_and_shows_what_becomes_of_them(
    tmp_path: Path,
) -> None:
    one = tmp_path / "one"
    one.mkdir()
    two = paint(tmp_path / "two", captions=False)
    with holding(tmp_path / "library", one), page(tmp_path / "library") as shown:
        shown.indexing.index(two)
        until(lambda: shown.indexing.report.summary is not None)
        run_ = shown.indexing.report.as_json()
        assert run_["stage"] == "elsewhere"
        assert run_["summary"]["indexed"] == len(COLOURS)
        assert _first(shown) == str(two / "red.jpg")
