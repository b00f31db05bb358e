"""Soft prompts and LoRA on every LVLM family, and two steps of training on each."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
import torch
from safetensors.torch import load_file

from vladva import adapters
from vladva.adapters import AdapterShape
from vladva.encoders import load_encoder
from vladva.trainer.events import Step, Summary
from vladva.trainer.run import Settings, start

WORDS = ("red", "green", "blue", "white")


@pytest.fixture(params=tiny.LVLMS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rows = []
    for number in range(12):
        tiny.picture(40 + number, 30, seed=number).save(folder / f"{number}.png")
        words = f"a {WORDS[number % 4]} dog {number // 4}"
        rows.append({"image": f"{number}.png", "short": words, "long": f"{words} on a table"})
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder / "rows.jsonl"


def test_two_steps_of_training_move_prompts_and_lora_and_nothing_else(
    kind: str, data: Path, tmp_path: Path
) -> None:
    folder = str(tiny.checkpoint(kind))
    told = ("optim.steps=2", "data.batch=4", "run.save_every=2", "run.eval_every=2")
    before = load_file(Path(folder) / "model.safetensors")
    events = list(start(Settings(data, tmp_path / "out", model=folder, changes=told)))
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.step for step in steps] == [1, 2]
    assert all(np.isfinite([step.contrastive, step.autoregressive]).all() for step in steps)
    assert all(step.contrastive > 0 and step.autoregressive > 0 for step in steps)
    assert isinstance(events[-1], Summary)
    learned = load_file(tmp_path / "out" / "adapter.safetensors")
    moved = {name for name, value in learned.items() if "lora_B" in name and value.any()}
    assert moved == {name for name in learned if "lora_B" in name}
    after = load_file(Path(folder) / "model.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)
    bare: Any = load_encoder(folder, device="cpu", adapter=None)
    tuned: Any = load_encoder(folder, device="cpu", adapter=tmp_path / "out")
    for side, learned_prompt in (("image", "image_prompt"), ("text", "text_prompt")):
        written = bare.model.prompt_embeddings(side)
        assert learned[learned_prompt].shape == written.shape
        assert not torch.equal(learned[learned_prompt], written)
    pictures = [bare.prepare(picture) for picture in tiny.PICTURES]
    assert np.abs(tuned.encode(pictures) - bare.encode(pictures)).max() > 1e-6
    assert np.abs(tuned.encode_texts(["a dog"]) - bare.encode_texts(["a dog"])).max() > 1e-6
    assert tuned.fingerprint != bare.fingerprint


def test_lora_on_vision_tower_and_projector_attaches_and_its_absence_is_the_base(kind: str) -> None:
    encoder: Any = load_encoder(str(tiny.checkpoint(kind)), device="cpu", adapter=None)
    pictures = [encoder.prepare(picture) for picture in tiny.PICTURES]
    before = encoder.encode(pictures)
    shape = AdapterShape(rank=2, alpha=2, vision=True, projector=True)
    adapter = adapters.create(encoder.model, shape)
    parts = {name.partition(".")[0] for name in adapter.lora()}
    assert {"vision", "projector"} <= parts
    assert np.abs(encoder.encode(pictures) - before).max() <= 1e-6
    with torch.no_grad():
        for name, value in adapter.lora().items():
            if name.startswith("projector"):
                value.add_(0.3)
    assert np.abs(encoder.encode(pictures) - before).max() > 1e-4
    with adapter.off():
        assert np.abs(encoder.encode(pictures) - before).max() <= 1e-6
