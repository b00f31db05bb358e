"""The model card: says what the facts say, and nothing where they say nothing."""

from pathlib import Path
from typing import Any

import tiny

from vladva.adapters import AdapterShape, create, save
from vladva.encoders import load_encoder
from vladva.trainer.card import text, write
from vladva.trainer.config import TrainConfig, as_dict

FACTS: dict[str, Any] = {
    "base": {"name": "mini", "fingerprint": "f" * 32},
    "prompts": {"image": "The scene in one word:", "text": "The words in one word:"},
    "metrics": {"before": {"image_R@10": 5.0}, "after": {"image_R@10": 25.0}},
    "verdict": "accepted",
    "reason": "better on 40 held-out pictures",
    "training": {"config": as_dict(TrainConfig()), "rows": 160, "steps": 300, "seconds": 9.5},
}


def test_the_card_tells_base_verdict_figures_training_and_prompts() -> None:
    card = text("mine", FACTS, {"image_R@10": 25.0, "text_R@10": 31.25})
    assert card.startswith('---\nbase_model: "mini"\n')
    for part in (
        "# mine: a VladVA adapter for mini",
        "--model mini --adapter mine",
        "Accepted: better on 40 held-out pictures.",
        "| image_R@10 | 5 | 25 |",
        "| text_R@10 | – | 31.25 |",
        "| rows | 160 |",
        "| optim.lr | 0.0001 |",
        "'The words in one word:'",
    ):
        assert part in card, part
    assert "config" not in card


def test_facts_that_are_absent_leave_no_empty_chapter() -> None:
    card = text("old", {"base": "mini"}, {})
    assert "adapter for mini" in card
    for chapter in ("Verdict", "Figures", "Training", "Prompts"):
        assert f"## {chapter}" not in card
    assert "None" not in card


def test_the_card_stands_beside_the_adapter_and_knows_its_shape(tmp_path: Path) -> None:
    model: Any = load_encoder(str(tiny.checkpoint("mini")), adapter=None)
    save(create(model.model, AdapterShape(rank=3)), tmp_path / "mine", FACTS)
    write(tmp_path / "mine", FACTS, {"image_R@10": 25.0})
    card = (tmp_path / "mine" / "README.md").read_text()
    assert "| adapter.rank | 3 |" in card
    assert "| adapter.vision | False |" in card
