"""Every page in a real browser, looked at by axe-core: no serious violation of WCAG 2 AA.

And what only a browser can show of the border: a password, a manifest, a caption that is text.
"""

from pathlib import Path

import app_fakes
import httpx
import pytest
from app_colours import COLOURS
from app_fakes import Page, index, page, serving
from PIL import Image

from vladva.app import password
from vladva.app.login import Login

pytest.importorskip("playwright")
pytest.importorskip("axe_playwright_python")
import app_witness
from app_witness import Witness, serious
from playwright.sync_api import Browser, expect

pytestmark = app_witness.MARKS
WIDTHS = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
WORD = "correct horse"
PAGES = {
    "search": ("/", "#v-ask"),
    "results": ("/?q=red", ".v-tile"),
    "match": ("/match", ".v-drop"),
    "library": ("/library", ".v-roots"),
    "train": ("/train", ".v-train-form button"),
    "inside": ("/inside", ".v-unable"),
}
"""Page → its address, and what is there once it is drawn."""

coloured = app_fakes.coloured
browser = app_witness.browser
shown = app_witness.shown


def test_what_would_keep_somebody_out_is_noticed(browser: Browser, shown: tuple[Page, str]) -> None:
    witness = Witness(browser, shown[1], viewport=WIDTHS["wide"])
    tab = witness.open()
    tab.wait_for_selector("#v-ask")
    tab.evaluate(
        """() => {
          const made = document.createElement("main");
          made.innerHTML = "<input><p style='color:#ccc;background:#fff'>pale</p>";
          document.body.prepend(made);
        }"""
    )
    found = " ".join(serious(tab))
    assert "label" in found
    assert "color-contrast" in found
    witness.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_nobody_out(
    browser: Browser, shown: tuple[Page, str], name: str, width: str, scheme: str
) -> None:
    witness = Witness(
        browser, shown[1], viewport=WIDTHS[width], color_scheme=scheme, reduced_motion="reduce"
    )
    path, waited = PAGES[name]
    tab = witness.open(path)
    tab.wait_for_selector(waited)
    expect(tab.locator(".v-pill")).to_contain_text("mini")
    assert serious(tab) == []
    witness.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_photo_shown_large_keeps_nobody_out(
    browser: Browser, shown: tuple[Page, str], width: str, scheme: str
) -> None:
    witness = Witness(
        browser, shown[1], viewport=WIDTHS[width], color_scheme=scheme, reduced_motion="reduce"
    )
    tab = witness.open("/?q=red")
    tab.wait_for_selector(".v-tile")
    tab.locator(".v-open").first.click()
    tab.wait_for_selector("dialog[open] h2")
    assert serious(tab) == []
    witness.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_first_run_keeps_nobody_out(
    browser: Browser, tmp_path: Path, width: str, scheme: str
) -> None:
    with page(tmp_path / "library") as made, serving(made) as address:
        witness = Witness(
            browser, address, viewport=WIDTHS[width], color_scheme=scheme, reduced_motion="reduce"
        )
        tab = witness.open()
        expect(tab.get_by_role("button", name="Try the demo")).to_be_visible()
        assert serious(tab) == []
        witness.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_that_asks_for_the_password_keeps_nobody_out_but_strangers(
    browser: Browser,
    coloured: Path,
    width: str,
    scheme: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(password, "COST", (2**4, 8, 1))
    login = Login(password.hashed(WORD))
    with page(coloured, login=login) as made, serving(made) as address:
        made.session.warm()
        witness = Witness(browser, address, viewport=WIDTHS[width], color_scheme=scheme)
        tab = witness.open("/?q=red")
        field = tab.get_by_label("Password of this library")
        expect(field).to_be_focused()
        assert serious(tab) == []
        field.fill("something else")
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("alert")).to_have_text("That is not the password.")
        assert serious(tab) == []
        tab.get_by_label("Password of this library").fill(WORD)
        tab.keyboard.press("Enter")
        expect(tab.locator(".v-open").first).to_have_attribute("aria-label", "Open red.jpg")
        assert tab.url.endswith("/?q=red")
        # A browser says aloud what was refused; nothing else may be wrong.
        witness.wrong = [said for said in witness.wrong if "401" not in said]
        witness.close()


def test_a_person_who_is_in_and_follows_a_link_from_elsewhere_is_not_asked_again(
    browser: Browser, coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password, "COST", (2**4, 8, 1))
    login = Login(password.hashed(WORD))
    with page(coloured, login=login) as made, serving(made) as address:
        made.session.warm()
        witness = Witness(browser, address, viewport=WIDTHS["wide"])
        tab = witness.open()
        tab.get_by_label("Password of this library").fill(WORD)
        tab.keyboard.press("Enter")
        expect(tab.locator("#v-ask")).to_be_visible()
        elsewhere = address.replace("127.0.0.1", "localhost")
        tab.route(f"{elsewhere}/link", lambda route: route.fulfill(
            content_type="text/html", body=f"<a href='{address}/?q=red'>photos</a>"
        ))  # fmt: skip
        tab.goto(f"{elsewhere}/link")
        tab.get_by_text("photos").click()
        expect(tab.locator(".v-open").first).to_have_attribute("aria-label", "Open red.jpg")
        tab.context.close()


def test_a_script_in_a_name_a_caption_or_the_exif_is_text_on_every_page(
    browser: Browser, tmp_path: Path
) -> None:
    nasty = "<img src=x onerror=document.title='taken'>"
    photos = tmp_path / f"{nasty[:20]} photos"
    photos.mkdir()
    exif = Image.Exif()
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298):  # description, make, model, …
        exif[tag] = f"<script>document.title='taken'</script>{nasty}"
    photo = photos / f"{nasty.replace('/', '')}.jpg"
    Image.new("RGB", (96, 64), COLOURS["red"]).save(photo, exif=exif)
    photo.with_suffix(".txt").write_text(f"caption {nasty}", encoding="utf-8")
    (photos / "broken<svg onload=alert(1)>.jpg").write_bytes(b"\xff\xd8\xff no picture")
    with page(tmp_path / "library") as made, serving(made) as address:
        index(made.library, photos)
        made.session.warm()
        witness = Witness(browser, address, viewport=WIDTHS["wide"])
        for path, waited in (
            ("/?q=red", ".v-tile"),
            ("/library", ".v-roots"),
            ("/?q=" + "<svg/onload=document.title='taken'>", "#v-ask"),
        ):
            tab = witness.open(path)
            tab.wait_for_selector(waited)
            if waited == ".v-tile":
                tab.locator(".v-open").first.click()
                expect(tab.locator("dialog[open] h2")).to_have_text(photo.name)
                expect(tab.locator("dialog[open]")).to_contain_text(f"caption {nasty}")
                expect(tab.locator("dialog[open]")).to_contain_text("<script>document.title=")
            tab.wait_for_timeout(300)
            assert tab.title() != "taken", path
            assert tab.locator("[onerror], [onload]").count() == 0, path
        witness.close()


def test_a_browser_finds_the_page_fit_to_be_installed(
    browser: Browser, shown: tuple[Page, str]
) -> None:
    witness = Witness(browser, shown[1], viewport=WIDTHS["wide"])
    tab = witness.open()
    link = tab.context.new_cdp_session(tab)
    manifest = link.send("Page.getAppManifest")
    assert manifest["url"] == f"{shown[1]}/manifest.json"
    assert manifest["errors"] == []
    assert link.send("Page.getInstallabilityErrors")["installabilityErrors"] in (
        [],
        [{"errorId": "in-incognito", "errorArguments": []}],
    )
    witness.close()


def test_every_icon_of_the_manifest_is_a_picture_of_its_size(
    shown: tuple[Page, str], tmp_path: Path
) -> None:
    manifest = httpx.get(f"{shown[1]}/manifest.json", timeout=60)
    assert manifest.headers["content-type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        (tmp_path / "icon.png").write_bytes(httpx.get(f"{shown[1]}{icon['src']}").content)
        with Image.open(tmp_path / "icon.png") as image:
            assert f"{image.width}x{image.height}" == icon["sizes"]
