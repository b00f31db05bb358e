"""One photo of the search page, seen large, in a real browser."""

from collections.abc import Iterator

import app_fakes
import pytest
from app_fakes import Page

pytest.importorskip("playwright")
pytest.importorskip("axe_playwright_python")
import app_witness
from app_answers import Answers, cell, hit
from app_witness import Witness
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


def test_the_lightbox_is_walked_by_keyboard_and_says_who_wrote_the_caption(
    witness: Witness,
) -> None:
    place = {"lat": 48.8584, "lon": -2.2945, "camera": "Pixel 7", "caption_source": "machine:mini"}
    answers = Answers([hit(0, **place), *(hit(number) for number in range(1, 250))])
    answers.serve(witness.tab)
    witness.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = witness.open("/?q=boat")
    tab.locator(cell(0)).locator(".v-open").focus()
    tab.keyboard.press("Enter")
    box = tab.locator("dialog[open]")
    expect(box).to_contain_text("Written by a model")
    expect(box).to_contain_text("48.8584° N, 2.2945° W")
    expect(box).to_contain_text("Pixel 7")
    expect(box).to_contain_text("1 of 250")
    tab.keyboard.press("ArrowRight")
    expect(box.locator("h2")).to_have_text("00001.jpg")
    expect(box).not_to_contain_text("Written by a model")
    tab.keyboard.press("Enter")
    expect(box.locator(".v-said")).to_have_text("Path copied")
    assert tab.evaluate("navigator.clipboard.readText()") == "/photos/00001.jpg"
    tab.keyboard.press("ArrowLeft")
    expect(box.locator("h2")).to_have_text("00000.jpg")
    tab.keyboard.press("ArrowLeft")
    expect(box.locator("h2")).to_have_text("00000.jpg")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Escape")
    expect(tab.locator("dialog[open]")).to_have_count(0)
    # the keyboard is where the eye was
    expect(tab.locator('.v-open[title="/photos/00001.jpg"]')).to_be_focused()
    tab.keyboard.press("Enter")
    tab.keyboard.press("s")
    expect(tab.locator("dialog[open]")).to_have_count(0)
    tab.wait_for_function("location.search.includes('like=')")
    assert answers.asked[-1]["like"] == f"{1:024x}"


def test_enter_in_the_lightbox_is_that_of_the_link_it_is_on(witness: Witness) -> None:
    Answers([hit(0)]).serve(witness.tab)
    tab = witness.open("/?q=boat")
    tab.locator(cell(0)).locator(".v-open").click()
    tab.locator("dialog[open]").get_by_role("link", name="Look inside").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**/inside?photo={0:024x}")
    witness.wrong.clear()  # a photo that is made up cannot be looked into


def test_where_the_browser_forbids_it_nobody_is_told_that_a_path_is_copied(
    witness: Witness,
) -> None:
    Answers([hit(0)]).serve(witness.tab)
    witness.tab.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined});"
    )
    tab = witness.open("/?q=boat")
    tab.locator(cell(0)).locator(".v-open").click()
    tab.keyboard.press("Enter")
    box = tab.locator("dialog[open]")
    expect(box.locator(".v-said")).to_contain_text("does not let the page copy")
    expect(box).to_contain_text("/photos/00000.jpg")


def test_in_a_window_of_its_own_enter_opens_the_folder(witness: Witness) -> None:
    Answers([hit(0)]).serve(witness.tab)
    witness.tab.add_init_script(
        "window.opened = []; window.pywebview = {api: {open_folder: async (id) => opened.push(id)}}"
    )
    tab = witness.open("/?q=boat")
    tab.locator(cell(0)).locator(".v-open").click()
    expect(tab.get_by_role("button", name="Open the folder")).to_be_visible()
    tab.keyboard.press("Enter")
    assert tab.evaluate("opened") == [f"{0:024x}"]
