"""The demo's switch in a real browser: the same words, asked of the baseline and of the model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from app_colours import ColourEncoder, load_colours, paint
from app_fakes import index, page, serving

from vladva.app import beside
from vladva.indexes.library import Library
from vladva.protocols import Encoder, Vectors

pytest.importorskip("playwright")
import app_witness
from app_witness import Witness
from playwright.sync_api import Browser, Locator, expect
from playwright.sync_api import Page as Tab

pytestmark = app_witness.MARKS
browser = app_witness.browser


class Backwards(ColourEncoder):
    """Finds the opposite of what is meant."""

    def encode_texts(self, texts: object) -> Vectors:
        return -super().encode_texts(texts)  # type: ignore[arg-type]


def load_both(name: str, **options: object) -> Encoder:
    if name == beside.BASELINE:
        return Backwards(name, "backwards-1")
    return load_colours(name, **options)


@pytest.fixture(params=[True, False], ids=["demo", "photos"])
def shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[tuple[bool, str]]:
    """A page over a library that the baseline has indexed too: the demo's, or some photos."""
    monkeypatch.setattr(beside, "is_here", lambda: True)
    folder = paint(tmp_path / "library-drawn")
    with Library.open(tmp_path / "library", create=True) as library:
        index(library, folder)
        for _event in beside.index_beside(library, folder, load_both(beside.BASELINE)):
            continue
        if request.param:
            library.set(beside.DRAWN, ["version", 0, 6])
    with page(tmp_path / "library", load_both) as made, serving(made) as address:
        made.session.warm()
        yield request.param, address


@pytest.fixture
def witness(browser: Browser, shown: tuple[bool, str]) -> Iterator[Witness]:
    made = Witness(browser, shown[1], viewport={"width": 390, "height": 844})
    yield made
    made.close()


def expect_first(tab: Tab, name: str) -> None:
    first = tab.locator(".v-open").first
    expect(first).to_have_attribute("aria-label", f"Open {name}.jpg")


def test_the_switch_asks_the_same_words_of_either_and_only_a_demo_has_it(
    witness: Witness, shown: tuple[bool, str]
) -> None:
    is_demo, _ = shown
    tab = witness.open("/?q=white")
    expect_first(tab, "white")
    switch = tab.locator(".v-switch:not(.v-order)")
    if not is_demo:
        expect(tab.locator(".v-pill")).to_contain_text("6 photos")
        assert not switch.is_visible()
        witness.open("/?q=white&by=clip-mini")  # an address from a demo: only this once
        expect(tab.get_by_text("cannot be asked through clip-mini")).to_be_visible()
        expect(tab.locator(".v-pill")).to_contain_text("6 photos")
        tab.locator("#v-query input, #v-query textarea").fill("black")
        tab.keyboard.press("Enter")
        expect_first(tab, "black")
        assert len(witness.wrong) == 1  # the browser's own word on the answer 4xx
        witness.wrong.clear()
        return
    expect(switch).to_be_visible()
    assert switch.locator("button").all_inner_texts() == ["clip-mini", "mini", "side by side"]
    switch.get_by_text("clip-mini").click()
    expect_first(tab, "black")
    expect(switch.get_by_text("clip-mini")).to_have_attribute("aria-pressed", "true")
    assert tab.url.endswith("?q=white&by=clip-mini")
    tab.locator("#v-query input, #v-query textarea").fill("black")
    tab.keyboard.press("Enter")
    expect_first(tab, "white")  # other words, the same encoder
    tab.go_back()
    expect_first(tab, "black")
    switch.get_by_text("mini", exact=True).click()
    expect_first(tab, "white")
    assert tab.url.endswith("?q=white")
    over = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0
    tab.locator("#v-query input, #v-query textarea").fill("")
    expect(switch).to_be_hidden()


def side_by_side(witness: Witness) -> tuple[Tab, Locator]:
    """Both answers to "white"."""
    tab = witness.open("/?q=white")
    tab.get_by_role("button", name="side by side").click()
    sides = tab.locator(".v-sides section")
    expect(sides).to_have_count(2)
    return tab, sides


@pytest.mark.parametrize("shown", [True], ids=["demo"], indirect=True)
def test_both_answers_stand_side_by_side_and_the_address_keeps_it(
    witness: Witness, shown: tuple[bool, str]
) -> None:
    tab, sides = side_by_side(witness)
    for side, model, name in ((0, "clip-mini", "black"), (1, "mini", "white")):
        expect(sides.nth(side).locator("h2")).to_contain_text(model)
        first = sides.nth(side).locator(".v-open").first
        expect(first).to_have_attribute("aria-label", f"Open {name}.jpg")
    expect(tab.get_by_text("The drawn facts cannot judge these words.")).to_be_visible()
    expect(tab.locator(".v-grid > .v-tile")).to_have_count(0)
    assert tab.url.endswith("?q=white&by=both")
    tab.reload()
    sides.nth(1).locator(".v-open").first.click()
    expect(tab.locator("dialog[open] h2")).to_have_text("white.jpg")
    tab.keyboard.press("Escape")
    tab.go_back()
    expect_first(tab, "white")
    expect(sides).to_have_count(0)


@pytest.mark.parametrize("shown", [True], ids=["demo"], indirect=True)
def test_a_mark_that_is_made_side_by_side_is_of_the_words_that_stand_there(
    witness: Witness, shown: tuple[bool, str]
) -> None:
    tab, sides = side_by_side(witness)
    tab.locator("#v-query input, #v-query textarea").fill("black")
    first = sides.nth(1).locator(".v-open").first
    expect(first).to_have_attribute("aria-label", "Open black.jpg")
    first.click()
    expect(tab.locator("dialog[open]")).to_contain_text("“black”")


@pytest.mark.parametrize("shown", [True], ids=["demo"], indirect=True)
def test_a_demo_without_the_baseline_says_why_in_place_of_the_switch(
    witness: Witness, shown: tuple[bool, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "is_here", lambda: False)
    tab = witness.open("/?q=white")
    button = tab.get_by_role("button", name="clip-mini | mini")
    button.click()
    expect(tab.locator(".v-switches .v-refused")).to_contain_text("make mini")
    button.click()
    expect(tab.locator(".v-switches .v-refused")).to_be_hidden()
