"""`vladva ui`: the search page in the browser."""

import threading
import webbrowser
from pathlib import Path

import click

from vladva.app.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", help="Only the loopback address is allowed.")
@click.option("--port", type=click.IntRange(1, 65535), default=7860, help="Or the next free one.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.pass_obj
def ui(settings: Settings, *, host: str, port: int, no_browser: bool) -> None:
    """Open the search page in the browser.

    It answers on this machine only, and sends nothing anywhere. While it is open it watches the
    folders of the library, unless another `vladva` does.
    """
    open_page(settings.library_folder(), host, port, browser=not no_browser)


def open_page(folder: Path, host: str, port: int, *, browser: bool) -> None:
    """Serve the page of a library until interrupted."""
    from vladva.app import remote, server

    server.quiet()
    bound = server.listen(host, port)
    used = bound.getsockname()[1]
    if used != port:
        click.echo(f"Port {port} is taken; using {used}.", err=True)

    from vladva.app.demo import page_drawing
    from vladva.app.jobs import Indexing
    from vladva.app.session import open_session
    from vladva.app.stopping import pausing
    from vladva.indexes.pipeline import index_folders
    from vladva.indexes.throttle import Throttle

    session = open_session(folder, create=True)
    note, throttle = remote.new_note(used), Throttle()
    with session.library as library, pausing(throttle):
        indexing = Indexing(
            session,
            run=lambda encoder, folders, stop: index_folders(
                library, encoder, folders, stop=stop, throttle=throttle, watch=True
            ),
            draw=page_drawing(library),
            throttle=throttle,
        )
        app = server.build(
            session, indexing, note.token, lambda: remote.take_away(library.folder, note)
        )
        threading.Thread(target=indexing.open, name="loading", daemon=True).start()
        remote.leave(library.folder, note)
        address = f"http://127.0.0.1:{used}"
        click.echo(f"{address}  (Ctrl-C ends it)", err=True)
        if browser:
            webbrowser.open(address)
        try:
            server.serve(app, bound)
        except KeyboardInterrupt:
            click.echo("Closed.", err=True)
