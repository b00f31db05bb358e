import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drawn_lab import SCENES, TINY

from vladva.encoders import load_encoder
from vladva.errors import ConfigError
from vladva.generate import CAPTION
from vladva.toyland.invent import invent
from vladva.toyland.read import read
from vladva.trainer.lab import (
    ablation_base,
    base,
    edits,
    heard,
    language,
    poor,
    scenes,
    vision,
)
from vladva.trainer.lab.ablation_base import BasePlan, ensure
from vladva.trainer.lab.lessons import PROMPT_PAIR, Lessons, turns

PLAN = BasePlan("llava", drawn=SCENES, twins=SCENES, edits=4, vision=64, align=32, language=32)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = {"micro": TINY, "micro-qwen2_vl": replace(TINY, backbone="qwen2_vl")}
    monkeypatch.setattr(ablation_base, "SHAPES", shapes)
    monkeypatch.setattr(scenes, "PART", SCENES // 2)
    monkeypatch.setattr(edits, "PART", 4)
    monkeypatch.setattr(vision, "HELD_OUT", 8)
    monkeypatch.setattr(language, "HELD_OUT", 8)
    monkeypatch.setattr(base, "VOCABULARY_TEXTS", 300)
    monkeypatch.setattr(heard, "SCENES", 8)
    heard.pictures.cache_clear()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("backbone", ["llava", "qwen2_vl"])
def test_the_base_is_made_once_and_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backbone: str
) -> None:
    plan = replace(PLAN, backbone=backbone)
    train = language.train

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(language, "train", killed)
    with pytest.raises(KeyboardInterrupt):
        ensure(tmp_path, plan, workers=0)
    assert not (tmp_path / "base.json").exists()
    monkeypatch.setattr(language, "train", train)
    ensure(tmp_path, plan, workers=0)
    told = [json.loads(line) for line in (tmp_path / "vision.jsonl").read_text().splitlines()]
    assert [line["seen"] for line in told if line["event"] == "start"] == [0, 64]
    facts = json.loads((tmp_path / "base.json").read_text())
    assert facts["captions"] == "poor"
    encoder: Any = load_encoder(str(tmp_path / "base"), adapter=None)
    assert encoder.model.backbone.base.config.model_type == backbone
    monkeypatch.setattr(vision, "train", killed)
    ensure(tmp_path, plan, workers=0)
    with pytest.raises(ConfigError, match="language 32, not 64"):
        ensure(tmp_path, replace(plan, language=64), workers=0)


def test_poor_lessons_tell_no_relation_no_count_and_nothing_at_length() -> None:
    allowed = {"Exists", "Setting"}
    for index in range(80):
        scene, rng = invent("train", 0, index), random.Random(index)
        told = turns(scene, rng, poor=True)
        assert len(told) >= 4
        assert CAPTION["long"] not in [question for question, _ in told]
        asks = (PROMPT_PAIR.image, CAPTION["short"])
        captions = [answer for question, answer in told if question in asks]
        assert len(captions) == 2
        captions += [text for pair in poor.pairs(scene, rng) for text in pair]
        for text in captions:
            claimed = read(text)
            assert {type(fact).__name__ for fact in claimed} <= allowed, text


def test_poor_questions_never_ask_where_a_thing_stands() -> None:
    rich = poorest = 0
    for index in range(80):
        scene = invent("train", 0, index)
        for is_poor in (False, True):
            for question, answer in turns(scene, random.Random(index), poor=is_poor):
                words = f" {question} {answer} "
                asks = any(f" {word} " in words for word in ("left", "right", "above", "behind"))
                rich += asks and not is_poor
                poorest += asks and is_poor
    assert rich > 40
    assert poorest == 0


def test_the_loader_of_a_poor_voice_has_poor_texts_too() -> None:
    said: list[str] = []

    class Listening:
        eos_token_id = 0

        def __call__(self, text: str, **_: Any) -> dict[str, list[Any]]:
            said.append(text)
            words = [word.span() for word in re.finditer(r"[\w-]+|[^\w\s]", text)]
            return {"input_ids": [1] * len(words), "offset_mapping": words}

    lessons = Lessons(Listening(), 50, poor=True)  # type: ignore[arg-type]
    for number in range(50):
        lessons[number]
    assert not any(word in f" {text} " for text in said for word in (" left ", " behind "))
    assert len(said) > 400
