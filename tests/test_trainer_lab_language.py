import json
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from drawn_lab import TINY, small_lab
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from vladva.encoders import load_encoder, load_generator
from vladva.errors import DataError
from vladva.losses import IGNORED
from vladva.toyland.draw import draw
from vladva.toyland.invent import invent
from vladva.toyland.scene import KINDS, Scene
from vladva.toyland.voice import wordings
from vladva.trainer.lab import base, heard, language, lessons
from vladva.trainer.lab.base import new_base, save_projector
from vladva.trainer.lab.language import Voice, train
from vladva.trainer.lab.lessons import TEXT_TOKENS, UNNAMED, Lesson, Turn, gathered, lesson, turns
from vladva.trainer.lab.mentions import MANY
from vladva.trainer.lab.scenes import Drawn
from vladva.trainer.lab.vision import Eyes

if TYPE_CHECKING:
    from vladva.model import VladVA


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = small_lab(tmp_path, monkeypatch)
    torch.manual_seed(0)
    save_file(Eyes(TINY).state_dict(), folder / "vision.safetensors")
    monkeypatch.setattr(base, "VOCABULARY_TEXTS", 300)
    lvlm, _ = new_base(folder, TINY)
    save_projector(lvlm, TINY, folder)
    monkeypatch.setattr(language, "HELD_OUT", 8)
    monkeypatch.setattr(heard, "SCENES", 8)
    heard.pictures.cache_clear()
    return folder


def test_no_turn_sees_another_and_all_see_the_picture(lab: Path) -> None:
    llava, tokenizer = new_base(lab, TINY)
    voice = Voice(llava).double().eval()
    image = torch.randn(1, 4, 32, dtype=torch.float64)
    asked = turns(invent("train", 0, 3), random.Random(3))[:4]
    with torch.no_grad():
        together, _ = voice.logits(gathered([lesson(tokenizer, asked)], 0), image)
        alone = [voice.logits(gathered([lesson(tokenizer, [turn])], 0), image)[0] for turn in asked]
        other, _ = voice.logits(gathered([lesson(tokenizer, asked)], 0), image + 1)
    assert torch.allclose(together, torch.cat(alone), atol=1e-9)
    assert not torch.allclose(together, other, atol=1e-3)


def test_what_is_trained_is_what_is_asked_later(lab: Path) -> None:
    """The logits of a lesson are those of the model behind the encoder, asked the same."""
    llava, tokenizer = new_base(lab, TINY)
    language.save(llava, tokenizer, TINY, lab / "base")
    encoder = load_encoder(str(lab / "base"), adapter=None)
    model: VladVA = encoder.model  # type: ignore[attr-defined]
    picture = encoder.prepare(draw(invent("test", 0, 0), 64))
    pixels = torch.from_numpy(picture["pixel_values"])[None]
    question = "is there a red dog? Answer yes or no."
    voice = Voice(llava).eval()
    with torch.no_grad():
        told = gathered([lesson(tokenizer, [(question, "yes")])], 0)
        logits, _ = voice.logits(told, voice.look(pixels))
        seen = model.look([picture])
        row = model.writer.turn(picture=True, prompt=question)
        batch = model.embed([row.with_picture(model.backbone.image_token_id, 4)], seen, None)
        wanted = model.logits(model.run(batch).last_hidden_state[:, -1])
    assert torch.allclose(logits[0], wanted[0], atol=1e-4)


def test_an_answer_weighs_as_the_root_of_its_length(lab: Path) -> None:
    _, tokenizer = new_base(lab, TINY)
    asked = [[("is there a dog?", "yes"), ("what is there?", "a dog and a cat")], [("and?", "no")]]
    told = gathered([lesson(tokenizer, turns) for turns in asked], 0)
    lengths = [
        len(tokenizer(answer, add_special_tokens=False)["input_ids"]) + 1  # and its end
        for row in asked
        for _, answer in row
    ]
    wanted = [length**-0.5 for length in lengths for _ in range(length)]
    assert told.weights().tolist() == pytest.approx(wanted)


def test_a_text_that_is_not_there_costs_nothing(lab: Path) -> None:
    llava, _ = new_base(lab, TINY)
    spoken, pointed = Voice(llava).losses(gathered([lesson_of_nothing()], 0))
    assert spoken.item() == pointed.item() == 0.0


def lesson_of_nothing() -> Lesson:
    return Lesson([1, 2], [IGNORED, IGNORED], [0, 0], [UNNAMED, UNNAMED])


def test_a_token_that_ends_a_name_knows_how_many_it_names_and_where(lab: Path) -> None:
    _, tokenizer = new_base(lab, TINY)
    scene = invent("train", 0, 3)
    thing = next(t for t in scene.things if [o.kind for o in scene.things].count(t.kind) == 1)
    absent = next(kind for kind in KINDS if kind not in {t.kind for t in scene.things})
    asked = [(f"is a {thing.kind} beside a {absent}?", "no"), ("day or night?", f"a {thing.kind}")]
    made = lesson(tokenizer, asked, scene)
    assert len(made.named) == len(made.ids)
    named = [
        (tokenizer.decode(made.ids[: at + 1]).split()[-1].removesuffix("</s>"), found)
        for at, found in enumerate(made.named)
        if not math.isnan(found[0])
    ]
    x, y, width, height = thing.box
    there = pytest.approx((1 / MANY, x + width / 2, y + height / 2, width, height))
    nowhere = pytest.approx((0.0, *[math.nan] * 4), nan_ok=True)
    assert [found for _, found in named] == [there, nowhere, there]
    assert [word for word, _ in named] == [thing.kind, absent, thing.kind]
    assert all(math.isnan(found[0]) for found in lesson(tokenizer, asked).named)


def test_pointing_is_learned_half_way_through_the_layers(lab: Path) -> None:
    """Its gradient reaches the layers below, never the eyes, the projector and those above."""
    deep = replace(TINY, language=replace(TINY.language, layers=2))
    llava, tokenizer = new_base(lab, deep)
    voice = Voice(llava)
    scene = invent("train", 0, 3)
    told = gathered([lesson(tokenizer, turns(scene, random.Random(3)), scene)], 0)
    _, pointed = voice.losses(told, voice.look(torch.randn(1, 3, 32, 32)))
    pointed.backward()  # type: ignore[no-untyped-call]
    moved = {name for name, w in voice.named_parameters() if w.grad is not None and w.grad.any()}
    assert any("layers.0" in name for name in moved)
    assert any("pointing_head" in name for name in moved)
    assert not any("layers.1" in name or "vision" in name for name in moved)
    assert not any("projector" in name for name in moved)


def test_a_lesson_fits_learns_only_answers_and_ends_each(lab: Path) -> None:
    _, tokenizer = new_base(lab, TINY)
    for index in range(60):
        asked = turns(invent("train", 0, index), random.Random(index))
        made = lesson(tokenizer, asked)
        assert len(made.ids) == len(made.learned) == len(made.turn) <= TEXT_TOKENS
        answers = "".join(tokenizer.decode([i]) for i in made.learned if i != IGNORED)
        said = [part.strip() for part in answers.split("</s>")[:-1]]
        kept = [asked[number] for number in dict.fromkeys(made.turn)]
        assert said == [answer for _, answer in kept]
        assert len(kept) >= 4


def test_each_lesson_is_about_the_very_picture_that_is_shown(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    shown: list[int] = []

    def telling(scene: Scene, rng: random.Random, *, poor: bool = False) -> list[Turn]:
        told.append(scene.index)
        return turns(scene, rng, poor=poor)

    take = Drawn.__getitem__

    def taking(drawn: Drawn, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        shown.extend(numbers.tolist())
        return take(drawn, numbers)

    monkeypatch.setattr(lessons, "turns", telling)
    monkeypatch.setattr(Drawn, "__getitem__", taking)
    train(lab, TINY, 96, 8, peak=2e-3, workers=0)
    assert told == shown
    assert set(shown) == set(range(language.HELD_OUT, 40))  # and none that no step shall see


def test_a_voice_never_goes_on_with_other_words(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tokenizer is made anew at each start; toyland's wordings may have changed meanwhile."""
    train(lab, TINY, 8, 8, peak=2e-3, workers=0)
    make, swapped = base.train_tokenizer, str.maketrans("ae", "ea")
    monkeypatch.setattr(  # as many words, other ones
        base, "train_tokenizer", lambda texts: make(t.translate(swapped) for t in texts)
    )
    with pytest.raises(DataError, match="another run, of rich"):
        train(lab, TINY, 16, 8, peak=2e-3, workers=0)


def test_nothing_unseen_is_ever_said_or_asked() -> None:
    unseen = {text for text in unseen_only(wordings()) if "{" not in text and len(text) > 6}
    unseen = {text for text in unseen if "somewhere" not in text}  # two seen wordings make these
    assert len(unseen) > 10
    for index in range(300):
        for question, answer in turns(invent("train", 0, index), random.Random(index)):
            words = f" {question.lower()} {answer.lower()} "
            assert not any(f" {text} " in words for text in unseen)


def unseen_only(data: object) -> list[str]:
    if not isinstance(data, dict):
        return []
    own = data.get("unseen", [])
    return [*own, *(text for value in data.values() for text in unseen_only(value))]


def test_a_voice_is_trained_kept_and_gone_on_with(lab: Path) -> None:
    before = load_file(lab / "vision.safetensors")
    bridge = load_file(lab / "projector.safetensors")
    train(lab, TINY, 64, 8, peak=2e-3, workers=0)
    told = [json.loads(line) for line in (lab / "language.jsonl").read_text().splitlines()]
    assert told[-1]["event"] == "heard"
    assert {"things", "attribute", "relation", "count", "one_word"} <= set(told[-1])
    assert all(0 <= told[-1][kind] <= 100 for kind in ("things", "one_word"))
    tower = load_file(lab / "base" / "model.safetensors")
    frozen = [key for key in before if key.startswith("tower.encoder")]
    for key in frozen:
        name = next(n for n in tower if n.endswith("vision_tower." + key.removeprefix("tower.")))
        assert torch.equal(before[key], tower[name])
    for key, weight in bridge.items():
        name = next(n for n in tower if n.endswith(f"multi_modal_projector.{key}"))
        assert torch.equal(weight, tower[name])
    assert not any("pointing" in name for name in tower)
    generator = load_generator(str(lab / "base"))
    encoder = load_encoder(str(lab / "base"), adapter=None)
    picture = encoder.prepare(draw(invent("test", 0, 0), 64))
    assert 0 < generator.p_yes(picture, ["is there a dog?"])[0] < 1
    train(lab, TINY, 96, 8, peak=2e-3, workers=0)
    told = [json.loads(line) for line in (lab / "language.jsonl").read_text().splitlines()]
    assert told[-1]["seen"] == 96
    assert [line["seen"] for line in told if line["event"] == "start"] == [0, 64]


def test_a_picture_is_also_asked_in_the_words_of_a_search() -> None:
    asked = [
        question
        for index in range(30)
        for question, _ in turns(invent("train", 0, index), random.Random(index))
    ]
    bare = tuple(f"is there a {kind}?" for kind in KINDS)
    assert any(question.startswith(bare) for question in asked)
    assert any(question.startswith("was the picture taken ") for question in asked)
