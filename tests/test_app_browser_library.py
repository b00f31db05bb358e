"""The library page in a real browser while it works and watches: pace, pause, offline, news."""

import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from app_colours import COLOURS, ColourEncoder, paint
from app_fakes import page, serving
from PIL import Image

from vladva.protocols import Prepared, Vectors

pytest.importorskip("playwright")
import app_witness
from app_witness import Witness, serious
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

pytestmark = app_witness.MARKS
browser = app_witness.browser
NARROW = {"width": 390, "height": 844}


def comes(tab: Tab, promise: str) -> None:
    """Wait until what a script promises is true."""
    end = time.monotonic() + 60
    while tab.evaluate(promise) is not True:
        assert time.monotonic() < end, promise
        tab.wait_for_timeout(100)


class Slow(ColourEncoder):
    """Takes its time, as a model does."""

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        time.sleep(0.1 * len(pictures))
        return super().encode(pictures)


def test_progress_is_seen_a_pause_holds_it_and_it_goes_on(browser: Browser, tmp_path: Path) -> None:
    photos, total = tmp_path / "photos", 160
    photos.mkdir()
    for number in range(total):
        Image.new("RGB", (50 + number, 40), COLOURS["red"]).save(photos / f"{number}.jpg")
    with page(tmp_path / "library", lambda *_, **__: Slow()) as made, serving(made) as address:
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open("/library")
        made.indexing.index(photos)
        card = tab.locator(".v-progress")
        bar = card.get_by_role("progressbar")
        expect(card).to_contain_text(re.compile(r"[1-9]\d* of 160 photos · .+ a second · .+ left"))
        assert 0 < int(bar.get_attribute("aria-valuenow") or 0) < 100
        card.get_by_role("button", name="Pause").click()
        expect(card).to_contain_text("Paused")
        tab.wait_for_timeout(4000)  # what was begun is finished
        held = made.indexing.report.as_json()["done"]
        tab.wait_for_timeout(1500)
        assert made.indexing.report.as_json()["done"] == held < total
        expect(card).to_contain_text(f"{held} of 160 photos")
        card.get_by_role("button", name="Resume").click()
        expect(card).to_contain_text("160 indexed")
        witness.close()


def test_the_page_watches_is_paused_slowed_and_stopped(browser: Browser, tmp_path: Path) -> None:
    photos = paint(tmp_path / "photos")
    with page(tmp_path / "library") as made, serving(made) as address:
        made.indexing.index(photos)
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open("/library")
        card = tab.locator(".v-progress")
        expect(card).to_contain_text("Watching 1 folder")
        expect(card).to_contain_text("6 indexed")
        expect(tab.locator(".v-root")).to_contain_text("watched")
        card.get_by_role("button", name="Pause").click()
        expect(card).to_contain_text("Paused")
        expect(card.get_by_role("button", name="Pause")).to_be_hidden()
        expect(card.get_by_role("button", name="Resume")).to_be_focused()
        tab.keyboard.press("Enter")
        expect(card).to_contain_text("Watching 1 folder")
        card.get_by_label("Speed of indexing").select_option("A quarter")
        expect(card.get_by_label("Speed of indexing")).to_have_value("0.25")
        comes(tab, "fetch('/api/index').then(r => r.json()).then(s => s.run.share === 0.25)")
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        card.get_by_role("button", name="Stop").click()
        expect(card).to_contain_text("Stopped")
        expect(tab.locator(".v-root")).to_contain_text("up to date at the last look")
        tab.get_by_role("button", name="Look for changes").click()
        expect(card).to_contain_text("Watching 1 folder")
        witness.close()


def test_a_new_photo_is_counted_and_found_without_a_click(browser: Browser, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (50, 40), COLOURS["blue"]).save(photos / "blue.jpg")
    with page(tmp_path / "library") as made, serving(made) as address:
        made.indexing.index(photos)
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open("/library")
        expect(tab.locator(".v-root")).to_contain_text("1 photo ·")
        Image.new("RGB", (50, 40), COLOURS["red"]).save(photos / "red.jpg")
        expect(tab.locator(".v-root")).to_contain_text("2 photos")
        tab = witness.open("/?q=red")
        expect(tab.locator(".v-open").first).to_have_attribute("aria-label", "Open red.jpg")
        witness.close()


def test_a_folder_that_is_away_is_shown_and_keeps_its_photos(
    browser: Browser, tmp_path: Path
) -> None:
    photos = paint(tmp_path / "photos")
    with page(tmp_path / "library") as made, serving(made) as address:
        made.indexing.index(photos)
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open("/library")
        expect(tab.locator(".v-root")).to_contain_text("watched")
        photos.rename(tmp_path / "away")
        root = tab.locator(".v-root.v-offline")
        expect(root).to_contain_text("cannot be reached")
        expect(root).to_contain_text("6 photos")
        assert serious(tab) == []
        (tmp_path / "away").rename(photos)
        expect(tab.locator(".v-root")).to_contain_text("watched")
        assert made.indexing.report.as_json()["summary"]["indexed"] == len(COLOURS)
        witness.close()
