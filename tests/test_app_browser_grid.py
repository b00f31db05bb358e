"""The photos of the search page in a real browser: scrolled, and walked by keyboard."""

from collections.abc import Iterator

import app_fakes
import pytest
from app_fakes import Page

pytest.importorskip("playwright")
pytest.importorskip("axe_playwright_python")
import app_witness
from app_answers import Answers, cell, first_names, hit, verdict
from app_witness import Witness, serious
from playwright.sync_api import Browser, expect

pytestmark = app_witness.MARKS
WIDE = {"width": 1440, "height": 900}


coloured = app_fakes.coloured
browser = app_witness.browser
shown = app_witness.shown


@pytest.fixture
def witness(browser: Browser, shown: tuple[Page, str]) -> Iterator[Witness]:
    made = Witness(browser, shown[1], viewport=WIDE)
    yield made
    made.close()


def test_ten_thousand_hits_are_scrolled_to_any_place_with_few_tiles_in_the_page(
    witness: Witness,
) -> None:
    answers = Answers([hit(number) for number in range(10_000)])
    answers.serve(witness.tab)
    tab = witness.open("/?q=boat")
    expect(tab.locator(cell(0))).to_be_visible()
    columns = tab.evaluate(
        "new Set([...document.querySelectorAll('.v-grid > .v-tile')]"
        ".map((tile) => new DOMMatrix(getComputedStyle(tile).transform).e)).size"
    )
    grid = tab.locator(".v-grid").bounding_box()
    assert grid is not None
    row = grid["height"] / -(-10_000 // columns)
    assert abs(row - grid["width"] / columns) < 12  # as high as wide, and a gap
    tab.evaluate("(top) => scrollTo(0, top)", 5_000 / columns * row)
    name = tab.locator('.v-open[title="/photos/05000.jpg"]')
    expect(name).to_be_visible()
    expect(name.locator("img")).to_have_js_property("naturalWidth", 64)
    assert tab.locator(".v-tile").count() < 120
    offsets = {int(asked.get("offset", 0)) for asked in answers.asked}
    assert 5_000 in offsets
    assert len(offsets) < 12  # of a hundred pages


def test_a_long_scroll_keeps_the_page_small(witness: Witness) -> None:
    Answers([hit(number) for number in range(10_000)]).serve(witness.tab)
    tab = witness.open("/?q=boat")
    expect(tab.locator(cell(0))).to_be_visible()
    most = 0
    for step in range(30):
        tab.evaluate("(top) => scrollTo(0, top)", step * 8_000)
        tab.wait_for_timeout(20)
        most = max(most, tab.locator(".v-tile").count())
    assert 0 < most < 140


FLICK = """async (frames) => {
  const grid = document.querySelector(".v-grid");
  const made = [];
  const noted = new MutationObserver((news) => {
    const nodes = news.flatMap((one) => [...one.addedNodes]);
    made.push(nodes.filter((node) => node.querySelector(".v-open")));
  });
  noted.observe(grid, {childList: true});
  for (let frame = 0; frame < frames; frame += 1) {
    scrollBy(0, 2 * innerHeight);
    await new Promise((then) => requestAnimationFrame(then));
    dispatchEvent(new Event("scroll"));  // a look without a move, as when hits come
    await new Promise((then) => requestAnimationFrame(then));
  }
  noted.disconnect();
  const loading = made.flat().filter((node) => node.querySelector("img").src);
  const told = made.flat().filter((node) => node.querySelector("figcaption"));
  const most = Math.max(...made.map((nodes) => nodes.length));
  return [most, made.flat().length, loading.length, told.length];
}"""


def test_what_flies_past_is_made_a_few_at_a_time_and_fetches_no_thumbnail(
    witness: Witness,
) -> None:
    Answers([hit(number) for number in range(10_000)]).serve(witness.tab)
    tab = witness.open("/?q=boat")
    expect(tab.locator(cell(0))).to_be_visible()
    most, made, loading, told = tab.evaluate(FLICK, 60)
    assert 0 < most <= 8
    assert made > 60
    assert max(loading, told) < made / 4  # those before and behind the flick
    expect(tab.locator(".v-tile:not(.v-there)")).to_have_count(0)
    expect(tab.locator(".v-tile:not(:has(figcaption))")).to_have_count(0)
    expect(tab.locator('.v-open[tabindex="0"]')).to_have_count(1)  # where the eye is


def test_a_tile_tells_how_well_it_fits_why_and_when(witness: Witness) -> None:
    why = [verdict("red car", "yes"), verdict("dog", "yes", "forbid"), verdict("two", "unsure")]
    hits = [hit(0, level="strong", probability=0.94, why=why), hit(1, level="weak", why=[])]
    Answers(hits).serve(witness.tab)
    tab = witness.open("/?q=red+car")
    first = tab.locator(cell(0))
    caption = first.locator("figcaption")
    expect(caption).to_have_css("opacity", "0")
    first.hover()
    expect(caption).to_have_css("opacity", "1")
    expect(caption.locator(".v-tick")).to_have_text(
        ["red car: yes", "no dog: yes", "two: not sure"]
    )
    expect(caption).to_contain_text("strong match")
    expect(caption.locator("time")).to_have_text("Mar 5, 2024")
    expect(tab.locator(cell(1)).locator("figcaption")).to_contain_text("weak match")
    tab.locator(cell(0)).locator(".v-open").click()
    box = tab.locator("dialog[open]")
    expect(box.locator(".v-why")).to_contain_text("strong match · 94 % likely")
    expect(box.locator(".v-tick")).to_have_count(3)


def test_where_nothing_hovers_a_tile_says_unasked_how_well_it_fits(
    browser: Browser, shown: tuple[Page, str]
) -> None:
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    witness = Witness(browser, shown[1], **options)
    Answers([hit(0, level="strong", why=[verdict("red car", "yes")])]).serve(witness.tab)
    caption = witness.open("/?q=red+car").locator(cell(0)).locator("figcaption")
    expect(caption).to_have_css("opacity", "1")
    expect(caption.locator(".v-level")).to_be_visible()
    expect(caption.locator(".v-ticks")).to_be_hidden()
    witness.open("/?q=red+car").locator(cell(0)).locator(".v-open").click()
    expect(witness.tab.locator("dialog[open] .v-tick")).to_have_count(1)
    witness.close()


def test_after_similar_photos_the_keyboard_is_on_the_first(witness: Witness) -> None:
    Answers([hit(number) for number in range(400)]).serve(witness.tab)
    tab = witness.open("/?q=boat")
    tab.locator(cell(0)).locator(".v-open").focus()
    tab.keyboard.press("End")  # far from where the next answer begins
    expect(tab.locator(cell(399)).locator(".v-open")).to_be_focused()
    tab.keyboard.press("s")
    tab.wait_for_function("location.search.includes('like=')")
    expect(tab.locator(cell(0)).locator(".v-open")).to_be_focused()


def test_tiles_are_walked_by_arrows_and_only_one_is_a_tab_stop(witness: Witness) -> None:
    answers = Answers([hit(number) for number in range(400)])
    answers.serve(witness.tab)
    tab = witness.open("/?q=boat")
    tab.locator(cell(0)).locator(".v-open").focus()
    columns = tab.evaluate(
        "new Set([...document.querySelectorAll('.v-grid > .v-tile')]"
        ".map((tile) => new DOMMatrix(getComputedStyle(tile).transform).e)).size"
    )
    focused = "document.activeElement.title"
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(focused) == "/photos/00001.jpg"
    for _ in range(12):
        tab.keyboard.press("ArrowDown")
    assert tab.evaluate(focused) == f"/photos/{1 + 12 * columns:05}.jpg"
    seen = "document.activeElement.getBoundingClientRect()"
    assert tab.evaluate(f"{seen}.top >= 0 && {seen}.bottom <= innerHeight")
    assert tab.locator('.v-grid .v-open[tabindex="0"]').count() == 1
    tab.keyboard.press("End")
    expect(tab.locator('.v-open[title="/photos/00399.jpg"]')).to_be_focused()
    tab.keyboard.press("Home")
    assert tab.evaluate(focused) == "/photos/00000.jpg"


def test_near_duplicates_are_a_stack_that_unfolds(witness: Witness) -> None:
    alike = {"alike": ["/photos/a.jpg", "/photos/b.jpg"], "alike_ids": ["a" * 24, "b" * 24]}
    Answers([hit(0), hit(1, **alike), hit(2)]).serve(witness.tab)
    tab = witness.open("/?q=boat")
    badge = tab.get_by_role("button", name="Show 2 near-duplicates")
    expect(badge).to_have_text("+2")
    badge.click()
    expect(tab.locator(".v-grid .v-tile")).to_have_count(5)
    names = ["00000.jpg", "00001.jpg", "a.jpg", "b.jpg", "00002.jpg"]
    assert first_names(tab, 5) == names
    tab.locator(cell(3)).locator(".v-open").click()
    expect(tab.locator("dialog[open] h2")).to_have_text("b.jpg")
    tab.keyboard.press("Escape")
    tab.get_by_role("button", name="Fold the near-duplicates").click()
    expect(tab.locator(".v-grid .v-tile")).to_have_count(3)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "dark")])
def test_everything_at_once_keeps_nobody_out(
    browser: Browser, shown: tuple[Page, str], width: int, scheme: str
) -> None:
    why = [verdict("red car", "yes"), verdict("dog", "no", "forbid"), verdict("two", "unsure")]
    alike = {"alike": ["/photos/a.jpg"], "alike_ids": ["a" * 24]}
    shades = ("strong", "likely", "weak")
    hits = [hit(one, level=said, probability=0.5, **alike) for one, said in enumerate(shades)]
    answers = Answers(hits, almost=[hit(9, why=why)], chips=all_kinds, hold=True)
    witness = Witness(
        browser,
        shown[1],
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    answers.serve(witness.tab)
    tab = witness.open("/?q=red+car+after:2023")
    expect(tab.locator(".v-checking")).to_be_visible()
    if tab.locator(".v-filters").is_hidden():
        tab.get_by_role("button", name="Filters").click()
    tab.locator(".v-badge").first.click()
    tab.locator(".v-almost summary").click()
    tab.locator(".v-near .v-open").hover()
    assert serious(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    tab.locator(".v-near .v-open").click()
    tab.wait_for_selector("dialog[open] h2")
    assert serious(tab) == []
    witness.close()


def all_kinds(_words: str) -> list[dict[str, str]]:
    """A chip of every kind."""
    return [
        {"kind": kind, "text": kind, "written": kind, "without": ""}
        for kind in ("meaning", "forbid", "literal", "filter")
    ]
