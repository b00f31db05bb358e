"""What a person does to one photo in a real browser: mark it, drag it out. And the way out."""

from collections.abc import Iterator
from pathlib import Path

import app_fakes
import pytest
from app_fakes import Page, page, serving

pytest.importorskip("playwright")
import app_witness
from app_colours import paint
from app_fakes import index
from app_witness import Witness
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from vladva.app import password
from vladva.app.login import Login
from vladva.app.marking import marked
from vladva.indexes.library import Library

pytestmark = app_witness.MARKS
WIDE = {"width": 1440, "height": 900}
WORD = "correct horse"
FIRST = '.v-tile[data-cell="0"]'


coloured = app_fakes.coloured
browser = app_witness.browser
shown = app_witness.shown


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Page, str]]:
    """A page over a library of its own, that may be changed."""
    with Library.open(tmp_path / "library", create=True) as library:
        index(library, paint(tmp_path / "photos"))
    with page(tmp_path / "library") as made, serving(made) as address:
        made.session.warm()
        yield made, address


@pytest.fixture
def witness(browser: Browser, own: tuple[Page, str]) -> Iterator[Witness]:
    made = Witness(browser, own[1], viewport=WIDE)
    yield made
    made.close()


def looked_at(tab: Tab) -> None:
    tab.locator(f"{FIRST} .v-open").click()
    expect(tab.locator(".v-lightbox")).to_be_visible()


def said(tab: Tab) -> dict[str, str | None]:
    return {
        name: tab.get_by_role("button", name=f"This is {name}").get_attribute("aria-pressed")
        for name in ("right", "not")
    }


def kept(shown: Page) -> list[tuple[str, str, str]]:
    return [(one.query, one.said, Path(one.paths[0]).name) for one in marked(shown.library)]


def test_a_photo_is_marked_for_the_words_that_found_it_and_shows_it_ever_after(
    witness: Witness, own: tuple[Page, str]
) -> None:
    tab = witness.open("/?q=red")
    looked_at(tab)
    expect(tab.locator(".v-marks h3")).to_have_text("Does it fit “red”?")
    tab.get_by_role("button", name="This is right").click()
    expect(tab.locator(".v-say-right[aria-pressed=true]")).to_be_visible()
    expect(tab.locator(".v-mark-note")).to_contain_text("Kept")
    assert kept(own[0]) == [("red", "right", "red.jpg")]
    tab.goto(f"{own[1]}/?q=red")
    looked_at(tab)
    expect(tab.locator(".v-say-right[aria-pressed=true]")).to_be_visible()
    assert said(tab) == {"right": "true", "not": "false"}
    tab.get_by_role("button", name="This is not").click()
    expect(tab.locator(".v-say-wrong[aria-pressed=true]")).to_be_visible()
    assert said(tab) == {"right": "false", "not": "true"}
    assert kept(own[0]) == [("red", "wrong", "red.jpg")]
    tab.get_by_role("button", name="This is not").click()
    expect(tab.locator(".v-mark-note")).to_have_text("Taken back.")
    assert said(tab) == {"right": "false", "not": "false"}
    assert kept(own[0]) == []


def test_marks_go_by_keyboard_from_photo_to_photo(witness: Witness, own: tuple[Page, str]) -> None:
    tab = witness.open("/?q=red&all=true")
    looked_at(tab)
    expect(tab.locator(".v-keys")).to_contain_text("not right")
    tab.keyboard.press("y")
    expect(tab.locator(".v-say-right[aria-pressed=true]")).to_be_visible()
    tab.keyboard.press("ArrowRight")
    expect(tab.locator(".v-count")).to_contain_text("2 of")
    assert said(tab) == {"right": "false", "not": "false"}
    tab.keyboard.press("n")
    expect(tab.locator(".v-say-wrong[aria-pressed=true]")).to_be_visible()
    tab.keyboard.press("ArrowLeft")
    expect(tab.locator(".v-say-right[aria-pressed=true]")).to_be_visible()
    assert sorted(one[1] for one in kept(own[0])) == ["right", "wrong"]


def test_without_words_there_is_nothing_to_mark(witness: Witness, own: tuple[Page, str]) -> None:
    photo_id = own[0].library.photo_id(str(own[0].library.folder.parent / "photos" / "red.jpg"))
    tab = witness.open(f"/?like={photo_id}")
    looked_at(tab)
    expect(tab.locator(".v-keys")).to_contain_text("close")
    expect(tab.locator(".v-marks")).to_have_count(0)
    tab.keyboard.press("y")
    assert kept(own[0]) == []


NOTED = """() => globalThis.addEventListener("dragstart", ({ dataTransfer }) => {
  const told = [...dataTransfer.types].map((type) => [type, dataTransfer.getData(type)]);
  globalThis.dragged = Object.fromEntries(told);
})"""


def dragged(tab: Tab, what: str) -> dict[str, str]:
    """What another program would be handed of a drag that begins on `what`."""
    tab.evaluate(NOTED)
    box = tab.locator(what).first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 30, y + 30, steps=6)
    tab.wait_for_function("globalThis.dragged")
    found: dict[str, str] = tab.evaluate("globalThis.dragged")
    tab.mouse.up()
    return {name.lower(): value for name, value in found.items()}


@pytest.mark.parametrize("place", ["tile", "lightbox"])
def test_a_photo_that_is_dragged_out_is_the_original_file(
    place: str, tmp_path: Path, witness: Witness, own: tuple[Page, str]
) -> None:
    tab = witness.open("/?q=red")
    expect(tab.locator(f"{FIRST}.v-there")).to_be_visible()
    if place == "lightbox":
        looked_at(tab)
    found = dragged(tab, ".v-stage img" if place == "lightbox" else f"{FIRST} .v-open")
    kind, name, url = found["downloadurl"].split(":", 2)
    assert (kind, name) == ("image/jpeg", "red.jpg")
    assert found["text/uri-list"] == url
    assert url.startswith(f"{own[1]}/api/original/")
    with tab.expect_download() as loaded:  # as the other program's side of the drag would
        tab.evaluate("(url) => location.assign(url)", url)
    assert loaded.value.suggested_filename == "red.jpg"
    assert loaded.value.path().read_bytes() == (tmp_path / "photos" / "red.jpg").read_bytes()


@pytest.mark.parametrize("path", ["/library", "/train", "/match", "/"])
def test_a_file_that_is_dropped_anywhere_never_takes_the_place_of_the_page(
    witness: Witness, path: str
) -> None:
    tab = witness.open(path)
    expect(tab.locator(".v-pill")).to_contain_text("photos")
    kept = tab.evaluate(
        """() => ["dragover", "drop"].map((kind) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["no picture"], "notes.txt"));
            return !document.body.dispatchEvent(
                new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
        })"""
    )
    assert kept == [True, True]


def test_a_tile_that_is_dropped_on_the_page_itself_changes_nothing(witness: Witness) -> None:
    tab = witness.open("/?q=red")
    expect(tab.locator(f"{FIRST}.v-there")).to_be_visible()
    tab.locator(f"{FIRST} .v-open").drag_to(tab.locator(".v-line"))
    expect(tab.locator(".v-veil")).to_be_hidden()
    assert tab.url.endswith("/?q=red")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/p/a b.jpg", "a b.jpg"),
        ("C:\\p\\x.heic", "x.heic"),
        ("/p/12:30 <b>.jpg", "12_30 _b_.jpg"),
        ("/p/..", "_"),
        ("/p/.hidden.jpg", "_hidden.jpg"),
        ("/p/photo\u202egpj.exe", "photo_gpj.exe"),
    ],
)
def test_the_name_of_what_is_dragged_is_a_name_and_nothing_more(
    browser: Browser, shown: tuple[Page, str], path: str, name: str
) -> None:
    witness = Witness(browser, shown[1], viewport=WIDE)
    tab = witness.open("/own/icon.png")  # any page of the program may load its parts
    got = tab.evaluate("(path) => import('/own/drag.js').then((d) => d.safeName(path))", path)
    witness.close()
    assert got == name


@pytest.fixture
def locked(coloured: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Login, str]]:
    """A page that has a password, and its address."""
    monkeypatch.setattr(password, "COST", (2**4, 8, 1))
    login = Login(password.hashed(WORD))
    with page(coloured, login=login) as made, serving(made) as address:
        made.session.warm()
        yield login, address


@pytest.fixture
def tab(browser: Browser, locked: tuple[Login, str]) -> Iterator[Tab]:
    """A tab that is let in; what a browser says of a refused request is no fault here."""
    context = browser.new_context(viewport=WIDE)
    made = context.new_page()
    made.set_default_timeout(60_000)
    made.goto(f"{locked[1]}/?q=red")
    enter(made)
    expect(made.locator(f"{FIRST}.v-there")).to_be_visible()
    yield made
    context.close()


def enter(tab: Tab) -> None:
    tab.get_by_label("Password of this library").fill(WORD)
    tab.get_by_role("button", name="Open").click()


def test_whoever_logs_out_is_out(tab: Tab, locked: tuple[Login, str]) -> None:
    cookie = {one["name"]: one["value"] for one in tab.context.cookies()}["vladva"]
    tab.get_by_role("button", name="Log out").click()
    expect(tab.get_by_label("Password of this library")).to_be_visible()
    assert not locked[0].knows(cookie)
    tab.go_back()
    expect(tab.get_by_label("Password of this library")).to_be_visible()


def test_whoever_is_not_known_any_more_is_asked_and_comes_back_to_the_same_question(
    tab: Tab, locked: tuple[Login, str]
) -> None:
    locked[0].leave({one["name"]: one["value"] for one in tab.context.cookies()}["vladva"])
    tab.locator("#v-query input, #v-query textarea").fill("blue")
    expect(tab.get_by_label("Password of this library")).to_be_visible()
    enter(tab)
    expect(tab.locator(f'{FIRST} .v-open[title$="blue.jpg"]')).to_be_visible()
    assert tab.url.endswith("/?q=blue")


def test_a_page_without_a_password_has_no_way_out(
    browser: Browser, shown: tuple[Page, str]
) -> None:
    witness = Witness(browser, shown[1], viewport=WIDE)
    with (tab := witness.tab).expect_response("**/api/login"):
        witness.open("/?q=red")
    expect(tab.locator(f"{FIRST}.v-there")).to_be_visible()
    expect(tab.locator(".v-out")).to_have_count(0)
    witness.close()
