"""The page in a window of its own, with windows that only take notes."""

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import app_fakes
import httpx
import pytest
from app_colours import load_colours

from vladva.app import desktop
from vladva.app.__main__ import run
from vladva.app.desktop import Bridge, file_manager
from vladva.app.session import Session
from vladva.indexes.library import Library

coloured = app_fakes.coloured


class Windows(types.ModuleType):
    """What stands for `webview`: notes its windows, and looks at the address while it is open."""

    def __init__(self, failure: Exception | None = None) -> None:
        super().__init__("webview")
        self.made: list[dict[str, Any]] = []
        self.seen: list[httpx.Response] = []
        self.failure = failure
        self.options: dict[str, Any] = {}

    def create_window(self, title: str, url: str, **options: Any) -> None:
        self.made.append({"title": title, "url": url, **options})

    def start(self, **options: Any) -> None:
        self.options = options
        if self.failure is not None:
            raise self.failure
        self.seen.append(httpx.get(self.made[0]["url"], timeout=60))


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":7")


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Windows:
    made = Windows()
    monkeypatch.setitem(sys.modules, "webview", made)
    return made


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []
    monkeypatch.setattr(
        desktop.subprocess, "Popen", lambda command, **_options: commands.append(command)
    )
    return commands


@pytest.fixture
def session(coloured: Path) -> Iterator[Session]:
    with Library.open(coloured, create=False) as library:
        yield Session(library, load_colours)


def test_the_toolkit_of_the_extra_draws_on_linux_unless_another_one_is_asked_for(
    session: Session, windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpx, "get", lambda *_, **__: httpx.Response(200))
    for platform, asked, chosen in (
        ("linux", None, "qt"),
        ("linux", "gtk", None),
        ("darwin", None, None),
    ):
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.delenv("PYWEBVIEW_GUI", raising=False)
        if asked:
            monkeypatch.setenv("PYWEBVIEW_GUI", asked)
        desktop.show(windows, "http://127.0.0.1:1", Bridge(session))
        assert windows.options["gui"] == chosen


def test_without_the_package_the_error_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch, display: None, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "webview", None)
    assert run(["ui", "--desktop"]) == 1
    said = capsys.readouterr().err
    assert "pywebview" in said
    assert "pip install 'vladva[desktop]'" in said


def test_without_a_display_the_error_names_the_remedy(
    windows: Windows, no_display: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ui", "--desktop"]) == 1
    said = capsys.readouterr().err
    assert "no display" in said
    assert "DISPLAY" in said
    assert windows.made == []


def test_a_window_shows_the_page_and_its_end_is_the_end_of_the_page(
    tmp_path: Path, windows: Windows, display: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _address: pytest.fail("a browser was opened"))
    library = str(tmp_path / "library")
    assert run(["--library", library, "ui", "--desktop", "--port", "7990"]) == 0
    assert [reply.status_code for reply in windows.seen] == [200]
    assert "VladVA" in windows.seen[0].text
    assert isinstance(windows.made[0]["js_api"], Bridge)
    with pytest.raises(httpx.ConnectError):
        httpx.get(windows.made[0]["url"], timeout=5)
    assert not (tmp_path / "library" / "ui.json").exists()


def test_a_window_that_cannot_be_drawn_ends_in_words_and_ends_the_page(
    tmp_path: Path,
    windows: Windows,
    display: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    windows.failure = RuntimeError("You must have either QT or GTK")
    assert run(["--library", str(tmp_path / "library"), "ui", "--desktop", "--port", "7995"]) == 1
    said = capsys.readouterr().err
    assert "You must have either QT or GTK" in said
    assert "pywebview[pyside6]" in said
    with pytest.raises(httpx.ConnectError):
        httpx.get(windows.made[0]["url"], timeout=5)


def test_a_photo_of_the_library_is_shown_in_its_folder(
    session: Session, opened: list[list[str]], coloured: Path
) -> None:
    photo = coloured.parent / "photos" / "red.jpg"
    assert Bridge(session).open_folder(session.library.photo_id(str(photo)))
    assert opened == [file_manager(sys.platform, photo)]


@pytest.mark.parametrize("photo_id", ["", "none", "/etc", "0" * 24, "../..", "$(reboot)"])
def test_nothing_else_is_opened(session: Session, opened: list[list[str]], photo_id: str) -> None:
    assert not Bridge(session).open_folder(photo_id)
    assert opened == []


def test_a_photo_whose_root_was_dropped_is_not_opened(
    session: Session, opened: list[list[str]], coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo_id = session.library.photo_id(str(coloured.parent / "photos" / "red.jpg"))
    monkeypatch.setattr(Library, "roots", lambda _self: [])
    assert not Bridge(session).open_folder(photo_id)
    assert opened == []


def test_the_page_of_a_window_may_ask_for_one_thing_only(session: Session) -> None:
    assert [name for name in dir(Bridge(session)) if not name.startswith("_")] == ["open_folder"]


@pytest.mark.parametrize(
    ("platform", "command"),
    [
        ("linux", ["xdg-open", "/photos/a b"]),
        ("darwin", ["open", "-R", "/photos/a b/c.jpg"]),
        ("win32", ["explorer", "/select,/photos/a b/c.jpg"]),
    ],
)
def test_every_system_has_its_own_file_manager(platform: str, command: list[str]) -> None:
    assert file_manager(platform, Path("/photos/a b/c.jpg")) == command


def test_a_page_for_other_machines_without_a_password_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("VLADVA_PASSWORD", raising=False)
    assert run(["--library", str(tmp_path / "library"), "ui", "--host", "0.0.0.0"]) == 1
    said = capsys.readouterr().err
    assert "needs a password" in said
    assert "--password-file" in said
