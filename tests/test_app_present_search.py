"""Search answers on a terminal: certainty, reasons, near-duplicates, and the line below."""

from typing import Any

from vladva.app.present_search import footer, photos, texts


def hit(**facts: Any) -> dict[str, Any]:
    base = {"rank": 1, "path": "/p/a.jpg", "score": 0.5, "level": None, "why": [], "alike": []}
    return {**base, "taken_at": None, **facts}


def answer(*hits: dict[str, Any], almost: int = 0, total: int = 0, said: str = "a dog") -> Any:
    return {
        "query": said or "type:jpeg",
        "interpreted": {"positive": said, "forbid": [], "literal": [], "filters": {}},
        "model": "mini",
        "searched": 1200,
        "total": total or len(hits),
        "took_ms": {"encode": 1.0, "search": 1.0, "verify": 0.0},
        "results": list(hits),
        "almost": [hit()] * almost,
    }


def test_a_hit_shows_its_score_or_the_word_for_its_probability() -> None:
    assert photos(answer(hit()), "table") == "   1   0.500  /p/a.jpg\n"
    assert photos(answer(hit(level="likely")), "table") == "   1  likely  /p/a.jpg\n"


def test_no_hits_are_no_lines() -> None:
    assert photos(answer(), "table") == ""
    assert photos(answer(), "paths") == ""


def test_photos_that_were_only_filtered_show_their_dates() -> None:
    shown = photos(answer(hit(taken_at="2023-05-07T12:30:00"), hit(rank=2), said=""), "table")
    assert shown == "   1  2023-05-07  /p/a.jpg\n   2              /p/a.jpg\n"


def test_near_duplicates_are_counted_behind_the_path() -> None:
    assert photos(answer(hit(alike=["/p/b.jpg", "/p/c.jpg"])), "table").endswith("(+2 alike)\n")


def test_what_was_checked_stands_below_with_a_mark_each() -> None:
    why = [
        {"text": "a dog", "kind": "require", "verdict": "yes", "p": 0.9},
        {"text": "people", "kind": "forbid", "verdict": "unsure", "p": 0.5},
    ]
    _, reasons = photos(answer(hit(why=why)), "table").splitlines()
    assert reasons.split() == ["✓", "a", "dog", "?", "no", "people"]


def test_a_name_with_control_characters_moves_nothing() -> None:
    shown = photos(answer(hit(path="/p/\x1b[2J.jpg")), "table")
    assert "\x1b" not in shown


def test_the_line_below_speaks_of_matches_only_where_their_end_is_known() -> None:
    assert footer(answer(hit(), total=700)) == "1 of 1,200 photos · mini · 2 ms"
    assert footer(answer(hit(level="weak"), total=7)).startswith("1 of 7 among 1,200")


def test_nothing_found_names_what_came_near() -> None:
    assert footer(answer()) == "Nothing found among 1,200 photos · mini · 2 ms"
    assert "3 came near: --json and --all show more" in footer(answer(almost=3))


def test_texts_show_probabilities_where_there_are_any() -> None:
    hits = [
        {"rank": 1, "text": "a\ndog", "score": 0.5, "probability": 0.873, "path": None},
        {"rank": 2, "text": "a cat", "score": 0.4, "probability": None, "path": None},
    ]
    assert texts({"results": hits}, "table") == "   1   87.3%  a dog\n   2   0.400  a cat\n"
