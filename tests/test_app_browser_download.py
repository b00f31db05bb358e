"""A download in a real browser: nothing unasked, size and licence first, progress, stop, use."""

import threading
from pathlib import Path

import hub
import pytest
from app_colours import COLOURS, paint
from app_fakes import index, page, serving
from app_other import until
from hub import NAME, WEIGHTS

from vladva.hub import cache
from vladva.presets import PRESETS

pytest.importorskip("playwright")
import app_witness
from app_witness import Witness, serious
from playwright.sync_api import Browser, expect

pytestmark = app_witness.MARKS
browser = app_witness.browser
there, big = hub.there, hub.big
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SMALL = "clip-vit-b32"


def test_an_encoder_is_fetched_stopped_and_fetched_in_the_dialog_that_changes_it(
    browser: Browser, tmp_path: Path, big: hub.Hub
) -> None:
    big.held = threading.Event()
    with page(tmp_path / "library") as made, serving(made) as address:
        index(made.library, paint(tmp_path / "photos"))
        made.indexing.refresh()
        witness = Witness(browser, address, viewport=WIDE)
        tab = witness.open("/library")
        tab.get_by_role("button", name="Change the encoder…").click()
        box = tab.locator(".v-change")
        box.get_by_text("Another one", exact=True).click()
        box.get_by_label("Another one", exact=True).fill(NAME)
        tab.keyboard.press("Enter")
        part = box.locator(".v-fetch")
        expect(part).to_contain_text("Nothing is fetched before you have seen what it is")
        assert not big.asked
        part.get_by_role("button", name="Download…").click()
        expect(part).to_contain_text(f"3 MB, as it was published with commit {hub.COMMIT[:12]}")
        expect(part).to_contain_text("Licence: apache-2.0.")
        expect(part.get_by_role("link", name=NAME)).to_have_attribute("href", f"{big.url}/{NAME}")
        assert not big.fetched(WEIGHTS)
        part.get_by_role("button", name="Download 3 MB").click()
        expect(part.get_by_role("progressbar")).to_be_visible()
        assert serious(tab) == []
        part.get_by_role("button", name="Stop").click()
        big.held.set()
        expect(part).to_contain_text("Stopped. What has come is kept")
        part.get_by_role("button", name="Download…").click()
        part.get_by_role("button", name="Download").click()
        box.get_by_label("siglip2-base").check()
        until(lambda: cache.found(NAME, None) is not None)
        expect(box.get_by_role("button", name="Change to siglip2-base")).to_be_disabled()
        box.get_by_label("Another one", exact=True).fill(NAME)
        tab.keyboard.press("Enter")
        expect(box.get_by_role("button", name=f"Change to {NAME}")).to_be_enabled()
        expect(box.locator(".v-terms")).to_contain_text("on this machine")
        witness.close()


def test_the_first_run_fetches_a_model_and_indexes_the_folder_that_was_named(
    browser: Browser, tmp_path: Path, big: hub.Hub
) -> None:
    preset = PRESETS[SMALL]
    commit = preset.revision or hub.COMMIT
    big.repositories[preset.hub_id] = hub.Repository(
        big.repositories[NAME].files, licence="llama3.1", commit=commit
    )
    photos = paint(tmp_path / "photos")
    with page(tmp_path / "library") as made, serving(made) as address:
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open()
        tab.get_by_label("Model").select_option(SMALL)
        part = tab.locator(".v-fetch")
        part.get_by_role("button", name="Download…").click()
        go = part.get_by_role("button", name="Download 3 MB")
        expect(go).to_be_disabled()
        part.get_by_label("I agree to the licence llama3.1").check()
        assert serious(tab) == []
        tab.get_by_label("Folder of photos", exact=True).fill(str(photos))
        go.click()
        tab.get_by_role("button", name=f"Index with {SMALL}").click()
        expect(tab.locator("#v-ask")).to_be_visible()
        expect(tab.locator(".v-pill")).to_contain_text(f"{len(COLOURS)} photos")
        assert made.session.encoder().name == SMALL
        witness.close()
