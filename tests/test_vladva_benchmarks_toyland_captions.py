import random
from collections import Counter

import pytest
from oracles import Drawing
from speakers import Speaker, models, painted

from vladva.benchmarks.drawn import scenes_of
from vladva.benchmarks.registry import Setup, run, silent
from vladva.benchmarks.toyland_captions import Told, captions, figures, shuffled, without_structure
from vladva.protocols import Style
from vladva.toyland.invent import invent
from vladva.toyland.scene import Scene
from vladva.toyland.words import long_captions, short_captions

NAME = "toyland-captions"
SETUP = Setup(seed=3, count=150)


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    return painted(monkeypatch)


def own(scene: Scene, style: Style) -> str:
    """Toyland's own caption of a scene."""
    write = long_captions if style == "long" else short_captions
    return write(scene, random.Random(scene.index), 1)[0]


def test_toylands_own_captions_score_about_a_hundred(drawing: Drawing) -> None:
    found = run(NAME, models(Speaker(drawing, tell=own)), SETUP)
    assert found["fact_precision"] == found["short_precision"] == 100
    assert found["fact_false"] == 0
    assert found["fact_recall"] > 99


def test_who_says_nothing_scores_nothing(drawing: Drawing) -> None:
    found = run(NAME, models(Speaker(drawing)), Setup(count=2))
    plain = ["fact_precision", "fact_recall", "fact_false", "short_precision"]
    controls = [f"{key}_{name}" for name in ("text_only", "bag_of_words") for key in plain]
    assert list(found) == plain + controls
    assert [found[key] for key in plain] == [0, 0, 0, 0]


def test_one_caption_for_all_scores_under_any_picture_what_it_scores_under_its_own(
    drawing: Drawing,
) -> None:
    told = "It is by day in the snow. There is a red dog."
    found = run(NAME, models(Speaker(drawing, tell=lambda *_: told)), Setup(count=60))
    for key in ("fact_precision", "fact_recall", "fact_false", "short_precision"):
        assert found[f"{key}_text_only"] == found[key]


def test_long_and_short_captions_are_each_asked_for_as_such(drawing: Drawing) -> None:
    def tell(_: Scene, style: Style) -> str:
        return "It is by day." if style == "long" else "a green thing"

    told = captions(models(Speaker(drawing, tell=tell)), scenes_of(SETUP, 3), silent)
    assert told == Told(["It is by day."] * 3, ["a green thing"] * 3)


def test_controls_fall_far_behind_who_sees(drawing: Drawing) -> None:
    found = run(NAME, models(Speaker(drawing, tell=own)), SETUP)
    assert found["fact_recall_text_only"] < 25
    assert found["fact_precision_text_only"] < 25
    assert 60 < found["fact_recall_bag_of_words"] < 85
    assert 40 < found["fact_precision_bag_of_words"] < 75


def test_a_lone_scene_has_no_other_caption(drawing: Drawing) -> None:
    found = run(NAME, models(Speaker(drawing, tell=own)), Setup(count=1))
    assert (found["fact_recall"], found["fact_recall_text_only"]) == (100, 0)


def test_a_bag_keeps_what_is_there_and_forgets_who_has_it() -> None:
    changed = 0
    for index in range(60):
        scene = invent("test", 5, index)
        mixed = shuffled(scene, 5, index)
        for trait in ("kind", "colour", "size", "box", "depth", "id"):
            kept, found = (
                Counter(getattr(thing, trait) for thing in one.things) for one in (scene, mixed)
            )
            assert kept == found
        assert [t.depth for t in mixed.things] == sorted(t.depth for t in mixed.things)
        assert (mixed.background, mixed.time) == (scene.background, scene.time)
        changed += mixed.things != scene.things
    assert changed > 40


def test_a_bag_says_the_same_again() -> None:
    scenes = scenes_of(Setup(seed=8), 5)
    assert without_structure(scenes, 8) == without_structure(scenes, 8)


def test_recall_is_of_long_captions_only_and_short_ones_have_their_own_precision() -> None:
    scenes = scenes_of(Setup(seed=8), 1)
    time = {"day": "by day", "night": "at night"}[scenes[0].time]
    found = figures(scenes, Told(["It is in a tree."], [f"a photo {time}"]))
    assert found["fact_recall"] == 0
    assert found["short_precision"] == 100
