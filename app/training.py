"""A training run and its library: what the run needs from it before, what is kept in it after.

Refuses to know how a model is trained, and how anything is shown.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from vladva.app.adapters import Adapters, Kept, base_name
from vladva.app.from_library import settings_for, training_rows
from vladva.app.sources import source_of
from vladva.errors import ConfigError, DataError
from vladva.indexes.captions import Told, told
from vladva.indexes.home import MARKER
from vladva.indexes.library import Library
from vladva.indexes.marks import Marks
from vladva.indexes.paths import inside, normalise
from vladva.presets import PRESETS
from vladva.trainer.config import TrainConfig, load_config
from vladva.trainer.events import Summary
from vladva.trainer.parts import LEAST_HELD_OUT

ROWS = "library.jsonl"
"""The rows that a library gave, in the folder of a run."""


@dataclass(frozen=True)
class Plan:
    """What a run starts from: the base, and the adapter of the library that is in use on it."""

    model: str
    in_use: Path | Literal["packaged"] | None
    generate: bool
    """Whether captions that are missing get generated."""
    machine: bool = False
    """Whether captions in the library that a model wrote count as a person's."""
    least: int = 2
    """Photos with words that `--from-library` needs."""


class Rows(NamedTuple):
    """The rows of a library, and the settings that they need."""

    file: Path
    changes: tuple[str, ...]


def is_library(folder: Path) -> bool:
    """Whether a library lies there."""
    return (folder / MARKER).is_file()


def plan(
    folder: Path, out: Path, model: str | None, recipe: str | None, changes: Sequence[str]
) -> Plan:
    """Settle the base: `--set`, else `--model`, else the recipe, else the library's.

    The last where it can be trained; else the trainer's default. Raises `ConfigError` on settings
    that cannot be, and where `out` lies among the photos of the library.
    """
    told = (*([] if model is None else [f"model.name={model}"]), *changes)
    config = load_config(recipe, told)
    named = config.model.name if recipe or _names_model(told) else None
    if not is_library(folder):
        return _plan(base_name(named or config.model.name), "packaged", config)
    with Library.open(folder, create=False) as library:
        _check_apart(library, out)
        base = base_name(named or _trainable(library) or config.model.name)
        adapters = Adapters(library)
        place = adapters.folder(adapters.chosen(base))
    return _plan(base, place, config)


def library_rows(folder: Path, out: Path, plan: Plan) -> Rows:
    """Write what the library's photos are said to show as training rows → the JSONL file.

    Photos that are not there now (a disk that is away) take no part. The rows of a run that has
    begun stay as they are. Raises `DataError` where they are too few, with what can be done.
    """
    file = out / ROWS
    if _is_begun(out):
        kept = file.read_text(encoding="utf-8").splitlines()
        return Rows(file, settings_for(map(json.loads, kept)))
    with Library.open(folder, create=False) as library:
        photos, marks = told(library), Marks(library).all()
    if not photos:
        raise DataError(
            "The library has no photos to train on.", "Begin with `vladva index FOLDER`."
        )
    there = [photo for photo in photos if Path(photo.path).is_file()]
    if not there:
        raise DataError("None of the library's photos is there now.", "Connect their disk.")
    rows = training_rows(there, marks, machine=plan.machine, generate=plan.generate)
    if len(rows) < plan.least:
        raise _too_few(len(rows), there, plan)
    return Rows(_write(file, [json.dumps(row) for row in rows]), settings_for(rows))


def keep_trained(folder: Path, out: Path, model: str, summary: Summary) -> Kept:
    """Copy a trained adapter into the library, made on demand; put it to use if accepted."""
    with Library.open(folder, create=True) as library:
        adapters = Adapters(library)
        place, name = Path(summary.adapter), out.resolve().name
        kept = adapters.keep(place, name, model, summary.verdict, summary.metrics)
        if summary.accepted:
            adapters.choose(kept.model, kept.name)
    return kept


def _plan(base: str, place: Path | Literal["packaged"] | None, config: TrainConfig) -> Plan:
    said = config.captions
    return Plan(base, place, said.generate, said.machine, _least(config))


def _names_model(changes: Sequence[str]) -> bool:
    return any(change.partition("=")[0].strip() == "model.name" for change in changes)


def _trainable(library: Library) -> str | None:
    """The base that the library is searched with; None where its preset is no generative one."""
    active = library.active()
    if active is None:
        return None
    model = source_of(library, active).model
    return model if model not in PRESETS or PRESETS[model].generative else None


def _check_apart(library: Library, out: Path) -> None:
    place = normalise(out)
    for root in library.roots():
        if inside(place, root.path):
            raise ConfigError(
                f"{place} lies among the photos of {root.path}, where nothing is ever written.",
                "Name a folder beside it with --out.",
            )


def _is_begun(out: Path) -> bool:
    """Whether the folder holds more than rows: a run that goes on needs those that it had."""
    return (out / ROWS).is_file() and any(entry.name != ROWS for entry in out.iterdir())


def _too_few(count: int, photos: Sequence[Told], plan: Plan) -> DataError:
    """What is missing, and every way to it that this library has."""
    ways = [
        "Write captions beside the photos (photo.jpg, photo.txt) and index again",
        "mark search results as right or wrong",
    ]
    if not plan.machine and any(photo.by_machine for photo in photos):
        ways.append("add `--set captions.machine=true`: what a model wrote counts, too")
    if not plan.generate:
        ways.append("add `--set captions.generate=true`: the model writes what is missing")
    verb = "has" if count < 2 else "have"
    have = f"Only {count:,} of {len(photos):,} photos" if count else "No photo"
    return DataError(
        f"{have} of this library {verb} words to train on; a run needs {plan.least:,}.",
        "; ".join(ways) + ".",
    )


def _least(config: TrainConfig) -> int:
    """Photos with words that a run needs: half of them at most are held out for the gate."""
    judged = config.data.held_out > 0 and config.data.held_out_file is None
    return 2 * LEAST_HELD_OUT if judged else 2


def _write(file: Path, rows: Sequence[str]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.write_text("".join(row + "\n" for row in rows), encoding="utf-8")
    partial.replace(file)  # as a whole: other processes of the same run write and read it too
    return file
