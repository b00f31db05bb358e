"""The routes of the library page for encoders: what a change takes, and the change itself."""

import gc
import threading
from collections.abc import Sequence
from pathlib import Path

import app_other
import pytest
from app_colours import COLOURS, ColourEncoder, paint
from app_fakes import Page, page
from app_other import BROKEN, OTHER, WAIT_S, Held, first, load, state, until
from starlette.testclient import TestClient

from vladva.app import choices, rates
from vladva.app.sources import Source, remember_source
from vladva.indexes.events import Progress
from vladva.indexes.lance import LanceStore
from vladva.indexes.pipeline import index_folders
from vladva.presets import PRESETS
from vladva.protocols import Prepared, Vectors

coloured, shown, still, client = (
    app_other.coloured,
    app_other.shown,
    app_other.still,
    app_other.client,
)


def test_every_encoder_says_what_a_change_to_it_takes(still: TestClient) -> None:
    offered = still.get("/api/encoder").json()
    assert offered[0]["model"] == "mini"
    assert offered[0]["in_use"]
    assert "clip-mini" not in {one["model"] for one in offered}
    large = next(one for one in offered if one["model"] == "siglip2-base")
    preset = PRESETS["siglip2-base"]
    assert large["download_bytes"] == preset.size_bytes
    assert large["licence"] == preset.licence
    assert large["photos"] == len(COLOURS)
    assert large["disk_bytes"] == len(COLOURS) * preset.dim * choices.PER_NUMBER
    assert (large["per_second"], large["seconds"]) == (None, None)


def test_a_change_fetches_nothing(still: TestClient) -> None:
    for path in ("/api/encoder", "/api/encoder/measure"):
        refused = still.post(path, json={"model": "siglip2-base"})
        assert refused.status_code == 503
        assert "Fetch it first" in refused.json()["hint"]
    assert still.get("/api/index").json()["run"]["changing"] == ""


def test_a_rate_is_measured_on_a_few_photos_and_makes_the_time(client: TestClient) -> None:
    measured = client.post("/api/encoder/measure", json={"model": OTHER}).json()
    assert measured["per_second"] > 0
    assert measured["seconds"] == pytest.approx(len(COLOURS) / measured["per_second"])
    assert client.post("/api/encoder/cost", json={"model": OTHER}).json() == measured


def test_no_second_encoder_stays_in_memory_where_it_is_not_used(
    client: TestClient, shown: Page
) -> None:
    def gone() -> bool:
        gc.collect()
        return not Held.alive

    client.post("/api/encoder/measure", json={"model": OTHER})
    assert gone()
    Held.gate.clear()
    client.post("/api/encoder", json={"model": OTHER})
    until(lambda: state(client)["building"] is not None)
    busy = client.post("/api/encoder/measure", json={"model": OTHER})
    assert (busy.status_code, "on its way" in busy.json()["message"]) == (409, True)
    client.delete("/api/encoder")
    Held.gate.set()
    until(lambda: shown.indexing.report.stage == "watching")
    until(gone)


@pytest.mark.parametrize("name", ["siglip2-bass", "no/such-model", "/no/such/folder", "a\0b/c"])
def test_a_model_that_is_nothing_or_not_here_is_not_taken(still: TestClient, name: str) -> None:
    cost = still.post("/api/encoder/cost", json={"model": name})
    if name == "no/such-model":  # it may be on the hub
        assert cost.json()["here"] is False
    else:
        assert cost.status_code == 400
        assert "`vladva models`" in cost.json()["hint"]
        assert ("siglip2-base" in cost.json()["hint"]) == (name == "siglip2-bass")
    assert still.post("/api/encoder", json={"model": name}).status_code in {400, 503}


def test_the_old_encoder_answers_until_the_new_one_has_read_everything(
    client: TestClient, shown: Page
) -> None:
    Held.gate.clear()
    begun = client.post("/api/encoder", json={"model": OTHER})
    assert (begun.status_code, begun.json()["run"]["changing"]) == (202, OTHER)
    until(lambda: state(client)["building"] is not None)
    assert state(client)["building"]["model"] == OTHER
    assert first(client, "white") == "white"
    assert state(client)["model"] == "mini"
    Held.gate.set()
    until(lambda: shown.indexing.report.stage == "watching")
    now = state(client)
    assert (now["model"], now["encoder"], now["photos"]) == (OTHER, OTHER, len(COLOURS))
    assert (now["run"]["changing"], now["unfinished"], now["building"]) == ("", None, None)
    assert any(f"{OTHER} answers now" in one["text"] for one in now["run"]["notes"])
    assert first(client, "white") == "black"
    assert [one.model for one in shown.library.encoders()] == [OTHER]


def test_a_change_that_is_given_up_leaves_the_old_encoder_and_can_go_on_later(
    client: TestClient, shown: Page
) -> None:
    Held.gate.clear()
    client.post("/api/encoder", json={"model": OTHER})
    until(lambda: state(client)["building"] is not None)
    kept = client.delete("/api/encoder")
    assert kept.json()["run"]["changing"] == ""
    Held.gate.set()
    until(lambda: shown.indexing.report.stage == "watching")
    now = state(client)
    assert (now["model"], now["unfinished"], first(client, "white")) == ("mini", OTHER, "white")
    assert client.delete("/api/encoder").status_code == 409
    client.post("/api/encoder", json={"model": now["unfinished"]})
    until(lambda: state(client)["model"] == OTHER)
    assert state(client)["unfinished"] is None


class Stopped(Held):
    """Ends its run with the first photos that it reads."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self.stop = stop

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        self.stop.set()
        return super().encode(pictures)


def test_what_an_earlier_change_has_read_is_known_and_not_counted_again(
    client: TestClient, shown: Page
) -> None:
    shown.indexing.stop()
    shown.indexing.wait(WAIT_S)
    stop = threading.Event()
    used = Stopped(stop)
    remember_source(shown.library, used.fingerprint, Source(OTHER))
    folders = [root.path for root in shown.library.roots()]
    for _event in index_folders(shown.library, used, folders, stop=stop, workers=1, batch_size=2):
        continue
    done = len(LanceStore(shown.library.folder, used.fingerprint, used.dim).known())
    assert 0 < done < len(COLOURS)
    shown.library.set("rates", {f"{OTHER} packaged": 2.0})
    left = client.post("/api/encoder/cost", json={"model": OTHER}).json()
    assert (left["done"], left["seconds"]) == (done, (len(COLOURS) - done) / 2.0)


def test_a_model_that_does_not_load_changes_nothing_and_says_why(
    client: TestClient, shown: Page
) -> None:
    client.post("/api/encoder", json={"model": BROKEN})
    until(lambda: shown.indexing.report.stage == "watching")
    now = state(client)
    assert now["model"] == "mini"
    assert now["run"]["changing"] == ""
    assert {"text": "The model broken has no weights.", "hint": "Fetch it again."} in (
        now["run"]["notes"]
    )
    assert first(client, "white") == "white"


def test_a_first_run_with_a_model_uses_it_and_a_later_one_may_not(tmp_path: Path) -> None:
    Held.gate.set()
    photos = paint(tmp_path / "photos")
    with page(tmp_path / "library", load) as made:
        client = TestClient(made.app, base_url="http://127.0.0.1")
        client.post("/api/index", json={"folder": str(photos), "model": OTHER})
        until(lambda: made.indexing.report.stage == "watching")
        assert state(client)["model"] == OTHER
        refused = client.post("/api/index", json={"folder": str(photos), "model": "mini"})
        assert refused.status_code == 409
        assert "page Library" in refused.json()["hint"]
        assert client.post("/api/index", json={"demo": True}).status_code == 409


def test_a_library_whose_folders_were_forgotten_is_as_good_as_a_new_one(
    client: TestClient, shown: Page, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    client.post("/api/forget", json={"folder": str(photos)})
    until(lambda: not shown.indexing.report.running)
    assert state(client)["models"]  # offered as at first, while the page watches no folder
    Held.gate.clear()
    begun = client.post("/api/index", json={"folder": str(photos), "model": OTHER})
    assert begun.status_code == 202
    until(lambda: state(client)["model"] == OTHER)  # from its first photo
    Held.gate.set()
    until(lambda: shown.indexing.report.stage == "watching")
    assert (state(client)["photos"], first(client, "white")) == (len(COLOURS), "black")
    assert [one.model for one in shown.library.encoders()] == [OTHER]
    assert len(list((shown.library.folder / "tables").glob("*.lance"))) == 1


def test_the_demo_is_drawn_into_a_library_whose_folders_were_forgotten(
    client: TestClient, shown: Page, tmp_path: Path
) -> None:
    client.post("/api/forget", json={"folder": str(tmp_path / "photos")})
    until(lambda: not shown.indexing.report.running)
    assert client.post("/api/index", json={"demo": True}).status_code == 202
    shown.indexing.stop()
    shown.indexing.wait(WAIT_S)


def test_a_wrong_first_model_that_has_read_nothing_gives_way_to_another(tmp_path: Path) -> None:
    Held.gate.set()
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    with page(tmp_path / "library", load) as made:
        client = TestClient(made.app, base_url="http://127.0.0.1")
        client.post("/api/index", json={"folder": str(photos), "model": OTHER})
        until(lambda: made.indexing.report.stage == "watching")
        assert (state(client)["model"], state(client)["photos"]) == (OTHER, 0)
        made.indexing.stop()
        made.indexing.wait(WAIT_S)
        (photos / "broken.jpg").unlink()
        paint(photos)
        client.post("/api/index", json={"folder": str(photos), "model": "mini"})
        until(lambda: made.indexing.report.stage == "watching")
        now = state(client)
        assert (now["model"], now["photos"], now["unfinished"]) == ("mini", len(COLOURS), None)
        assert first(client, "white") == "white"


def test_an_empty_library_has_no_encoder_to_change(tmp_path: Path) -> None:
    with page(tmp_path / "library", load) as made:
        client = TestClient(made.app, base_url="http://127.0.0.1")
        assert client.post("/api/encoder", json={"model": OTHER}).status_code == 409
        assert client.post("/api/encoder/measure", json={"model": OTHER}).status_code == 409


def test_the_rate_of_a_long_run_is_remembered_and_of_a_short_one_not(shown: Page) -> None:
    known = rates.Rates(shown.library)
    mine = Source("mini")
    known.heard(ColourEncoder(), Progress(rates.STEADY - 1, 1_000, 50.0, None))
    assert known.of(mine) is None
    known.heard(ColourEncoder(), Progress(rates.STEADY, 1_000, 50.0, None))
    assert known.of(mine) == 50.0
    known.heard(ColourEncoder(), Progress(200, 1_000, 80.0, None))
    assert known.of(mine) == 80.0
    other = ColourEncoder("/models/third", "third-1")
    known.heard(other, Progress(200, 1_000, 81.0, None))  # as fast, but nobody knows it yet
    assert known.of(Source("/models/third")) == 81.0
