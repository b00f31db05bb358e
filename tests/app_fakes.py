"""Libraries of coloured photos, and a page over one of them."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from app_colours import ColourEncoder, load_colours, paint
from fastapi import FastAPI
from starlette.testclient import TestClient

from vladva.app import remote, server
from vladva.app.demo import page_drawing
from vladva.app.hosts import Hosts
from vladva.app.jobs import Indexing
from vladva.app.login import Login
from vladva.app.session import Session
from vladva.indexes.library import Library
from vladva.indexes.pipeline import index_folders
from vladva.indexes.throttle import Throttle
from vladva.protocols import Encoder


def index(library: Library, *folders: Path, encoder: Encoder | None = None) -> None:
    """Index folders for a test that is about something else."""
    for _event in index_folders(library, encoder or ColourEncoder(), folders, workers=1):
        continue


def check_no_file_stays_open(client: TestClient, url: str, photo: Path) -> None:
    """Where a folder stands in a photo's place, `url` is refused and nothing is left open."""
    photo.unlink()
    photo.mkdir()
    client.get(url)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        assert client.get(url).status_code == 404
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1


OPEN_FILES = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="only Linux lists a process's open files there"
)


@dataclass(frozen=True)
class Page:
    """A page over a library: the application for a test client, or served on a port."""

    app: FastAPI
    session: Session
    indexing: Indexing
    library: Library
    token: str


@contextlib.contextmanager
def page(
    folder: Path,
    load: Callable[..., Encoder] = load_colours,
    *,
    login: Login | None = None,
    hosts: Hosts | None = None,
    mcp: bool = False,
) -> Iterator[Page]:
    """The whole page over the library in `folder`, with an encoder that sees colours."""
    with Library.open(folder, create=True) as library:
        session = Session(library, load)
        throttle = Throttle()
        indexing = Indexing(
            session,
            lambda encoder, folders, stop: index_folders(
                library,
                encoder,
                folders,
                stop=stop,
                throttle=throttle,
                workers=1,
                watch=True,
                rest=0.2,
            ),
            page_drawing(library),
            throttle,
        )
        token = "token-of-the-test"  # noqa: S105
        ways = {"login": login, "hosts": hosts, "mcp": mcp}
        app = server.build(session, indexing, token, lambda: None, **ways)
        try:
            yield Page(app, session, indexing, library, token)
        finally:
            app.state.runs.close()
        indexing.stop()
        indexing.wait(20)


@contextlib.contextmanager
def serving(shown: Page) -> Iterator[str]:
    """Serve a page on a free port, with the note that a terminal finds → its address."""
    bound = server.listen("127.0.0.1", _free_port())
    port = bound.getsockname()[1]
    note = remote.Note(remote.new_note(port).pid, port, shown.token)
    remote.leave(shown.library.folder, note)
    config = uvicorn.Config(shown.app, log_level="warning", ws="none", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = True
        thread.join(10)
        bound.close()
        remote.take_away(shown.library.folder, note)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def coloured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library in which one photo of each colour is indexed; not to be changed."""
    base = tmp_path_factory.mktemp("coloured")
    with Library.open(base / "library", create=True) as library:
        index(library, paint(base / "photos"))
    return base / "library"
