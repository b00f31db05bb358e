"""`vladva train`: an adapter from pictures with captions.

Wires options to one run; refuses to know how a run works, and what a library keeps of it.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladva.app.fetching import consent, ensure
from vladva.app.settings import Settings

if TYPE_CHECKING:
    from vladva.trainer import run
    from vladva.trainer.events import Summary

INTERRUPTED = 130
"""Exit code of a run that was asked to stop, as of any program that Ctrl-C ends."""


@click.command()
@click.argument("data", metavar="[DATA]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--from-library", is_flag=True, help="Train on the captions, keywords and marks of the library."
)
@click.option(
    "--out",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the adapter, its checkpoints and curves go; its name is the adapter's.",
)
@click.option("--model", metavar="NAME", help="The base: a preset, a hub id or a folder.")
@click.option("--recipe", metavar="NAME", help="A recipe that comes along, or a TOML file.")
@click.option(
    "--set", "changes", metavar="KEY=VALUE", multiple=True, help="One setting; may be repeated."
)
@click.option("--resume", is_flag=True, help="Go on where a run into the same folder ended.")
@click.option("--device", default="auto", help="auto, cpu, cuda, mps, …")
@consent
@click.option("--json", "as_json", is_flag=True, help="One event a line on stdout.")
@click.pass_obj
def train(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    data: Path | None,
    from_library: bool,
    out: Path,
    model: str | None,
    recipe: str | None,
    changes: tuple[str, ...],
    resume: bool,
    device: str,
    as_json: bool,
) -> None:
    """Train an adapter on pictures with captions.

    DATA is a JSON Lines file, a folder of pictures with .txt or .json beside them, or WebDataset
    shards. From the library come the captions and keywords that people wrote, and their marks on
    search results. At the end a gate compares the adapter with what is in use, on pictures held
    out: a better one is put to use, any other stays off. Ctrl-C saves; `--resume` goes on.
    """
    if (data is None) is not from_library:
        raise click.UsageError("Name DATA, or say --from-library, not both.")
    from vladva.app import run_folder, training
    from vladva.app.present_progress import waiting
    from vladva.app.present_train import follow, stopped_lines
    from vladva.app.stopping import stopping

    click.get_current_context().with_resource(run_folder.alone(out))
    folder = settings.library_folder()
    plan = training.plan(folder, out, model, recipe, changes)
    rows = training.Rows(data, ()) if data else training.library_rows(folder, out, plan)
    ensure(plan.model, as_json=as_json)
    with waiting("loading the trainer …"):
        from vladva.trainer import run
    with stopping() as stop:
        wanted = run.Settings(
            data=rows.file,
            out=out,
            model=plan.model,
            recipe=recipe,
            changes=(*rows.changes, *changes),
            resume=resume,
            device=device,
            in_use=plan.in_use,
            stop=stop,
        )
        summary = follow(run.start(wanted), as_json=as_json)
    if summary is None:  # one of several processes: the first one speaks
        return
    if summary.stopped is not None:
        _told(stopped_lines(summary, _again(settings, wanted, data)), as_json=as_json)
        raise click.exceptions.Exit(INTERRUPTED if stop.is_set() else 1)
    _told(_ended(settings, out, plan.model, summary), as_json=as_json)


def _ended(settings: Settings, out: Path, model: str, summary: "Summary") -> str:
    """Keep the adapter in the library, if there is one → what is to be said of it."""
    from vladva.app import run_folder, training
    from vladva.app.cost import cost
    from vladva.app.present_train import kept_lines, loose_lines, verdict_lines
    from vladva.app.sources import source_in_use
    from vladva.indexes.library import Library

    said = verdict_lines(summary)
    folder = settings.library_folder()
    if settings.library is None and not training.is_library(folder):
        return f"{said}\n{loose_lines(out)}"
    kept = training.keep_trained(folder, out, model, summary)
    if run_folder.is_pages(out):  # else the page would offer to go on with it
        run_folder.tidy(out)
    with Library.open(folder, create=False) as library:
        left = cost(library, replace(source_in_use(library, kept.model), adapter=kept.name))
    return f"{said}\n{kept_lines(kept, summary, left, settings.library)}"


def _again(settings: Settings, wanted: "run.Settings", data: Path | None) -> str:
    """The call that goes on where this one stopped: the same, with --resume."""
    from vladva.app.present_adapters import program

    words = ["train", "--from-library" if data is None else str(data), "--out", str(wanted.out)]
    words += ["--model", str(wanted.model)]
    words += ["--recipe", wanted.recipe] if wanted.recipe else []
    words += [word for change in wanted.changes for word in ("--set", change)]
    words += ["--device", wanted.device] if wanted.device != "auto" else []
    return program(settings.library, *words, "--resume")


def _told(text: str, *, as_json: bool) -> None:
    """The last words: data for a person, a notice beside the JSON."""
    click.echo(text, err=as_json)
