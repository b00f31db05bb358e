"""`vladva inspect`: what a model makes of one picture or one text, before tuning and after."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladva.app.fetching import consent, ensure
from vladva.app.settings import Settings

if TYPE_CHECKING:
    from vladva.app.inspecting import Inspection


@click.command()
@click.argument("given", metavar="IMAGE|TEXT")
@click.option("--model", metavar="NAME", help="A vision-language model.  [default: the one in use]")
@click.option(
    "--adapter",
    metavar="NAME|DIR",
    help="One of `vladva adapters`, a folder, packaged or none.  [default: the one in use]",
)
@click.option("--top", type=click.IntRange(1, 1000), default=10, help="How many next tokens.")
@click.option(
    "--layer", type=click.IntRange(1), help="Whose attention is shown.  [default: the last]"
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Draw figures 4, 6 and 7 there, as PNG and SVG, with all numbers as JSON.",
)
@click.option("--device", default="auto", help="auto, cpu, cuda, mps, …")
@consent
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def inspect(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    given: str,
    model: str | None,
    adapter: str | None,
    top: int,
    layer: int | None,
    out: Path | None,
    device: str,
    as_json: bool,
) -> None:
    """Look into a model: its next words, what it attends to.

    The most probable next tokens at the summary token, what it attends to in the picture, and
    what the model says of it: before tuning and, where an adapter is on it, after.
    """
    from vladva.app.inspecting import as_json as told
    from vladva.app.json_text import to_json
    from vladva.app.present_inspect import report

    found = _look(settings, given, model, adapter, top, device)
    chosen = _layer(found, layer)
    files = _drawn(found, out, chosen) if out is not None else []
    if as_json:
        click.echo(to_json({**told(found), "files": [str(file) for file in files]}))
        return
    click.echo(report(found, chosen))
    for file in files:
        click.echo(f"wrote {file}", err=True)


def _look(  # noqa: PLR0913, PLR0917 - what the options say
    settings: Settings, given: str, model: str | None, adapter: str | None, top: int, device: str
) -> "Inspection":
    from vladva.app.evaluation import judged
    from vladva.app.inspecting import inspect as look_into
    from vladva.app.inspecting import picture_named
    from vladva.app.notices import caption_notice
    from vladva.app.present_progress import waiting
    from vladva.app.prompting import refuse_two_towers
    from vladva.encoders import load_encoder

    picture = picture_named(given)
    chosen = judged(settings.library_folder(), model, adapter)
    refuse_two_towers(chosen.model)
    notice = caption_notice(chosen.model, [] if picture is None else [picture])
    if notice:
        click.secho(notice, err=True, bold=True)
    ensure(chosen.model)
    with waiting(f"loading {chosen.model} …"):
        encoder = load_encoder(chosen.model, device=device, adapter=chosen.folder)
    with waiting("looking …"):
        return look_into(encoder, chosen.model, chosen.adapter, given, top)


def _layer(found: "Inspection", asked: int | None) -> int:
    """The layer that is shown, from 0. Raises `click.BadParameter` on one that is not there."""
    if found.before.attention is None:
        if asked is not None:
            raise click.BadParameter("only of a picture is attention shown", param_hint="--layer")
        return 0
    layers = len(found.before.attention.weights)
    if asked is not None and asked > layers:
        raise click.BadParameter(
            f"{found.model} has {layers} layers: --layer takes 1 to {layers}", param_hint="--layer"
        )
    return (asked or layers) - 1


def _drawn(found: "Inspection", out: Path, layer: int) -> list[Path]:
    import json

    from vladva.app.figures import folder_for
    from vladva.app.figures_inspect import draw
    from vladva.app.inspecting import as_json

    folder = folder_for(out).absolute()
    numbers = folder / "inspect.json"
    text = json.dumps(as_json(found, maps=True), ensure_ascii=False, indent=1)
    numbers.write_text(text + "\n", encoding="utf-8")
    return [numbers, *draw(found, folder, layer)]
