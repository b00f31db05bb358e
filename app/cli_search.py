"""`vladva search`: photos for words and pictures, by a running page or by loading a model here."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladva.app.fetching import consent
from vladva.app.settings import Settings

if TYPE_CHECKING:
    from vladva.app.present_search import Form
    from vladva.indexes.asked import Sort


@click.command()
@click.argument("query", required=False)
@click.option(
    "--image",
    "images",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Search by this picture, with words or without; may be given again.",
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="At most so many.")
@click.option(
    "--sort",
    type=click.Choice(["relevance", "date"]),
    default="relevance",
    help="Best first, or newest first.  [default: relevance]",
)
@click.option(
    "--verify", type=click.IntRange(1, 1_000), help="Check what is in the best N photos, and why."
)
@click.option("--no-verify", is_flag=True, help="Do not look at the photos again: at once.")
@click.option("--verifier", metavar="NAME", help="The model that checks, if not the encoder.")
@click.option("--all", "everything", is_flag=True, help="Do not stop where the matches end.")
@click.option("--duplicates", is_flag=True, help="Show near-duplicates each for itself.")
@click.option("--no-server", is_flag=True, help="Do not ask a running `vladva ui`.")
@consent
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.option("--paths", is_flag=True, help="Only paths, one a line.")
@click.option("-0", "null", is_flag=True, help="Only paths, each ended by NUL (for xargs -0).")
@click.pass_obj
def search(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    query: str | None,
    images: tuple[Path, ...],
    limit: int,
    sort: "Sort",
    verify: int | None,
    no_verify: bool,
    verifier: str | None,
    everything: bool,
    duplicates: bool,
    no_server: bool,
    as_json: bool,
    paths: bool,
    null: bool,
) -> None:
    """Find photos by what happens in them.

    QUERY is plain words: "a dog left of a red car, no people". "In quotes": literal text. Filters:
    folder: camera: after: before: type: rating: has: (docs/search.md). One that begins with -
    follows --.
    """
    from vladva.app import ask
    from vladva.app.present_search import footer, photos
    from vladva.app.wish import Wish

    if (query or "").strip() == "" and not images:
        raise click.UsageError("Say what to look for: words, or --image FILE.")
    if sum((as_json, paths, null)) > 1:
        raise click.UsageError("Choose one of --json, --paths and -0.")
    if no_verify and (verify is not None or verifier is not None):
        raise click.UsageError("--no-verify does not go with --verify and --verifier.")
    wish = Wish(
        words=query or "",
        limit=limit,
        sort=sort,
        everything=everything,
        fold=not duplicates,
        whole=True,
        verify=0 if no_verify else verify,
        verifier=verifier,
    )
    answer = ask.find(settings.library_folder(), wish, images, server=not no_server)
    form = _form(as_json=as_json, paths=paths, null=null)
    click.echo(photos(answer, form), nl=False)
    if form == "table":
        click.echo(footer(answer), err=True)


def _form(*, as_json: bool, paths: bool, null: bool) -> "Form":
    if as_json:
        return "json"
    if null:
        return "paths0"
    return "paths" if paths else "table"
