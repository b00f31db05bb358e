"""`vladva similar`: photos that resemble a picture."""

from pathlib import Path

import click

from vladva.app.fetching import consent
from vladva.app.settings import Settings


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="At most so many.")
@click.option("--no-server", is_flag=True, help="Do not ask a running `vladva ui`.")
@consent
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def similar(settings: Settings, *, image: Path, limit: int, no_server: bool, as_json: bool) -> None:
    """Find photos that resemble a picture.

    The picture itself is left out where the library has it.
    """
    from vladva.app import ask
    from vladva.app.present_search import footer, photos
    from vladva.app.wish import Wish

    wish = Wish(limit=limit)
    answer = ask.find(settings.library_folder(), wish, [image], server=not no_server)
    click.echo(photos(answer, "json" if as_json else "table"), nl=False)
    if not as_json:
        click.echo(footer(answer), err=True)
