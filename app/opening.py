"""One page from its first word to its last: listen, open the library, serve, show, close.

Refuses to know the options of the command line and what the page shows.
"""

import contextlib
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladva.app import desktop as desktops
from vladva.app import mcp_door, password, remote, server
from vladva.app.hosts import LOOPBACK, hosts_of
from vladva.app.login import Login

if TYPE_CHECKING:
    from fastapi import FastAPI

    from vladva.app.jobs import Indexing
    from vladva.app.session import Session
    from vladva.indexes.throttle import Throttle

CLOSE_S = 15.0
"""Seconds that the server of a closed window gets to end."""


@dataclass(frozen=True)
class Opening:
    """Where the page answers, and how it is shown. `ask` hears a new password from a person."""

    host: str = "127.0.0.1"
    port: int = 7860
    browser: bool = False
    desktop: bool = False
    mcp: bool = False
    password_file: Path | None = None
    called: tuple[str, ...] = ()
    ask: Callable[[], str] | None = None


def open_page(folder: Path, wanted: Opening) -> None:
    """Serve the page of a library until interrupted, or until its window is closed."""
    server.quiet()
    windows = desktops.windows() if wanted.desktop else None
    if wanted.mcp:
        mcp_door.servers()  # else it would be missed only when all the rest is open
    said = password.given(wanted.password_file)

    from vladva.app.session import open_session

    session = open_session(folder, create=True)
    with session.library as library:
        beyond = wanted.host not in LOOPBACK
        kept = password.for_page(library, said, beyond=beyond, ask=wanted.ask)
        bound = server.listen(wanted.host, wanted.port, has_password=kept is not None)
        address = _address(wanted, bound)
        with _made(session, wanted, kept, bound.getsockname()[1]) as app:
            click.echo(f"{address}  (Ctrl-C ends it)", err=True)
            if wanted.browser:
                webbrowser.open(address)
            if windows is None:
                _serve(app, bound)
            else:
                _serve_beside(
                    app, bound, lambda: desktops.show(windows, address, desktops.Bridge(session))
                )


@contextlib.contextmanager
def _made(session: "Session", wanted: Opening, kept: str | None, port: int) -> "Iterator[FastAPI]":
    """The application, its note in the library, and its run in the background."""
    from vladva.app.stopping import pausing
    from vladva.indexes.throttle import Throttle

    library, note, throttle = session.library, remote.new_note(port), Throttle()
    with pausing(throttle):
        indexing = _indexing(session, throttle)
        app = server.build(
            session,
            indexing,
            note.token,
            lambda: remote.take_away(library.folder, note),
            login=None if kept is None else Login(kept),
            hosts=hosts_of(wanted.host, wanted.called),
            mcp=wanted.mcp,
        )
        threading.Thread(target=indexing.open, name="loading", daemon=True).start()
        if server.answers_loopback(wanted.host):  # else a stranger there would hear the token
            with contextlib.suppress(OSError):  # without one where the library is read-only
                remote.leave(library.folder, note)
        yield app


def _indexing(session: "Session", throttle: "Throttle") -> "Indexing":
    from vladva.app.demo import page_drawing
    from vladva.app.jobs import Indexing
    from vladva.indexes.pipeline import index_folders

    library = session.library
    return Indexing(
        session,
        run=lambda encoder, folders, stop: index_folders(
            library, encoder, folders, stop=stop, throttle=throttle, watch=True
        ),
        draw=page_drawing(library),
        throttle=throttle,
    )


def _address(wanted: Opening, bound: socket.socket) -> str:
    """What a browser on this machine opens; says aloud what a person should know."""
    port = bound.getsockname()[1]
    if port != wanted.port:
        click.echo(f"Port {wanted.port} is taken; using {port}.", err=True)
    if wanted.host not in LOOPBACK:
        click.secho(
            f"WARNING: other machines reach this page at port {port}, over plain HTTP: whoever is "
            "on the way can read the password and the photos.\n"
            "  Only in a network that you trust. Elsewhere: a proxy with TLS in front of it "
            f"(--called NAME), or ssh -L {port}:127.0.0.1:{port} HOST.",
            fg="yellow",
            bold=True,
            err=True,
        )
    if server.answers_loopback(wanted.host):
        return f"http://127.0.0.1:{port}"
    host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
    return f"http://{host}:{port}"


def _serve(app: "FastAPI", bound: socket.socket) -> None:
    try:
        server.serve(app, bound)
    except KeyboardInterrupt:
        click.echo("Closed.", err=True)


def _serve_beside(app: "FastAPI", bound: socket.socket, show: Callable[[], None]) -> None:
    """Serve in a thread while `show` has the main one."""
    running = server.running(app)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]}, name="serving")
    thread.start()
    try:
        show()
    except KeyboardInterrupt:
        click.echo("Closed.", err=True)
    finally:
        running.should_exit = True
        thread.join(CLOSE_S)
