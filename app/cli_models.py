"""`vladva models`: the encoders that can be named."""

import click

from vladva.app.json_text import to_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A list of objects on stdout.")
def models(*, as_json: bool) -> None:
    """List the encoders that can be named."""
    from vladva.app.present_models import model_rows, models_table

    rows = model_rows()
    click.echo(to_json(rows) if as_json else models_table(rows))
