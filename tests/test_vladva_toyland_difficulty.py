"""Difficulty counts what it says it counts."""

from vladva.toyland.difficulty import difficulty
from vladva.toyland.invent import NIGHT, invent


def test_difficulty_counts_the_scenes_of_the_split_it_was_asked_for() -> None:
    found = difficulty("test", 4, 400)
    scenes = [invent("test", 4, index) for index in range(400)]
    crowded = sum(len(scene.things) >= 3 for scene in scenes)
    assert found.scenes == 400
    assert found.three_things_or_more == round(crowded / 4, 1)
    assert abs(found.night - 100 * NIGHT) <= 6
    assert 15 <= found.smallest_thing <= 25
    assert found != difficulty("demo", 4, 400)
