"""`vladva status` and `vladva forget`: what a library holds, and dropping a part of it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladva.app.json_text import to_json
from vladva.app.settings import Settings

if TYPE_CHECKING:
    from vladva.indexes.events import Notice


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def status(settings: Settings, *, as_json: bool) -> None:
    """Show folders, counts, the encoder and failures."""
    from vladva.app.present_status import status_json, status_table
    from vladva.indexes.library import Library
    from vladva.indexes.status import status as look

    with Library.open(settings.library_folder(), create=False) as library:
        row = status_json(look(library))
    click.echo(to_json(row) if as_json else status_table(row))


@click.command()
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.pass_obj
def forget(settings: Settings, folder: Path) -> None:
    """Drop a folder from the library (never a photo).

    Where another `vladva` holds the library, that one does it.
    """
    from vladva.app.forgetting import forget as drop
    from vladva.indexes.library import Library

    with Library.open(settings.library_folder(), create=False) as library:
        rows = drop(library, folder, _tell)
    click.echo(f"Forgot {folder}: {rows:,} photos dropped from the library, none touched on disk.")


def _tell(notice: "Notice") -> None:
    click.echo(" ".join(filter(None, (notice.text, notice.hint))), err=True)
