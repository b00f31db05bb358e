"""The first minutes in a real browser: the choices, the demo, the first and the second folder."""

from pathlib import Path

import pytest
from app_colours import paint
from app_fakes import index, page, serving

from vladva.app import demo
from vladva.toyland.planted import plan

pytest.importorskip("playwright")
import app_witness
from app_witness import Witness, overhang
from playwright.sync_api import Browser, expect

pytestmark = app_witness.MARKS
browser = app_witness.browser
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def test_the_first_run_offers_the_demo_or_a_folder_and_shows_the_progress(
    browser: Browser, tmp_path: Path
) -> None:
    photos = paint(tmp_path / "photos")
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    with page(tmp_path / "library") as made, serving(made) as address:
        witness = Witness(browser, address, viewport=WIDE)
        tab = witness.open()
        expect(tab.get_by_role("button", name="Try the demo")).to_be_visible()
        expect(tab.locator("#v-ask")).to_be_hidden()
        model = tab.locator(".v-choice", has_text="A real model")
        expect(model.locator(".v-terms")).to_contain_text("1.5 GB")
        expect(model.locator(".v-terms")).to_contain_text("Apache-2.0")
        tab.get_by_label("Model").select_option("clip-vit-b32")
        expect(model.locator(".v-terms")).to_contain_text("MIT")
        expect(model.get_by_role("button", name="Download…")).to_be_visible()
        tab.get_by_label("Folder of photos").fill(str(photos))
        tab.get_by_role("button", name="Index").click()
        expect(tab.locator("#v-ask")).to_be_visible()
        expect(tab.get_by_role("button", name="Try the demo")).to_be_hidden()
        expect(tab.locator(".v-notice")).to_contain_text("cannot understand photographs")
        tab.get_by_role("link", name="Library").click()
        expect(tab.locator(".v-progress")).to_contain_text("6 indexed")
        expect(tab.locator(".v-roots")).to_contain_text(str(photos))
        expect(tab.locator(".v-roots")).to_contain_text("6 photos")
        tab.get_by_text("1 file was not indexed").click()
        expect(tab.get_by_text(str(photos / "broken.jpg"))).to_be_visible()
        witness.close()


def test_the_demo_is_drawn_indexed_and_searched_from_the_first_run(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = plan(0, 24, queries=2)
    monkeypatch.setattr(demo, "plan", lambda _seed, _count: small)
    with page(tmp_path / "library") as made, serving(made) as address:
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open()
        for foretaste in tab.locator(".v-previews img").all():
            expect(foretaste).to_have_js_property("naturalWidth", 256)
        assert overhang(tab) <= 0
        tab.get_by_role("button", name="Try the demo").click()
        expect(tab.locator("#v-ask")).to_be_visible()
        expect(tab.locator(".v-example")).to_have_count(2)
        tab.locator(".v-example").first.click()
        expect(tab.locator(".v-tile")).to_have_count(24)
        expect(tab.locator(".v-notice")).to_have_count(0)
        witness.close()


def test_a_folder_is_added_on_the_library_page(browser: Browser, tmp_path: Path) -> None:
    with page(tmp_path / "library") as made, serving(made) as address:
        index(made.library, paint(tmp_path / "one"))
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open("/library")
        expect(tab.locator(".v-roots")).to_contain_text(str(tmp_path / "one"))
        tab.locator("#v-folder input, #v-folder textarea").fill(str(paint(tmp_path / "two")))
        tab.get_by_role("button", name="Add folder").click()
        expect(tab.locator(".v-roots")).to_contain_text(str(tmp_path / "two"))
        expect(tab.locator(".v-progress")).to_contain_text("copies")
        witness.close()
