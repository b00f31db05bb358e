"""A question from the terminal: answered by a running page, or here by loading the model.

Both ways give the same answer. Refuses to know how it is shown.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladva.app import remote
from vladva.app.answers import Answer
from vladva.app.fetching import ensure
from vladva.app.present_progress import waiting
from vladva.app.stopping import stopping
from vladva.app.wish import Wish
from vladva.errors import ConfigError, VladvaError
from vladva.images import open_image

if TYPE_CHECKING:
    from vladva.app.session import Session


def find(folder: Path, wish: Wish, images: Sequence[Path], *, server: bool) -> Answer:
    """Photos for a wish, and for the pictures in files; those that the library has are no results.

    A page takes less of strangers than what works here: pictures that it refuses are read here.
    """
    paths = [str(image.absolute()) for image in images]
    wish = replace(wish, paths=tuple(paths))
    answer = None
    if server and wish.verifier is None and remote.read(folder):
        files = [("image", Path(path).read_bytes()) for path in paths] or None
        with suppress(VladvaError) if paths else nullcontext():
            answer = remote.ask(folder, "/api/search", wish.parameters(), files=files)
    return answer or _here(folder, lambda session: _found(session, wish, paths), wish.verifier)


def _found(session: "Session", wish: Wish, paths: Sequence[str]) -> Answer:
    wish = replace(wish, pictures=tuple(map(open_image, paths)))
    with stopping("Leaving the rest unchecked. Ctrl-C again ends at once.") as stop:
        return session.find(wish, stop)


def match(
    folder: Path, image: Path, texts: Sequence[str] | None, limit: int, *, server: bool
) -> Answer:
    """Texts for a picture. What a page refuses, such as more texts than it takes, is read here."""
    path = str(image.absolute())
    answer = None
    lines = "\n".join(texts or ())
    alike = lines.splitlines() == list(texts or ())  # a page cuts at more than line feeds
    if server and alike and remote.read(folder):
        files = [("image", Path(path).read_bytes())]
        if texts is not None:
            files.append(("texts", lines.encode()))
        with suppress(VladvaError):
            answer = remote.ask(folder, "/api/match", {"limit": limit, "path": path}, files=files)
    return answer or _here(folder, lambda session: session.match_file(path, texts, limit))


def lines_of(texts: Path) -> list[str]:
    """The texts of a file (`-`: stdin), one a line, empty lines left out."""
    try:
        with click.open_file(str(texts), encoding="utf-8-sig") as file:
            lines = [line.strip() for line in file if line.strip()]
    except UnicodeDecodeError as error:
        raise ConfigError(f"{texts} is not UTF-8 text.", "Save it as UTF-8.") from error
    if not lines:
        raise ConfigError(f"{texts} holds no text.", "Write one text a line.")
    return lines


def _here(
    folder: Path, question: Callable[["Session"], Answer], verifier: str | None = None
) -> Answer:
    with waiting("loading the model …"):
        from vladva.app.session import open_session
        from vladva.app.sources import source_in_use

        session = open_session(folder)
    with session.library:
        if session.library.active() is not None:
            ensure(source_in_use(session.library).model)
        if verifier is not None:
            ensure(verifier)
        with waiting("loading the model …"):
            return question(session)
