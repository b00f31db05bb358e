"""The file of a photo, to be kept: its very bytes, its name, and what does not leave."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from app_colours import paint
from app_fakes import OPEN_FILES, Page, check_no_file_stays_open, index, page
from PIL import Image
from starlette.testclient import TestClient

from vladva.app.originals import disposition, safe_name
from vladva.indexes.library import Library


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = paint(tmp_path / "photos")
    Image.new("RGB", (64, 48), "red").save(folder / "strand – 12.tiff")
    return folder


@pytest.fixture
def shown(tmp_path: Path, photos: Path) -> Iterator[Page]:
    with Library.open(tmp_path / "library", create=True) as library:
        index(library, photos)
    with page(tmp_path / "library") as made:
        yield made


@pytest.fixture
def client(shown: Page) -> TestClient:
    return TestClient(shown.app, base_url="http://127.0.0.1:7860")


def address(shown: Page, path: Path) -> str:
    return f"/api/original/{shown.library.photo_id(str(path))}"


@pytest.mark.parametrize("name", ["red.jpg", "strand – 12.tiff"])
def test_the_file_leaves_as_it_is_and_by_its_name(
    client: TestClient, shown: Page, photos: Path, name: str
) -> None:
    reply = client.get(address(shown, photos / name))
    assert reply.status_code == 200
    assert reply.content == (photos / name).read_bytes()
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["x-content-type-options"] == "nosniff"
    told = reply.headers["content-disposition"]
    assert told.startswith("attachment; ")
    assert unquote(told.split("filename*=UTF-8''")[1]) == name


def test_a_file_that_is_no_picture_any_more_stays(
    client: TestClient, shown: Page, photos: Path
) -> None:
    (photos / "red.jpg").write_text("a secret", encoding="utf-8")
    reply = client.get(address(shown, photos / "red.jpg"))
    assert reply.status_code == 404
    assert b"secret" not in reply.content


@OPEN_FILES
def test_a_folder_where_a_photo_was_leaves_no_file_open(
    client: TestClient, shown: Page, photos: Path
) -> None:
    photo = photos / "green.jpg"
    url = address(shown, photo)
    check_no_file_stays_open(client, url, photo)


def test_what_lies_outside_the_folders_of_the_library_stays(
    client: TestClient, shown: Page, photos: Path, tmp_path: Path
) -> None:
    (photos / "red.jpg").replace(tmp_path / "private.jpg")
    (photos / "red.jpg").symlink_to(tmp_path / "private.jpg")
    assert client.get(address(shown, photos / "red.jpg")).status_code == 404
    shown.library.drop_root(photos)
    assert client.get(address(shown, photos / "blue.jpg")).status_code == 404
    assert client.get("/api/original/none").status_code == 404


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a b.jpg", "a b.jpg"),
        ('12:30 "x"\r\nX: y.jpg', "12_30 _x___X_ y.jpg"),
        ("..", "_"),
        (".hidden", "_hidden"),
        ("b\udcff.jpg", "b_.jpg"),
    ],
)
def test_a_name_is_a_name_and_nothing_more(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert "\n" not in disposition(safe)
    assert disposition(safe).count('"') == 2
