"""`vladva doctor`: what is wrong with the library and the machine, and mending it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vladva.app.json_text import to_json
from vladva.app.settings import Settings

if TYPE_CHECKING:
    from vladva.indexes.health.finding import Finding


@click.command()
@click.option("--repair", is_flag=True, help="Mend what can be; broken files are kept aside.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def doctor(settings: Settings, *, repair: bool, as_json: bool) -> int:
    """Say what is wrong with the library, and mend it.

    Looks at every row and vector, the database, the disk and the machine. Exit code 1 where an
    error is left, 0 where there are at most warnings.
    """
    from vladva.app.present_doctor import doctor_json, doctor_text
    from vladva.indexes.health.doctor import examine
    from vladva.indexes.health.doctor import repair as mend

    folder = settings.library_folder()
    done = mend(folder) if repair else []
    found = examine(folder)
    if all(finding.severity != "error" for finding in found):
        found = [*_model(folder), *found]
    row = doctor_json(folder, done, found)
    click.echo(to_json(row) if as_json else doctor_text(row))
    return 0 if row["healthy"] else 1


def _model(folder: Path) -> "list[Finding]":
    """A library whose model is not here can be searched only after a download."""
    from vladva.app.sources import source_of
    from vladva.indexes.health.finding import Finding
    from vladva.indexes.library import Library
    from vladva.presets import PRESETS, is_cached

    with Library.open(folder, create=False) as library:
        active = library.active()
        model = source_of(library, active).model if active else None
    if model is None:
        return []
    preset = PRESETS.get(model)
    if preset is not None and not is_cached(preset):
        what = f"The model {model}, which made this library, is not on this machine."
        return [Finding(what, str(folder), "warning", "The next search downloads it.")]
    if preset is None and Path(model).is_absolute() and not Path(model).exists():
        what = "The folder of the model that made this library is gone."
        return [Finding(what, model, "warning", "Put it back, or index with another --model.")]
    return []
