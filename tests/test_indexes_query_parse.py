"""What is typed is read as a query; whatever is typed, it is read or refused, and comes back."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vladva.errors import ConfigError, QueryError
from vladva.indexes.figures.queries import made, main, read
from vladva.indexes.query.chips import chips, without
from vladva.indexes.query.constraints import constraints
from vladva.indexes.query.filters import FILTERS
from vladva.indexes.query.parse import parse, written
from vladva.indexes.query.query import Filter, Query
from vladva.indexes.query.tokens import LONGEST


@pytest.mark.parametrize(
    ("typed", "positive", "forbid"),
    [
        ("a dog left of a red car", "a dog left of a red car", ()),
        ("  a   dog ", "a dog", ()),
        ("no people", "", ("people",)),
        ("-people -“traffic lights”", "", ("people", "traffic lights")),
        ("no people and no cars", "", ("people", "cars")),
        ("no people or cars", "", ("people", "cars")),
        ("no people and a dog", "a dog", ("people",)),
        ("a dog with no collar", "a dog", ("collar",)),
        ("a dog without a collar and a cat", "a dog and a cat", ("collar",)),
        ("a street, without people, at night", "a street, at night", ("people",)),
        ("a street without people at night", "a street at night", ("people",)),
        ("there are no dogs in the picture", "", ("dogs",)),
        ("A dog. No people. Night", "A dog. Night", ("people",)),
        ("No one on the beach", "", ("people on the beach",)),
        ("Nobody on the beach.", "", ("people on the beach",)),
        ("a street, nobody or cars at night", "a street, at night", ("people", "cars")),
        ("no-one is here", "", ("people",)),
        (
            "a dog without a collar in the park at night",
            "a dog in the park at night",
            ("collar",),
        ),
        ("no people on the beach", "on the beach", ("people",)),
        (
            "no people or cars on the snowy street, a dog",
            "on the snowy street, a dog",
            ("people", "cars"),
        ),
        ("no people in the park. Snow", "in the park. Snow", ("people",)),
        ("a dog, no man on a park bench", "a dog", ("man on a park bench",)),
        ("no people in the garden of the house", "", ("people in the garden of the house",)),
        ("no cats on the sofa and a lamp", "a lamp", ("cats on the sofa",)),
        ('-"people on the beach"', "", ("people on the beach",)),
        ('without "parking signs" or cars', "", ("parking signs", "cars")),
        ("a t-shirt, 1,000 balloons, 16:9", "a t-shirt, 1,000 balloons, 16:9", ()),
        ("a dog - red", "a dog - red", ()),
        ("dogs,cats", "dogs, cats", ()),
        ("a dog no", "a dog", ()),
        ("and", "and", ()),
    ],
)
def test_meaning_and_forbidden_parts_are_told_apart(
    typed: str, positive: str, forbid: tuple[str, ...]
) -> None:
    query = parse(typed)
    assert (query.positive, query.forbid) == (positive, forbid)
    assert (query.literal, query.filters) == ((), ())


@pytest.mark.parametrize("typed", ['"no people"', "«no people»", "„no people“", "「no  people」"])
def test_what_stands_in_quotes_is_literal(typed: str) -> None:
    assert parse(typed) == Query(typed, "", (), ("no people",), ())


def test_filters_are_read_with_values_in_one_spelling() -> None:
    query = parse(
        'sea folder:2019/Italy camera:"Pixel 7" after:2023/5 before:2024, TYPE:HEIC rating:≥4'
        " -is:raw no has:gps"
    )
    assert query.positive == "sea"
    assert query.filters == (
        Filter("folder", "=", "2019/Italy"),
        Filter("camera", "=", "Pixel 7"),
        Filter("after", "=", "2023-05"),
        Filter("before", "=", "2024"),
        Filter("type", "=", "heif"),
        Filter("rating", ">=", "4"),
        Filter("is", "!=", "raw"),
        Filter("has", "!=", "gps"),
    )


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ("", "asks for nothing", "Describe"),
        (" \x00\n", "asks for nothing", "Describe"),
        ("no", "asks for nothing", "Describe"),
        ("a" * (LONGEST + 1), "2,001 characters", "sentence"),
        ("flder:x", 'no filter "flder"', "Did you mean folder:?"),
        ("tag:sea", 'no filter "tag"', "Did you mean keyword:?"),
        ("see http://a.org/b", "http://a.org/b is an address", '"http://a.org/b"'),
        ("before:soon", '"before" does not take "soon"', "2023-05-07"),
        ("on:2023-02-30", '"on" does not take "2023-02-30"', "2023-05-07"),
        ("type:jpef", 'does not take "jpef"', "Did you mean type:jpeg?"),
        ("rating:6", 'does not take "6"', "-1"),
        ("camera:>=x", "takes no >=", "any text"),
        ("-after:2023", "takes no minus", "before:"),
        ("-rating:>=4", "takes no minus", "rating:<4"),
        ('folder:""', "has no value", "folder:value"),
        ('a "b', 'opens at "b', "Close it"),
        ("-a -b " * 40, "", ""),
        (" ".join(f"-w{i}" for i in range(33)), "33 forbidden parts", "two"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_cause_and_a_remedy(
    typed: str, message: str, hint: str
) -> None:
    if not message:
        assert parse(typed).forbid == ("a", "b")
        return
    with pytest.raises(QueryError) as caught:
        parse(typed)
    assert isinstance(caught.value, ConfigError)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert len(caught.value.message) < 200


def test_a_colon_that_is_no_filter_stays_in_the_words() -> None:
    assert parse("note: a dog at 3:45 :) folder:").positive == "note: a dog at 3:45 :) folder:"


def test_what_no_encoder_can_take_is_made_harmless() -> None:
    query = parse("caf\udce9 \ud83d\x07 \u202eabc 👩‍👧")
    query.positive.encode("utf-8")
    assert "\x07" not in query.positive
    assert "👩‍👧" in query.positive


def test_chips_come_back_as_the_query_and_can_be_taken_away_one_by_one() -> None:
    query = parse('a dog, no "red cars" or people "beach house" camera:"Pixel 7" -type:png')
    shown = chips(query)
    assert [chip.kind for chip in shown] == [
        "meaning", "forbid", "forbid", "literal", "filter", "filter",
    ]  # fmt: skip
    assert parse(" ".join(chip.written for chip in shown)).filters == query.filters
    left = query
    for chip in shown:
        left = without(left, chip)
        assert chip not in chips(left)
    assert left == Query("", "", (), (), ())
    assert without(query, shown[1]).forbid == ("people",)
    assert parse(without(query, shown[0]).text) == without(query, shown[0])


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    read(text)


@given(st.text(alphabet="ab \"“»「-:,. noNO\\%_'>=\n", max_size=40))
def test_any_text_of_the_grammars_own_marks_comes_back_as_it_was_read(text: str) -> None:
    read(text)


@given(
    st.sampled_from(sorted(FILTERS)),
    st.text(alphabet="ab \"“»「-:,.\\%_'>=", max_size=12),
    st.booleans(),
)
def test_any_value_of_a_filter_comes_back(name: str, value: str, quoted: bool) -> None:
    read(f'{name}:"{value}"' if quoted else f"{name}:{value}")


def every(count: int, seed: int) -> int:
    """Read made strings and ask what they ask → how many parsed."""
    parsed = 0
    for text in made(count, seed):
        query = read(text)
        if isinstance(query, Query):
            parsed += 1
            assert all(one.question.endswith("?") and one.text for one in constraints(query))
            for chip in chips(query):
                assert chip not in chips(without(query, chip))
    return parsed


def test_five_thousand_random_and_hostile_strings_are_read_or_refused() -> None:
    assert 1000 < every(5000, seed=random.Random(7).randrange(99)) < 4500


@pytest.mark.slow
def test_a_hundred_thousand_random_and_hostile_strings_are_read_or_refused() -> None:
    assert every(100_000, seed=1) > 20_000


def test_the_figure_counts_every_string_and_every_wrong_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["--count", "400", "--asked", "30"])
    lines = capsys.readouterr().out.splitlines()
    counts = [int(line.split()[0].replace(",", "")) for line in lines[:-2]]
    assert sum(counts) == 400
    assert lines[-1] == "30 of them asked of a table: 0 answers unlike the reference."


def test_a_line_made_by_hand_that_no_quotes_fit_is_refused() -> None:
    with pytest.raises(QueryError, match="No quotes fit"):
        written(Query("", "", (), ('a "b» 「c」 』',), ()))
