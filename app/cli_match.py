"""`vladva match`: texts that fit a picture."""

from pathlib import Path

import click

from vladva.app.fetching import consent
from vladva.app.settings import Settings


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--texts",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="One text a line (- for stdin).  [default: the captions of the library]",
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="At most so many.")
@click.option("--no-server", is_flag=True, help="Do not ask a running `vladva ui`.")
@consent
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def match(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    image: Path,
    texts: Path | None,
    limit: int,
    no_server: bool,
    as_json: bool,
) -> None:
    """Find the texts that fit a picture."""
    from vladva.app import ask
    from vladva.app.present_search import texts as shown

    lines = None if texts is None else ask.lines_of(texts)
    answer = ask.match(settings.library_folder(), image, lines, limit, server=not no_server)
    click.echo(shown(answer, "json" if as_json else "table"), nl=False)
