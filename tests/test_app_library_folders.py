"""The routes of the library page for folders: to choose, to forget, to try again."""

import os
import socket
from pathlib import Path

import app_other
import pytest
from app_colours import COLOURS
from app_fakes import Page, page
from app_other import state, until
from starlette.testclient import TestClient

coloured, shown, still, client = (
    app_other.coloured,
    app_other.shown,
    app_other.still,
    app_other.client,
)


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


def test_a_page_on_another_machine_hears_whose_folders_these_are(tmp_path: Path) -> None:
    from vladva.app.hosts import hosts_of

    with page(tmp_path / "library", hosts=hosts_of("0.0.0.0", ["nas.example"])) as made:
        client = TestClient(made.app, base_url="http://nas.example")
        assert client.get("/api/folders").json()["machine"] == socket.gethostname()
