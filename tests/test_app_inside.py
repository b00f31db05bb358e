"""The routes that look into the model: the numbers of `inspecting`, and what is refused."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import app_fakes
import numpy as np
import pytest
import tiny
from app_fakes import Page, index, page
from PIL import Image
from starlette.testclient import TestClient
from tuned import tuned_mini

from vladva.app import inspecting
from vladva.app.doors import MAX_PICTURES_BODY
from vladva.app.inspecting import as_json, look_into
from vladva.encoders import load_encoder
from vladva.images import open_image
from vladva.indexes.library import Library

coloured = app_fakes.coloured


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tuned_mini(tmp_path_factory.mktemp("tuned") / "base")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for number, picture in enumerate(tiny.PICTURES):
        picture.save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def shown(tuned: Path, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    place = tmp_path_factory.mktemp("inside") / "library"
    with Library.open(place, create=True) as library:
        index(library, photos, encoder=load_encoder(str(tuned), device="cpu"))
    with page(place, lambda _name, **_options: load_encoder(str(tuned), device="cpu")) as made:
        yield made


@pytest.fixture
def client(shown: Page) -> TestClient:
    return asking(shown)


def asking(shown: Page) -> TestClient:
    return TestClient(shown.app, base_url="http://127.0.0.1", raise_server_exceptions=False)


def upload(picture: Image.Image, name: str = "a.png") -> dict[str, Any]:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return {"image": (name, out.getvalue(), "image/png")}


def looked_at(tuned: Path, given: str, image: Image.Image | None) -> dict[str, Any]:
    """What `inspecting` says, with a model of its own."""
    encoder = load_encoder(str(tuned), device="cpu")
    return as_json(look_into(encoder, "base", "packaged", given, image, 10), maps=True)


def same(one: Any, other: Any) -> bool:
    """Whether two answers agree, figures within rounding."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other or (isinstance(one, float) and np.isclose(one, other, atol=1e-5)))


def test_an_uploaded_picture_has_the_numbers_of_inspecting_and_the_picture_as_it_was_seen(
    client: TestClient, tuned: Path
) -> None:
    found = client.post("/api/inside", files=upload(tiny.PICTURES[2], "wide.png")).json()
    picture = found.pop("picture")
    assert same(found, looked_at(tuned, "wide.png", open_image(_png(tiny.PICTURES[2]))))
    assert found["after"]["top_tokens"] != found["before"]["top_tokens"]
    assert len(found["before"]["attention"]["layers"][1]["heads"]) == 4
    assert (picture["width"], picture["height"]) == (60, 60)  # of 200 × 60, cropped as it sees it
    assert picture["address"].startswith("data:image/jpeg;base64,")


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def test_a_photo_of_the_library_is_looked_at_by_its_id(
    client: TestClient, shown: Page, tuned: Path, photos: Path
) -> None:
    photo = photos / "0.png"
    found = client.post("/api/inside", params={"photo": shown.library.photo_id(str(photo))}).json()
    found.pop("picture")
    assert same(found, looked_at(tuned, "0.png", open_image(photo)))
    for stranger in ("0" * 24, "../../etc/passwd", str(photo)):
        assert client.post("/api/inside", params={"photo": stranger}).status_code == 404


def test_a_text_is_a_text_even_where_it_is_the_name_of_a_file(
    client: TestClient, tuned: Path, photos: Path
) -> None:
    for text in ("a dog", str(photos / "0.png"), "gone.jpg"):
        found = client.post("/api/inside", params={"text": text}).json()
        assert (found["kind"], found["input"], found.pop("picture")) == ("text", text, None)
        assert same(found, looked_at(tuned, text, None))


def test_what_is_nothing_to_look_at_is_refused_in_words(client: TestClient) -> None:
    assert client.post("/api/inside").json()["hint"] == "Choose a picture, or type a text."
    broken = client.post(
        "/api/inside", files={"image": ("a.jpg", b"\xff\xd8\xff no", "image/jpeg")}
    )
    assert broken.status_code == 415
    assert client.post("/api/inside", params={"text": "a" * 2001}).status_code == 422
    huge = client.post("/api/inside", content=b"", headers={"Content-Length": str(2**30)})
    assert huge.status_code == 413
    assert f"{MAX_PICTURES_BODY:,}" in huge.json()["message"]


def test_the_page_is_told_what_can_be_shown(client: TestClient) -> None:
    assert client.get("/api/inside").json() == {
        "model": "base",
        "adapter": "packaged",
        "able": True,
        "speaks": True,
        "why": "",
    }


def test_two_towers_are_told_so_before_anything_is_looked_at(tmp_path: Path) -> None:
    clip = str(tiny.checkpoint("clip"))
    with page(tmp_path / "library", lambda *_, **__: load_encoder(clip, device="cpu")) as made:
        told = asking(made).get("/api/inside").json()
        assert (told["able"], told["speaks"]) == (False, False)
        assert "two towers" in told["why"]
        refused = asking(made).post("/api/inside", params={"text": "a dog"})
        assert refused.status_code == 503
        assert "two towers" in refused.json()["message"]


def test_nobody_meets_the_model_with_its_adapter_off(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    free: list[bool] = []
    attend = inspecting.attention

    def watched(model: Any, picture: Any) -> Any:
        if model.adapter.is_off:
            other = threading.Thread(target=lambda: free.append(_takes(model.lock)))
            other.start()
            other.join()
        return attend(model, picture)

    monkeypatch.setattr(inspecting, "attention", watched)
    assert client.post("/api/inside", files=upload(tiny.PICTURES[0])).status_code == 200
    assert free == [False]


def _takes(lock: Any) -> bool:
    """Whether this thread gets the lock at once."""
    taken: bool = lock.acquire(blocking=False)
    if taken:
        lock.release()
    return taken
