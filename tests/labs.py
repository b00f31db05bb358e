"""A lab of almost nothing: a few scenes of 28 px, and a base that was never trained."""

import json
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from transformers import LlavaConfig, LlavaForConditionalGeneration

from vladva.toyland.words import vocabulary_texts
from vladva.trainer.lab import edits, scenes
from vladva.trainer.lab.shape import train_tokenizer

SIDE, SCENES = 28, 8


def lab(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Scenes, their edits and a base, as the stages before the joint one leave them."""
    monkeypatch.setattr(scenes, "PART", SCENES)
    monkeypatch.setattr(edits, "PART", SCENES)
    (folder / "scenes").mkdir()
    scenes.draw_part(scenes.Part(folder, 0, SIDE))
    edits.draw_part(edits.Part(folder, 0, SCENES, SIDE))
    base(folder / "base")
    return folder


def base(folder: Path) -> None:
    """A LLaVA of width 32 that reads toyland's words."""
    tokenizer = train_tokenizer(vocabulary_texts(300))
    tokenizer.save_pretrained(folder)
    config = LlavaConfig(
        vision_config={"model_type": "clip_vision_model", **tiny.VISION},
        text_config={
            "model_type": "llama",
            **tiny.TEXT,
            "vocab_size": len(tokenizer),
            "eos_token_id": tokenizer.eos_token_id,
        },
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=4,
    )
    model = LlavaForConditionalGeneration(config)
    tiny.spread(model)
    model.save_pretrained(folder)
    size = {"height": SIDE, "width": SIDE}
    facts = {
        "image_processor_type": "CLIPImageProcessor",
        "size": size,
        "crop_size": size,
        "do_center_crop": False,
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(facts))


def lines(path: Path, event: str) -> list[dict[str, float]]:
    """What a journal says of an event."""
    said = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in said if line["event"] == event]


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Whether two files of weights hold the same numbers."""
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)
