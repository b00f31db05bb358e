"""`vladva eval`: benchmarks on one model, with their controls, in percent.

Wires options to a run; refuses to know what a benchmark does.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vladva.app.fetching import consent, ensure
from vladva.app.model_options import made_as
from vladva.app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vladva.app.evaluation import Judged, Outcome
    from vladva.benchmarks.registry import Setup


def _known(_ctx: click.Context, _param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, each once; all wrong ones are told at once, each with its nearest."""
    from difflib import get_close_matches

    from vladva.benchmarks.registry import BENCHMARKS

    told = []
    for name in names:
        if name not in BENCHMARKS:
            near = get_close_matches(name.lower(), BENCHMARKS, 1, 0.4)
            told.append(
                f"no benchmark is called {name!r}" + (f", but {near[0]!r} is one" if near else "")
            )
    if told:
        raise click.BadParameter("; ".join(told) + ". `vladva eval --list` has them all.")
    return tuple(dict.fromkeys(names))


@click.command()
@click.argument("benchmarks", metavar="[BENCHMARK]...", nargs=-1, callback=_known)
@click.option("--list", "only_list", is_flag=True, help="Name the benchmarks.")
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
@click.option("--seed", type=click.IntRange(0), default=0, help="Fresh scenes of drawn benchmarks.")
@click.option(
    "--count",
    type=click.IntRange(1),
    help="Scenes or photos for retrieval, else items of each kind.  [default: the benchmark's]",
)
@click.option("--unseen", is_flag=True, help="Colour–thing pairs that mini was never trained on.")
@click.option("--unseen-words", is_flag=True, help="Wordings that mini was never trained on.")
@click.option(
    "--data",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the files of benchmarks of photographs lie, in any folders below.",
)
@click.option("--verify", is_flag=True, help="Stage two beside: texts asked of pictures as yes/no.")
@click.option("--compare", type=click.Choice(["paper"]), help="Show the paper's figures beside.")
@click.option("--device", default="auto", help="auto, cpu, cuda, mps, …")
@made_as
@click.option("--profile", is_flag=True, help="Say where the time went.")
@consent
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def eval(  # noqa: A001, PLR0913 - the command's own name; one argument an option
    settings: Settings,
    /,
    *,
    benchmarks: tuple[str, ...],
    only_list: bool,
    model: str | None,
    adapter: str | None,
    device: str,
    verify: bool,
    compare: str | None,
    quantize: str | None,
    dim: str | None,
    profile: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Measure a model on benchmarks, each beside its controls.

    In percent. Drawn benchmarks need no data, and have controls: a scorer that never sees the
    picture, one that knows things and colours but not who has which, and where several pictures
    fit a caption, the most that can be reached. Those of photographs read the official files
    below --data, are scored whole or not at all, and go on where they were cut off. Exit code 3:
    done, but for some.
    """
    from vladva.app.evaluation import judged, kept_in
    from vladva.app.sources import with_options
    from vladva.benchmarks.registry import Setup, check

    if only_list or not benchmarks:
        _list(as_json=as_json)
        return
    library = settings.library_folder()
    setup = Setup(**asked, kept=kept_in(library))
    check(benchmarks, setup)
    chosen = judged(library, model, adapter)
    chosen = replace(chosen, source=with_options(chosen.source, quantize, dim))
    how = _How(device, verify=verify, paper=bool(compare), profile=profile, as_json=as_json)
    found = _run(chosen, benchmarks, setup, how)
    if any(outcome.metrics is None for outcome in found):
        raise click.exceptions.Exit(3)


@dataclass(frozen=True)
class _How:
    """What the options say of a run and of what is shown."""

    device: str
    verify: bool
    paper: bool
    profile: bool
    as_json: bool


def _run(
    chosen: "Judged", benchmarks: "Sequence[str]", setup: "Setup", how: _How
) -> "list[Outcome]":
    from vladva.app import evaluation
    from vladva.app.json_text import to_json
    from vladva.app.present_eval import title
    from vladva.app.present_profile import profile_table
    from vladva.app.present_progress import bar, waiting
    from vladva.encoders import load_encoder

    ensure(chosen.model)
    with waiting(f"loading {chosen.model} …"):
        models = evaluation.load(chosen, how.device, load_encoder)
    judge = evaluation.query_judge(models) if how.verify else None
    adapter = evaluation.adapter_on(models, chosen)
    if not how.as_json:
        click.echo(title(chosen.model, adapter, _asked(setup, benchmarks)))
    found = []
    with evaluation.clocked(models, on=how.profile) as (models, report), bar("Scoring") as ticker:

        def progress(name: str, done: int, total: int) -> None:
            ticker.begin(name)
            ticker.to(done, total)

        for outcome in evaluation.evaluate(models, benchmarks, setup, progress, judge):
            found.append(outcome)
            if not how.as_json:
                _show(outcome, models.encoder.name, setup.count, paper=how.paper)
    if how.as_json:
        told = evaluation.as_json(chosen.model, adapter, setup, found, paper=how.paper)
        click.echo(to_json({**told, **({"profile": report} if report else {})}))
    if report:
        click.echo(profile_table(report), err=True)
    return found


def _show(outcome: "Outcome", model: str, count: int | None, *, paper: bool) -> None:
    from vladva.app.present_eval import beside_paper, table

    click.echo("\n" + table(outcome), err=outcome.metrics is None)
    if paper and outcome.metrics is not None:
        click.echo("\n" + beside_paper(outcome, model, count))


def _asked(setup: "Setup", benchmarks: "Sequence[str]") -> list[str]:
    """The setup in words; photographs know no seed."""
    from vladva.benchmarks.registry import DRAWN

    words = [f"seed {setup.seed}"] if set(benchmarks) & set(DRAWN) else []
    words += [f"count {setup.count}"] if setup.count else []
    words += ["unseen pairs"] if setup.unseen else []
    return words + (["unseen words"] if setup.unseen_words else [])


def _list(*, as_json: bool) -> None:
    from vladva.app.json_text import to_json
    from vladva.app.present_eval import benchmark_list
    from vladva.benchmarks.registry import BENCHMARKS, find

    found = [find(name) for name in BENCHMARKS]
    if as_json:
        rows = [
            {
                "name": one.name,
                "summary": one.summary,
                "primary_metric": one.primary_metric,
                "items": one.default_count,
                "drawn": one.drawn,
            }
            for one in found
        ]
        click.echo(to_json(rows))
    else:
        click.echo(benchmark_list(found))
