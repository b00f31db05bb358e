"""The page that looks into the model, in a real browser: by picture, by text, by keyboard."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny
from app_fakes import Page, index, page, serving
from tuned import tune

from vladva import adapters
from vladva.app.comparing import Comparing
from vladva.encoders import load_encoder
from vladva.indexes.library import Library
from vladva.prompts import PROMPTS

pytest.importorskip("playwright")
import app_witness
from app_witness import Witness, serious
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

pytestmark = app_witness.MARKS
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
browser = app_witness.browser


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter for the tiny mini."""
    encoder: Any = load_encoder(str(tiny.checkpoint("mini")), device="cpu", adapter=None)
    folder = tmp_path_factory.mktemp("tuned") / "adapter"
    adapters.save(tune(encoder), folder, {"base": encoder.base})
    return folder


@pytest.fixture(scope="module")
def shown(tuned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, str]]:
    """A page over three pictures, searched by a tiny mini that is tuned."""

    def load(_name: str, **_options: object) -> Any:
        return load_encoder(str(tiny.checkpoint("mini")), device="cpu", adapter=tuned)

    base = tmp_path_factory.mktemp("inside")
    (base / "photos").mkdir()
    for number, picture in enumerate(tiny.PICTURES[:3]):
        picture.save(base / "photos" / f"{number}.png")
    with Library.open(base / "library", create=True) as library:
        index(library, base / "photos", encoder=load("mini"))
    with page(base / "library", load) as made, serving(made) as address:
        made.session.warm()
        yield made, address


def look(tab: Tab, text: str) -> None:
    tab.get_by_label("A text to look at").fill(text)
    tab.keyboard.press("Enter")
    expect(tab.locator(".v-tokens li").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_photo_that_was_found_is_looked_at_and_each_head_can_be_chosen(
    browser: Browser, shown: tuple[Page, str], size: Any, scheme: str
) -> None:
    witness = Witness(browser, shown[1], viewport=size, color_scheme=scheme)
    tab = witness.open("/?q=dog")
    tab.locator(".v-open").first.click()
    tab.get_by_role("link", name="Look inside").click()
    expect(tab.locator(".v-sentence").first).to_contain_text("after tuning the summary token")
    assert serious(tab) == []
    assert "/inside?photo=" in tab.url
    assert tab.locator(".v-column.v-before .v-heads button").count() == 5
    assert _colours(tab)[0] != _colours(tab)[1]
    for column in ("v-before", "v-after"):
        assert tab.locator(f".{column} .v-tokens li").count() == 10
        expect(tab.locator(f".{column} .v-captions dd")).to_have_count(2)
    head = tab.locator(".v-after .v-heads button").nth(2)
    head.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator(".v-before .v-large figcaption")).to_have_text("Head 2")
    expect(tab.locator(".v-after .v-heads button").nth(2)).to_be_focused()
    expect(tab.locator(".v-sentence").first).to_contain_text("after tuning head 2")
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert witness.wrong == []
    witness.close()


def _colours(tab: Tab) -> list[str]:
    """The colour with which each of both large maps is painted."""
    found: list[str] = tab.evaluate(
        """() => [...document.querySelectorAll(".v-large canvas")].map((canvas) => {
            const pixels = [...canvas.getContext("2d").getImageData(0, 0, 2, 2).data];
            return pixels.slice(0, 3).map((value) => Math.round(value / 16)).join();
        })"""
    )
    assert len(found) == 2
    return found


def test_the_strength_and_the_layer_change_the_map(
    browser: Browser, shown: tuple[Page, str], tmp_path: Path
) -> None:
    picture = tmp_path / "own.png"
    tiny.PICTURES[3].save(picture)
    witness = Witness(browser, shown[1], viewport=WIDE)
    tab = witness.open("/inside")
    with tab.expect_file_chooser() as chooser:
        tab.get_by_role("button", name="Choose, drop or paste a picture").click()
    chooser.value.set_files(picture)
    strengths = (
        "() => [...document.querySelector('.v-large canvas').getContext('2d')"
        ".getImageData(0, 0, 2, 2).data].filter((_, at) => at % 4 === 3)"
    )
    expect(tab.locator(".v-large canvas").first).to_be_visible()
    before = tab.evaluate(strengths)
    tab.get_by_label("Strength of the colour").focus()
    for _ in range(4):
        tab.keyboard.press("ArrowLeft")
    weaker = tab.evaluate(strengths)
    assert all(one <= other for one, other in zip(weaker, before, strict=True))
    assert weaker != before
    said = tab.locator(".v-sentence").first.text_content()
    tab.get_by_label("Layer").select_option("0")
    assert tab.locator(".v-sentence").first.text_content() != said
    assert witness.wrong == []
    witness.close()


def test_a_text_is_looked_at_and_the_address_keeps_it(
    browser: Browser, shown: tuple[Page, str]
) -> None:
    witness = Witness(browser, shown[1], viewport=NARROW)
    tab = witness.open("/inside")
    look(tab, "a dog <b>and</b> a cat")
    expect(tab.locator(".v-attention")).to_have_count(0)
    expect(tab.locator(".v-entropy").first).to_have_text(re.compile(r"Entropy \d\.\d\d nats of"))
    assert tab.locator(".v-inside b").count() == 0
    look(tab, "a boat")
    tab.go_back()
    expect(tab.get_by_label("A text to look at")).to_have_value("a dog <b>and</b> a cat")
    tab.reload()
    expect(tab.locator(".v-tokens li").first).to_be_visible()
    assert witness.wrong == []
    witness.close()


def test_prompts_are_compared_on_request_and_drawn(
    browser: Browser, shown: tuple[Page, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [PROMPTS[name] for name in ("gist", "count", "scene")]
    made = Comparing.__init__

    def few(self: Comparing, session: Any) -> None:
        made(self, session, pairs)

    monkeypatch.setattr(Comparing, "__init__", few)
    place = shown[0].library.folder.with_name("other")
    with page(place, shown[0].session._load) as own, serving(own) as address:
        own.session.warm()
        witness = Witness(browser, address, viewport=WIDE)
        tab = witness.open("/inside")
        tab.get_by_label("Pictures", exact=True).select_option("20")
        tab.get_by_role("button", name="Compare the prompts").click()
        expect(tab.locator(".v-entropies li")).to_have_count(3)
        expect(tab.locator(".v-panels svg")).to_have_count(4)
        assert tab.locator(".v-panels circle").count() == 6
        expect(tab.locator(".v-sentence")).to_contain_text("By entropy and variance:")
        assert serious(tab) == []
        tab.reload()  # the result stays with the program
        expect(tab.locator(".v-entropies li")).to_have_count(3)
        witness.close()


def test_two_towers_have_nothing_to_look_into_and_the_page_says_why(
    browser: Browser, tmp_path: Path
) -> None:
    clip = str(tiny.checkpoint("clip"))
    with (
        page(tmp_path / "library", lambda *_, **__: load_encoder(clip, device="cpu")) as made,
        serving(made) as address,
    ):
        made.session.warm()
        witness = Witness(browser, address, viewport=NARROW)
        tab = witness.open("/inside")
        expect(tab.locator(".v-unable")).to_contain_text("two towers")
        expect(tab.locator(".v-look, .v-compared")).to_have_count(0)
        witness.close()
