import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_lab import SCENES, TINY, small_lab
from safetensors.torch import load_file

from vladva.toyland.invent import invent
from vladva.toyland.scene import COLOURS, KINDS, Scene
from vladva.trainer.lab.layout import NOTHING, label, mirrored, targets
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.vision import train


def mirror_image(scene: Scene) -> Scene:
    things = tuple(
        replace(thing, box=(1 - thing.box[0] - thing.box[2], *thing.box[1:]))
        for thing in scene.things
    )
    return replace(scene, things=things)


def test_a_patch_is_told_the_nearest_thing_over_it() -> None:
    for index, grid in product(range(50), (7, 8)):
        scene = invent("train", 0, index)
        labels, boxes = label(scene, grid)
        for patch in range(grid * grid):
            x, y = (patch % grid + 0.5) / grid, (patch // grid + 0.5) / grid
            kind, colour, _ = labels[1 + patch]
            if kind == NOTHING:
                assert not boxes[patch].any()
                continue
            (cx, cy, w, h) = boxes[patch].astype(float)
            assert abs(x - cx) < w / 2 + 0.5 / grid
            assert abs(y - cy) < h / 2 + 0.5 / grid
            named = [(t.kind, t.colour) for t in scene.things]
            assert (KINDS[kind], COLOURS[colour]) in named


def test_targets_in_a_mirror_are_those_of_the_mirrored_scene() -> None:
    for index in range(50):
        scene = invent("train", 0, index)
        labels, boxes = (part[None] for part in label(scene, 7))
        found, where = mirrored(labels, boxes, 7)
        wanted, there = label(mirror_image(scene), 7)
        same = (found[0] == wanted).all(-1)
        assert same.mean() > 0.97  # a patch whose centre lies on an edge may round either way
        assert np.allclose(where[0][same[1:]], there[same[1:]], atol=2e-3)


def test_targets_are_made_once(tmp_path: Path) -> None:
    labels, boxes = targets(tmp_path, 6, 4)
    kept = next(tmp_path.iterdir())
    before = kept.stat().st_mtime_ns
    again, there = targets(tmp_path, 6, 4)
    assert kept.stat().st_mtime_ns == before
    assert np.array_equal(labels, again)
    assert np.array_equal(boxes, there)


def test_eyes_learn_and_a_second_run_adds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_lab(tmp_path, monkeypatch)
    train(folder, TINY, scenes=400, batch=8, peak=3e-3)
    before = load_file(folder / "vision.safetensors")
    told = [json.loads(line) for line in (folder / "vision.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in told if line["event"] == "step"]
    assert losses
    assert all(np.isfinite(losses))
    assert told[-1]["event"] == "held out"
    assert told[-1]["seen"] == 400
    train(folder, TINY, scenes=400, batch=8, peak=3e-3)
    after = load_file(folder / "vision.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_drawn_parts_are_one_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Drawn(small_lab(tmp_path, monkeypatch), TINY.image)
    assert len(drawn) == SCENES
    both = drawn[np.array([SCENES - 1, 0])]
    assert both.shape == (2, 32, 32, 3)
    assert not np.array_equal(both[0], both[1])
