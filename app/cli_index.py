"""`vladva index`: make folders of photos searchable.

Wires options to one run, here or in the program that holds the library; refuses to know how a
run works.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vladva.app.fetching import consent
from vladva.app.model_options import made_as
from vladva.app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vladva.indexes.events import Summary
    from vladva.indexes.library import Library
    from vladva.protocols import Style

SIGNALS = "While it runs, `kill -USR1 PID` pauses it and `kill -USR2 PID` lets it go on."


def _batch_size(_ctx: click.Context, _param: click.Parameter, value: str) -> int | None:
    if value == "auto":
        return None
    if not value.isdecimal() or int(value) < 1:
        raise click.BadParameter("a number of photos from 1 up, or auto")
    return int(value)


@click.command(epilog=SIGNALS)
@click.argument(
    "folders",
    metavar="FOLDER...",
    nargs=-1,
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
)
@click.option("--watch", is_flag=True, help="Go on with whatever changes, until Ctrl-C.")
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
@click.option(
    "--captions",
    type=click.Choice(["short", "long"]),
    help="Have photos without a caption described, by the encoder's own words.",
)
@click.option(
    "--calibrate/--no-calibrate",
    default=None,
    help="Learn from the library's own captions where matches end; remembered.",
)
@click.option("--exclude", metavar="GLOB", multiple=True, help="Leave out; may be repeated.")
@click.option("--device", default="auto", help="auto, cpu, cuda, mps, …")
@click.option(
    "--batch-size", metavar="N|auto", default="auto", callback=_batch_size, help="Photos at once."
)
@click.option(
    "--nice",
    metavar="SHARE",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    help="The part of the time to work: 0.25 rests three quarters of it.",
)
@made_as
@click.option("--profile", is_flag=True, help="Say where the time went.")
@consent
@click.option("--json", "as_json", is_flag=True, help="One event a line on stdout.")
@click.pass_obj
def index(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    /,
    *,
    folders: tuple[Path, ...],
    watch: bool,
    model: str | None,
    adapter: str | None,
    captions: "Style | None",
    calibrate: bool | None,
    nice: float,
    quantize: str | None,
    dim: str | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Make folders of photos searchable.

    New and changed photos are read, moved ones keep their place, gone ones are dropped. Running
    it again costs next to nothing. Where another `vladva` holds the library, that one does the
    work and this one shows it. Exit code 3: done, but some files were skipped.
    """
    from vladva.app.captioning import check_speaks
    from vladva.app.indexing import INTERRUPTED, Order, carry_out, chosen_anew
    from vladva.app.sources import named_source, with_options
    from vladva.app.stopping import pausing
    from vladva.indexes.library import Library
    from vladva.indexes.scopes import check_apart
    from vladva.indexes.throttle import Throttle, step_back

    check_apart(settings.library_folder(), folders)
    throttle = Throttle(nice)
    if nice < 1:
        step_back()
    with Library.open(settings.library_folder(), create=True) as library, pausing(throttle):
        _begin(library, folders, calibrate=calibrate)
        source = with_options(named_source(library, model, adapter), quantize, dim)
        if captions is not None:
            check_speaks(source.model)
        _warn_once(library, source.model, folders)
        named = bool(model or adapter or quantize or dim) or chosen_anew(library, source)
        order = Order(
            folders=folders,
            source=source,
            adapter=adapter,
            watch=watch,
            as_json=as_json,
            named=named,
            captions=captions,
            **asked,
        )
        summary, stopped = carry_out(library, order, throttle)
    _told(summary, stopped=stopped, as_json=as_json)
    if stopped and not watch:
        raise click.exceptions.Exit(INTERRUPTED)
    if summary.skipped:
        raise click.exceptions.Exit(3)


def _told(summary: "Summary", *, stopped: bool, as_json: bool) -> None:
    from vladva.app.present_profile import profile_table
    from vladva.app.present_run import summary_lines

    if not as_json:
        click.echo(summary_lines(summary, stopped=stopped))
    if summary.profile is not None:
        click.echo(profile_table(summary.profile), err=True)


def _begin(library: "Library", folders: "Sequence[Path]", *, calibrate: bool | None) -> None:
    from vladva.indexes.calibrating import wish
    from vladva.indexes.scopes import check_folders

    check_folders(library, folders)
    if calibrate is not None:
        wish(library, on=calibrate)


def _warn_once(library: "Library", model: str, folders: "Sequence[Path]") -> None:
    """A library hears once that its model knows no photographs."""
    from vladva.app.notices import photograph_notice

    if library.get("told_photographs"):
        return
    notice = photograph_notice(model, folders)
    if notice:
        click.secho(notice, err=True, bold=True)
        library.set("told_photographs", True)
