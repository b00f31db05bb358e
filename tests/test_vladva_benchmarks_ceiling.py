import random
from dataclasses import replace

import numpy as np
import pytest

from vladva.benchmarks.ceiling import Likely, World, ceilings, hit
from vladva.benchmarks.registry import Setup
from vladva.benchmarks.toyland_retrieval import TRIES, drawn, likelihood
from vladva.toyland.facts import Absent, Count, Exists, Fact, Phrase, Relation, Said, phrases_of
from vladva.toyland.scene import COLOURS, GROUPS, KINDS, RELATIONS, Scene
from vladva.toyland.truth import fits


def may_hold(scene: Scene, said: Said) -> bool:
    """What the judge does not deny; and where a relation's things are, the background's too."""
    phrases = phrases_of(fact for fact in said.facts if isinstance(fact, Relation))
    parts = (Said("", (Exists(phrase),)) for phrase in phrases)
    return all(fits(scene, one) != "no" for one in (said, *parts))


@pytest.mark.parametrize("unseen", [False, True])
def test_a_caption_fits_the_very_scenes_that_the_judge_says(unseen: bool) -> None:
    scenes, captions = drawn(Setup(seed=2, count=60, unseen=unseen))
    world = World(scenes)
    for number, said in captions:
        expected = {n for n, scene in enumerate(scenes) if may_hold(scene, said)}
        assert world.fitting(said) == expected, said
        assert number in expected


def test_the_ceiling_is_that_of_an_oracle_who_knows_that_captions_claim_nothing_borderline() -> (
    None
):
    scenes, captions = drawn(Setup(seed=2, count=60))
    surely = [sum(fits(scene, said) == "yes" for scene in scenes) for _, said in captions]
    maybe = [sum(may_hold(scene, said) for scene in scenes) for _, said in captions]
    assert min(surely) == 1
    expected, lower = (100 * np.mean([1 / n for n in rivals]) for rivals in (surely, maybe))
    assert expected > lower + 1
    found = ceilings(scenes, captions, (1,), lambda *_: 0)
    assert found["image_R@1_ceiling"] == pytest.approx(expected)


def test_nobody_who_knows_the_scenes_finds_more_than_the_ceiling() -> None:
    scenes, captions = drawn(Setup(seed=2, count=150))
    best = ceilings(scenes, captions, (1,), likelihood(scenes, 2))["image_R@1_ceiling"]
    more = ceilings(scenes, captions, (1,), likelihood(scenes, 2, 4 * TRIES))["image_R@1_ceiling"]
    assert more == pytest.approx(best, abs=1)  # no more is to be had by a longer look
    world = World(scenes, surely=True)

    def finds(rank: Likely) -> float:
        chosen = [max(world.fitting(said), key=lambda n: rank(n, said)) for _, said in captions]
        return 100 * float(
            np.mean([n == own for n, (own, _) in zip(chosen, captions, strict=True)])
        )

    by_chance = finds(lambda n, _: -n)
    emptiest = finds(lambda n, _: -len(scenes[n].things))
    another = finds(likelihood(scenes, 3))
    assert by_chance + 2 < emptiest < best + 1
    assert another < best + 1


def test_any_fact_fits_the_very_scenes_that_the_judge_says() -> None:
    scenes, _ = drawn(Setup(seed=3, count=80))
    world = World(scenes)
    rng = random.Random(0)
    for _ in range(400):
        phrases = [
            Phrase(
                kind=rng.choice(KINDS) if rng.random() < 0.6 else None,
                colour=rng.choice((None, *COLOURS)),
                size=rng.choice((None, "small", "large")),
            )
            for _ in range(2)
        ]
        if phrases[0].kind is None:
            phrases[0] = replace(phrases[0], group=rng.choice((None, *GROUPS)))
        facts: list[Fact] = [
            Exists(phrases[0]),
            Absent(phrases[0]),
            Count(phrases[0], rng.randrange(3)),
            Relation(phrases[0], rng.choice(RELATIONS), phrases[1]),
        ]
        said = Said("", (rng.choice(facts),))
        expected = {n for n, scene in enumerate(scenes) if may_hold(scene, said)}
        assert world.fitting(said) == expected, said


def test_a_hit_is_as_likely_as_it_is_among_shuffled_texts() -> None:
    rng = random.Random(0)
    for k in (1, 3):
        for _ in range(15):
            texts = [(rng.randrange(1, 4), rng.random() < 0.3) for _ in range(7)]
            hits = []
            for _ in range(3000):
                order = sorted(texts, key=lambda text: (text[0], rng.random()))
                hits.append(any(mine for _, mine in order[:k]))
            assert hit(texts, k) == pytest.approx(np.mean(hits), abs=0.04)


def test_one_scene_alone_has_no_rival_and_two_alike_share() -> None:
    scenes, captions = drawn(Setup(count=1))
    assert set(ceilings(scenes, captions, (1, 10), likelihood(scenes, 0)).values()) == {100.0}
    twins = [*scenes, *scenes]
    said = captions[0][1]
    captions = [(0, said), (1, Said("other", said.facts))]
    found = ceilings(twins, captions, (1, 10), lambda *_: 0)
    assert found["image_R@1_ceiling"] == found["text_R@1_ceiling"] == 50
    assert found["image_R@10_ceiling"] == found["text_R@10_ceiling"] == 100
