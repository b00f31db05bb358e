"""What the page offers before a run: recipes with what they need, and what the library can give.

Refuses to know HTTP and how a run works.
"""

import re
from pathlib import Path
from typing import Any

from vladva.app import training
from vladva.app.from_library import marks_used, training_rows
from vladva.app.train_wish import free_name, out_folder
from vladva.indexes.captions import told
from vladva.indexes.library import Library
from vladva.indexes.marks import Marks
from vladva.presets import PRESETS, is_cached
from vladva.trainer.config import DEFAULTS, RECIPES, load_config, recipes

_NEEDS = re.compile(r"^# Hardware: (.+)$")


def choices(library: Library) -> dict[str, Any]:
    """The object of `/api/train/choices`; reads every photo's words, so not for every second."""
    name = free_name(library)
    plan = training.plan(library.folder, out_folder(library, name), None, None, ())
    return {
        "name": name,
        "model": plan.model,
        "here": _is_here(plan.model),
        "recipe": DEFAULTS.get(plan.model),
        "recipes": [_recipe(one) for one in recipes()],
        "library": _words(library, plan),
    }


def _recipe(name: str) -> dict[str, Any]:
    """A recipe: its base, whether that is on this machine, what it needs by its own words."""
    config = load_config(name, ())
    model = config.model.name
    lines = (RECIPES / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    said = next((match[1] for line in lines if (match := _NEEDS.match(line))), "")
    return {
        "name": name,
        "model": model,
        "here": _is_here(model),
        "needs": said.split(". ")[0].rstrip("."),
        "minutes": config.optim.minutes,
        "epochs": config.optim.epochs,
    }


def _words(library: Library, plan: training.Plan) -> dict[str, int]:
    """Photos that are there, how many of them have words of which kind, and marks of use."""
    photos = [photo for photo in told(library) if Path(photo.path).is_file()]
    marks = Marks(library).all()
    rows = training_rows(photos, marks, machine=False, generate=False)
    with_machine = training_rows(photos, marks, machine=True, generate=False)
    right, wrong = marks_used(photos, marks, machine=plan.machine)
    return {
        "photos": len(photos),
        "rows": len(rows),
        "rows_with_machine": len(with_machine),
        "captions": sum(bool(photo.caption) and not photo.by_machine for photo in photos),
        "keywords": sum(bool(photo.keywords) for photo in photos),
        "right": right,
        "wrong": wrong,
        "least": plan.least,
    }


def _is_here(model: str) -> bool:
    preset = PRESETS.get(model)
    return preset is None or is_cached(preset)
