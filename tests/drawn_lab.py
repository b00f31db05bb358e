"""A lab in small: 32 px pictures, one layer, forty scenes."""

from pathlib import Path

import pytest

from vladva.trainer.lab import scenes, vision
from vladva.trainer.lab.shape import Shape, Tower

TINY = Shape(32, 16, Tower(1, 24, 2, 48), Tower(1, 32, 2, 48))
SCENES = 40


def small_lab(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scenes drawn into `folder`, and every number of the lab that is too large for a test."""
    monkeypatch.setattr(scenes, "PART", SCENES // 2)
    monkeypatch.setattr(vision, "HELD_OUT", 8)
    (folder / "scenes").mkdir(parents=True, exist_ok=True)
    for part in (0, 1):
        scenes.draw_part(scenes.Part(folder, part, TINY.image))
    return folder
