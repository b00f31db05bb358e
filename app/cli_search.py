"""`vladva search`: photos for words, through a running page or by loading the model here."""

from pathlib import Path
from typing import Literal

import click

from vladva.app.settings import Settings


@click.command()
@click.argument("query", required=False)
@click.option(
    "--image",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Search by this picture instead of words.",
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="At most so many.")
@click.option("--no-server", is_flag=True, help="Do not ask a running `vladva ui`.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.option("--paths", is_flag=True, help="Only paths, one a line.")
@click.option("-0", "null", is_flag=True, help="Only paths, each ended by NUL (for xargs -0).")
@click.pass_obj
def search(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    query: str | None,
    image: Path | None,
    limit: int,
    no_server: bool,
    as_json: bool,
    paths: bool,
    null: bool,
) -> None:
    """Find photos by what happens in them.

    QUERY is plain words: "a dog left of a red car". One that begins with - follows --.
    """
    from vladva.app import ask
    from vladva.app.present_search import footer, photos

    if (query or "").strip() == "" and image is None:
        raise click.UsageError("Say what to look for: words, or --image FILE.")
    if (query or "").strip() and image is not None:
        raise click.UsageError("Words and --image do not go together.")
    if sum((as_json, paths, null)) > 1:
        raise click.UsageError("Choose one of --json, --paths and -0.")
    folder = settings.library_folder()
    if image is None:
        answer = ask.by_text(folder, query or "", limit, server=not no_server)
    else:
        answer = ask.by_image(folder, image, limit, server=not no_server)
    form = _form(as_json=as_json, paths=paths, null=null)
    click.echo(photos(answer, form), nl=False)
    if form == "table":
        click.echo(footer(answer), err=True)


def _form(*, as_json: bool, paths: bool, null: bool) -> Literal["table", "json", "paths", "paths0"]:
    if as_json:
        return "json"
    if null:
        return "paths0"
    return "paths" if paths else "table"
