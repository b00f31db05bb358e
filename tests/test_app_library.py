"""The routes of the library page: folders to choose, to forget, to try again, another encoder."""

import gc
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import app_fakes
import pytest
from app_colours import COLOURS, ColourEncoder, load_colours, paint
from app_fakes import Page, page
from starlette.testclient import TestClient

from vladva.app import choices, rates
from vladva.app.sources import Source, remember_source
from vladva.errors import ModelError
from vladva.indexes.events import Progress
from vladva.indexes.lance import LanceStore
from vladva.indexes.pipeline import index_folders
from vladva.presets import PRESETS
from vladva.protocols import Encoder, Prepared, Vectors

coloured = app_fakes.coloured
WAIT_S = 60
OTHER = str(Path(__file__).resolve().parent)
"""A folder that is there; `load` says what is in it."""
BROKEN = str(Path(__file__).resolve().parent.parent)


class Held(ColourEncoder):
    """The other encoder: reads a photo only when the gate is open, and finds the opposite."""

    gate = threading.Event()
    alive: ClassVar[weakref.WeakSet["Held"]] = weakref.WeakSet()

    def __init__(self) -> None:
        super().__init__(OTHER, "held-1")
        Held.alive.add(self)

    def encode(self, pictures: Sequence[Prepared]) -> Vectors:
        assert Held.gate.wait(WAIT_S)
        return super().encode(pictures)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return -super().encode_texts(texts)


def load(name: str, **options: object) -> Encoder:
    if name == BROKEN:
        raise ModelError("The model broken has no weights.", "Fetch it again.")
    return Held() if name == OTHER else load_colours(name, **options)


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Page]:
    """A page that watches a folder of six photos and one that cannot be read."""
    photos = paint(tmp_path / "photos")
    size = (photos / "red.jpg").stat().st_size
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture".ljust(size))
    Held.gate.set()
    with page(tmp_path / "library", load) as made:
        made.indexing.index(photos)
        until(lambda: made.indexing.report.stage == "watching")
        yield made
        Held.gate.set()


@pytest.fixture(scope="module")
def still(coloured: Path) -> Iterator[TestClient]:
    """A page over six photos, for questions that change nothing."""
    with page(coloured, load) as made:
        yield TestClient(made.app, base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture
def client(shown: Page) -> TestClient:
    return TestClient(shown.app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)


def first(client: TestClient, words: str) -> str:
    return Path(client.get("/api/search", params={"q": words}).json()["results"][0]["path"]).stem


def state(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/status").json()
    return found


def test_folders_are_listed_and_their_pictures_counted(still: TestClient, coloured: Path) -> None:
    shown = still.get("/api/folders", params={"path": str(coloured.parent)}).json()
    assert [one["name"] for one in shown["folders"]] == ["library", "photos"]
    assert "overlap" in shown["refusal"]
    assert shown["machine"] == ""
    assert {"home"} <= {one["kind"] for one in shown["places"]}
    counted = still.get("/api/folders/pictures", params={"path": str(coloured.parent / "photos")})
    assert counted.json() == {"pictures": len(COLOURS), "complete": True}
    assert still.get("/api/folders").json()["path"]


@pytest.mark.parametrize(
    "path", ["relative", "/nowhere/at/all", "/\0", "~\0", "~no-such-user", "..", "//"]
)
@pytest.mark.parametrize("route", ["/api/folders", "/api/folders/pictures"])
def test_what_is_no_folder_is_refused_in_words(still: TestClient, route: str, path: str) -> None:
    reply = still.get(route, params={"path": path})
    if path == "//":  # the top of everything, spelled strangely
        assert reply.status_code == 200
        assert reply.json().get("path", "/") == "/"
        return
    assert (reply.status_code, bool(reply.json()["hint"])) == (400, True)


def test_a_file_of_the_machine_is_never_shown(still: TestClient, coloured: Path) -> None:
    secret = coloured.parent / "photos" / "red.txt"
    for path in (secret, f"{coloured.parent}/photos/../photos/red.txt", f"{secret}/"):
        reply = still.get("/api/folders", params={"path": str(path)})
        assert reply.status_code == 400
        assert "a red wall" not in reply.text
    listed = still.get("/api/folders", params={"path": str(coloured.parent / "photos")})
    assert listed.status_code == 200
    assert listed.json()["folders"] == []
    assert "red.jpg" not in listed.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/folders"),
        ("GET", "/api/folders/pictures?path=/"),
        ("POST", "/api/forget"),
        ("POST", "/api/failures/retry"),
        ("GET", "/api/encoder"),
        ("POST", "/api/encoder"),
        ("DELETE", "/api/encoder"),
    ],
)
def test_another_site_gets_nothing_of_it(still: TestClient, method: str, path: str) -> None:
    for headers in (
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Host": "evil.example"},
    ):
        assert still.request(method, path, headers=headers, json={}).status_code == 403


def test_a_folder_is_forgotten_without_a_file_touched(
    client: TestClient, shown: Page, tmp_path: Path
) -> None:
    photos = tmp_path / "photos"
    before = sorted(file.name for file in photos.iterdir())
    reply = client.post("/api/forget", json={"folder": str(photos)})
    assert (reply.status_code, reply.json()["run"]["running"]) == (202, True)
    until(lambda: not shown.indexing.report.running)
    now = state(client)
    assert (now["photos"], now["roots"], now["failures"]) == (0, [], [])
    assert any("6 photos fewer" in one["text"] for one in now["run"]["notes"])
    assert sorted(file.name for file in photos.iterdir()) == before


def test_only_a_folder_of_the_library_can_be_forgotten(still: TestClient, coloured: Path) -> None:
    for folder in (
        coloured.parent / "other",
        coloured.parent,
        coloured.parent / "photos" / "below",
        "~no-such-user",
    ):
        reply = still.post("/api/forget", json={"folder": str(folder)})
        assert reply.status_code == 400
        assert str(coloured.parent / "photos") in reply.json()["hint"]
    assert still.post("/api/forget", json={"folder": "/\0"}).status_code == 400
    assert state(still)["photos"] == len(COLOURS)


def test_a_file_that_was_mended_is_tried_again_when_that_is_wanted(
    client: TestClient, shown: Page, tmp_path: Path
) -> None:
    broken = tmp_path / "photos" / "broken.jpg"
    [bad] = state(client)["failures"]
    assert (bad["path"], bool(bad["hint"])) == (str(broken), True)
    mend(broken, (tmp_path / "photos" / "red.jpg").read_bytes())
    reply = client.post("/api/failures/retry", json={"reason": "no such reason"})
    assert reply.json()["again"] == 0
    until(lambda: not shown.indexing.report.running)
    assert state(client)["failures"] == [bad]
    reply = client.post("/api/failures/retry", json={"reason": bad["reason"]})
    assert (reply.status_code, reply.json()["again"]) == (202, 1)
    until(lambda: not shown.indexing.report.running)
    now = state(client)
    assert (now["failures"], now["photos"]) == ([], len(COLOURS) + 1)


def mend(file: Path, content: bytes) -> None:
    """Other content, but the size and time that a file which failed is known by."""
    facts = file.stat()
    file.write_bytes(content)
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def test_a_root_that_is_away_says_since_when(client: TestClient, shown: Page) -> None:
    assert [root["since"] for root in state(client)["roots"]] == [None]
    [root] = shown.library.roots()
    Path(root.path).rename(Path(root.path).with_name("away"))
    until(lambda: shown.library.roots()[0].state == "offline")
    [away] = state(client)["roots"]
    assert away["since"].startswith("20")
    assert away["photos"] == len(COLOURS)


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


def test_nothing_is_fetched_by_a_page(still: TestClient) -> None:
    for path in ("/api/encoder", "/api/encoder/measure"):
        refused = still.post(path, json={"model": "siglip2-base"})
        assert refused.status_code == 503
        assert "vladva index FOLDER --model siglip2-base" in refused.json()["hint"]
    assert still.get("/api/index").json()["run"]["changing"] == ""


def test_a_rate_is_measured_on_a_few_photos_and_makes_the_time(client: TestClient) -> None:
    measured = client.post("/api/encoder/measure", json={"model": OTHER}).json()
    assert measured["per_second"] > 0
    assert measured["seconds"] == pytest.approx(len(COLOURS) / measured["per_second"])
    assert client.post("/api/encoder/cost", json={"model": OTHER}).json() == measured


def test_no_second_encoder_stays_in_memory_where_it_is_not_used(
    client: TestClient, shown: Page
) -> None:
    gone = lambda: gc.collect() >= 0 and not Held.alive  # noqa: E731
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
    assert state(client)["models"]
    shown.indexing.stop()
    shown.indexing.wait(WAIT_S)
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
    shown.indexing.stop()
    shown.indexing.wait(WAIT_S)
    assert client.post("/api/index", json={"demo": True}).status_code == 202
    shown.indexing.stop()
    shown.indexing.wait(WAIT_S)


def test_a_wrong_first_model_that_has_read_nothing_gives_way_to_another(tmp_path: Path) -> None:
    Held.gate.clear()
    photos = paint(tmp_path / "photos")
    with page(tmp_path / "library", load) as made:
        client = TestClient(made.app, base_url="http://127.0.0.1")
        client.post("/api/index", json={"folder": str(photos), "model": OTHER})
        until(lambda: state(client)["model"] == OTHER)
        made.indexing.stop()
        Held.gate.set()
        made.indexing.wait(WAIT_S)
        assert state(client)["photos"] == 0
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


def test_a_page_on_another_machine_hears_whose_folders_these_are(tmp_path: Path) -> None:
    from vladva.app.hosts import hosts_of

    with page(tmp_path / "library", hosts=hosts_of("0.0.0.0", ["nas.example"])) as made:  # noqa: S104
        client = TestClient(made.app, base_url="http://nas.example")
        assert client.get("/api/folders").json()["machine"] == socket.gethostname()
