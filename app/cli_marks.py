"""`vladva mark` and `vladva marks`: what a person says of results, for training to learn from."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladva.app.settings import Settings

if TYPE_CHECKING:
    from vladva.app.marking import Done, Marked, Said
    from vladva.indexes.library import Library

SKIPPED = 3


@click.command()
@click.argument("query")
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--right", "said", flag_value="right", help="These photos fit the query.")
@click.option("--wrong", "said", flag_value="wrong", help="These photos do not fit it.")
@click.option("--forget", is_flag=True, help="Take marks back; without a FILE: all of the query.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_context
def mark(  # noqa: PLR0913 - one argument an option
    ctx: click.Context,
    *,
    query: str,
    files: tuple[Path, ...],
    said: "Said | None",
    forget: bool,
    as_json: bool,
) -> None:
    """Say which photos fit a query, and which do not.

    Marks are kept in the library and belong to what is in the photos: they stay when files move,
    and hold for copies. `vladva train --from-library` learns from them. A QUERY that begins with
    - follows --.
    """
    if forget == (said is not None):
        raise click.UsageError("Say one of --right, --wrong and --forget.")
    if not files and not forget:
        raise click.UsageError("Name the photos that are meant.")
    with _library(ctx.obj) as library:
        if not files:
            _forget_all(library, query, as_json=as_json)
            return
        done = _marked(library, query, files, said)
    _tell(done, query, said, as_json=as_json)
    if done.unknown:
        ctx.exit(SKIPPED)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Objects on stdout.")
@click.pass_obj
def marks(settings: Settings, *, as_json: bool) -> None:
    """List what was marked right or wrong, and under which query."""
    from vladva.app.json_text import to_json
    from vladva.app.marking import marked
    from vladva.app.plain import printable

    with _library(settings) as library:
        found = marked(library)
    if as_json:
        click.echo(to_json([_row(one) for one in found]))
        return
    if not found:
        click.echo("None is marked yet: `vladva mark QUERY FILE --right`.", err=True)
    for one in found:
        click.echo(printable(f"{one.said:<5}  {one.query}: {_where(one)}"))


def _library(settings: Settings) -> "Library":
    from vladva.indexes.library import Library

    return Library.open(settings.library_folder(), create=False)


def _forget_all(library: "Library", query: str, *, as_json: bool) -> None:
    from vladva.app.json_text import to_json
    from vladva.app.marking import forget_query
    from vladva.app.plain import printable

    count = forget_query(library, query)
    if as_json:
        click.echo(to_json({"query": query, "forgotten": count}))
    else:
        click.echo(printable(f"{_photos(count)} not marked any more: {query}"), err=True)


def _marked(library: "Library", query: str, files: tuple[Path, ...], said: "Said | None") -> "Done":
    from vladva.app.marking import mark_files
    from vladva.errors import LibraryError

    done = mark_files(library, query, files, said)
    if not done.marked:
        raise LibraryError(
            f"{done.unknown[0]} is not in the library."
            if len(files) == 1
            else f"None of these {len(files)} files is in the library.",
            "`vladva index FOLDER` adds a folder; `vladva status` lists those that are in.",
        )
    return done


def _tell(done: "Done", query: str, said: "Said | None", *, as_json: bool) -> None:
    from vladva.app.json_text import to_json
    from vladva.app.plain import printable

    for file in done.unknown:
        click.echo(printable(f"skipped: {file} is not in the library"), err=True)
    if as_json:
        told = {"marked": list(done.marked), "skipped": list(done.unknown)}
        click.echo(to_json({"query": query, "mark": said, **told}))
        return
    word = "not marked any more" if said is None else f"marked {said}"
    click.echo(printable(f"{_photos(len(done.marked))} {word}: {query}"), err=True)


def _photos(count: int) -> str:
    return f"{count:,} {'photo' if count == 1 else 'photos'}"


def _row(one: "Marked") -> dict[str, object]:
    return {"query": one.query, "mark": one.said, "paths": list(one.paths), "since": one.since}


def _where(one: "Marked") -> str:
    if not one.paths:
        return "(not in the library any more)"
    more = len(one.paths) - 1
    return one.paths[0] + (f" (and {more} more like it)" if more else "")
