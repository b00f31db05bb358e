"""A model that the page fetches: what is shown before, what is agreed to, how it goes and ends."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import app_other
import httpx2
import hub
import pytest
from app_colours import COLOURS, paint
from app_fakes import page
from app_other import until
from hub import BIG, NAME, WEIGHTS
from starlette.testclient import TestClient

from vladva.app.download import Told
from vladva.encoders.source import on_hub

there, big = hub.there, hub.big
still = app_other.still
coloured = app_other.coloured
SHOWN = {"model": NAME, "revision": hub.COMMIT}
"""What the page sends once somebody has seen what it costs."""


@pytest.fixture
def client(big: hub.Hub, tmp_path: Path) -> Iterator[TestClient]:
    with page(tmp_path / "library") as made:
        yield TestClient(made.app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def told(client: TestClient) -> Told:
    row = client.get("/api/fetch").json()["download"]
    row.pop("running")
    return Told(**row)


def here() -> bool:
    remote = on_hub(NAME)
    assert remote is not None
    return remote.found() is not None


def test_what_it_costs_is_told_before_any_weight_is_fetched(
    client: TestClient, big: hub.Hub
) -> None:
    assert told(client) == Told()
    cost = client.post("/api/fetch/cost", json={"model": NAME}).json()
    assert (cost["model"], cost["hub_id"], cost["revision"]) == (NAME, NAME, hub.COMMIT)
    assert (cost["licence"], cost["restricted"]) == ("apache-2.0", False)
    assert cost["url"] == f"{big.url}/{NAME}"
    assert cost["missing_bytes"] == len(BIG)  # the config is here, since it says what it is
    assert cost["size_bytes"] > cost["missing_bytes"]
    assert not big.fetched(WEIGHTS)


def test_it_comes_and_the_page_knows(client: TestClient, big: hub.Hub) -> None:
    begun = client.post("/api/fetch", json=SHOWN)
    assert begun.status_code == 202
    until(lambda: not client.get("/api/fetch").json()["download"]["running"])
    end = told(client)
    assert (end.model, end.state, end.done, end.message) == (NAME, "done", end.total, "")
    assert here()
    assert client.post("/api/encoder/cost", json={"model": NAME}).json()["here"] is True


def test_it_is_stopped_and_the_next_one_goes_on_from_there(
    client: TestClient, big: hub.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    big.cut[WEIGHTS] = [1_000_000]
    big.held = threading.Event()
    client.post("/api/fetch", json=SHOWN)
    other = client.post("/api/fetch", json=SHOWN)
    assert (other.status_code, other.json()["message"]) == (409, f"{NAME} is being fetched.")
    until(lambda: bool(big.fetched(WEIGHTS)))
    client.delete("/api/fetch")
    big.held.set()
    until(lambda: told(client).state == "stopped")
    assert not here()
    assert hub.leftovers()
    client.post("/api/fetch", json=SHOWN)
    until(lambda: told(client).state == "done")
    assert big.fetched(WEIGHTS)[-1].startswith("bytes=")
    assert here()


def test_a_licence_that_sets_terms_is_agreed_to_by_its_name(
    client: TestClient, big: hub.Hub
) -> None:
    big.repositories[NAME].licence = "llama3.1"
    cost = client.post("/api/fetch/cost", json={"model": NAME}).json()
    assert cost["restricted"] is True
    for licence in ("", "apache-2.0"):
        refused = client.post("/api/fetch", json={**SHOWN, "licence": licence})
        assert refused.status_code == 503
        assert refused.json()["message"].endswith("sets terms of use, or there is none: llama3.1.")
    assert told(client) == Told()
    assert not big.fetched(WEIGHTS)
    client.post("/api/fetch", json={**SHOWN, "licence": cost["licence"]})
    until(here)


def test_nothing_else_is_fetched_than_what_was_shown(client: TestClient, big: hub.Hub) -> None:
    shown = client.post("/api/fetch/cost", json={"model": NAME}).json()["revision"]
    big.repositories[NAME].commit = "d" * 40
    unseen = client.post("/api/fetch", json={"model": NAME})
    assert unseen.status_code == 422
    refused = client.post("/api/fetch", json={"model": NAME, "revision": shown})
    assert (refused.status_code, "was changed on the hub" in refused.json()["message"]) == (
        409,
        True,
    )
    assert not big.fetched(WEIGHTS)


def test_the_page_that_a_person_opens_can_reach_the_hub(big: hub.Hub, tmp_path: Path) -> None:
    """In a process of its own: how the hub is reached is settled when its library is imported."""
    photos = paint(tmp_path / "photos")
    given = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    given |= {"HF_ENDPOINT": big.url, "HF_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"}
    words = ["--library", str(tmp_path / "library"), "ui", "--no-browser", "--port", "7950"]
    call = [sys.executable, "-m", "vladva.app", *words]
    with subprocess.Popen(call, env=given, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            address = next(line for line in process.stderr if line.startswith("http")).split()[0]
            with httpx2.Client(base_url=address, timeout=60) as page:
                page.post("/api/index", json={"folder": str(photos)})
                until(lambda: page.get("/api/status").json()["photos"] == len(COLOURS))
                assert page.get("/api/encoder").json()
                assert not big.asked  # nobody has wanted a model yet
                assert page.post("/api/fetch/cost", json={"model": NAME}).json()["hub_id"] == NAME
                page.post("/api/fetch", json=SHOWN)
                until(lambda: page.get("/api/fetch").json()["download"]["state"] == "done")
        finally:
            process.terminate()


def test_what_goes_wrong_is_told_in_words(client: TestClient, big: hub.Hub) -> None:
    big.damage[WEIGHTS] = 2
    client.post("/api/fetch", json=SHOWN)
    until(lambda: told(client).state == "failed")
    assert "arrived damaged, twice" in told(client).message
    assert told(client).hint
    big.repositories["someone/gated"] = hub.Repository({"config.json": b"{}", WEIGHTS: BIG})
    big.repositories["someone/gated"].gated = True
    for path in ("/api/fetch/cost", "/api/fetch"):
        gated = client.post(path, json={**SHOWN, "model": "someone/gated"})
        assert (gated.status_code, "accept its licence" in gated.json()["hint"]) == (503, True)


@pytest.mark.parametrize("name", ["mini", "no such", "/no/such/folder"])
def test_what_is_not_of_the_hub_is_not_fetched(still: TestClient, name: str) -> None:
    for path in ("/api/fetch/cost", "/api/fetch"):
        refused = still.post(path, json={**SHOWN, "model": name})
        assert (refused.status_code, "no model of the hub" in refused.json()["message"]) == (
            400,
            True,
        )
