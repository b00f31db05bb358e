"""What a joint recipe does when: its stretches hold however long a run is."""

from dataclasses import replace

from vladva.trainer.lab.recipe import BLOCK, Recipe
from vladva.trainer.lab.stretches import stretches

RECIPE = Recipe(scenes=24, batch=4, rank=2, rate=1e-2)


def test_relations_have_a_stretch_of_their_own_without_speech_and_edits() -> None:
    recipe = replace(RECIPE, dense_from=8, dense=8)
    steps = [[number] * 4 for number in range(6)]
    before, dense, after = stretches(recipe, steps, 0)
    assert (before, after) == ((recipe, steps[:2]), (recipe, steps[4:]))
    assert dense[1] == steps[2:4]
    assert (dense[0].relations, recipe.relations) == (True, False)
    assert dense[0].wants(99) == replace(recipe.wants(99), relations=True, edits=0)
    kept = replace(recipe.losses, autoregressive=0.0, edits=0.0)
    assert dense[0].losses == kept
    rest = list(stretches(recipe, steps[3:], 12))  # a run that was stopped within
    assert [(one.relations, part) for one, part in rest] == [(True, steps[3:4]), (False, steps[4:])]
    assert [one for one, _ in stretches(replace(recipe, dense=0), steps, 0)] == [
        replace(recipe, dense=0)
    ]
    shorter = replace(recipe, scenes=12)  # gone on with, it is the same run
    assert [shorter.at(seen).relations for seen in (4, 8, 12)] == [False, True, True]


def test_later_every_second_block_shows_relations_and_keeps_every_loss() -> None:
    recipe = Recipe(dense_from=0, dense=128, relations_from=2 * BLOCK, speech_from=4 * BLOCK)
    shown = [recipe.at(at * BLOCK) for at in range(1, 6)]
    assert [one.relations for one in shown] == [False, True, False, True, False]
    assert all(one.losses == recipe.losses for one in shown[:3])
    twice = replace(recipe.losses, autoregressive=2 * recipe.autoregressive)
    assert all(one.losses == twice for one in shown[3:])
    assert [replace(recipe, dense=0).at(at * BLOCK) for at in range(1, 6)] == [
        replace(one, dense=0) for one in shown
    ]
    never = replace(recipe, dense=0, relations_from=0, speech_from=0)
    assert {never.at(at * BLOCK) for at in range(6)} == {never}
    always = replace(recipe, relations=True)
    assert all(always.at(at * BLOCK).relations for at in range(6))
