import random
from collections import Counter

from vladva.toyland.edits import edits
from vladva.toyland.facts import Exists, Phrase, Relation, describe
from vladva.toyland.invent import Wish, held_out_pairs, invent
from vladva.toyland.scene import Scene
from vladva.toyland.truth import holds
from vladva.toyland.words import clear_things

SCENES = [invent("test", 41, index) for index in range(300)]


def changes(before: Scene, after: Scene) -> dict[str, int]:
    """How many things are gone, new, or other than they were, and what else differs."""
    old, new = ({t.id: t for t in scene.things} for scene in (before, after))
    kept = old.keys() & new.keys()
    return {
        "gone": len(old.keys() - new.keys()),
        "new": len(new.keys() - old.keys()),
        "other": sum(describe(old[i], size=True) != describe(new[i], size=True) for i in kept),
        "around": (before.background != after.background) + (before.time != after.time),
    }


EXPECTED = {
    "time": {"around": 1},
    "place": {"around": 1},
    "recolour": {"other": 1},
    "replace": {"other": 1},
    "remove": {"gone": 1},
    "add": {"new": 1},
}


def test_a_target_differs_in_what_was_asked_for_and_in_nothing_else() -> None:
    seen = Counter[str]()
    for index, scene in enumerate(SCENES):
        for edit in edits(scene, random.Random(index), 6):
            seen[edit.kind] += 1
            none = dict.fromkeys(("gone", "new", "other", "around"), 0)
            assert changes(scene, edit.target) == {**none, **EXPECTED[edit.kind]}
            assert "{" not in edit.instruction
            assert edit.instruction == edit.instruction.lower()
    assert min(seen[kind] for kind in EXPECTED) > 150


def test_what_showed_before_and_was_not_meant_shows_still() -> None:
    for index, scene in enumerate(SCENES):
        for edit in edits(scene, random.Random(index), 6):
            if edit.kind in ("add", "remove"):
                left = {thing.id for thing in edit.target.things}
                shown = {thing.id for thing in clear_things(edit.target)}
                assert {t.id for t in clear_things(scene) if t.id in left} <= shown


def test_the_named_thing_is_gone_and_the_new_one_is_there() -> None:
    for index, scene in enumerate(SCENES):
        for edit in edits(scene, random.Random(index), 6):
            before = {(t.id, describe(t)) for t in scene.things}
            after = {(t.id, describe(t)) for t in edit.target.things}
            old, new = before - after, after - before
            if edit.kind in ("recolour", "replace", "remove"):
                assert len(old) == 1
                assert holds(edit.target, Exists(old.pop()[1])) == "no"
            if edit.kind in ("recolour", "replace", "add"):
                assert len(new) == 1
                assert holds(edit.target, Exists(new.pop()[1])) == "yes"


def test_what_carries_another_thing_stays_under_it() -> None:
    wishes = (Wish("table", "red", "large"), Wish("cat", "blue", None, "on", 0))
    carried = 0
    for index in range(60):
        scene = invent("test", 42, index, wanted=wishes)
        on = Relation(Phrase("cat", colour="blue"), "on", Phrase("table", colour="red"))
        if holds(scene, on) == "yes":
            carried += 1
            for edit in edits(scene, random.Random(index), 6):
                assert edit.kind not in ("remove", "replace") or any(
                    thing.kind == "table" for thing in edit.target.things
                )
    assert carried > 30


def test_no_edit_makes_a_held_out_pair() -> None:
    for index in range(200):
        scene = invent("train", 2, index)
        for edit in edits(scene, random.Random(index), 6):
            assert not {(t.colour, t.kind) for t in edit.target.things} & held_out_pairs()


def test_things_stay_in_the_order_far_to_near() -> None:
    for index, scene in enumerate(SCENES):
        for edit in edits(scene, random.Random(index), 6):
            depths = [thing.depth for thing in edit.target.things]
            assert depths == sorted(set(depths))


def test_edits_are_as_many_as_asked_for_and_the_same_again() -> None:
    scene = SCENES[3]
    assert [len(edits(scene, random.Random(1), n)) for n in (0, 1, 2)] == [0, 1, 2]
    assert edits(scene, random.Random(1), 3) == edits(scene, random.Random(1), 3)
