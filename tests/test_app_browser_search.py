"""The search page in a real browser over made-up answers: stages, chips, filters, order."""

from collections.abc import Iterator

import app_fakes
import pytest
from app_fakes import Page

pytest.importorskip("playwright")
import app_witness
from app_answers import Answer, Answers, cell, first_names, hit, verdict
from app_witness import Witness
from playwright.sync_api import Browser, expect

pytestmark = app_witness.MARKS
WIDE = {"width": 1440, "height": 900}
BOX = "#v-query input, #v-query textarea"


coloured = app_fakes.coloured
browser = app_witness.browser
shown = app_witness.shown


@pytest.fixture
def witness(browser: Browser, shown: tuple[Page, str]) -> Iterator[Witness]:
    made = Witness(browser, shown[1], viewport=WIDE)
    yield made
    made.close()


def test_the_first_stage_paints_and_the_second_reorders_what_is_seen(witness: Witness) -> None:
    def turned(answer: Answer) -> Answer:
        seen = [{**one, "why": [verdict("red car", "yes")]} for one in answer["results"][:4]]
        failed = {**answer["results"][4], "why": [verdict("red car", "no")]}
        results = [*reversed(seen), *answer["results"][5:]]
        return {**answer, "results": results, "almost": [failed]}

    answers = Answers([hit(number) for number in range(130)], checked=turned, hold=True)
    answers.serve(witness.tab)
    tab = witness.open("/?q=red+car")
    expect(tab.locator(cell(0))).to_be_visible()
    assert first_names(tab, 3) == ["00000.jpg", "00001.jpg", "00002.jpg"]
    expect(tab.locator(".v-checking")).to_be_visible()
    answers.release()
    expect(tab.locator(".v-search")).to_have_attribute("data-checked", "red car")
    expect(tab.locator(".v-checking")).to_be_hidden()
    assert first_names(tab, 5) == [f"{number:05}.jpg" for number in (3, 2, 1, 0, 5)]
    expect(tab.locator(".v-line")).to_contain_text("129 of")
    expect(tab.locator(".v-almost summary")).to_have_text("Almost: 1 photo")
    tab.evaluate("scrollTo(0, 1e6)")  # behind the page that lost one, nothing is skipped or doubled
    expect(tab.locator('.v-open[title="/photos/00129.jpg"]')).to_be_visible()
    assert tab.locator(cell(128)).locator(".v-open").get_attribute("title") == ("/photos/00129.jpg")


def test_tiles_are_seen_to_move_unless_motion_is_unwanted(
    browser: Browser, shown: tuple[Page, str]
) -> None:
    moved = {}
    for motion in ("no-preference", "reduce"):
        answers = Answers(
            [hit(number) for number in range(6)],
            checked=lambda answer: {
                **answer,
                "results": [
                    {**one, "why": [verdict("x", "yes")]} for one in reversed(answer["results"])
                ],
            },
        )
        witness = Witness(browser, shown[1], viewport=WIDE, reduced_motion=motion)
        answers.serve(witness.tab)
        tab = witness.open("/?q=car")
        tab.evaluate(
            "globalThis.moved = 0; document.addEventListener('transitionrun',"
            " (event) => event.propertyName === 'transform'"
            " && event.target.matches('.v-tile') && (moved += 1))"
        )
        expect(tab.locator(".v-search")).to_have_attribute("data-checked", "car")
        tab.wait_for_timeout(100)
        moved[motion] = tab.evaluate("moved")
        witness.close()
    assert moved["no-preference"] >= 6
    assert moved["reduce"] == 0


def test_the_second_stage_can_be_stopped(witness: Witness) -> None:
    answers = Answers([hit(number) for number in range(6)], hold=True)
    answers.serve(witness.tab)
    tab = witness.open("/?q=red+car")
    expect(tab.locator(".v-checking")).to_be_visible()
    with tab.expect_event("requestfailed", lambda one: "/api/search" in one.url) as ended:
        tab.get_by_role("button", name="Stop").click()
    assert "verify" not in ended.value.url  # the closer look, not the first answer
    expect(tab.locator(".v-checking")).to_be_hidden()
    expect(tab.locator(".v-told")).to_contain_text("Stopped: not checked to the end.")
    assert first_names(tab, 2) == ["00000.jpg", "00001.jpg"]


def test_a_second_stage_that_fails_says_so_and_takes_nothing_away(witness: Witness) -> None:
    answers = Answers([hit(number) for number in range(6)])
    answers.serve(witness.tab)
    witness.tab.route(
        lambda url: "/api/search" in url and "verify" not in url,
        lambda route: route.fulfill(status=503, json={"message": "The model is gone.", "hint": ""}),
    )
    tab = witness.open("/?q=red+car")
    expect(tab.locator(".v-told")).to_contain_text("Not checked: The model is gone.")
    assert first_names(tab, 2) == ["00000.jpg", "00001.jpg"]
    expect(tab.locator(".v-checking")).to_be_hidden()
    witness.wrong.clear()  # the browser notes the status, too


def test_chips_say_what_was_understood_and_are_taken_away_or_edited(witness: Witness) -> None:
    def chips(words: str) -> list[dict[str, str]]:
        parts = [
            {"kind": "meaning", "text": "a boat", "written": "a boat", "without": "-dog"},
            {"kind": "forbid", "text": "no dog", "written": "-dog", "without": "a boat"},
        ]
        return parts if "dog" in words else parts[:1]

    answers = Answers([hit(0)], chips=chips)
    answers.serve(witness.tab)
    tab = witness.open("/?q=a+boat+-dog")
    expect(tab.locator(".v-chip")).to_have_text(["a boat", "no dog"])
    tab.locator(".v-chip").get_by_text("no dog").click()
    chosen = "(document.activeElement.value ?? '').slice(document.activeElement.selectionStart)"
    assert tab.evaluate(chosen) == "-dog"
    tab.get_by_label("Take away no dog").click()
    expect(tab.locator(".v-chips")).to_be_hidden()
    expect(tab.locator(BOX)).to_be_focused()
    assert tab.evaluate("document.activeElement.selectionStart") == len("a boat")
    expect(tab.locator(BOX)).to_have_value("a boat")
    assert "q=a+boat" in tab.url
    assert answers.asked[-1]["q"] == "a boat"


def test_filters_write_into_the_words_and_read_from_them(witness: Witness) -> None:
    answers = Answers([hit(0)])
    answers.serve(witness.tab)
    tab = witness.open("/?q=a+boat")
    expect(tab.locator(".v-filters")).to_be_hidden()
    tab.get_by_role("button", name="Filters").click()
    for label, value, words in (
        ("From", "2023-05-01", "a boat after:2023-05-01"),
        ("To", "2023-12-31", "a boat after:2023-05-01 before:2024-01-01"),
        ("Camera", "Pixel 7", 'a boat after:2023-05-01 before:2024-01-01 camera:"Pixel 7"'),
    ):
        tab.get_by_label(label, exact=True).fill(value)
        tab.get_by_label(label, exact=True).press("Tab")
        expect(tab.locator(BOX)).to_have_value(words)
    tab.get_by_role("button", name="Clear").click()
    expect(tab.locator(BOX)).to_have_value("a boat")
    tab.locator(".v-field.v-type select").select_option("heif")
    tab.locator(".v-field.v-caption select").select_option("without")
    tab.locator(".v-field.v-rating select").select_option(">=4")
    expect(tab.locator(BOX)).to_have_value("a boat type:heif -has:caption rating:>=4")
    tab.locator(".v-field.v-caption select").select_option("any")
    expect(tab.locator(BOX)).to_have_value("a boat type:heif rating:>=4")
    tab.goto(witness.address + '/?q=dog+before:2024+folder:"my+trip"')
    expect(tab.get_by_label("To", exact=True)).to_have_value("2023-12-31")
    expect(tab.locator(".v-field.v-folder input")).to_have_value("my trip")
    assert 'dog before:2024 folder:"my trip"' in [asked.get("q") for asked in answers.asked]


def test_an_excluded_type_is_no_type_in_the_row_and_stays_when_one_is_chosen(
    witness: Witness,
) -> None:
    Answers([hit(0)]).serve(witness.tab)
    tab = witness.open("/?q=dog+-type:png&all=true")
    expect(tab.locator(".v-line")).to_contain_text("1 of 20,000 photos")
    tab.get_by_role("button", name="Filters").click()
    kind = tab.locator(".v-field.v-type select")
    expect(kind).to_have_value("")
    kind.select_option("jpeg")
    expect(tab.locator(BOX)).to_have_value("dog -type:png type:jpeg")


def test_a_question_that_was_not_answered_can_be_asked_again(witness: Witness) -> None:
    tab = witness.tab
    tab.route("**/api/search?*", lambda route: route.abort())
    witness.open("/?q=boat")
    expect(tab.locator(".v-line .v-refused")).to_be_visible()
    tab.unroute_all()
    Answers([hit(0)]).serve(tab)
    tab.locator(BOX).press("Enter")
    expect(tab.locator(".v-grid > .v-tile")).to_have_count(1)
    witness.wrong.clear()  # the browser notes the request that got no answer


def test_nothing_found_is_said_and_shows_the_nearest_misses_on_request(witness: Witness) -> None:
    miss = hit(7, why=[verdict("red car", "no")])
    answers = Answers([], almost=[miss, hit(8)])
    answers.serve(witness.tab)
    tab = witness.open("/?q=a+red+car")
    expect(tab.get_by_role("heading", name="Nothing found")).to_be_visible()
    expect(tab.locator(".v-near")).to_be_hidden()
    tab.get_by_role("button", name="Show the nearest misses").click()
    expect(tab.locator(".v-near .v-tile")).to_have_count(2)
    expect(tab.locator(".v-near .v-no")).to_contain_text("red car")
    tab.locator(".v-near .v-open").first.click()
    expect(tab.locator("dialog[open] h2")).to_have_text("00007.jpg")
    tab.keyboard.press("Escape")
    tab.get_by_role("button", name="Show all photos, nearest first").click()
    expect(tab.get_by_role("button", name="Only what fits")).to_be_visible()
    assert answers.asked[-1]["all"] == "true"


def test_the_order_is_chosen_and_the_address_keeps_it(witness: Witness) -> None:
    answers = Answers([hit(0)])
    answers.serve(witness.tab)
    tab = witness.open("/?q=boat")
    tab.get_by_role("button", name="Newest first").click()
    expect(tab.get_by_role("button", name="Newest first")).to_have_attribute("aria-pressed", "true")
    assert answers.asked[-1]["sort"] == "date"
    assert "sort=date" in tab.url
    tab.go_back()
    expect(tab.get_by_role("button", name="Best first")).to_have_attribute("aria-pressed", "true")


def test_a_refusal_of_the_query_language_is_shown_with_its_hint(witness: Witness) -> None:
    tab = witness.tab
    said = '{"message": "There is no filter \\"colour\\".", "hint": "Did you mean camera:?"}'
    tab.route(
        "**/api/search?*colour*",
        lambda route: route.fulfill(status=400, body=said, content_type="application/json"),
    )
    tab = witness.open("/?q=colour:red")
    expect(tab.locator(".v-refused")).to_contain_text("Did you mean camera:?")
    tab.wait_for_timeout(500)  # the browser notes each answer of this kind
    witness.wrong = [one for one in witness.wrong if "400 (Bad Request)" not in one]
