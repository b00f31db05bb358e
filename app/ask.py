"""A question from the terminal: answered by a running page, or here by loading the model.

Both ways give the same answer. Refuses to know how it is shown.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladva.app import remote
from vladva.app.answers import Answer
from vladva.app.present_progress import waiting
from vladva.errors import ConfigError

if TYPE_CHECKING:
    from vladva.app.session import Session


def by_text(folder: Path, query: str, limit: int, *, server: bool) -> Answer:
    """Photos for words."""
    answer = remote.ask(folder, "/api/search", {"q": query, "limit": limit}) if server else None
    return answer or _here(folder, lambda session: session.by_text(query, limit))


def by_image(folder: Path, image: Path, limit: int, *, server: bool) -> Answer:
    """Photos like a picture; itself is left out where the library has it."""
    path = str(image.absolute())
    answer = None
    if server and remote.read(folder):
        files = {"image": Path(path).read_bytes()}
        answer = remote.ask(folder, "/api/search", {"limit": limit, "path": path}, files=files)
    return answer or _here(folder, lambda session: session.by_file(path, limit))


def match(
    folder: Path, image: Path, texts: Sequence[str] | None, limit: int, *, server: bool
) -> Answer:
    """Texts for a picture."""
    path = str(image.absolute())
    answer = None
    if server and remote.read(folder):
        files = {"image": Path(path).read_bytes()}
        if texts is not None:
            files["texts"] = "\n".join(texts).encode()
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


def _here(folder: Path, question: Callable[["Session"], Answer]) -> Answer:
    with waiting("loading the model …"):
        from vladva.app.session import open_session

        session = open_session(folder)
        with session.library:
            return question(session)
