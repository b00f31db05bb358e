import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn_lab import TINY, small_lab
from PIL import Image
from safetensors.torch import load_file, save_file

from vladva.encoders import load_encoder
from vladva.toyland.draw import draw
from vladva.toyland.invent import invent
from vladva.trainer.lab import align, base, heard, language, vision
from vladva.trainer.lab.backbone import BACKBONES, backbone_of
from vladva.trainer.lab.base import new_base
from vladva.trainer.lab.language import Voice
from vladva.trainer.lab.lessons import gathered, lesson, turns
from vladva.trainer.lab.qwen2_vl import packed
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.vision import Eyes, to_pixels

SHAPES = {name: replace(TINY, backbone=name) for name in BACKBONES}


@pytest.fixture(params=BACKBONES)
def shape(request: pytest.FixtureRequest) -> Any:
    return SHAPES[request.param]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(base, "VOCABULARY_TEXTS", 300)
    monkeypatch.setattr(language, "HELD_OUT", 8)
    monkeypatch.setattr(heard, "SCENES", 8)
    heard.pictures.cache_clear()
    return small_lab(tmp_path, monkeypatch)


def test_the_eyes_of_each_family_learn(lab: Path, shape: Any) -> None:
    vision.train(lab, shape, scenes=800, batch=8, peak=3e-3)
    told = [json.loads(line) for line in (lab / "vision.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in told if line["event"] == "step"]
    assert losses[-1] < 0.9 * losses[0]
    assert told[-1]["event"] == "held out"


def test_what_was_carried_here_without_a_run_is_not_learned_anew(
    lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, train in (
        ("vision", lambda: vision.train(lab, TINY, 8, 8, peak=3e-3)),
        ("align", lambda: align.train(lab, TINY, 8, 8, peak=3e-3)),
    ):
        train()
        left = lab / {"vision": vision.EYES, "align": base.PROJECTOR}[name]
        (lab / f"{name}-state.safetensors").unlink()
        (lab / f"{name}.jsonl").unlink()
        before = left.read_bytes()
        train()
        assert left.read_bytes() == before
        assert not (lab / f"{name}.jsonl").exists()
        assert f"{left} is here already" in capsys.readouterr().out


def test_each_state_belongs_to_its_own_place_in_the_picture(shape: Any) -> None:
    """A corner that changes is felt most by the token of that corner."""
    torch.manual_seed(0)
    backbone = backbone_of(shape)
    tower = backbone.tower(shape).eval()
    pixels = torch.randn(1, 3, 32, 32)
    for corner, (y, x) in enumerate([(0, 0), (0, 16), (16, 0), (16, 16)]):
        other = pixels.clone()
        other[..., y : y + 16, x : x + 16] += 3
        with torch.no_grad():
            change = backbone.states(tower, other) - backbone.states(tower, pixels)
        assert change.shape == (1, 5, backbone.width(shape))
        assert int(change[0, 1:].norm(dim=-1).argmax()) == corner


def test_the_base_of_each_family_is_read_by_its_encoder_and_means_the_same(
    lab: Path, shape: Any
) -> None:
    torch.manual_seed(0)
    save_file(Eyes(shape).state_dict(), lab / "vision.safetensors")
    lvlm, tokenizer = new_base(lab, shape)
    language.save(lvlm, tokenizer, shape, lab / "base")
    encoder: Any = load_encoder(str(lab / "base"), adapter=None)
    model = encoder.model
    assert model.backbone.base.config.model_type == shape.backbone
    assert model.backbone.base.config.vision_config.image_size == shape.image
    picture = encoder.prepare(draw(invent("test", 0, 0), 64))
    small = Image.fromarray(Drawn(lab, shape.image)[np.array([3])][0])
    question = "is there a red dog? Answer yes or no."
    voice = Voice(lvlm, backbone_of(shape)).eval()
    told = gathered([lesson(tokenizer, [(question, "yes")])], 0)
    with torch.no_grad():
        seen = model.look([encoder.prepare(small), picture])
        own = voice.look(to_pixels(np.asarray(small)[None]))
        assert torch.allclose(own[0], seen.tokens[:4], atol=1e-5)
        logits, _ = voice.logits(told, own)
        seen = model.look([encoder.prepare(small)])
        row = model.writer.turn(picture=True, prompt=question)
        batch = model.embed([row.with_picture(model.backbone.image_token_id, 4)], seen, None)
        wanted = model.logits(model.run(batch).last_hidden_state[:, -1])
    assert torch.allclose(logits[0], wanted[0], atol=1e-4)


def test_no_turn_sees_another_in_any_family(lab: Path, shape: Any) -> None:
    torch.manual_seed(0)
    save_file(Eyes(shape).state_dict(), lab / "vision.safetensors")
    lvlm, tokenizer = new_base(lab, shape)
    voice = Voice(lvlm, backbone_of(shape)).double().eval()
    image = torch.randn(1, 4, 32, dtype=torch.float64)
    asked = turns(invent("train", 0, 3), random.Random(3))[:3]
    with torch.no_grad():
        together, _ = voice.logits(gathered([lesson(tokenizer, asked)], 0), image)
        alone = [voice.logits(gathered([lesson(tokenizer, [turn])], 0), image)[0] for turn in asked]
    assert torch.allclose(together, torch.cat(alone), atol=1e-6)


def test_of_each_family_the_projector_alone_is_aligned_and_the_voice_alone_learns(
    lab: Path, shape: Any
) -> None:
    torch.manual_seed(0)
    save_file(Eyes(shape).state_dict(), lab / "vision.safetensors")
    torch.manual_seed(0)
    fresh, _ = new_base(lab, shape)
    before = parts(fresh.state_dict())
    align.train(lab, shape, 64, 8, peak=2e-3)
    language.train(lab, shape, 32, 8, peak=2e-3, workers=0)
    after = parts(load_file(lab / "base/model.safetensors"))
    torch.manual_seed(0)  # as both stages begin
    for name, same in (("eyes", True), ("projector", False), ("voice", False)):
        assert before[name].keys() == after[name].keys(), name
        equal = [torch.equal(weight, after[name][key]) for key, weight in before[name].items()]
        assert all(equal) if same else not all(equal), name
    aligned = load_file(lab / "projector.safetensors")
    for key, weight in aligned.items():
        kept = next(w for full, w in after["projector"].items() if full.endswith(key))
        assert torch.equal(weight, kept)


def parts(weights: dict[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    """Weights by what they belong to, under names without the wrapping of a checkpoint."""
    found: dict[str, dict[str, torch.Tensor]] = {"eyes": {}, "projector": {}, "voice": {}}
    for name, weight in weights.items():
        if "lm_head" in name:  # tied, so written once
            continue
        bridge = "projector" in name or "merger" in name
        eyes = "vision" in name or "visual" in name
        short = name.split("language_model.")[-1].removeprefix("model.")
        found["projector" if bridge else "eyes" if eyes else "voice"][short] = weight
    return found


def test_a_projector_learns_to_carry_the_layout(lab: Path, shape: Any) -> None:
    torch.manual_seed(0)
    save_file(Eyes(shape).state_dict(), lab / "vision.safetensors")
    align.train(lab, shape, 800, 8, peak=3e-3)
    told = [json.loads(line) for line in (lab / "align.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in told if line["event"] == "step"]
    assert losses[-1] < 0.9 * losses[0]


def test_packed_pixels_are_those_of_the_encoder() -> None:
    from vladva.encoders.qwen_vl import patches_of

    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    facts = {"min_pixels": 1024, "max_pixels": 1024, "patch_size": 8, "merge_size": 2}
    half = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    wanted = patches_of({**facts, **half, "temporal_patch_size": 2}, 8)(Image.fromarray(picture))
    patches, grids = packed(to_pixels(picture[None]), 8)
    assert np.allclose(patches, wanted["pixel_values"], atol=1e-6)
    assert grids.tolist() == [wanted["image_grid_thw"].tolist()]
