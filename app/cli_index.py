"""`vladva index`: make folders of photos searchable.

Wires options to one run; refuses to know how a run works.
"""

from pathlib import Path

import click

from vladva.app.settings import Settings


def _batch_size(_ctx: click.Context, _param: click.Parameter, value: str) -> int | None:
    if value == "auto":
        return None
    if not value.isdecimal() or int(value) < 1:
        raise click.BadParameter("a number of photos from 1 up, or auto")
    return int(value)


@click.command()
@click.argument(
    "folders",
    metavar="FOLDER...",
    nargs=-1,
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
)
@click.option(
    "--model",
    metavar="NAME",
    help="A preset (`vladva models`), a hub id or a folder.  [default: the one in use]",
)
@click.option(
    "--adapter",
    metavar="NAME|DIR",
    help="One of `vladva adapters`, a folder, packaged or none.  [default: the one in use]",
)
@click.option("--exclude", metavar="GLOB", multiple=True, help="Leave out; may be repeated.")
@click.option("--device", default="auto", help="auto, cpu, cuda, mps, …")
@click.option(
    "--batch-size", metavar="N|auto", default="auto", callback=_batch_size, help="Photos at once."
)
@click.option("--json", "as_json", is_flag=True, help="One event a line on stdout.")
@click.pass_obj
def index(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    folders: tuple[Path, ...],
    model: str | None,
    adapter: str | None,
    exclude: tuple[str, ...],
    device: str,
    batch_size: int | None,
    as_json: bool,
) -> None:
    """Make folders of photos searchable.

    New and changed photos are read, moved ones keep their place, gone ones are dropped. Running
    it again costs next to nothing. Exit code 3: done, but some files were skipped.
    """
    from vladva.app.notices import photograph_notice
    from vladva.app.present_progress import follow, summary_lines, waiting
    from vladva.app.sources import load_chosen, named_source
    from vladva.encoders import load_encoder
    from vladva.indexes.library import Library
    from vladva.indexes.pipeline import index_folders
    from vladva.indexes.scopes import check_apart, check_folders

    check_apart(settings.library_folder(), folders)
    with Library.open(settings.library_folder(), create=True) as library:
        check_folders(library, folders)
        source = named_source(library, model, adapter)
        if not library.get("told_photographs"):
            notice = photograph_notice(source.model, folders)
            if notice:
                click.secho(notice, err=True, bold=True)
                library.set("told_photographs", True)
        with waiting(f"loading {source.model} …"):
            options = {"device": device, "batch_size": batch_size}
            encoder = load_chosen(library, source, adapter, load_encoder, **options)
        events = index_folders(library, encoder, folders, exclude=exclude, batch_size=batch_size)
        summary = follow(events, as_json=as_json)
    if not as_json:
        click.echo(summary_lines(summary))
    if summary.skipped:
        raise click.exceptions.Exit(3)
