import pytest

from vladva.benchmarks.claims import Judged, falsehood, judge, precision, recall, tells
from vladva.toyland.facts import Absent, At, Count, Exists, Phrase, Relation, Setting
from vladva.toyland.scene import Scene, Thing


def _thing(number: int, kind: str, colour: str, x: float) -> Thing:
    return Thing(number, kind, colour, "medium", (x, 0.6, 0.2, 0.2), number)


SCENE = Scene(
    "test",
    0,
    0,
    (_thing(0, "dog", "red", 0.0), _thing(1, "dog", "red", 0.35), _thing(2, "cat", "blue", 0.75)),
    "beach",
    "night",
)
"""Two red dogs left of a blue cat, on a beach at night."""
WHOLE = (
    "The scene is on a beach at night. There are two red dogs and a blue cat. "
    "The red dog is left of the blue cat."
)


def test_a_caption_that_says_it_all_tells_every_fact() -> None:
    assert judge(SCENE, WHOLE) == Judged(true=5, false=0, open=0, told=6, facts=6)


def test_a_false_claim_costs_precision_and_leaves_recall() -> None:
    found = judge(SCENE, WHOLE + " There is a green bus.")
    assert found == Judged(true=5, false=1, open=0, told=6, facts=6)
    assert precision([found]) == pytest.approx(100 * 5 / 6)
    assert falsehood([found]) == pytest.approx(100 / 6)
    assert recall([found]) == 100


def test_a_claim_that_the_picture_does_not_settle_counts_against_precision_only() -> None:
    found = judge(SCENE, "a large red dog")
    assert found == Judged(true=0, false=0, open=1, told=1, facts=6)
    assert (precision([found]), falsehood([found])) == (0, 0)


def test_what_cannot_be_read_costs_recall_and_not_precision() -> None:
    assert judge(SCENE, "a wonderful dog frolics") == Judged(0, 0, 0, 0, 6)
    assert precision([judge(SCENE, "")]) == recall([judge(SCENE, "")]) == 0


@pytest.mark.parametrize(
    ("claim", "place"),
    [
        (Exists(Phrase("dog", colour="red")), 0),
        (Exists(Phrase("cat", colour="blue", size="medium")), 1),
        (Count(Phrase("dog", colour="red"), 2), 2),
        (Count(Phrase("dog"), 2), 2),
        (Setting("beach"), 3),
        (At("night"), 4),
        (Relation(Phrase("dog"), "left of", Phrase("cat")), 5),
    ],
)
def test_each_fact_is_told_by_the_claim_of_it(claim: Exists, place: int) -> None:
    told = tells(SCENE, [claim])
    assert told[place]
    assert len(told) == 6


@pytest.mark.parametrize(
    "claim",
    [
        Exists(Phrase("dog")),
        Exists(Phrase("dog", colour="blue")),
        Absent(Phrase("dog", colour="red")),
        Count(Phrase("dog"), 3),
        Count(Phrase(), 2),
        Setting("lake"),
        At("day"),
        Relation(Phrase("dog"), "right of", Phrase("cat")),
    ],
)
def test_what_is_false_or_says_less_tells_none(claim: Exists) -> None:
    assert not any(tells(SCENE, [claim]))


def test_captions_are_pooled_so_that_one_who_says_much_counts_for_much() -> None:
    some = [Judged(9, 1, 0, 5, 5), Judged(0, 0, 10, 0, 15)]
    assert (precision(some), falsehood(some), recall(some)) == (45, 5, 25)
