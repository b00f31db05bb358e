"""The library page in a real browser: choosing a folder, forgetting one, failures, encoders."""

from pathlib import Path

import pytest
from app_colours import paint
from app_fakes import index, page, serving
from app_other import OTHER, Held, load

from vladva.app.hosts import hosts_of

pytest.importorskip("playwright")
import app_witness
from app_witness import Witness, serious
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

pytestmark = app_witness.MARKS
browser = app_witness.browser
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def pick(tab: Tab, start: Path) -> None:
    """Open the picker and go to a folder by its path."""
    tab.get_by_role("button", name="Browse").click()
    box = tab.locator(".v-picker")
    expect(box.locator(".v-places button").first).to_have_text("Home")
    box.get_by_label("Path of the folder").fill(str(start))
    tab.keyboard.press("Enter")
    expect(box.locator(".v-folders button").first).to_be_focused()


def test_a_folder_is_chosen_by_keyboard_and_its_pictures_are_counted_before(
    browser: Browser, tmp_path: Path
) -> None:
    photos = paint(tmp_path / "base" / "Italy" / "Rome")
    (tmp_path / "base" / "Empty").mkdir()
    (tmp_path / "base" / ".hidden").mkdir()
    with page(tmp_path / "library") as made, serving(made) as address:
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open("/library")
        pick(tab, tmp_path / "base")
        box = tab.locator(".v-picker")
        assert box.locator(".v-folders button").all_inner_texts() == ["Empty", "Italy"]
        expect(box.locator(".v-tally")).to_contain_text("6 pictures in here")
        tab.keyboard.press("Enter")
        expect(box.locator(".v-tally")).to_contain_text("No picture in here")
        expect(box.get_by_label("The folder above")).to_be_focused()
        tab.keyboard.press("Backspace")
        expect(box.get_by_role("button", name="Empty")).to_be_focused()
        tab.keyboard.press("ArrowDown")
        expect(box.get_by_role("button", name="Italy")).to_be_focused()
        tab.keyboard.press("Enter")
        expect(box.get_by_role("button", name="Rome")).to_be_focused()
        tab.keyboard.press("Backspace")
        expect(box.get_by_role("button", name="Italy")).to_be_focused()
        tab.keyboard.press("Enter")
        expect(box.get_by_role("button", name="Rome")).to_be_focused()
        tab.keyboard.press("Enter")
        expect(box.locator(".v-tally")).to_contain_text("6 pictures in here")
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        box.get_by_role("button", name="Add folder").click()
        expect(box).to_have_count(0)
        expect(tab.locator(".v-root")).to_contain_text(str(photos))
        expect(tab.locator(".v-root")).to_contain_text("6 photos · watched")
        witness.close()


def test_a_path_that_is_none_is_told_and_the_list_stays(browser: Browser, tmp_path: Path) -> None:
    paint(tmp_path / "base" / "Rome")
    with page(tmp_path / "library") as made, serving(made) as address:
        witness = Witness(browser, address, viewport=WIDE)
        tab = witness.open("/library")
        pick(tab, tmp_path / "base")
        box = tab.locator(".v-picker")
        box.get_by_label("Path of the folder").fill(str(tmp_path / "bass"))
        tab.keyboard.press("Enter")
        expect(box.locator(".v-refused")).to_contain_text("does not exist")
        expect(box.locator(".v-refused")).to_contain_text(str(tmp_path))
        expect(box.get_by_role("button", name="Rome")).to_be_visible()
        box.get_by_label("Path of the folder").fill(str(tmp_path / "library"))
        tab.keyboard.press("Enter")
        expect(box.locator(".v-tally")).to_contain_text("overlap")
        expect(box.get_by_role("button", name="Add folder")).to_be_disabled()
        tab.keyboard.press("Escape")
        expect(box).to_have_count(0)
        expect(tab.get_by_role("button", name="Browse")).to_be_focused()
        assert len(witness.wrong) == 1  # the browser's own word on the answer 4xx
        witness.wrong.clear()
        witness.close()


def test_the_path_that_stands_in_the_field_is_the_folder_that_is_taken(
    browser: Browser, tmp_path: Path
) -> None:
    photos = paint(tmp_path / "base" / "Rome")
    with page(tmp_path / "library") as made, serving(made) as address:
        witness = Witness(browser, address, viewport=WIDE)
        tab = witness.open("/library")
        pick(tab, tmp_path / "base")
        box = tab.locator(".v-picker")
        field, add = box.get_by_label("Path of the folder"), box.get_by_role("button", name="Add")
        field.fill(str(tmp_path / "bass"))
        add.click()
        expect(box.locator(".v-refused")).to_contain_text("does not exist")
        assert made.library.roots() == []
        field.fill(str(photos))
        add.click()
        expect(box).to_have_count(0)
        expect(tab.locator(".v-root")).to_contain_text("6 photos · watched")
        assert [root.path for root in made.library.roots()] == [str(photos)]
        witness.wrong.clear()  # the browser's own word on the answer 4xx
        witness.close()


def test_whoever_looks_from_another_machine_hears_whose_folders_these_are(
    browser: Browser, tmp_path: Path
) -> None:
    hosts = hosts_of("0.0.0.0", ["photos.localhost"])
    with page(tmp_path / "library", hosts=hosts) as made, serving(made) as address:
        witness = Witness(browser, address.replace("127.0.0.1", "photos.localhost"), viewport=WIDE)
        tab = witness.open("/library")
        tab.get_by_role("button", name="Browse").click()
        expect(tab.locator(".v-machine")).to_contain_text("not those of the one you sit at")
        witness.close()


def test_the_first_run_takes_a_folder_from_the_picker(browser: Browser, tmp_path: Path) -> None:
    photos = paint(tmp_path / "base" / "Rome")
    with page(tmp_path / "library") as made, serving(made) as address:
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open()
        pick(tab, photos.parent)
        tab.keyboard.press("Enter")
        expect(tab.locator(".v-tally")).to_contain_text("6 pictures")
        tab.get_by_role("button", name="Choose this folder").click()
        expect(tab.get_by_label("Folder of photos", exact=True)).to_have_value(str(photos))
        expect(tab.get_by_role("button", name="Index", exact=True)).to_be_focused()
        tab.keyboard.press("Enter")
        expect(tab.locator("#v-ask")).to_be_visible()
        witness.close()


def test_a_folder_is_forgotten_only_after_it_is_said_what_goes(
    browser: Browser, tmp_path: Path
) -> None:
    one, two = paint(tmp_path / "one"), paint(tmp_path / "two")
    with page(tmp_path / "library") as made, serving(made) as address:
        index(made.library, one, two)
        made.indexing.refresh()
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open("/library")
        expect(tab.locator(".v-root")).to_have_count(2)
        tab.get_by_label(f"Forget {two}").click()
        box = tab.locator(".v-dialog")
        expect(box).to_contain_text("6 photos will be dropped")
        expect(box).to_contain_text("Your files are not touched")
        tab.keyboard.press("Escape")
        expect(box).to_have_count(0)
        expect(tab.locator(".v-root")).to_have_count(2)
        tab.get_by_label(f"Forget {two}").click()
        tab.get_by_role("button", name="Forget it").click()
        expect(tab.locator(".v-root")).to_have_count(1)
        expect(tab.locator(".v-root")).to_contain_text(str(one))
        expect(tab.locator(".v-progress")).to_contain_text("6 photos fewer")
        expect(tab.locator(".v-figure").first).to_contain_text("6")
        assert len(list(two.glob("*.jpg"))) == 6
        witness.close()


def test_failures_stand_by_reason_with_a_remedy_and_can_be_tried_again(
    browser: Browser, tmp_path: Path
) -> None:
    photos = paint(tmp_path / "photos")
    for name in ("a.jpg", "b.jpg"):
        (photos / name).write_bytes(b"\xff\xd8\xff no picture")
    (photos / "<b>c.png").write_bytes(b"")
    with page(tmp_path / "library") as made, serving(made) as address:
        made.indexing.index(photos)
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open("/library")
        tab.get_by_text("3 files were not indexed").click()
        groups = tab.locator(".v-reason")
        expect(groups).to_have_count(2)
        expect(groups.nth(0)).to_contain_text("2 files")
        expect(groups.nth(0)).to_contain_text("What helps:")
        expect(groups.nth(1)).to_contain_text("<b>c.png")
        assert tab.locator(".v-reason b").count() == 0
        (photos / "a.jpg").unlink()
        groups.nth(0).get_by_role("button", name="again").click()
        expect(tab.get_by_text("2 files were not indexed")).to_be_visible()
        witness.close()


def test_another_encoder_is_priced_measured_built_given_up_and_put_to_use(
    browser: Browser, tmp_path: Path
) -> None:
    Held.gate.set()
    photos = paint(tmp_path / "photos")
    with page(tmp_path / "library", load) as made, serving(made) as address:
        made.indexing.index(photos)
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open("/library")
        expect(tab.locator(".v-progress")).to_contain_text("Watching 1 folder")
        tab.get_by_role("button", name="Change the encoder").click()
        box = tab.locator(".v-change")
        box.get_by_role("radio", name="siglip2-base").check()
        expect(box.locator(".v-cost")).to_contain_text("1.5 GB")
        expect(box.locator(".v-cost")).to_contain_text("Apache-2.0")
        expect(box.get_by_role("button", name="Change to siglip2-base")).to_be_disabled()
        box.locator("summary").click()
        box.get_by_label("Another one").fill(OTHER)
        tab.keyboard.press("Enter")
        expect(box.locator(".v-cost")).to_contain_text("not known yet")
        box.get_by_role("button", name="Measure it").click()
        expect(box.locator(".v-cost")).to_contain_text("photos a second on this machine")
        Held.gate.clear()
        box.get_by_role("button", name=f"Change to {OTHER}").click()
        card = tab.locator(".v-progress")
        expect(card).to_contain_text(f"Changing to {OTHER}: until it has read every photo, mini")
        card.get_by_role("button", name="Keep mini").click()
        Held.gate.set()
        expect(card).to_contain_text("Watching 1 folder")
        left = tab.locator(".v-left")
        expect(left).to_contain_text(f"A change to {OTHER} was begun")
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        left.get_by_role("button", name="Go on with it").click()
        expect(card).to_contain_text(f"{OTHER} answers now")
        expect(tab.locator(".v-figure").nth(1)).to_contain_text(OTHER)
        expect(left).to_be_hidden()
        tab = witness.open("/?q=white")
        expect(tab.locator(".v-open").first).to_have_attribute("aria-label", "Open black.jpg")
        witness.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_dialog_keeps_anybody_out(browser: Browser, tmp_path: Path, scheme: str) -> None:
    with page(tmp_path / "library") as made, serving(made) as address:
        index(made.library, paint(tmp_path / "photos"))
        witness = Witness(browser, address, viewport=NARROW, color_scheme=scheme)
        tab = witness.open("/library")
        for opens, drawn in (
            ("Browse", ".v-folders button, .v-folders .v-quiet"),
            ("Change the encoder", ".v-models label"),
            ("Forget /", ".v-danger"),
        ):
            tab.get_by_role("button", name=opens).click()
            expect(tab.locator(drawn).first).to_be_visible()
            assert serious(tab) == [], opens
            tab.keyboard.press("Escape")
            expect(tab.locator("dialog[open]")).to_have_count(0)
        witness.close()
