"""`vladva models`: the encoders that can be named, and the one command that only fetches one."""

import click

from vladva.app.fetching import consent
from vladva.app.json_text import to_json


@click.command()
@click.option(
    "--fetch", metavar="NAME", help="Bring this one to this disk, or check what is here of it."
)
@consent
@click.option("--json", "as_json", is_flag=True, help="A list of objects on stdout.")
def models(*, fetch: str | None, as_json: bool) -> None:
    """List the encoders that can be named."""
    if fetch is not None:
        _fetch(fetch, as_json=as_json)
        return
    from vladva.app.present_models import model_rows, models_table

    rows = model_rows()
    click.echo(to_json(rows) if as_json else models_table(rows))


def _fetch(name: str, *, as_json: bool) -> None:
    from vladva.app.fetching import bring
    from vladva.encoders.source import on_hub
    from vladva.errors import ModelError

    remote = on_hub(name)
    if remote is None:
        raise ModelError(f"{name!r} is no model of the hub", "`vladva models` lists those that are")
    bring(remote, as_json=as_json)
