"""`vladva adapters`: what was trained for a library, which is in use, and the way back."""

from typing import TYPE_CHECKING

import click

from vladva.app.groups import NearestGroup
from vladva.app.json_text import to_json
from vladva.app.plain import printable
from vladva.app.settings import Settings

if TYPE_CHECKING:
    from vladva.app.adapters import Change
    from vladva.indexes.library import Library


@click.group(cls=NearestGroup, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="A list of objects on stdout.")
@click.pass_context
def adapters(ctx: click.Context, *, as_json: bool) -> None:
    """List the library's adapters, choose one, or go back.

    Each was trained by `vladva train`, for one base model. A choice shows in searches as soon as
    `vladva index` has embedded the photos with it.
    """
    if ctx.invoked_subcommand is not None:
        return
    from vladva.app.present_adapters import adapter_rows, adapters_table

    with _library(ctx.obj) as library:
        rows = adapter_rows(library)
    click.echo(to_json(rows) if as_json else adapters_table(rows))


@adapters.command()
@click.argument("name")
@click.pass_obj
def use(settings: Settings, *, name: str) -> None:
    """Use an adapter for its base model from now on."""
    from vladva.app.adapters import Adapters

    with _library(settings) as library:
        kept = Adapters(library).find(name)
        change = Adapters(library).choose(kept.model, kept.name)
        click.echo(_told(settings, library, change))


@adapters.command()
@click.pass_obj
def rollback(settings: Settings) -> None:
    """Go back to what was in use before the last choice."""
    from vladva.app.adapters import Adapters

    with _library(settings) as library:
        click.echo(_told(settings, library, Adapters(library).rollback()))


@adapters.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(settings: Settings, *, name: str, yes: bool) -> None:
    """Delete an adapter that is not in use, for good."""
    from vladva.app.adapters import Adapters
    from vladva.app.discarding import discardable

    with _library(settings) as library:
        kept = discardable(library, name)
        if not yes:
            click.confirm(f"Delete {printable(str(kept.folder))} for good?", abort=True, err=True)
        discardable(library, name)  # meanwhile somebody may have chosen it
        Adapters(library).drop(name)
        click.echo(f"{printable(name)} is deleted.")


def _library(settings: Settings) -> "Library":
    from vladva.indexes.library import Library

    return Library.open(settings.library_folder(), create=False)


def _told(settings: Settings, library: "Library", change: "Change") -> str:
    from vladva.app.cost import cost
    from vladva.app.present_adapters import change_lines
    from vladva.app.sources import source_in_use

    left = cost(library, source_in_use(library, change.model))
    return change_lines(change, left, settings.library)
