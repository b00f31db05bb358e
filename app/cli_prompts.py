"""`vladva prompts`: which prompt pair a model should be read with, measured before any training."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladva.app.fetching import consent, ensure
from vladva.app.settings import Settings

if TYPE_CHECKING:
    from vladva.app.prompting import Comparison


@click.command()
@click.argument("data", metavar="DATA", type=click.Path(path_type=Path))
@click.option("--model", metavar="NAME", help="A vision-language model.  [default: the one in use]")
@click.option(
    "--pair", "pairs", metavar="NAME", multiple=True, help="Only this prompt pair; repeatable."
)
@click.option(
    "--limit", type=click.IntRange(2), default=200, help="Pictures, spread evenly over DATA."
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Draw figures 2, 3 and 5 there, as PNG and SVG, with all numbers as JSON.",
)
@click.option("--device", default="auto", help="auto, cpu, cuda, mps, …")
@consent
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def prompts(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    data: Path,
    model: str | None,
    pairs: tuple[str, ...],
    limit: int,
    out: Path | None,
    device: str,
    as_json: bool,
) -> None:
    """Compare prompt pairs on a model before it is trained.

    DATA is what `vladva train` takes, or a folder of `vladva toyland`. For each pair: the entropy
    of the next word, how many directions the embeddings use, and recall. Good pairs have much of
    the first two. Exit code 3: done, but some pictures were skipped.
    """
    from vladva.app.json_text import to_json
    from vladva.app.present_prompts import advice, table
    from vladva.app.prompting import as_json as told

    found, skipped = _compare(settings, data, model, pairs, limit, device)
    files = _drawn(found, out) if out is not None else []
    if as_json:
        click.echo(to_json({**told(found), "files": [str(file) for file in files]}))
    else:
        click.echo(table(found) + "\n\n" + advice(found))
        for file in files:
            click.echo(f"wrote {file}", err=True)
    if skipped:
        raise click.exceptions.Exit(3)


def _compare(  # noqa: PLR0913, PLR0917 - what the options say
    settings: Settings,
    data: Path,
    model: str | None,
    pairs: tuple[str, ...],
    limit: int,
    device: str,
) -> "tuple[Comparison, int]":
    """The comparison, and how many pictures were skipped; each is told on stderr."""
    from vladva.app import prompting
    from vladva.app.evaluation import judged
    from vladva.app.plain import printable
    from vladva.app.present_progress import bar, waiting
    from vladva.encoders import load_encoder
    from vladva.prompt_choice import compare

    wanted = prompting.chosen_pairs(pairs)
    name = judged(settings.library_folder(), model, None).model
    prompting.refuse_two_towers(name)
    ensure(name)
    with waiting(f"loading {name} …"):
        encoder = load_encoder(name, device=device, adapter=None)
    model_size = prompting.readable(encoder)
    with waiting(f"reading {data} …"):
        sampled = prompting.sample(data, encoder.prepare, limit)
    for row, reason in sampled.skipped:
        click.echo(printable(f"skipped {row}: {reason}"), err=True)
    done = []
    with bar("Comparing") as ticker:
        ticker.to(0, len(wanted))
        for one in compare(encoder, sampled.pictures, sampled.items, wanted, model_size):
            done.append(one)
            ticker.to(len(done), len(wanted))
    return prompting.comparison(name, data, sampled, encoder, done), len(sampled.skipped)


def _drawn(found: "Comparison", out: Path) -> list[Path]:
    import json

    from vladva.app.figures import folder_for
    from vladva.app.figures_prompts import draw
    from vladva.app.prompting import as_json

    folder = folder_for(out).absolute()
    numbers = folder / "prompts.json"
    text = json.dumps(as_json(found, curves=True), ensure_ascii=False, indent=1)
    numbers.write_text(text + "\n", encoding="utf-8")
    return [numbers, *draw(found, folder)]
