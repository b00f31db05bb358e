"""`vladva ui`: the search page, in the browser or in a window of its own."""

import getpass
import sys
from pathlib import Path

import click

from vladva.app.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", help="Beyond this machine only with a password.")
@click.option("--port", type=click.IntRange(1, 65535), default=7860, help="Or the next free one.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--desktop", is_flag=True, help="In a window of its own (the extra `desktop`).")
@click.option("--mcp", is_flag=True, help="Let assistants ask, at /mcp (the extra `mcp`).")
@click.option(
    "--password-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Its first line becomes the page's password; also VLADVA_PASSWORD.",
)
@click.option(
    "--called", multiple=True, metavar="NAME", help="Another host name that the page answers to."
)
@click.pass_obj
def ui(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    host: str,
    port: int,
    no_browser: bool,
    desktop: bool,
    mcp: bool,
    password_file: Path | None,
    called: tuple[str, ...],
) -> None:
    """Open the search page in the browser.

    It sends nothing anywhere, and fetches a model only where you tell it to. It answers on this
    machine only, unless --host names another address: then it asks everybody for a password. While
    it is open it watches the folders of the library, unless another `vladva` does.
    """
    from vladva.app.opening import Opening, open_page

    open_page(
        settings.library_folder(),
        Opening(
            host=host,
            port=port,
            browser=not (no_browser or desktop),
            desktop=desktop,
            mcp=mcp,
            password_file=password_file,
            called=called,
            ask=_asked if sys.stdin.isatty() else None,
        ),
    )


def _asked() -> str:
    """A new password, typed twice."""
    click.echo("Other machines will reach this page, so it needs a password.", err=True)
    while True:
        password = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") == password:
            return password
        click.echo("These were two different ones.", err=True)


def open_page(folder: Path, host: str, port: int, *, browser: bool) -> None:
    """Serve the page of a library on this machine until interrupted."""
    from vladva.app import opening

    opening.open_page(folder, opening.Opening(host=host, port=port, browser=browser))
