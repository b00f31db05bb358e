"""`vladva demo`: draw a small world, index it, answer sample queries, open the page."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladva.app.settings import Settings

if TYPE_CHECKING:
    from vladva.app.demo import Precision
    from vladva.indexes.library import Library
    from vladva.toyland.planted import Demo


@click.command()
@click.option("--count", type=click.IntRange(1), default=2000, help="How many scenes.")
@click.option("--seed", type=int, default=0, help="Which world; the same seed draws the same.")
@click.option("--no-ui", is_flag=True, help="Do not open the page afterwards.")
@click.option(
    "--baseline",
    type=click.Choice(["zero-shot", "clip-mini"]),
    multiple=True,
    help="Measure also: mini without its adapter, or two towers of its size; may be repeated.",
)
@click.pass_obj
def demo(
    settings: Settings,
    *,
    count: int,
    seed: int,
    no_ui: bool,
    baseline: tuple[str, ...],
) -> None:
    """Draw a small world, index it, answer sample queries.

    Everything is made on this machine, nothing is downloaded. The demo keeps a library of its own,
    apart from yours, unless --library names one.
    """
    from vladva.app.beside import BASELINE, check_here
    from vladva.app.cli_ui import open_page
    from vladva.app.demo import check_free, demo_library, example_texts
    from vladva.indexes.library import Library
    from vladva.toyland.planted import plan

    if BASELINE in baseline:
        check_here()
    place = settings.library_folder() if settings.library else demo_library()
    world = plan(seed, count)
    with Library.open(place, create=True) as library:
        check_free(library)
        show(library, world, baseline, page=not no_ui)
        where = library.folder
    click.echo(f'\nAsk it yourself:  vladva --library "{where}" search "{example_texts(world)[0]}"')
    if not no_ui:
        open_page(where, "127.0.0.1", 7860, browser=True)


def show(library: "Library", world: "Demo", baseline: tuple[str, ...], *, page: bool) -> None:
    """Draw, index, ask, and print what came of it. `page`: its switch wants the baseline too."""
    from vladva.app import demo as ours
    from vladva.app.beside import BASELINE, drawn_folder, is_here
    from vladva.app.present_demo import precision_table, samples
    from vladva.app.present_progress import bar, waiting
    from vladva.app.present_run import follow, summary_lines
    from vladva.encoders import load_encoder
    from vladva.indexes.pipeline import index_folders
    from vladva.indexes.search import Searcher

    folder = drawn_folder(library.folder)
    with bar("Drawing") as ticker:
        for _, done, total in ours.draw_demo(library, world):
            ticker.to(done, total)
    with waiting("loading mini …"):
        encoder = load_encoder(ours.MODEL)
    done_all = follow(index_folders(library, encoder, [folder]), as_json=False)
    click.echo(summary_lines(done_all) + "\n")
    library.set("examples", ours.example_texts(world))
    searcher = Searcher(library, encoder)
    found = ours.answers(
        world, folder, lambda text, k: [hit.path for hit in searcher.by_text(text, k).hits]
    )
    click.echo(samples(found) + "\n")
    columns = {ours.MODEL: ours.precision(world, folder, found, library)}
    if "zero-shot" in baseline:
        columns["zero-shot"] = _zero_shot(library, world, folder)
    if BASELINE in baseline or (page and is_here()):
        columns[BASELINE] = _two_towers(library, world, folder)
    click.echo(precision_table(columns, found))


def _zero_shot(library: "Library", world: "Demo", folder: Path) -> "Precision":
    from vladva.app import demo as ours
    from vladva.app.present_progress import bar
    from vladva.encoders import load_encoder

    encoder = load_encoder(ours.MODEL, adapter=None)
    paths = sorted(folder.glob("scene_*.jpg"))
    with bar("Without adapter") as ticker:
        for step in ours.ranking(encoder, [path.resolve() for path in paths]):
            if isinstance(step, int):
                ticker.to(step, len(paths))
            else:
                return ours.precision(world, folder, ours.answers(world, folder, step), library)
    raise AssertionError("a ranking ends with its search")


def _two_towers(library: "Library", world: "Demo", folder: Path) -> "Precision":
    """Index with the baseline as well, for the page's switch, and measure it the same way."""
    from vladva.app import demo as ours
    from vladva.app.beside import BASELINE, index_beside
    from vladva.app.present_run import follow
    from vladva.encoders import load_encoder
    from vladva.indexes.search import Searcher

    encoder = load_encoder(BASELINE)
    follow(index_beside(library, folder, encoder), as_json=False)
    searcher = Searcher(library, encoder)
    found = ours.answers(
        world, folder, lambda text, k: [hit.path for hit in searcher.by_text(text, k).hits]
    )
    return ours.precision(world, folder, found, library)
