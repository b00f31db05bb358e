"""A dry run of each paper recipe: true config, two layers of each tower, random weights, two steps.

`make test-slow` runs it; `-s` shows the figures. No weights of these models are needed, and
nothing is learned: it proves that the settings fit the models, and counts what learns.
"""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tiny
import torch
from transformers import (
    LlavaConfig,
    LlavaForConditionalGeneration,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
)

from vladva.trainer.config import load_config
from vladva.trainer.events import Started, Step, Summary
from vladva.trainer.run import Settings, start

LAYERS = 2


@dataclass(frozen=True)
class Paper:
    """A recipe, and the model that it names. `billions`: the paper's Params (B)."""

    recipe: str
    billions: float
    config: Callable[[int | None], Any]
    model: type
    stand_in: str
    """The tiny checkpoint whose tokenizer serves."""


def llava(width: int, inner: int, heads: int, depth: int) -> Callable[[int | None], Any]:
    def config(layers: int | None) -> Any:
        text = {
            "model_type": "llama",
            "hidden_size": width,
            "intermediate_size": inner,
            "num_attention_heads": heads,
            "num_hidden_layers": layers or depth,
            "vocab_size": 32064,
            "max_position_embeddings": 4096,
        }
        vision = {
            "model_type": "clip_vision_model",
            "hidden_size": 1024,
            "intermediate_size": 4096,
            "num_attention_heads": 16,
            "num_hidden_layers": layers or 24,
            "image_size": 336,
            "patch_size": 14,
            "projection_dim": 768,
        }
        return LlavaConfig(
            text_config=text, vision_config=vision, image_token_id=3, image_seq_length=576
        )

    return config


def qwen(layers: int | None) -> Any:
    text = {
        "hidden_size": 1536,
        "intermediate_size": 8960,
        "num_attention_heads": 12,
        "num_key_value_heads": 2,
        "num_hidden_layers": layers or 28,
        "vocab_size": 151936,
        "tie_word_embeddings": True,
        "max_position_embeddings": 32768,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 1e6,
            "mrope_section": [16, 24, 24],
        },
    }
    vision = {"depth": layers or 32, "embed_dim": 1280, "hidden_size": 1536, "num_heads": 16}
    return Qwen2VLConfig(
        text_config=text, vision_config=vision, tie_word_embeddings=True, **tiny.QWEN_IDS
    )


PAPERS = [
    Paper("qwen2-vl-2b-paper", 2.21, qwen, Qwen2VLForConditionalGeneration, "qwen2_vl"),
    Paper(
        "llava-1.5-7b-paper",
        7.06,
        llava(4096, 11008, 32, 32),
        LlavaForConditionalGeneration,
        "llava",
    ),
    Paper(
        "llava-1.5-13b-paper",
        13.35,
        llava(5120, 13824, 40, 40),
        LlavaForConditionalGeneration,
        "llava",
    ),
]


def checkpoint(paper: Paper, folder: Path) -> Path:
    """True widths, two layers, random weights."""
    folder.mkdir()
    source = tiny.checkpoint(paper.stand_in)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        if (source / name).exists():
            shutil.copy(source / name, folder / name)
    pixels = json.loads((source / "preprocessor_config.json").read_text())
    if "crop_size" in pixels:
        pixels.update(size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336})
    (folder / "preprocessor_config.json").write_text(json.dumps(pixels))
    torch.manual_seed(0)
    paper.model(paper.config(LAYERS)).save_pretrained(folder)  # type: ignore[attr-defined]
    return folder


def whole(paper: Paper) -> tuple[int, int]:
    """Parameters, and what LoRA of rank 16 adds to the language model, at full depth."""
    with torch.device("meta"):
        model: Any = paper.model(paper.config(None))
    model.tie_weights()
    linear = torch.nn.Linear
    layers = [m for m in model.model.language_model.modules() if isinstance(m, linear)]
    added = sum(16 * (layer.in_features + layer.out_features) for layer in layers)
    return sum(p.numel() for p in model.parameters()), added


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.recipe)
def test_two_steps_of_a_paper_recipe(paper: Paper, tmp_path: Path) -> None:
    config = load_config(paper.recipe, ())
    assert (config.adapter.rank, config.adapter.alpha, config.optim.lr) == (16, 16, 1e-4)
    assert (config.data.batch, config.optim.epochs) == (1024, 7)
    total, lora = whole(paper)
    assert total / 1e9 == pytest.approx(paper.billions, rel=0.01)
    for number in range(6):
        tiny.picture(336, 336, seed=number).save(tmp_path / f"{number}.png")
    rows = [
        {"image": f"{n}.png", "short": f"dog {n}", "long": f"dog {n} on a table"} for n in range(6)
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    changes = ("optim.steps=2", "data.batch=3", "data.workers=0", "data.held_out=0.3")
    told = Settings(
        tmp_path / "rows.jsonl",
        tmp_path / "out",
        model=str(checkpoint(paper, tmp_path / "model")),
        recipe=paper.recipe,
        changes=changes,
    )
    events = list(start(told))
    shutil.rmtree(tmp_path / "model")
    started = next(event for event in events if isinstance(event, Started))
    steps = [event for event in events if isinstance(event, Step)]
    assert steps[-1].step == 2
    assert all(0 < step.loss < 100 for step in steps)
    assert isinstance(events[-1], Summary)
    assert started.trainable < lora
    sys.stdout.write(
        f"\n{paper.recipe}: {total / 1e9:.2f} B parameters (paper {paper.billions}), "
        f"LoRA of rank 16 {lora / 1e6:.1f} M, with {LAYERS} layers {started.trainable / 1e6:.2f} M "
        f"learn; losses {[round(step.loss, 2) for step in steps]}\n"
    )
