"""`vladva caption`: pictures in words, by the generative half of a model, any adapter off."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from vladva.app.fetching import consent, ensure
from vladva.app.settings import Settings

if TYPE_CHECKING:
    from vladva.app.captioning import Captioned


@click.command()
@click.argument(
    "images",
    metavar="IMAGE...",
    nargs=-1,
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
)
@click.option(
    "--style", type=click.Choice(["short", "long"]), default="short", help="How much is said."
)
@click.option("--model", metavar="NAME", help="A model that can speak.  [default: the one in use]")
@click.option("--device", default="auto", help="auto, cpu, cuda, mps, …")
@consent
@click.option("--json", "as_json", is_flag=True, help="One object a line on stdout.")
@click.pass_obj
def caption(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    *,
    images: tuple[Path, ...],
    style: Literal["short", "long"],
    model: str | None,
    device: str,
    as_json: bool,
) -> None:
    """Describe pictures in words.

    By the model's own words: an adapter, which is for searching, is off. Exit code 3: done, but
    some files were skipped.
    """
    from vladva.app.captioning import captions, load_speaker, speaking_model
    from vladva.app.notices import caption_notice
    from vladva.app.present_progress import waiting

    name = speaking_model(settings.library_folder(), model)
    notice = caption_notice(name, images)
    if notice:
        click.secho(notice, err=True, bold=True)
    ensure(name, as_json=as_json)
    with waiting(f"loading {name} …"):
        generator, prepare = load_speaker(name, device)
    skipped = 0
    for found in captions(generator, prepare, images, style):
        skipped += found.caption is None
        _show(found, style, as_json=as_json, alone=len(images) == 1)
    if skipped:
        raise click.exceptions.Exit(3)


def _show(found: "Captioned", style: str, *, as_json: bool, alone: bool) -> None:
    from vladva.app.json_text import to_json
    from vladva.app.plain import printable

    if as_json and found.caption is not None:
        row = {"event": "caption", "path": found.path, "caption": found.caption, "style": style}
        click.echo(to_json(row))
    elif as_json:
        reason = {"reason": found.reason, "hint": found.hint}
        click.echo(to_json({"event": "skipped", "path": found.path, **reason}))
    elif found.caption is None:
        hint = f" ({found.hint})" if found.hint else ""
        click.echo(printable(f"skipped {found.path}: {found.reason}{hint}"), err=True)
    else:
        click.echo(printable(found.caption if alone else f"{found.path}: {found.caption}"))
