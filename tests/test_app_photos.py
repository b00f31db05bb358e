"""Thumbnails and originals: only pictures of the library leave, and as nothing but pictures."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_colours import COLOURS, paint
from app_fakes import OPEN_FILES, Page, check_no_file_stays_open, index, page
from PIL import Image
from starlette.testclient import TestClient

from vladva.app.photos import media_type
from vladva.indexes.library import Library
from vladva.indexes.thumbs import thumb_path


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("photos")
    photos = paint(base / "photos")
    Image.new("RGB", (3000, 20), COLOURS["red"]).save(photos / "wide.tiff")
    with Library.open(base / "library", create=True) as library:
        index(library, photos)
    return base


@pytest.fixture(scope="module")
def shown(base: Path) -> Iterator[Page]:
    with page(base / "library") as made:
        yield made


@pytest.fixture
def client(shown: Page) -> TestClient:
    return TestClient(shown.app, base_url="http://127.0.0.1")


def id_of(shown: Page, base: Path, name: str) -> str:
    return shown.library.photo_id(str(base / "photos" / name))


def test_a_thumbnail_and_an_original_come_as_pictures(
    client: TestClient, shown: Page, base: Path
) -> None:
    photo_id = id_of(shown, base, "red.jpg")
    for kind in ("thumb", "photo"):
        reply = client.get(f"/api/{kind}/{photo_id}")
        assert reply.status_code == 200
        assert reply.headers["content-type"] == "image/jpeg"
        assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.content == (base / "photos" / "red.jpg").read_bytes()


def test_a_picture_that_has_not_changed_is_not_sent_again(
    client: TestClient, shown: Page, base: Path
) -> None:
    for kind in ("thumb", "photo"):
        path = f"/api/{kind}/{id_of(shown, base, 'blue.jpg')}"
        etag = client.get(path).headers["etag"]
        again = client.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")


def test_a_thumbnail_that_was_lost_is_drawn_again_and_kept(
    client: TestClient, shown: Page, base: Path
) -> None:
    photo_id = id_of(shown, base, "yellow.jpg")
    url, place = f"/api/thumb/{photo_id}", thumb_path(shown.library, photo_id)
    before = client.get(url).content
    place.unlink()
    for _ in range(2):
        reply = client.get(url)
        assert (reply.status_code, reply.headers["content-type"]) == (200, "image/jpeg")
        assert reply.content == before
    assert place.read_bytes() == before


def test_a_lost_thumbnail_is_drawn_of_nothing_but_the_photo_that_was_indexed(
    client: TestClient, shown: Page, base: Path
) -> None:
    photo = base / "photos" / "yellow.jpg"
    url, place = (
        f"/api/thumb/{id_of(shown, base, photo.name)}",
        thumb_path(shown.library, id_of(shown, base, photo.name)),
    )
    facts, content = photo.stat(), photo.read_bytes()
    place.unlink(missing_ok=True)
    photo.write_bytes(content + b"changed")
    assert client.get(url).status_code == 404
    photo.write_bytes(content)
    os.utime(photo, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    place.parent.rmdir()
    place.parent.write_text("a disk that takes nothing")
    assert client.get(url).status_code == 404
    place.parent.unlink()
    assert client.get(url).status_code == 200


def test_what_a_browser_cannot_show_comes_as_a_jpeg_of_bounded_size(
    client: TestClient, shown: Page, base: Path, tmp_path: Path
) -> None:
    reply = client.get(f"/api/photo/{id_of(shown, base, 'wide.tiff')}")
    assert reply.headers["content-type"] == "image/jpeg"
    (tmp_path / "shown.jpg").write_bytes(reply.content)
    with Image.open(tmp_path / "shown.jpg") as image:
        assert image.width == 2048


@pytest.mark.parametrize(
    "photo_id", ["0" * 24, "none", "..", "..%2f..%2flibrary.db", "%00", "a" * 5000, "é", "*"]
)
def test_an_id_that_is_none_gets_nothing(client: TestClient, photo_id: str) -> None:
    for kind in ("thumb", "photo"):
        assert client.get(f"/api/{kind}/{photo_id}").status_code in {400, 404}


def test_a_photo_that_became_a_link_out_of_its_folder_stays_here(
    client: TestClient, shown: Page, base: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.jpg"
    shutil.copy(base / "photos" / "white.jpg", secret)
    photo = base / "photos" / "white.jpg"
    photo.unlink()
    photo.symlink_to(secret)
    assert client.get(f"/api/photo/{id_of(shown, base, 'white.jpg')}").status_code == 404


def test_a_photo_whose_file_is_no_picture_any_more_is_not_sent(
    client: TestClient, shown: Page, base: Path
) -> None:
    (base / "photos" / "black.jpg").write_text("<script>alert(1)</script>", encoding="utf-8")
    reply = client.get(f"/api/photo/{id_of(shown, base, 'black.jpg')}")
    assert reply.status_code == 415
    assert b"script" not in reply.content


def test_a_photo_that_is_gone_or_a_pipe_is_not_waited_for(
    client: TestClient, shown: Page, base: Path
) -> None:
    photo = base / "photos" / "green.jpg"
    photo.unlink()
    assert client.get(f"/api/photo/{id_of(shown, base, 'green.jpg')}").status_code == 404
    os.mkfifo(photo)
    assert client.get(f"/api/photo/{id_of(shown, base, 'green.jpg')}").status_code == 404


@OPEN_FILES
def test_a_folder_where_a_photo_was_leaves_no_file_open(
    client: TestClient, shown: Page, base: Path
) -> None:
    photo = base / "photos" / "wide.tiff"
    url = f"/api/photo/{id_of(shown, base, photo.name)}"
    check_no_file_stays_open(client, url, photo)


def test_a_photo_outside_every_root_is_not_sent(
    client: TestClient, shown: Page, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Library, "roots", lambda _self: [])
    assert client.get(f"/api/photo/{id_of(shown, base, 'red.jpg')}").status_code == 404


def test_a_foretaste_of_the_drawn_world_is_drawn(client: TestClient) -> None:
    assert client.get("/api/preview/4").headers["content-type"] == "image/jpeg"
    assert client.get("/api/preview/100").status_code == 422


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"<svg xmlns=", ""),
        (b"<!doctype html>", ""),
        (b"%PDF-1.7", ""),
        (b"", ""),
    ],
)
def test_only_plain_pictures_have_a_type(content: bytes, kind: str) -> None:
    assert media_type(content) == kind
