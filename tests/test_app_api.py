"""The JSON routes over a library of coloured photos, and an indexing run from the page."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import app_fakes
import pytest
from app_colours import COLOURS, ColourEncoder, paint
from app_fakes import Page, index, page
from PIL import Image
from starlette.testclient import TestClient

from vladva.errors import ModelError
from vladva.protocols import Encoder

coloured = app_fakes.coloured


@pytest.fixture(scope="module")
def shown(coloured: Path) -> Iterator[Page]:
    with page(coloured) as made:
        yield made


@pytest.fixture
def client(shown: Page) -> TestClient:
    return client_of(shown)


def client_of(shown: Page) -> TestClient:
    return TestClient(shown.app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def picture(tmp_path: Path, colour: str) -> dict[str, tuple[str, bytes]]:
    Image.new("RGB", (40, 30), COLOURS[colour]).save(tmp_path / "picture.png")
    return {"image": ("picture.png", (tmp_path / "picture.png").read_bytes())}


def names(answer: dict[str, Any]) -> list[str]:
    return [Path(hit["path"]).stem for hit in answer["results"]]


def test_words_find_photos_page_by_page(client: TestClient) -> None:
    first = client.get("/api/search", params={"q": "red", "limit": 2}).json()
    rest = client.get("/api/search", params={"q": "red", "limit": 9, "offset": 2}).json()
    assert names(first)[0] == "red"
    assert sorted(names(first) + names(rest)) == sorted(COLOURS)
    assert [hit["rank"] for hit in rest["results"]] == [3, 4, 5, 6]


def test_a_picture_finds_photos(client: TestClient, tmp_path: Path) -> None:
    answer = client.post("/api/search", files=picture(tmp_path, "green")).json()
    assert names(answer)[0] == "green"
    assert answer["query"] is None


def test_a_hit_finds_its_like_without_itself(client: TestClient) -> None:
    red = client.get("/api/search", params={"q": "red"}).json()["results"][0]
    answer = client.get(f"/api/similar/{red['id']}").json()
    assert "red" not in names(answer)
    assert len(names(answer)) == len(COLOURS) - 1


def test_a_picture_finds_texts_given_or_the_librarys(client: TestClient, tmp_path: Path) -> None:
    files = picture(tmp_path, "blue")
    captions = client.post("/api/match", files=files).json()
    assert captions["results"][0]["text"] == "a blue wall"
    given = client.post("/api/match", files={**files, "texts": ("texts", b"red\nblue\n")}).json()
    assert [hit["text"] for hit in given["results"]] == ["blue", "red"]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/api/search", {}),
        ("/api/search", {"q": ""}),
        ("/api/search", {"q": "x" * 3000}),
        ("/api/search", {"q": "x", "limit": 0}),
        ("/api/search", {"q": "x", "limit": 10**9}),
        ("/api/search", {"q": "x", "offset": -1}),
    ],
)
def test_a_question_that_cannot_be_is_refused(
    client: TestClient, path: str, params: dict[str, str]
) -> None:
    assert client.get(path, params=params).status_code in {400, 422}


def test_any_words_at_all_get_an_answer_or_the_reason_why_not(client: TestClient) -> None:
    for words in ("'; DROP TABLE photos; --", "<script>", "😀" * 50, "*", "\\", "no red", '"x"'):
        assert client.get("/api/search", params={"q": words}).status_code == 200
    for words in ("\0", "a:b", '""', "rating:many"):
        refused = client.get("/api/search", params={"q": words})
        assert refused.status_code == 400
        assert refused.json()["message"]
        assert refused.json()["hint"]


def test_errors_come_as_words(client: TestClient) -> None:
    refused = client.post("/api/search", files={"image": ("a.jpg", b"no picture")})
    assert refused.status_code == 415
    assert "known format" in refused.json()["message"]
    assert refused.json()["hint"]
    gone = client.get(f"/api/similar/{'0' * 24}")
    assert (gone.status_code, set(gone.json())) == (409, {"message", "hint"})
    many = {"image": ("a.jpg", b""), "texts": ("texts", b"x\n" * 5000)}
    assert client.post("/api/match", files=many).status_code in {400, 415}


def test_status_tells_a_page_what_to_show(client: TestClient) -> None:
    state = client.get("/api/status").json()
    assert state["photos"] == len(COLOURS)
    assert state["encoder"] == "mini"
    assert "cannot understand photographs" in state["notice"]
    assert len(state["examples"]) == 4
    assert state["run"]["stage"] == "idle"


def test_a_file_name_that_is_no_unicode_comes_through(tmp_path: Path) -> None:
    photos = paint(tmp_path / "photos", captions=False)
    (photos / "red.jpg").rename(photos / "caf\udce9.jpg")
    with page(tmp_path / "library") as shown:
        index(shown.library, photos)
        answer = client_of(shown).get("/api/search", params={"q": "red"}).json()
        assert answer["results"][0]["path"] == str(photos / "caf\udce9.jpg")


def test_a_folder_is_indexed_from_the_page_and_searched_at_once(tmp_path: Path) -> None:
    photos = paint(tmp_path / "photos")
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    with page(tmp_path / "library") as shown:
        client = client_of(shown)
        refused = client.get("/api/search", params={"q": "red"})
        assert refused.status_code == 409
        assert "Nothing is indexed yet" in refused.json()["message"]
        started = client.post("/api/index", json={"folder": str(photos)})
        assert (started.status_code, started.json()["run"]["running"]) == (202, True)
        assert client.post("/api/index", json={"folder": str(photos)}).status_code == 409
        run = finished(client)
        assert run["stage"] == "watching"
        assert run["summary"]["indexed"] == len(COLOURS)
        assert run["skipped"][0]["path"] == str(photos / "broken.jpg")
        assert names(client.get("/api/search", params={"q": "red"}).json())[0] == "red"
        client.post("/api/index", json={})
        assert finished(client)["summary"]["unchanged"] == len(COLOURS)
        assert client.post("/api/index", json={"demo": True}).status_code == 409


def test_the_pace_of_the_work_is_set_from_the_page(client: TestClient) -> None:
    paused = client.post("/api/index/pause", json={}).json()["run"]
    slow = client.post("/api/index/throttle", json={"share": 0.25}).json()["run"]
    resumed = client.post("/api/index/resume", json={}).json()["run"]
    assert [run["paused"] for run in (paused, slow, resumed)] == [True, True, False]
    assert [run["share"] for run in (paused, slow, resumed)] == [1.0, 0.25, 0.25]
    for share in (0, -1, 2, "much", None):
        assert client.post("/api/index/throttle", json={"share": share}).status_code == 422
    assert client.post("/api/index/faster", json={}).status_code == 404
    client.post("/api/index/throttle", json={"share": 1})


@pytest.mark.parametrize("folder", ["relative", "/nowhere/at/all", "\0"])
def test_a_folder_that_is_none_is_refused(client: TestClient, folder: str) -> None:
    refused = client.post("/api/index", json={"folder": folder})
    assert refused.status_code == 400
    assert refused.json()["hint"]


def test_a_model_that_does_not_load_is_told_everywhere(tmp_path: Path) -> None:
    def load(name: str, **_options: object) -> Encoder:
        raise ModelError(f"{name} is not here.", "Fetch it.")

    with page(tmp_path / "library", load) as shown:
        shown.session.warm()
        client = client_of(shown)
        assert client.get("/api/status").json()["error"] == {
            "message": "mini is not here.",
            "hint": "Fetch it.",
        }
        client.post("/api/index", json={"folder": str(paint(tmp_path / "photos"))})
        run = finished(client)
        assert (run["stage"], run["message"], run["hint"]) == (
            "failed", "mini is not here.", "Fetch it.",
        )  # fmt: skip


def test_a_run_can_be_stopped(tmp_path: Path) -> None:
    with page(tmp_path / "library", Slow) as shown:
        client = client_of(shown)
        client.post("/api/index", json={"folder": str(paint(tmp_path / "photos"))})
        client.delete("/api/index")
        assert finished(client)["stage"] == "stopped"


class Slow(ColourEncoder):
    """Takes a while to be made."""

    def __init__(self, name: str, **_options: object) -> None:
        time.sleep(0.2)
        super().__init__(name)


def finished(client: TestClient) -> dict[str, Any]:
    for _ in range(1200):
        run: dict[str, Any] = client.get("/api/index").json()["run"]
        if not run["running"]:
            return run
        time.sleep(0.05)
    raise AssertionError("the run does not end")


def test_a_search_is_forgotten_by_any_name_that_it_can_have(tmp_path: Path) -> None:
    with page(tmp_path / "library") as made:
        client = TestClient(made.app, base_url="http://127.0.0.1")
        for name in ("folder:2019/italy dog", "../..", "a\\b", "100 %", "#?&=+"):
            assert client.post("/api/saved", json={"name": name, "query": "x"}).status_code == 201
            assert client.delete("/api/saved", params={"name": name}).json()["name"] == name
        assert client.get("/api/saved").json() == []
