"""Stage two beside stage one on pairs of picture and text: a truthful mouth reaches every point."""

from dataclasses import replace

import pytest
from oracle_answers import knowing, truthful
from oracles import Drawing, without_generator
from speakers import Speaker, painted

from vladva.benchmarks import sugarcrepe, toyland_sugarcrepe, toyland_winoground, winoground
from vladva.benchmarks.registry import Models, Setup, run, run_verified
from vladva.benchmarks.verified import Verified, questions_of, wanted_pairs
from vladva.errors import ConfigError, Unsupported
from vladva.indexes.ranking.fuse import Fusion
from vladva.indexes.ranking.texts import QueryJudge

WINOGROUND, SUGARCREPE = "toyland-winoground", "toyland-sugarcrepe"
SETUP = Setup(seed=5, count=25)
JUDGE = QueryJudge(Fusion())


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    return painted(monkeypatch)


def verified(name: str, models: Models, setup: Setup = SETUP) -> Verified:
    found = run_verified(name, models, JUDGE, setup)
    assert found is not None
    return found


def test_who_answers_truly_wins_every_pair_where_a_bag_of_words_wins_none(
    drawing: Drawing,
) -> None:
    found = verified(WINOGROUND, knowing(drawing, truthful()))
    assert found.generator == found.fusion == {"text": 100, "image": 100, "group": 100}
    assert found.encoder["group"] < 20


def test_who_answers_truly_wins_every_kind_of_sugarcrepe(drawing: Drawing) -> None:
    found = verified(SUGARCREPE, knowing(drawing, truthful()))
    assert found.generator == found.fusion == dict.fromkeys([*sugarcrepe.KINDS, "mean"], 100)
    assert found.encoder["swap_att"] < 90


def test_who_answers_the_wrong_way_loses_and_who_says_one_thing_wins_nothing(
    drawing: Drawing,
) -> None:
    know = truthful()
    wrong = verified(WINOGROUND, knowing(drawing, lambda *asked: 1 - know(*asked)))
    assert wrong.generator["group"] == 0
    same = verified(WINOGROUND, knowing(drawing, lambda *_: 0.5))
    assert same.generator["text"] < 30
    assert {m: same.encoder[m] for m in same.fusion} == pytest.approx(same.fusion, abs=30)


def test_the_more_answers_are_wrong_the_fewer_pairs_are_won(drawing: Drawing) -> None:
    setup = replace(SETUP, count=60)
    groups = [
        verified(WINOGROUND, knowing(drawing, truthful(error)), setup).generator["group"]
        for error in (0.0, 0.1, 0.3)
    ]
    assert groups[0] == 100
    assert groups[0] > groups[1] > groups[2]


def test_the_encoders_figures_are_those_without_stage_two(drawing: Drawing) -> None:
    models = knowing(drawing, truthful(0.2))
    for name in (WINOGROUND, SUGARCREPE):
        assert verified(name, models).encoder == run(name, models, SETUP)


def test_a_picture_is_asked_each_question_once_and_only_what_the_protocol_needs(
    drawing: Drawing,
) -> None:
    exam = toyland_sugarcrepe.exam(SETUP)
    pairs = wanted_pairs(exam.items, sugarcrepe.wins)
    wanted = [(i.picture, text) for i in exam.items for text in (i.positive, i.negative)]
    assert sorted(pairs) == sorted(set(wanted))
    asked = questions_of(pairs, JUDGE)
    assert all(len(set(questions)) == len(questions) for questions in asked.values())
    speaker = Speaker(drawing, truthful())
    models = replace(knowing(drawing, truthful()), generator=lambda: speaker)
    verified(SUGARCREPE, models)
    assert sorted(question for _, questions in speaker.asked for question in questions) == sorted(
        question for questions in asked.values() for question in questions
    )


def test_progress_goes_through_both_stages_once(drawing: Drawing) -> None:
    told: list[tuple[int, int]] = []
    run_verified(
        WINOGROUND, knowing(drawing, truthful()), JUDGE, SETUP, lambda *now: told.append(now)
    )
    assert told == sorted(told)
    assert told[-1] == (4 * 25, 4 * 25)


def test_all_four_pairs_of_winoground_are_wanted() -> None:
    exam = toyland_winoground.exam(Setup(count=3))
    assert len(wanted_pairs(exam.items, winoground.wins)) == 12


def test_what_has_no_stage_two_says_so_and_what_cannot_answer_is_told_before_it_is_drawn(
    drawing: Drawing,
) -> None:
    models = knowing(drawing, truthful())
    assert run_verified("toyland-retrieval", models, JUDGE, SETUP) is None
    with pytest.raises(ConfigError, match="0 items"):
        run_verified(WINOGROUND, models, JUDGE, Setup(count=0))
    silent = replace(models, generator=without_generator)
    with pytest.raises(Unsupported):
        run_verified(WINOGROUND, silent, JUDGE, SETUP)
    assert drawing.numbers == {}
