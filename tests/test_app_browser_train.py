"""The training page in a real browser: train and accept, train and refuse, stop, go on, go back.

The child process is the program itself; only the training in it is played (`app_played`).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import app_played
import pytest
from app_adapters import load_with_adapter
from app_colours import paint
from app_fakes import Page, index, page, serving

from vladva.app.adapters import PACKAGED, Adapters
from vladva.app.sources import Source, remember_source, source_of

pytest.importorskip("playwright")
import app_witness
from app_witness import Witness, serious
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

pytestmark = app_witness.MARKS
browser = app_witness.browser
NARROW = {"width": 390, "height": 844}


@dataclass
class Training:
    """A page over indexed photos, and the folder where a played run looks for its signals."""

    page: Page
    address: str
    signals: Path
    photos: Path

    def play(self, ending: str) -> None:
        self.page.app.state.runs.program = app_played.program(ending, self.signals)

    def go(self) -> None:
        (self.signals / "go").touch()

    def chosen(self) -> str:
        return Adapters(self.page.library).chosen("mini")

    def wait_until_indexed_with(self, adapter: str) -> None:
        library, end = self.page.library, time.monotonic() + 90
        while (active := library.active()) is None or (
            source_of(library, active) != Source("mini", adapter)
        ):
            assert time.monotonic() < end, self.page.indexing.report.as_json()
            time.sleep(0.1)


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    photos = paint(tmp_path / "photos")
    with page(tmp_path / "library", load_with_adapter) as made, serving(made) as address:
        index(made.library, photos, encoder=load_with_adapter("mini"))
        remember_source(made.library, "mini+packaged", Source("mini"))
        made.session.warm()
        yield Training(made, address, tmp_path, photos)


@pytest.fixture
def witness(browser: Browser, training: Training) -> Iterator[Witness]:
    made = Witness(browser, training.address, viewport=NARROW)
    yield made
    made.close()


@pytest.fixture
def begin(witness: Witness, training: Training) -> Callable[[str], Tab]:
    def start(ending: str) -> Tab:
        training.play(ending)
        tab = witness.open("/train")
        tab.get_by_label("A folder or a file", exact=True).check()
        tab.get_by_label("Folder or file to learn from").fill(str(training.photos))
        tab.get_by_label("Name of the adapter").fill("holiday")
        tab.get_by_role("button", name="Start training").click()
        return tab

    return start


def test_a_run_is_followed_accepted_put_to_use_indexed_with_and_rolled_back(
    begin: Callable[[str], Tab], training: Training, witness: Witness
) -> None:
    tab = begin("accepted")
    card = tab.locator(".v-train-run")
    expect(card).to_contain_text("step 29 of 60 · 13 photos a second · 30 s left")
    expect(card.get_by_role("progressbar", name="Training")).to_have_attribute(
        "aria-valuenow", "48"
    )
    expect(card.locator("figure")).to_have_count(2)
    expect(card.locator("figure").first).to_contain_text("together: 4.30 at first, 2.93 now")
    expect(tab.get_by_role("button", name="Start training")).to_be_hidden()
    assert serious(tab) == []
    tab = witness.open("/train")  # as a reload does
    expect(card).to_contain_text("step 29 of 60")
    training.go()
    expect(card.get_by_role("heading")).to_have_text("Accepted")
    expect(card).to_contain_text(app_played.REASONS["accepted"])
    row = card.get_by_role("row", name="text → photo: it is among the first ten")
    expect(row.get_by_role("cell")).to_have_text(["51.3 %", "68.8 %"])
    expect(card).to_contain_text("Of 4 texts set aside, 2 now find their photo earlier, 1 later")
    assert training.chosen() == "holiday"
    kept = tab.locator(".v-adapters li", has_text="holiday")
    expect(kept).to_contain_text("accepted")
    expect(kept).to_contain_text("in use")
    assert serious(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    note = tab.get_by_role("note").filter(has_text="6 photos have to be indexed anew")
    note.get_by_role("button").click()
    training.wait_until_indexed_with("holiday")
    tab.get_by_role("button", name="Go back to what comes with mini").click()
    expect(tab.get_by_text("For mini, what comes with mini is in use from now on.")).to_be_visible()
    expect(kept.get_by_role("button", name="Use holiday")).to_be_visible()
    assert training.chosen() == PACKAGED


def test_a_refused_adapter_stays_off_until_somebody_uses_it(
    begin: Callable[[str], Tab], training: Training
) -> None:
    training.go()
    tab = begin("refused")
    card = tab.locator(".v-train-run")
    expect(card.get_by_role("heading")).to_have_text("Refused")
    expect(card).to_contain_text(app_played.REASONS["refused"])
    expect(card).to_contain_text("stays off")
    assert training.chosen() == PACKAGED
    expect(tab.get_by_label("Name of the adapter")).to_have_value("mine")
    tab.get_by_role("button", name="Use holiday").click()
    expect(tab.get_by_text("For mini, holiday is in use from now on.")).to_be_visible()
    assert training.chosen() == "holiday"


def test_an_adapter_that_nothing_needs_is_deleted(
    begin: Callable[[str], Tab], training: Training
) -> None:
    training.go()
    tab = begin("refused")
    kept = tab.locator(".v-adapters li", has_text="holiday")
    kept.get_by_role("button", name="Delete holiday").click()
    asked = tab.get_by_role("dialog", name="Delete this adapter?")
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).to_be_hidden()
    assert len(Adapters(training.page.library).all()) == 1
    kept.get_by_role("button", name="Delete holiday").click()
    asked.get_by_role("button", name="Delete it").click()
    expect(tab.get_by_text("holiday is deleted.")).to_be_visible()
    expect(kept).to_have_count(0)
    assert Adapters(training.page.library).all() == []
    packaged = tab.locator(".v-adapters li", has_text="what comes with mini")
    expect(packaged.get_by_role("button")).to_have_count(0)


def test_a_run_is_stopped_and_goes_on(begin: Callable[[str], Tab], training: Training) -> None:
    tab = begin("accepted")
    card = tab.locator(".v-train-run")
    expect(card).to_contain_text("step 29 of 60")
    card.get_by_role("button", name="Stop").click()
    expect(card.get_by_role("heading")).to_have_text("Stopped")
    expect(card).to_contain_text("Stopped after step 30 of 60.")
    training.go()
    card.get_by_role("button", name="Go on").click()
    expect(card.get_by_role("heading")).to_have_text("Accepted")
    expect(card.get_by_role("button", name="Go on")).to_be_hidden()


def test_what_cannot_start_says_why_in_the_words_of_the_command_line(
    witness: Witness, training: Training
) -> None:
    training.play("accepted")
    tab = witness.open("/train")
    expect(tab.locator(".v-train-form")).to_contain_text("6 of 6 photos have words to learn from")
    tab.get_by_role("button", name="Start training").click()
    alert = tab.get_by_role("alert")
    expect(alert).to_contain_text("Only 6 of 6 photos of this library")
    expect(alert).to_contain_text("a run needs 40")
    tab.get_by_text("More settings").click()
    tab.get_by_label("Settings, one a line").fill("data.held_out=0\noptim.lt=1")
    tab.get_by_role("button", name="Start training").click()
    expect(alert).to_contain_text("optim.lr")
    assert not training.page.app.state.runs.state.running
    witness.wrong = [said for said in witness.wrong if "400" not in said]  # the browser's own word


def test_why_a_run_does_not_go_on_stands_until_something_else_is_asked(
    begin: Callable[[str], Tab], training: Training, witness: Witness
) -> None:
    tab = begin("accepted")
    card = tab.locator(".v-train-run")
    expect(card).to_contain_text("step 29 of 60")
    card.get_by_role("button", name="Stop").click()
    expect(card.get_by_role("heading")).to_have_text("Stopped")
    refusal = {"message": "The run is at work in another program.", "hint": ""}
    resume = "**/api/train/resume"
    tab.route(resume, lambda route: route.fulfill(status=409, json=refusal))
    card.get_by_role("button", name="Go on").click()
    told = tab.get_by_text(refusal["message"])
    expect(told).to_be_visible()
    with tab.expect_response("**/api/train"):  # the next look
        pass
    expect(told).to_be_visible()
    tab.unroute(resume)
    training.go()
    card.get_by_role("button", name="Go on").click()
    expect(card.get_by_role("heading")).to_have_text("Accepted")
    expect(told).to_have_count(0)
    witness.wrong = [said for said in witness.wrong if "409" not in said]  # the browser's own word


def test_a_crash_is_told_and_the_page_goes_on(begin: Callable[[str], Tab]) -> None:
    tab = begin("crashed")
    card = tab.locator(".v-train-run")
    expect(card.get_by_role("heading")).to_have_text("The run failed")
    expect(card).to_contain_text("The loss is no longer finite.")
    expect(card).to_contain_text("Lower optim.lr.")
    expect(tab.get_by_role("button", name="Start training")).to_be_visible()
