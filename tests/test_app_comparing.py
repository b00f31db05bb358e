"""Prompts compared for the page: on the library or the drawn world, one run at a time."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny
from app_fakes import Page, index, page
from starlette.testclient import TestClient

import vladva.prompt_choice
from vladva.app.comparing import Comparing
from vladva.app.prompting import as_json, comparison, sample
from vladva.encoders import load_encoder
from vladva.errors import LibraryError, Unsupported
from vladva.prompt_choice import compare
from vladva.prompts import PROMPTS

PAIRS = [PROMPTS["gist"], PROMPTS["count"]]
LONG_S = 120


def load(_name: str, **_options: object) -> Any:
    return load_encoder(str(tiny.checkpoint("mini")), device="cpu", adapter=None)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Five captioned pictures, and one without a caption."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(6):
        tiny.picture(60, 60, number).save(folder / f"{number}.png")
        if number:
            (folder / f"{number}.txt").write_text(f"picture {number}\n")
    return folder


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Page]:
    with page(tmp_path / "library", load) as made:
        yield made


def ended(run: Comparing) -> dict[str, Any]:
    run.wait(LONG_S)
    return run.as_json()


def test_the_captioned_photos_of_the_library_are_compared_as_by_the_command(
    shown: Page, photos: Path
) -> None:
    index(shown.library, photos, encoder=load("mini"))
    run = Comparing(shown.session, PAIRS)
    assert run.as_json()["stage"] == "idle"
    run.start("library", 10)
    told = ended(run)
    assert (told["stage"], told["message"], told["total"]) == ("done", "", 2)
    shutil.move(photos / "0.png", photos.parent)
    encoder = load("mini")
    sampled = sample(photos, encoder.prepare, 10)
    pairs = list(compare(encoder, sampled.pictures, sampled.items, PAIRS, 4))
    wanted = as_json(comparison("mini", photos, sampled, encoder, pairs), curves=True)
    assert told["result"]["pictures"] == 5
    assert told["result"]["data"] == "library"
    for mine, theirs in zip(told["result"]["pairs"], wanted["pairs"], strict=True):
        assert mine["name"] == theirs["name"]
        assert mine["entropy_nats"] == pytest.approx(theirs["entropy_nats"], abs=1e-4)
        assert mine["image_R@1"] == theirs["image_R@1"]


def test_the_drawn_world_needs_no_library(shown: Page) -> None:
    run = Comparing(shown.session, PAIRS)
    run.start("drawn", 3)
    result = ended(run)["result"]
    assert (result["pictures"], result["texts"], result["skipped"]) == (3, 15, 0)
    assert len(result["pairs"][0]["cumulative_variance"]["image"]) == 3


def test_a_library_without_captions_says_what_to_do(shown: Page, photos: Path) -> None:
    for caption in photos.glob("*.txt"):
        caption.unlink()
    index(shown.library, photos, encoder=load("mini"))
    run = Comparing(shown.session, PAIRS)
    run.start("library", 10)
    told = ended(run)
    assert told["stage"] == "failed"
    assert "Fewer than two photos" in told["message"]
    assert "photo.txt" in told["hint"]


def test_a_run_is_stopped_and_another_may_begin(
    shown: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    first: list[Comparing] = []

    def slow(*args: Any) -> Iterator[Any]:
        for one in compare(*args):
            yield one
            first[0].stop()

    monkeypatch.setattr(vladva.prompt_choice, "compare", slow)
    run = Comparing(shown.session, PAIRS * 4)
    first.append(run)
    run.start("drawn", 3)
    with pytest.raises(LibraryError, match="on its way"):
        run.start("drawn", 3)
    told = ended(run)
    assert (told["stage"], told["done"], told["result"]) == ("stopped", 2, None)
    run.start("drawn", 2)
    run.stop()
    assert ended(run)["stage"] == "stopped"


def test_two_towers_are_refused_before_a_run_begins(tmp_path: Path) -> None:
    clip = str(tiny.checkpoint("clip"))
    with page(tmp_path / "other", lambda *_, **__: load_encoder(clip, device="cpu")) as made:
        run = Comparing(made.session)
        with pytest.raises(Unsupported, match="two towers"):
            run.start("drawn", 3)
        assert run.as_json()["stage"] == "idle"


def test_a_page_begins_follows_and_ends_a_run(shown: Page) -> None:
    client = TestClient(shown.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    assert client.get("/api/inside/prompts").json()["stage"] == "idle"
    for wrong in ({"where": "elsewhere"}, {"limit": 1}, {"limit": 10_000}):
        assert client.post("/api/inside/prompts", json=wrong).status_code == 422
    begun = client.post("/api/inside/prompts", json={"where": "drawn", "limit": 3})
    assert begun.status_code == 202
    assert begun.json()["stage"] in {"preparing", "comparing"}
    assert client.post("/api/inside/prompts", json={}).status_code == 409
    client.delete("/api/inside/prompts")
    until = time.monotonic() + LONG_S
    while client.get("/api/inside/prompts").json()["stage"] not in {"stopped", "done"}:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert client.get("/api/inside/prompts").json()["stage"] == "stopped"
