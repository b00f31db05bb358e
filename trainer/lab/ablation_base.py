"""The base that all rows of an ablation start from: drawn, taught to see, taught to speak, once.

What it is made of is written to `base.json` when it is there; it never changes after that. The
captions of its voice are poorer than those that the joint step sees (`poor`). Ours.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from vladva.errors import ConfigError
from vladva.trainer.lab import align, edits, joint, language, scenes, vision
from vladva.trainer.lab.ablation_rows import WORLD
from vladva.trainer.lab.features import look
from vladva.trainer.lab.shape import SHAPES
from vladva.trainer.lab.worlds import World, suffix

SHAPE_OF: dict[str, str] = {"llava": "micro", "qwen2_vl": "micro-qwen2_vl"}
"""Family → the shape that is tried of it."""


@dataclass(frozen=True)
class BasePlan:
    """How the base is made: pictures drawn, those seen by each stage; twins drawn for the rows.

    `edits` of the first of the twins.
    """

    backbone: str = "llava"
    drawn: int = 60_000
    twins: int = 20_000
    edits: int = 10_000
    vision: int = 300_000
    align: int = 100_000
    language: int = 60_000


def write(place: Path, facts: Mapping[str, Any]) -> None:
    """A JSON file, whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_suffix(".unfinished")
    beside.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    beside.replace(place)


def ensure(folder: Path, plan: BasePlan, workers: int) -> None:
    """Make what is missing of the base in `folder`; goes on where it was stopped.

    Raises `ConfigError` where another base is there.
    """
    facts = {**asdict(plan), "shape": SHAPE_OF[plan.backbone], "captions": "poor"}
    place = folder / "base.json"
    if not place.exists():
        _make(folder, plan, workers)
        write(place, facts)
        return
    found = json.loads(place.read_text(encoding="utf-8"))
    odd = [name for name, value in facts.items() if found.get(name) != value]
    if odd:
        raise ConfigError(
            f"the base in {folder} has {odd[0]} {found.get(odd[0])!r}, not {facts[odd[0]]!r}",
            "name another folder, or ask for what is there",
        )


def _make(folder: Path, plan: BasePlan, workers: int) -> None:
    shape = SHAPES[SHAPE_OF[plan.backbone]]
    _draw(folder, plan, shape.image, workers)
    vision.train(folder, shape, plan.vision, batch=64, peak=1e-3)
    align.train(folder, shape, plan.align, batch=64, peak=2e-3)
    language.train(
        folder, shape, plan.language, 32, peak=language.RATE, workers=min(workers, 4), poor=True
    )
    encoder = joint.load(folder / "base")  # now, since rows may run beside each other later
    drawn = scenes.Drawn(folder, shape.image, WORLD)
    targets = edits.Targets(folder, shape.image, WORLD)
    look(encoder, drawn, len(drawn), folder / f"features/scenes{suffix(WORLD)}")
    look(encoder, targets, len(targets), folder / f"features/edits{suffix(WORLD)}")


def _draw(folder: Path, plan: BasePlan, size: int, workers: int) -> None:
    """Parts of scenes and of edits that are not there yet."""
    (folder / "scenes").mkdir(parents=True, exist_ok=True)
    worlds: dict[World, int] = {"plain": plan.drawn, WORLD: plan.twins}
    pictures = [
        scenes.Part(folder, part, size, world)
        for world, count in worlds.items()
        for part in range(-(-count // scenes.PART))
    ]
    targets = [
        edits.Part(folder, part, edits.PART, size, WORLD)
        for part in range(-(-plan.edits // edits.PART))
    ]
    if workers:
        with get_context("spawn").Pool(workers) as pool:
            pool.map(scenes.draw_part, pictures, chunksize=1)
            pool.map(edits.draw_part, targets, chunksize=1)
    else:
        list(map(scenes.draw_part, pictures))
        list(map(edits.draw_part, targets))
