import time

import pytest

from vladva.errors import ConfigError
from vladva.toyland.facts import At, Fact, Said, Setting, phrases_of
from vladva.toyland.invent import held_out_pairs
from vladva.toyland.planted import MISSES, TRUE, Demo, plan, precision_at, true_scenes
from vladva.toyland.scene import Scene
from vladva.toyland.truth import fits


@pytest.fixture(scope="module")
def demo() -> Demo:
    return plan(0, 1400)


def test_every_query_has_right_answers_among_the_scenes(demo: Demo) -> None:
    assert len(demo.scenes) == 1400
    assert len(demo.queries) == 100
    for query in demo.queries:
        assert len(true_scenes(query, demo.scenes)) >= TRUE >= 5


def test_every_query_has_near_misses_among_the_scenes(demo: Demo) -> None:
    for query in demo.queries:
        said = Said("", query.facts)
        false = [scene for scene in demo.scenes if fits(scene, said) == "no"]
        near = [scene for scene in false if len(words_of(query.facts) - shown(scene)) <= 1]
        assert len(near) >= MISSES >= 5, query.text


def words_of(facts: tuple[Fact, ...]) -> set[str]:
    """Kinds, colours, place and time that a query names."""
    phrases = phrases_of(facts)
    named = {word for p in phrases for word in (p.kind, p.colour) if word}
    named |= {fact.background for fact in facts if isinstance(fact, Setting)}
    return named | {fact.time for fact in facts if isinstance(fact, At)}


def shown(scene: Scene) -> set[str]:
    things = {word for thing in scene.things for word in (thing.kind, thing.colour)}
    return things | {scene.background, scene.time}


def test_about_forty_queries_speak_of_a_relation_and_none_is_asked_twice(demo: Demo) -> None:
    assert sum(query.has_relation for query in demo.queries) == 40
    assert len({query.text for query in demo.queries}) == 100


def test_the_demo_never_shows_a_pair_that_was_never_trained_on_purpose(demo: Demo) -> None:
    pairs = {(thing.colour, thing.kind) for scene in demo.scenes for thing in scene.things}
    assert not pairs & held_out_pairs()


def test_scenes_are_of_the_demo_split_and_all_different(demo: Demo) -> None:
    assert {scene.split for scene in demo.scenes} == {"demo"}
    assert len({(scene.index, scene.things) for scene in demo.scenes}) == 1400


def test_the_same_seed_plans_the_same_and_another_something_else() -> None:
    assert plan(3, 200, 10) == plan(3, 200, 10)
    assert plan(3, 200, 10).queries != plan(4, 200, 10).queries


def test_a_library_too_small_for_its_queries_is_refused_with_the_least_count() -> None:
    with pytest.raises(ConfigError) as caught:
        plan(0, 1000, 100)
    assert str(100 * (TRUE + MISSES)) in caught.value.hint


def test_precision_counts_the_right_answers_among_the_first_hits(demo: Demo) -> None:
    query = demo.queries[0]
    right = true_scenes(query, demo.scenes)
    wrong = [i for i in range(len(demo.scenes)) if i not in right]
    assert precision_at(right, query, demo.scenes, 5) == 1
    assert precision_at(wrong, query, demo.scenes, 5) == 0
    assert precision_at([*right[:2], *wrong], query, demo.scenes, 5) == pytest.approx(0.4)
    assert precision_at(right[:3], query, demo.scenes, 5) == pytest.approx(0.6)


def test_two_thousand_scenes_are_planned_in_seconds() -> None:
    start = time.process_time()
    plan(1, 2000)
    assert time.process_time() - start < 20
