"""Names and ids that try to climb out: over a real socket, as no well-behaved client sends them."""

import http.client
import os
import random
import socket
import string
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from app_colours import COLOURS, paint
from app_fakes import Page, index, page, serving
from PIL import Image

from vladva.app import photos
from vladva.app.doors import OPEN
from vladva.indexes.library import Library
from vladva.indexes.saved import SavedSearches

SECRET = "a-secret-that-nobody-may-read"  # noqa: S105
FUZZED = 10_000
NAMED = sorted(
    (method, path) for path, door in OPEN.items() if "{" in path for method in door.methods
)
"""Every route that takes a name or an id, with each of its methods."""
ASKED = {"/api/search?like=": "GET", "/api/inside?photo=": "POST"}
"""Routes that take an id in the query."""
NOTHING_SAID = b'{"mark": null}'


@dataclass(frozen=True)
class Place:
    """A served library with secrets all around it."""

    shown: Page
    port: int
    base: Path
    foreign: str
    """The id of the same photo in another library."""
    dropped: str
    """The id of a photo whose root is registered no more."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    base = tmp_path_factory.mktemp("traversal")
    (base / "secret.txt").write_text(SECRET, encoding="utf-8")
    noisy = Image.effect_noise((64, 64), 90).convert("RGB")
    noisy.save(base / "secret.jpg", comment=SECRET.encode())
    inside, other = paint(base / "photos"), paint(base / "other", captions=False)
    with Library.open(base / "library", create=True) as library:
        index(library, inside, other)
        dropped = library.photo_id(str(other / "red.jpg"))
        library.drop_root(other)
    with Library.open(base / "foreign", create=True) as library:
        foreign = library.photo_id(str(inside / "red.jpg"))
    (base / "library" / "thumbs" / "secret.jpg").write_bytes((base / "secret.jpg").read_bytes())
    with page(base / "library") as made, serving(made) as address:
        made.session.warm()
        yield Place(made, urlsplit(address).port or 0, base, foreign, dropped)


def climbers(base: Path) -> list[str]:
    """What may stand for a name or an id, as it goes over the wire."""
    there = [base / "secret.txt", base / "secret.jpg", base / "library" / "library.db",
             Path("/etc/passwd"), Path(photos.__file__)]  # fmt: skip
    ways = []
    for target in there:
        plain = str(target).lstrip("/")
        for up in ("../", "..%2f", "..%2F", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "....//",
                   "..;/", "%252e%252e%252f", "..%c0%af", "..%ef%bc%8f", ".%00./"):  # fmt: skip
            ways += [up * 12 + plain, up * 12 + quote(plain, safe="")]
        ways += [f"/{plain}", f"//{plain}", f"%2f{plain}", f"%2f{quote(plain, safe='')}",
                 f"file:///{plain}", f"C:/{plain}", f"C:%5c{plain}", f"%5c%5c%3f%5cC:%5c{plain}",
                 f"\\\\?\\C:\\{plain}", f"%5c%5c.%5c{plain}", f"{plain}%00.jpg",
                 f"{plain}%00", f"~/{plain}", f"~root/{plain}", f"proxy=http://127.0.0.1/{plain}",
                 f"file={plain}", f"{plain}?x", f"{plain}%23", f"{plain}."]  # fmt: skip
    return [*ways, "..", ".", "%2e%2e", "%00", "CON", "NUL", "secret", "secret.jpg", "%ff%fe",
            "%f0%9f%92%a9", "%d9%a1" * 24, "a" * 4000, "*", "?", "%", "%zz", "%u002e", "thumbs",
            "library.db", "ui.json", "%0d%0aX: y"]  # fmt: skip


def get(place: Place, target: str, method: str = "GET") -> tuple[int, bytes]:
    """A request whose target goes over the wire as it is."""
    body = b""
    if "/marks/" in target and method == "PUT":
        body = b'{"query": "red", "mark": "right"}'
    if "/call/" in target:
        body = b'{"data": ["red", 3]}'
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    with socket.create_connection(("127.0.0.1", place.port), timeout=20) as link:
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{place.port}\r\n{kind}"
            "Connection: close\r\n\r\n"
        )
        link.sendall(head.encode("latin-1") + body)
        reply = http.client.HTTPResponse(link, method=method)
        with closing(reply):
            reply.begin()
            return reply.status, reply.read()


def secrets_of(place: Place) -> list[bytes]:
    return [
        SECRET.encode(),
        b"SQLite format 3",
        b"root:x:",
        b"_PLAIN = os.O_RDONLY",
        place.shown.token.encode(),
        (place.base / "secret.jpg").read_bytes()[-200:],
    ]


def target_of(route: str, name: str) -> str:
    """A route with this in the place of its name, and with what else it wants to hear."""
    behind = "?q=red" if route.startswith("/api/marks/") and "?" not in name else ""
    return route[: route.index("{")] + name.replace(" ", "%20") + behind


@pytest.mark.parametrize(("method", "route"), NAMED)
def test_no_name_climbs_out(place: Place, method: str, route: str) -> None:
    forbidden = secrets_of(place)
    for climber in climbers(place.base):
        status, body = get(place, target_of(route, climber), method)
        nothing = status == 200 and body == NOTHING_SAID  # what is said of a photo that is none
        assert nothing or 400 <= status < 500, (route, climber, status)
        assert status != 405 or "/" in climber, (route, climber)  # a path with more parts
        assert not any(secret in body for secret in forbidden), (route, climber)


@pytest.mark.parametrize("route", ASKED)
def test_no_id_of_a_question_climbs_out(place: Place, route: str) -> None:
    forbidden = secrets_of(place)
    for climber in climbers(place.base):
        value = climber.replace(" ", "%20").replace("?", "%3f").replace("#", "%23")
        status, body = get(place, route + value.replace("&", "%26"), ASKED[route])
        assert 400 <= status < 500, (route, climber, status)
        assert not any(secret in body for secret in forbidden), (route, climber)


def test_what_climbers_are_refused_a_name_of_the_library_is_given(place: Place) -> None:
    own = place.shown.library.photo_id(str(place.base / "photos" / "red.jpg"))
    SavedSearches(place.shown.library).save("reds", "red")
    names = {"/gradio_api/call/{api_name}": "search"}
    names |= {"/api/preview/{number}": "0", "/own/{name}": "look.css"}
    shell = {"/assets/{path:path}", "/static/{path:path}"}  # files of Gradio's own, by its choice
    later = {"/gradio_api/call/{api_name}/{event_id}"}  # an answer to a question asked before
    for method, route in NAMED:
        if route not in shell | later:
            status, _ = get(place, target_of(route, names.get(route, own)), method)
            assert status in {200, 201, 204}, (method, route, status)
    assert get(place, f"/api/search?like={own}")[0] == 200
    _, body = get(place, f"/api/inside?photo={own}", "POST")
    assert b"No such photo" not in body  # but colours are no language model to look into


def test_the_shells_own_ways_to_files_are_shut(place: Place) -> None:
    for target in (place.base / "secret.txt", place.base / "photos" / "red.jpg"):
        for way in ("file=", "file/", "proxy=http://127.0.0.1/", "proxy=file://"):
            status, body = get(place, f"/gradio_api/{way}{target}")
            assert status in {400, 404}
            assert SECRET.encode() not in body


def test_an_id_of_another_library_or_of_a_dropped_root_opens_nothing(place: Place) -> None:
    own = place.shown.library.photo_id(str(place.base / "photos" / "red.jpg"))
    ways = {f"/api/{kind}/": "GET" for kind in ("thumb", "photo", "original", "similar")}
    for way, method in {**ways, **ASKED, "/api/marks/": "PUT"}.items():
        if "inside" not in way:
            assert get(place, way + own, method)[0] == 200, way
        # A row of a dropped root is there until it is forgotten: compared, and never opened.
        gone = [] if "similar" in way or "like" in way or "marks" in way else [place.dropped]
        for stranger in (place.foreign, own.upper(), own[:-1], own + "0", *gone):
            status, body = get(place, way + stranger, method)
            assert status in {400, 404, 409}, (way, stranger)
            assert b"red.jpg" not in body


def test_ten_thousand_ids_that_are_none_open_nothing(place: Place) -> None:
    known = {place.shown.library.photo_id(str(place.base / "photos" / f"{c}.jpg")) for c in COLOURS}
    draw = random.Random(7)
    letters = string.hexdigits + string.punctuation + "\0 \n\u202eé\udcff"
    leaks = 0
    for number in range(FUZZED):
        if number % 2:  # a neighbour of a real one
            digits = list(draw.choice(sorted(known)))
            digits[draw.randrange(24)] = draw.choice("0123456789abcdefABCDEF%./\\")
            photo_id = "".join(digits)
        else:
            photo_id = "".join(draw.choices(letters, k=draw.randrange(1, 60)))
        if photo_id in known:
            continue
        leaks += photos.thumb(place.shown.session, photo_id) is not None
        leaks += photos.original(place.shown.session, photo_id) is not None
    assert leaks == 0


def test_a_folder_that_became_a_link_out_of_the_root_opens_nothing(
    tmp_path: Path, place: Place
) -> None:
    inside = paint(tmp_path / "photos" / "year")
    outside = paint(tmp_path / "outside", captions=False)
    with Library.open(tmp_path / "library", create=True) as library:
        index(library, tmp_path / "photos")
    inside.rename(tmp_path / "away")
    inside.symlink_to(outside)
    with page(tmp_path / "library") as made:
        photo_id = made.library.photo_id(str(inside / "red.jpg"))
        assert made.session.photo(photo_id) is not None
        assert photos.original(made.session, photo_id) is None
        assert photos.thumb(made.session, photo_id) is None


@pytest.mark.parametrize("name", ["secret.txt", "library/library.db"])
def test_a_photo_that_became_a_hard_link_to_what_is_no_picture_is_not_sent(
    place: Place, name: str
) -> None:
    photo = place.base / "photos" / "white.jpg"
    content = photo.read_bytes()
    photo.unlink()
    os.link(place.base / name, photo)
    photo_id = place.shown.library.photo_id(str(photo))
    status, body = get(place, f"/api/photo/{photo_id}")
    photo.unlink()
    photo.write_bytes(content)
    assert status == 415
    assert not any(secret in body for secret in secrets_of(place))
