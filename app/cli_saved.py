"""`vladva saved`: searches by name, kept in the library, run again when they are wanted."""

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from vladva.app.cli_search import search
from vladva.app.groups import NearestGroup
from vladva.app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vladva.indexes.saved import Saved, SavedSearches, Sort

_JSON = click.option("--json", "as_json", is_flag=True, help="Objects on stdout.")
_SEARCH = [one for one in search.params if isinstance(one, click.Option)]


@click.group(cls=NearestGroup, invoke_without_command=True)
@_JSON
@click.pass_context
def saved(ctx: click.Context, *, as_json: bool) -> None:
    """List the saved searches, add one, run one, remove one."""
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, as_json=as_json)


@saved.command("list")
@_JSON
@click.pass_obj
def list_(settings: Settings, *, as_json: bool) -> None:
    """List the saved searches."""
    _list(settings, as_json=as_json)


@saved.command()
@click.argument("name")
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="At most so many.")
@click.option("--sort", type=click.Choice(["relevance", "date"]), default="relevance")
@click.option("--replace", is_flag=True, help="Take the place of a search of that name.")
@_JSON
@click.pass_obj
def save(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    name: str,
    query: str,
    limit: int,
    sort: "Sort",
    replace: bool,
    as_json: bool,
) -> None:
    """Save QUERY as NAME; one that begins with - follows --."""
    from vladva.indexes.saved import NameTaken

    with _searches(settings) as searches:
        try:
            one = searches.save(name, query, limit=limit, sort=sort, replace=replace)
        except NameTaken as taken:
            if as_json or not sys.stdin.isatty():
                raise NameTaken(taken.message, "Choose another name, or add --replace.") from None
            click.confirm(f"{taken.message}\nReplace it?", abort=True, err=True)
            one = searches.save(name, query, limit=limit, sort=sort, replace=True)
    _show(one, as_json=as_json)


@saved.command()
@click.argument("name")
@_JSON
@click.pass_obj
def remove(settings: Settings, *, name: str, as_json: bool) -> None:
    """Remove the search NAME (no photo is touched)."""
    with _searches(settings) as searches:
        _show(searches.remove(name), as_json=as_json)


@saved.command()
@click.argument("name")
@click.argument("new")
@_JSON
@click.pass_obj
def rename(settings: Settings, *, name: str, new: str, as_json: bool) -> None:
    """Give the search NAME the name NEW."""
    with _searches(settings) as searches:
        _show(searches.rename(name, new), as_json=as_json)


@saved.command(params=[click.Argument(["name"]), *_SEARCH])
@click.pass_context
def run(ctx: click.Context, /, *, name: str, **asked: Any) -> None:
    """Run the search NAME, with all options of `vladva search`."""
    with _searches(ctx.obj) as searches:
        one = searches.find(name)
    kept = {"limit": one.limit, "sort": one.sort}
    said = {name for name in kept if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    asked |= {name: value for name, value in kept.items() if name not in said}
    ctx.invoke(search, query=one.query, **asked)


@contextmanager
def _searches(settings: Settings) -> "Iterator[SavedSearches]":
    from vladva.indexes.library import Library
    from vladva.indexes.saved import SavedSearches

    with Library.open(settings.library_folder(), create=False) as library:
        yield SavedSearches(library)


def _list(settings: Settings, *, as_json: bool) -> None:
    from vladva.app.json_text import to_json

    with _searches(settings) as searches:
        found = searches.all()
    if as_json:
        click.echo(to_json([_row(one) for one in found]))
    elif not found:
        click.echo("None is saved yet: `vladva saved save NAME QUERY`.", err=True)
    for one in found if not as_json else ():
        _show(one, as_json=False)


def _show(one: "Saved", *, as_json: bool) -> None:
    from vladva.app.json_text import to_json
    from vladva.app.plain import printable

    more = f"  (newest first, {one.limit})" if one.sort == "date" else f"  ({one.limit})"
    click.echo(to_json(_row(one)) if as_json else printable(f"{one.name}: {one.query}{more}"))


def _row(one: "Saved") -> dict[str, object]:
    return {
        "name": one.name,
        "query": one.query,
        "limit": one.limit,
        "sort": one.sort,
        "created": one.created,
    }
