"""The page in a real browser: search, similar, pictures, saved searches, and no stranger."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import app_fakes
import numpy as np
import pytest
from app_colours import COLOURS, ColourEncoder, paint
from app_fakes import Page, index, page, serving

from vladva.protocols import Prepared, Vectors

pytest.importorskip("playwright")
import app_witness
from app_witness import Witness, overhang
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

pytestmark = app_witness.MARKS
WIDTHS = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}


coloured = app_fakes.coloured
browser = app_witness.browser
shown = app_witness.shown


@pytest.fixture
def witness(browser: Browser, shown: tuple[Page, str]) -> Iterator[Witness]:
    made = Witness(browser, shown[1], viewport=WIDTHS["wide"])
    yield made
    made.close()


def tiles(tab: Tab) -> list[str]:
    """The names of the photos that are shown, in order."""
    tab.wait_for_selector(".v-tile .v-open")
    labels: list[str] = tab.evaluate(
        """() => [...document.querySelectorAll(".v-grid > .v-tile")]
            .sort((a, b) => a.dataset.cell - b.dataset.cell)
            .map((tile) => tile.querySelector(".v-open").ariaLabel)"""
    )
    return [label.removeprefix("Open ").removesuffix(".jpg") for label in labels]


def ask(tab: Tab, words: str) -> None:
    tab.locator("#v-query input, #v-query textarea").fill(words)
    tab.keyboard.press("Enter")
    expect(tab.locator(".v-search")).to_have_attribute("data-shown", words)


def test_words_find_photos_and_the_address_keeps_them(witness: Witness) -> None:
    tab = witness.open()
    expect(tab.locator(".v-pill")).to_contain_text("6 photos · mini")
    ask(tab, "a red wall")
    assert tiles(tab)[0] == "red"
    assert tab.url.endswith("?q=a+red+wall")
    expect(tab.locator(".v-line")).to_have_text(re.compile(r"^6 photos, nearest first · .+ m?s$"))
    first = tab.locator(".v-open img").first.element_handle()
    tab.wait_for_function("image => image.naturalWidth > 0", arg=first, timeout=60_000)
    ask(tab, "blue")
    expect(tab.locator(".v-open").first).to_have_attribute("aria-label", "Open blue.jpg")
    tab.go_back()
    expect(tab.locator(".v-open").first).to_have_attribute("aria-label", "Open red.jpg")
    assert tab.locator("#v-query input, #v-query textarea").input_value() == "a red wall"
    tab.reload()
    assert tiles(tab)[0] == "red"


def test_words_are_searched_while_they_are_typed(witness: Witness) -> None:
    tab = witness.open()
    expect(tab.locator(".v-pill")).to_contain_text("mini")
    tab.locator("#v-query input, #v-query textarea").press_sequentially("green", delay=20)
    expect(tab.locator(".v-open").first).to_have_attribute("aria-label", "Open green.jpg")


def test_every_hit_finds_its_like(witness: Witness) -> None:
    tab = witness.open("/?q=red")
    assert tiles(tab)[0] == "red"
    tab.get_by_label("Photos similar to red.jpg").click(force=True)
    expect(tab.locator(".v-open").first).to_have_attribute("aria-label", "Open yellow.jpg")
    assert "red" not in tiles(tab)
    assert "?like=" in tab.url
    expect(tab.get_by_alt_text("The picture to search by")).to_be_visible()
    tab.get_by_label("Drop the picture").click()
    expect(tab.locator(".v-tile")).to_have_count(0)


def test_one_photo_is_shown_large_with_what_is_known(witness: Witness) -> None:
    tab = witness.open("/?q=red")
    names = tiles(tab)
    tab.get_by_label("Open red.jpg").click()
    box = tab.locator("dialog[open]")
    expect(box.locator("h2")).to_have_text("red.jpg")
    expect(box).to_contain_text("a red wall")
    expect(box).to_contain_text("96 × 64 pixels")
    expect(box.locator("code")).to_contain_text("/photos/red.jpg")
    tab.keyboard.press("ArrowRight")
    expect(box.locator("h2")).to_have_text(f"{names[1]}.jpg")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("s")
    expect(tab.locator("dialog[open]")).to_have_count(0)
    expect(tab.locator(".v-open").first).to_have_attribute("aria-label", "Open yellow.jpg")
    tab.locator(".v-open").first.click()
    tab.keyboard.press("Escape")
    expect(tab.locator("dialog[open]")).to_have_count(0)


def test_a_picture_is_searched_by_when_it_is_chosen_dropped_or_pasted(
    witness: Witness, coloured: Path
) -> None:
    tab = witness.open()
    expect(tab.locator(".v-pill")).to_contain_text("mini")
    photos = coloured.parent / "photos"
    with tab.expect_file_chooser() as chooser:
        tab.get_by_label("Search by a picture").click()
    chooser.value.set_files(photos / "green.jpg")
    assert tiles(tab)[0] == "green"
    assert "green" not in tab.url  # a picture has no address
    expect(tab.get_by_alt_text("The picture to search by")).to_be_visible()
    for event, colour in (("drop", "blue"), ("paste", "black")):
        content = list((photos / f"{colour}.jpg").read_bytes())
        tab.evaluate(
            """([event, name, content]) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([new Uint8Array(content)], name, {type: "image/jpeg"}));
              const made = event === "drop"
                ? new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true})
                : new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true});
              document.body.dispatchEvent(made);
            }""",
            [event, f"{colour}.jpg", content],
        )
        expect(tab.locator(".v-open").first).to_have_attribute("aria-label", f"Open {colour}.jpg")


def test_a_search_is_saved_run_again_and_forgotten(browser: Browser, tmp_path: Path) -> None:
    with page(tmp_path / "library") as made, serving(made) as address:
        index(made.library, paint(tmp_path / "photos"))
        witness = Witness(browser, address, viewport=WIDTHS["wide"])
        tab = witness.open("/?q=red")
        tab.get_by_role("button", name="Save this search").click()
        expect(tab.locator(".v-star")).to_have_attribute("aria-pressed", "true")
        tab = witness.open("/")
        tab.get_by_role("navigation", name="Saved searches").get_by_text("red").click()
        assert tiles(tab)[0] == "red"
        assert tab.url.endswith("?q=red")
        tab = witness.open("/?q=red&sort=date")
        expect(tab.locator(".v-star")).to_have_attribute("aria-pressed", "false")
        tab.get_by_role("button", name="Save this search").click()
        expect(tab.locator(".v-star")).to_have_attribute("aria-pressed", "true")
        tab = witness.open("/")
        tab.get_by_role("navigation", name="Saved searches").get_by_text("red (2)").click()
        expect(tab.locator(".v-tile").first).to_be_visible()
        assert tab.url.endswith("?q=red&sort=date")
        tab = witness.open("/")
        tab.get_by_role("button", name="Forget red", exact=True).click()
        expect(tab.get_by_role("button", name="Forget red (2)")).to_be_focused()
        tab.keyboard.press("Enter")
        expect(tab.locator(".v-saved")).to_be_hidden()
        expect(tab.locator("#v-query input, #v-query textarea")).to_be_focused()
        tab.reload()
        expect(tab.locator(".v-pill")).to_contain_text("6 photos")
        expect(tab.locator(".v-saved")).to_be_hidden()
        witness.close()


class Mixing(ColourEncoder):
    """A picture and words are the colour that both give together, as light is mixed."""

    def encode_joint(self, queries: Sequence[tuple[Prepared, str]]) -> Vectors:
        seen = self.encode([picture for picture, _ in queries])
        mixed = seen + self.encode_texts([text for _, text in queries])
        return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)


@pytest.mark.parametrize(("width", "scheme"), [("wide", "light"), ("narrow", "dark")])
def test_a_picture_and_words_and_what_is_forbidden_are_asked_to_the_end(
    browser: Browser, tmp_path: Path, width: str, scheme: str
) -> None:
    with (
        page(tmp_path / "library", lambda *_, **__: Mixing()) as made,
        serving(made) as address,
    ):
        photos = paint(tmp_path / "photos")
        index(made.library, photos)
        witness = Witness(browser, address, viewport=WIDTHS[width], color_scheme=scheme)
        tab = witness.open()
        expect(tab.locator(".v-pill")).to_contain_text("mini")
        with tab.expect_file_chooser() as chooser:
            tab.get_by_label("Search by a picture").click()
        chooser.value.set_files(photos / "green.jpg")
        assert tiles(tab)[0] == "green"
        tab.locator("#v-query input, #v-query textarea").fill("red")
        tab.keyboard.press("Enter")
        # From -1 to 1, as this encoder counts, green and red leave next to nothing.
        expect(tab.locator(".v-open").first).to_have_attribute("aria-label", "Open black.jpg")
        tab.get_by_label("Drop the picture").click()
        expect(tab.locator(".v-open").first).to_have_attribute("aria-label", "Open red.jpg")
        for words, first, last in (
            ("yellow -green", "red", "green"),
            ("yellow -red", "green", "red"),
        ):
            tab = witness.open(f"/?q={quote(words)}")
            shown = tiles(tab)
            assert first in shown, shown
            assert last not in shown or shown.index(first) < shown.index(last), (words, shown)
        witness.close()


def test_words_beside_a_picture_are_one_question(witness: Witness, coloured: Path) -> None:
    tab = witness.open()
    expect(tab.locator(".v-pill")).to_contain_text("mini")
    with tab.expect_file_chooser() as chooser:
        tab.get_by_label("Search by a picture").click()
    chooser.value.set_files(coloured.parent / "photos" / "green.jpg")
    assert tiles(tab)[0] == "green"
    asked: list[tuple[str, str]] = []
    tab.on("request", lambda one: asked.append((one.method, one.url)))
    tab.route(
        "**/api/search?*q=*",
        lambda route: route.fulfill(
            body='{"took_ms": {}, "results": [], "almost": [], "total": 0, "searched": 6}',
            content_type="application/json",
        ),
    )
    tab.locator("#v-query input, #v-query textarea").fill("at night")
    expect(tab.get_by_role("heading", name="Nothing found")).to_be_visible()
    expect(tab.get_by_alt_text("The picture to search by")).to_be_visible()
    assert [method for method, url in asked if "q=at+night" in url] == ["POST"]
    tab.get_by_label("Drop the picture").click()
    expect(tab.get_by_alt_text("The picture to search by")).to_have_count(0)
    assert ("GET", asked[-1][1]) == asked[-1]


def test_a_picture_finds_captions_and_typed_lines(witness: Witness, coloured: Path) -> None:
    tab = witness.open("/match")
    with tab.expect_file_chooser() as chooser:
        tab.get_by_text("Choose, drop or paste a picture").click()
    chooser.value.set_files(coloured.parent / "photos" / "yellow.jpg")
    expect(tab.locator(".v-texts li").first).to_contain_text("a yellow wall")
    tab.locator("#v-texts textarea").fill("something blue\nsomething yellow\n<b>bold</b>")
    tab.get_by_role("button", name="Match", exact=True).click()
    expect(tab.locator(".v-texts li").first).to_contain_text("something yellow")
    expect(tab.locator(".v-texts")).to_contain_text("<b>bold</b>")


def test_names_and_captions_are_text_never_html(browser: Browser, tmp_path: Path) -> None:
    photos = paint(tmp_path / "photos", captions=False)
    nasty = "<img src=x onerror=alert(1)>"
    (photos / "red.jpg").rename(photos / f"{nasty}.jpg")
    (photos / f"{nasty}.txt").write_text("<script>document.title='taken'</script>", "utf-8")
    with page(tmp_path / "library") as made, serving(made) as address:
        index(made.library, photos)
        witness = Witness(browser, address, viewport=WIDTHS["wide"])
        tab = witness.open("/?q=red")
        tab.wait_for_selector(".v-tile")
        tab.locator(".v-open").first.click()
        box = tab.locator("dialog[open]")
        expect(box.locator("h2")).to_have_text(f"{nasty}.jpg")
        expect(box.locator(".v-caption")).to_contain_text("<script>")
        assert tab.locator("img[onerror]").count() == 0
        assert tab.title() != "taken"
        witness.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(
    browser: Browser, shown: tuple[Page, str], width: str, scheme: str
) -> None:
    witness = Witness(browser, shown[1], viewport=WIDTHS[width], color_scheme=scheme)
    for path, waited in (("/?q=red", ".v-tile"), ("/match", ".v-drop"), ("/library", ".v-figure")):
        tab = witness.open(path)
        tab.wait_for_selector(waited)
        assert overhang(tab) <= 0, path
        ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(19, 18, 23)") == (scheme == "dark")
    witness.close()


def test_copies_of_a_photo_are_one_tile_that_says_how_many(
    browser: Browser, tmp_path: Path
) -> None:
    folders = [paint(tmp_path / f"photos-{number:02}") for number in range(4)]
    with page(tmp_path / "library") as made, serving(made) as address:
        index(made.library, *folders)
        witness = Witness(browser, address, viewport=WIDTHS["wide"])
        tab = witness.open("/?q=red")
        expect(tab.locator(".v-grid > .v-tile")).to_have_count(len(COLOURS))
        expect(tab.locator(".v-badge").first).to_have_text("+3")
        witness.close()
