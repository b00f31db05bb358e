import random
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labs import SCENES, SIDE, lab

from vladva.errors import DataError
from vladva.toyland.draw import draw
from vladva.toyland.facts import Said
from vladva.toyland.invent import held_out_pairs, invent
from vladva.toyland.negatives import negatives
from vladva.toyland.scene import rng
from vladva.toyland.truth import fits
from vladva.trainer.lab import edits, rows, scenes
from vladva.trainer.lab.edits import Targets, edit_of
from vladva.trainer.lab.fitting import fitting
from vladva.trainer.lab.rows import RELATIONAL, Row, Rows, Wants, loader, some_negatives
from vladva.trainer.lab.worlds import SEED, scene_of

ALL = Wants(negatives=2, pairs=True, edits=100)


def test_a_row_follows_from_its_number_and_each_round_says_it_otherwise() -> None:
    of = Rows(200, ALL)
    assert of[7] == Rows(200, ALL)[7]
    other = of[207]
    assert other.index == of[7].index == 7
    assert (other.short, other.long) != (of[7].short, of[7].long)
    assert other.edit == of[7].edit  # its target is drawn: it must not change


def test_only_what_is_wanted_is_made() -> None:
    bare = Rows(10, Wants(long=False))[3]
    assert bare == Row(3, bare.short, claims=bare.claims)
    with_edits = [Rows(10, Wants(edits=4))[number].edit is not None for number in range(10)]
    assert with_edits == [True] * 4 + [False] * 6


def test_the_captions_are_the_same_whatever_else_is_wanted() -> None:
    """Else rows of the ablation would differ in their data too, and clip-mini from mini."""
    wanted = [Wants(long=False), Wants(), Wants(negatives=1), Wants(pairs=True), ALL]
    for number in range(60):
        made = [Rows(50, wants)[number] for wants in wanted]
        assert len({(row.short, row.claims) for row in made}) == 1
        assert len({row.long for row in made if row.long}) == 1


def test_paraphrases_are_the_same_without_a_long_caption() -> None:
    both, bare = Rows(50, Wants(pairs=True)), Rows(50, Wants(long=False, pairs=True))
    for number in range(20):
        assert bare[number] == replace(both[number], long="", long_claims=())


def test_where_relations_are_wanted_other_scenes_give_way_to_the_next() -> None:
    plain, dense = Rows(60, ALL), Rows(60, replace(ALL, relations=True))
    offers = [
        bool(negatives(scene_of(at), random.Random(at), list(RELATIONAL))) for at in range(60)
    ]
    assert 0.2 < sum(offers) / 60 < 0.8
    for number in range(60, 120):
        made = dense[number]
        way = [(number + step) % 60 for step in range(60)]
        assert made.index == next(at for at in way if offers[at])
        assert (made == plain[number]) == offers[number % 60]


def test_a_few_scenes_without_any_relation_are_taken_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "negatives", lambda *_: [])
    assert [Rows(3, Wants(relations=True))[number].index for number in range(3)] == [0, 1, 2]


def test_twins_differ_by_one_exchange_and_show_nothing_that_is_held_out() -> None:
    of = Rows(40, replace(ALL, world="twins"))
    for number in range(0, 40, 2):
        first, second = scene_of(number, "twins"), scene_of(number + 1, "twins")
        assert first != second
        for value in ("colour", "kind"):
            one, other = (sorted(getattr(t, value) for t in s.things) for s in (first, second))
            assert one == other
        shown = {(thing.colour, thing.kind) for s in (first, second) for thing in s.things}
        assert not shown & held_out_pairs()
        made = of[number]
        assert fits(first, Said(made.short, made.claims)) == "yes"
    assert scene_of(3, "twins") == scene_of(3, "twins")
    assert scene_of(3) == invent("train", SEED, 3)


def test_workers_make_the_same_rows_in_the_same_order() -> None:
    of, numbers = Rows(20, ALL), [[3, 1], [24, 5]]
    alone = list(loader(of, numbers, 0))
    assert [[row.index for row in batch] for batch in alone] == [[3, 1], [4, 5]]
    assert list(loader(of, numbers, 1)) == alone


def test_twins_are_often_the_short_caption_and_pairs_are_made_of_true_and_false() -> None:
    of = Rows(150, ALL)
    made = [of[number] for number in range(150)]
    twins = sum(bool(row.pairs) and row.short == row.pairs[0][0] for row in made)
    assert 0.35 < twins / len(made) < 0.65
    assert all(len(row.negatives) == 2 for row in made)
    whole = [row for row in made if len(row.pairs) == 4]
    assert len(whole) > 100
    assert all((row.pairs[1][0], row.pairs[3][0]) == row.negatives for row in whole)
    assert all((row.pairs[0][0], row.pairs[1][0]) == row.twins[0] for row in whole)


def test_no_false_text_holds_and_all_kinds_come() -> None:
    kinds: dict[str, int] = {}
    for index in range(200):
        scene = invent("train", SEED, index)
        for each in some_negatives(scene, rng("train", 0, index, "test"), 2):
            assert fits(scene, each.negative) == "no"
            assert fits(scene, each.positive) == "yes"
            kinds[each.kind] = kinds.get(each.kind, 0) + 1
    assert min(kinds.values()) > 15
    assert kinds["replace_rel"] > 30  # about fifty of the scenes offer one
    assert len(kinds) == 7


def test_the_other_wording_of_a_false_text_is_false_too(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[Any] = []
    voice = rows.Voice.caption

    def listening(self: Any, facts: Any) -> str:
        text = voice(self, facts)
        spoken.append((text, tuple(facts)))
        return text

    monkeypatch.setattr(rows.Voice, "caption", listening)
    for index in range(40):
        row = Rows(40, Wants(negatives=1, pairs=True))[index]
        scene, claims = invent("train", SEED, index), dict(spoken)
        for number, pair in enumerate(row.pairs):
            if len(row.pairs) == 2:
                said = rows.Said(pair[1], claims[pair[1]])
                assert fits(scene, said) == ("yes", "no")[number]


def test_targets_lie_beside_the_scenes_and_show_what_the_instruction_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab(tmp_path, monkeypatch)
    targets = Targets(tmp_path, SIDE)
    assert len(targets) == SCENES
    assert len(scenes.Drawn(tmp_path, SIDE)) == SCENES  # the targets do not count as scenes
    for index in (0, 5):
        edit = edit_of(index)
        assert edit is not None
        drawn = np.asarray(draw(edit.target, SIDE))
        assert np.array_equal(targets[np.array([index])][0], drawn)
        pairs = {(thing.colour, thing.kind) for thing in edit.target.things}
        assert not pairs & held_out_pairs()
    path = next((tmp_path / "scenes").glob("*edits*"))
    before = path.stat().st_mtime_ns
    edits.draw_part(edits.Part(tmp_path, 0, SCENES, SIDE))
    assert path.stat().st_mtime_ns == before


def test_several_parts_are_one_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "PART", 2)
    (tmp_path / "scenes").mkdir()
    for part in (0, 1):
        edits.draw_part(edits.Part(tmp_path, part, 2, SIDE))
    targets = Targets(tmp_path, SIDE)
    chosen = targets[np.array([3, 0])]
    assert len(targets) == 4
    edit = edit_of(3)
    assert edit is not None
    assert np.array_equal(chosen[0], np.asarray(draw(edit.target, SIDE)))


def test_a_part_that_a_kill_left_undrawn_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes end in any order: the parts behind a gap would be taken for other scenes."""
    lab(tmp_path, monkeypatch)
    for part in (1, 2):
        scenes.draw_part(scenes.Part(tmp_path, part, SIDE))
        edits.draw_part(edits.Part(tmp_path, part, 2, SIDE))
    assert len(scenes.Drawn(tmp_path, SIDE)) == 3 * SCENES
    scenes.Part(tmp_path, 1, SIDE).path.unlink()
    (tmp_path / "scenes" / f"{SIDE}px-edits-00000.npy").unlink()
    with pytest.raises(DataError, match="part 1 of"):
        scenes.Drawn(tmp_path, SIDE)
    with pytest.raises(DataError, match="part 0 of"):
        Targets(tmp_path, SIDE)


@pytest.mark.parametrize("long", [False, True])
def test_a_caption_that_fits_another_picture_of_the_batch_is_named(long: bool) -> None:
    told = [Rows(1000, Wants())[number] for number in range(40)]
    said = [
        Said(row.long, row.long_claims) if long else Said(row.short, row.claims) for row in told
    ]
    found = set(fitting(told, long=long))
    assert bool(found) != long  # of forty scenes none fits the long caption of another
    for here, at in product(range(40), range(40)):
        scene = invent("train", SEED, told[here].index)
        verdict = fits(scene, said[at])
        if here == at:
            assert verdict == "yes"
        elif verdict == "yes":
            assert (here, at) in found
        elif verdict == "no":
            assert (here, at) not in found
    assert all(here != at for here, at in found)
