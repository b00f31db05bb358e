"""The page in a window of its own (`pywebview`, the extra `desktop`), and what only that may do.

A browser's page can open no folder of this machine; the window's bridge can, for photos of the
library and for nothing else. Refuses to know what the page shows.
"""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

from vladva.app.photos import real_path
from vladva.app.session import Session
from vladva.errors import ConfigError

SIZE = (1280, 860)
SMALLEST = (390, 600)


class Windows(Protocol):
    """What is used of the module `webview`."""

    def create_window(self, title: str, url: str, **options: Any) -> Any:
        """A window that will show an address."""

    def start(self, **options: Any) -> None:
        """Show the windows until the last one is closed."""


def windows() -> Windows:
    """The module that opens windows. Raises `ConfigError` where it or a display is missing."""
    try:
        module: Windows = importlib.import_module("webview")
    except ImportError as error:
        raise ConfigError(
            "A window of its own needs pywebview, which is not installed.",
            "pip install 'vladva[desktop]', or leave --desktop out for the browser.",
        ) from error
    if not has_display():
        raise ConfigError(
            "There is no display to open a window on.",
            "Neither DISPLAY nor WAYLAND_DISPLAY is set: run it in a desktop session, "
            "or leave --desktop out.",
        )
    return module


def has_display() -> bool:
    """Whether a window can be seen; only where X or Wayland shows windows is this known before."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Bridge:
    """What the window's page may ask of this machine. Its methods are `pywebview.api` there."""

    def __init__(self, session: Session) -> None:
        self._session = session  # pywebview shows the page no name that begins with _

    def open_folder(self, photo_id: str) -> bool:
        """Show a photo of the library in the file manager; False where there is none such."""
        path = real_path(self._session, photo_id)
        if path is None:
            return False
        # A file manager may go on for as long as it likes.
        subprocess.Popen(  # noqa: S603 - a program of the system, a path of the library
            file_manager(sys.platform, path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return True


def file_manager(platform: str, path: Path) -> list[str]:
    """The command that shows a file in its folder; on Linux, which has none, the folder."""
    if platform == "darwin":
        return ["open", "-R", str(path)]
    if platform == "win32":
        return ["explorer", f"/select,{path}"]
    return ["xdg-open", str(path.parent)]


def toolkit(platform: str) -> str | None:
    """What draws the window; None leaves the choice to pywebview and to its `PYWEBVIEW_GUI`.

    On Linux the extra brings Qt, and pywebview would tell of a GTK that is not there at length.
    """
    return "qt" if platform == "linux" and "PYWEBVIEW_GUI" not in os.environ else None


def show(module: Windows, address: str, bridge: Bridge) -> None:
    """Show the page until its window is closed. In the main thread: window systems ask for it.

    Raises `ConfigError` where there is nothing that can draw a page.
    """
    try:
        module.create_window(
            "VladVA", address, js_api=bridge, width=SIZE[0], height=SIZE[1], min_size=SMALLEST
        )
        module.start(private_mode=False, gui=toolkit(sys.platform))
    except Exception as error:  # the library's own, by platform: none is named in common
        raise ConfigError(
            f"No window can be opened: {error}.",
            "On Linux: pip install 'pywebview[pyside6]'; or leave --desktop out.",
        ) from error
