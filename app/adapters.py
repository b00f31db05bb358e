"""The adapters of a library: copies under LIBRARY/adapters, which one is in use, and the way back.

A copy never changes, so that vectors that were made with it can be searched as long as it is kept.
Refuses to know weights: what a copy is good for shows when an encoder is loaded with it.
"""

import difflib
import filecmp
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vladva.errors import ConfigError, LibraryError
from vladva.indexes.library import Library, now
from vladva.presets import PRESETS

PACKAGED = "packaged"
"""In use where nothing was chosen: the adapter in the model's own folder, if there is one."""
NONE = "none"
"""The base as it is."""
FILES = ("adapter.safetensors", "adapter.json")
_CARD = "README.md"
_KEPT, _CHOSEN, _HISTORY = "adapters", "adapters_in_use", "adapters_history"
_STEPS_BACK = 100


@dataclass(frozen=True)
class Kept:
    """An adapter of a library. `model` is its base, as `load_encoder` takes it."""

    name: str
    folder: Path
    model: str
    verdict: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    date: str | None = None
    """ISO 8601, UTC: when it was taken in."""


@dataclass(frozen=True)
class Change:
    """What is in use for a base instead of what: names, `PACKAGED` or `NONE`."""

    model: str
    before: str
    after: str


def base_name(model: str) -> str:
    """One spelling for one base: the preset of a hub id, the absolute path of a folder.

    >>> base_name("mini")
    'mini'
    """
    if model in PRESETS:
        return model
    if Path(model).is_dir():
        return str(Path(model).resolve())
    same = (name for name, preset in PRESETS.items() if preset.hub_id == model)
    return next(same, model)


def read_facts(folder: Path) -> dict[str, Any]:
    """What an adapter's folder says about it. Raises `ConfigError` where it is none."""
    try:
        facts = json.loads((folder / FILES[1]).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _not_one(folder) from error
    if not isinstance(facts, dict) or not (folder / FILES[0]).is_file():
        raise _not_one(folder)
    return facts


def base_of(facts: Mapping[str, Any]) -> str:
    """The name of the base that an adapter was trained for; "" where it does not say."""
    base = facts.get("base", "")
    return str(base.get("name", "") if isinstance(base, Mapping) else base)


def metrics_of(facts: Mapping[str, Any]) -> dict[str, float]:
    """The figures on the part held out that an adapter's folder tells; of both, those after."""
    metrics = facts.get("metrics") or {}
    return dict(metrics.get("after", metrics))


class Adapters:
    """The adapters of one library, and what is in use for each base model."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._folder = library.folder / "adapters"

    def all(self) -> list[Kept]:
        """Every copy, the oldest first."""
        found = (self._kept(folder) for folder in self._folders())
        return sorted(found, key=lambda kept: (kept.date or "", kept.name))

    def find(self, name: str) -> Kept:
        """The adapter of a name. Raises `ConfigError` with the nearest one."""
        folder = self._folder / name
        if name not in (one.name for one in self._folders()):
            raise ConfigError(f"This library has no adapter called {name!r}.", self._nearest(name))
        return self._kept(folder)

    def keep(
        self,
        folder: Path,
        name: str,
        model: str,
        verdict: str | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> Kept:
        """Copy an adapter's folder in, under `name` or, where that is another one, `name-2`, ….

        The same files again are the same adapter. Raises `ConfigError` where the folder holds no
        adapter, and `LibraryError` where the copy fails.
        """
        facts = read_facts(folder)
        target = self._free(name, folder)
        if not target.exists():
            self._copy(folder, target)
        known = self._library.get(_KEPT) or {}
        before = known.get(target.name, {"date": now()})
        record = {
            **before,
            "model": base_name(model),
            "verdict": verdict or before.get("verdict") or facts.get("verdict"),
            "metrics": dict(metrics or before.get("metrics") or metrics_of(facts)),
        }
        self._library.set(_KEPT, {**known, target.name: record})
        return self._kept(target)

    def chosen(self, model: str) -> str:
        """What is in use for a base: the name of an adapter, `PACKAGED` or `NONE`."""
        return str((self._library.get(_CHOSEN) or {}).get(base_name(model), PACKAGED))

    def choose(self, model: str, name: str) -> Change:
        """Use this one for a base from now on; `rollback` undoes it."""
        change = Change(base_name(model), self.chosen(model), name)
        if change.before != name:
            history = [*(self._library.get(_HISTORY) or []), [change.model, change.before]]
            self._library.set(_HISTORY, history[-_STEPS_BACK:])
            self._set(change.model, name)
        return change

    def back(self) -> Change | None:
        """What `rollback` would do; None where there is nothing to undo."""
        history = self._library.get(_HISTORY) or []
        if not history:
            return None
        model, before = history[-1]
        return Change(model, self.chosen(model), before)

    def rollback(self) -> Change:
        """Undo the last choice. Raises `ConfigError` where there is none left."""
        change = self.back()
        if change is None:
            raise ConfigError(
                "There is nothing to go back to: no adapter was ever put to use here.",
                "`vladva adapters` lists them, `vladva adapters use NAME` chooses one.",
            )
        self._set(change.model, change.after)
        self._library.set(_HISTORY, self._library.get(_HISTORY)[:-1])
        return change

    def drop(self, name: str) -> None:
        """Delete a copy for good; it is no way back any more. Raises `LibraryError` if it stays."""
        place = self.find(name).folder
        gone = place.with_name(f".{name}.gone")
        try:
            place.rename(gone)  # at once: a half-deleted copy would be taken for a whole one
        except OSError as error:
            hint = "Close what reads it, or see who may write there."
            raise LibraryError(f"{place} cannot be deleted: {error}", hint) from error
        shutil.rmtree(gone, ignore_errors=True)
        known = self._library.get(_KEPT) or {}
        self._library.set(_KEPT, {key: value for key, value in known.items() if key != name})
        steps = self._library.get(_HISTORY) or []
        self._library.set(_HISTORY, [step for step in steps if step[1] != name])

    def folder(self, choice: str) -> Path | Literal["packaged"] | None:
        """A choice as `load_encoder` takes it. Raises `LibraryError` where the copy is gone."""
        if choice == PACKAGED:
            return "packaged"
        if choice == NONE:
            return None
        place = self._folder / choice
        if not place.is_dir():
            raise LibraryError(
                f"The adapter {choice!r} of this library is gone: {place}",
                "Put it back, or index with another one: `vladva index FOLDER --adapter packaged`.",
            )
        return place

    def _set(self, model: str, name: str) -> None:
        self._library.set(_CHOSEN, {**(self._library.get(_CHOSEN) or {}), model: name})

    def _folders(self) -> list[Path]:
        found = self._folder.glob("*/" + FILES[1])
        return [file.parent for file in found if not file.parent.name.startswith(".")]

    def _kept(self, folder: Path) -> Kept:
        record = (self._library.get(_KEPT) or {}).get(folder.name)
        if record is None:  # laid there by hand
            facts = read_facts(folder)
            return Kept(folder.name, folder, base_name(base_of(facts)))
        return Kept(folder.name, folder, **record)

    def _nearest(self, name: str) -> str:
        names = sorted(folder.name for folder in self._folders())
        if not names:
            return "It has none yet: `vladva train DATA --out DIR` makes one."
        near = difflib.get_close_matches(name, names, 1, 0.4)
        meant = f"Did you mean {near[0]!r}? " if near else ""
        return f"{meant}It has: {', '.join(names)}."

    def _free(self, name: str, source: Path) -> Path:
        """Where these files are, or may be written."""
        name = name.lstrip(".") or "adapter"
        number = 1
        while True:
            place = self._folder / (name if number == 1 else f"{name}-{number}")
            taken = place.exists() or place.name in (PACKAGED, NONE)
            if not taken or _same(place, source):
                return place
            number += 1

    def _copy(self, folder: Path, target: Path) -> None:
        partial = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            partial.mkdir(parents=True, exist_ok=True)
            for name in (*FILES, _CARD):
                if (folder / name).is_file():
                    shutil.copyfile(folder / name, partial / name)
            partial.rename(target)
        except OSError as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise LibraryError(
                f"{folder} cannot be copied into the library: {error}",
                f'The adapter itself is whole. Make room, then `vladva index FOLDER --adapter "'
                f'{folder}"`.',
            ) from error


def _same(one: Path, other: Path) -> bool:
    files = [(one / name, other / name) for name in FILES]
    return all(a.is_file() and filecmp.cmp(a, b, shallow=False) for a, b in files)


def _not_one(folder: Path) -> ConfigError:
    return ConfigError(
        f"{folder} is not an adapter.",
        f"An adapter is a folder with {FILES[0]} and {FILES[1]}, as `vladva train` writes it.",
    )
