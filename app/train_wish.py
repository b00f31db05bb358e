"""What somebody wants of a training run from the page, checked before anything starts.

The same checks and the same words as the command line's. Refuses to know how a run is started.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vladva.app import training
from vladva.app.adapters import NONE, PACKAGED, Adapters
from vladva.errors import ConfigError, ModelError
from vladva.indexes.library import Library
from vladva.presets import PRESETS, is_cached

RUNS = "training"
"""The folder in the library in which runs lie, each by its adapter's name."""
FIRST_NAME = "mine"
_NAME = re.compile(r"\w[\w .-]{0,58}\w|\w")


@dataclass(frozen=True)
class TrainWish:
    """A run. `data` None: on what the library knows; `recipe` None: the one of the base."""

    name: str
    data: str | None = None
    recipe: str | None = None
    changes: tuple[str, ...] = ()

    def words(self, out: Path, *, resume: bool = False) -> list[str]:
        """The same as arguments of the program."""
        words = ["train", "--from-library"] if self.data is None else ["train"]
        words += ["--out", str(out), "--json"]
        words += ["--recipe", self.recipe] if self.recipe else []
        words += [word for change in self.changes for word in ("--set", change)]
        words += ["--resume"] if resume else []
        return words if self.data is None else [*words, "--", self.data]


@dataclass(frozen=True)
class Outlook:
    """What a run will work on."""

    model: str
    rows: int
    """Photos to learn from, and"""
    held_out: int
    """to be judged by."""
    bad_rows: int


def out_folder(library: Library, name: str) -> Path:
    """Where the run of an adapter lies."""
    return library.folder / RUNS / name


def free_name(library: Library) -> str:
    """A name that no adapter and no run has yet."""
    number = 1
    while True:
        name = FIRST_NAME if number == 1 else f"{FIRST_NAME}-{number}"
        if _is_free(library, name):
            return name
        number += 1


def check(library: Library, wish: TrainWish) -> Outlook:
    """What the run will work on. Raises what the command line would say against it.

    `ConfigError` for the name, the path, the recipe and the settings, `ModelError` for a base that
    is not on this machine, `DataError` for what cannot be learned from.
    """
    _check_name(library, wish.name)
    if wish.data is not None:
        _check_path(wish.data)
    out = out_folder(library, wish.name)
    plan = training.plan(library.folder, out, None, wish.recipe, wish.changes)
    _check_here(plan.model)
    changes: Sequence[str] = wish.changes
    if wish.data is None:
        rows = training.library_rows(library.folder, out, plan)
        data, changes = rows.file, (*rows.changes, *changes)
    else:
        data = Path(wish.data)
    return _outlook(data, plan.model, wish.recipe, changes)


def _outlook(data: Path, model: str, recipe: str | None, changes: Sequence[str]) -> Outlook:
    from vladva.trainer.config import load_config
    from vladva.trainer.parts import part

    config = load_config(recipe, (f"model.name={model}", *changes))
    parts = part(data, config)
    return Outlook(model, len(parts.rows), len(parts.held_rows), len(parts.data.bad))


def _check_name(library: Library, name: str) -> None:
    if not _NAME.fullmatch(name) or name in (PACKAGED, NONE):
        raise ConfigError(
            f"{name!r} cannot be the name of an adapter.",
            f"Letters, digits, spaces, - and . are fine, like {free_name(library)}.",
        )
    if not _is_free(library, name):
        raise ConfigError(
            f"This library has a run or an adapter called {name} already.",
            f"Choose another name, like {free_name(library)}.",
        )


def _is_free(library: Library, name: str) -> bool:
    """Whether neither an adapter has it nor a run, other than one that never began."""
    taken = {kept.name.casefold() for kept in Adapters(library).all()}
    out = out_folder(library, name)
    begun = out.exists() and any(entry.name != training.ROWS for entry in out.iterdir())
    return name.casefold() not in taken and not begun


def _check_path(text: str) -> None:
    path = Path(text)
    if not path.is_absolute():
        raise ConfigError(
            "A folder or a file by its whole path, please.", "Like /home/me/Pictures."
        )


def _check_here(model: str) -> None:
    preset = PRESETS.get(model)
    if preset is not None and not is_cached(preset):
        raise ModelError(
            f"The base {model} is not on this machine.",
            f"Fetch it first: Library, Change the encoder; or `vladva models --fetch {model}`.",
        )
