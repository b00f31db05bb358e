"""A page with a password: every door asks for it, and the endpoints for other programs."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import app_fakes
import pytest
from app_fakes import Page, page
from starlette.testclient import TestClient

from vladva.app import guesses, password
from vladva.app.doors import OPEN, Who
from vladva.app.hosts import hosts_of
from vladva.app.login import COOKIE, Login
from vladva.app.remote import TOKEN_HEADER

WORD = "correct horse"
HERE = "http://192.168.1.7:7860"
BROWSER = {"Accept": "text/html,*/*", "Sec-Fetch-Dest": "document"}

coloured = app_fakes.coloured


@pytest.fixture(scope="module")
def kept() -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password, "COST", (2**4, 8, 1))
        return password.hashed(WORD)


@pytest.fixture(scope="module")
def login(kept: str) -> Login:
    return Login(kept)


@pytest.fixture(scope="module")
def shown(coloured: Path, login: Login) -> Iterator[Page]:
    hosts = hosts_of("0.0.0.0", ["Photos.Example"])
    with page(coloured, login=login, hosts=hosts) as made:
        yield made


@pytest.fixture
def client(shown: Page) -> TestClient:
    return stranger(shown)


def stranger(shown: Page, address: str = HERE) -> TestClient:
    return TestClient(
        shown.app, base_url=address, raise_server_exceptions=False, follow_redirects=False
    )


def enter(client: TestClient, word: str = WORD, to: str = "/") -> Any:
    return client.post("/session", data={"password": word, "to": to})


@pytest.fixture(autouse=True)
def fresh_guesses(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "_guesses", guesses.Guesses())


def targets() -> list[tuple[str, str]]:
    return [
        (method, path.replace("{api_name}", "search").replace("{", "").replace("}", ""))
        for path, door in OPEN.items()
        for method in sorted(door.methods)
        if door.who is Who.PERSON
    ]


@pytest.mark.parametrize(("method", "path"), targets())
def test_every_door_asks_whoever_has_not_said_the_password(
    client: TestClient, method: str, path: str
) -> None:
    reply = client.request(method, path)
    assert reply.status_code == 401
    assert "set-cookie" not in reply.headers
    for cookie in ("", "x", "0" * 43):
        client.cookies.set(COOKIE, cookie)
        assert client.request(method, path).status_code == 401


def test_what_anyone_gets_says_nothing_of_the_library(client: TestClient, shown: Page) -> None:
    free = {path for path, door in OPEN.items() if door.who is Who.ANYONE}
    assert free == {"/favicon.ico", "/manifest.json", "/own/{name}", "/session"}
    for path in ("/session", "/own/login.css", "/manifest.json", "/favicon.ico"):
        reply = client.get(path)
        assert reply.status_code == 200
        assert str(shown.library.folder).encode() not in reply.content


def test_a_person_sees_the_page_that_asks_and_comes_to_where_they_wanted(
    client: TestClient,
) -> None:
    asked = client.get("/?q=a+red+%22wall%22", headers=BROWSER)
    assert asked.status_code == 401
    assert 'name="to" value="/?q=a+red+%22wall%22"' in asked.text
    let_in = enter(client, to="/?q=a+red+%22wall%22")
    assert let_in.status_code == 303
    assert let_in.headers["location"] == "/?q=a+red+%22wall%22"
    assert client.get("/?q=x", headers=BROWSER).status_code == 200
    assert client.get("/api/status").json()["photos"] == 6


def test_nothing_of_the_address_becomes_html_on_the_page_that_asks(client: TestClient) -> None:
    nasty = '"><script>alert(1)</script>'
    asked = client.get("/", params={"q": nasty}, headers=BROWSER)
    again = enter(client, word="wrong one", to=f"/{nasty}")
    for reply in (asked, again):
        assert reply.status_code == 401
        assert "<script>alert" not in reply.text


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(client: TestClient) -> None:
    given = enter(client).headers["set-cookie"].lower()
    for word in ("httponly", "samesite=strict", "path=/"):
        assert word in given
    assert "secure" not in given
    assert "domain" not in given


def test_behind_a_proxy_with_tls_the_cookie_is_for_tls_only(shown: Page) -> None:
    client = stranger(shown, "https://photos.example")
    reply = client.post(
        "/session", data={"password": WORD}, headers={"Origin": "https://photos.example"}
    )
    assert reply.status_code == 303
    assert "secure" in reply.headers["set-cookie"].lower()
    plain = client.get("/api/status", headers={"Origin": "http://photos.example"})
    assert plain.status_code == 403


def test_whoever_leaves_is_out_with_every_copy_of_the_cookie(
    client: TestClient, shown: Page
) -> None:
    enter(client)
    copy = stranger(shown)
    copy.cookies.set(COOKIE, client.cookies[COOKIE])
    assert copy.get("/api/index").status_code == 200
    assert client.delete("/session").status_code == 204
    assert copy.get("/api/index").status_code == 401


def test_wrong_guesses_are_told_so_and_then_made_to_wait(client: TestClient) -> None:
    for _ in range(guesses.FREE):
        wrong = enter(client, word="something else")
        assert wrong.status_code == 401
        assert "That is not the password." in wrong.text
    late = enter(client)
    assert late.status_code == 429
    assert 0 < int(late.headers["retry-after"]) <= guesses.EVERY_S
    assert "set-cookie" not in late.headers


def test_another_site_cannot_say_the_password_for_a_person(client: TestClient) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        refused = client.post("/session", data={"password": WORD}, headers=headers)
        assert refused.status_code == 403
        assert "set-cookie" not in refused.headers


def test_a_terminal_of_this_library_needs_no_password(client: TestClient, shown: Page) -> None:
    token = {TOKEN_HEADER: shown.token}
    assert client.get("/api/index", headers=token).status_code == 200
    for wrong in ("", "x", shown.token[:-1], shown.token + "x"):
        assert client.get("/api/index", headers={TOKEN_HEADER: wrong}).status_code == 403


@pytest.mark.parametrize(
    "host", ["192.168.1.7", "[2001:db8::1]:7860", "localhost:7860", "PHOTOS.example"]
)  # fmt: skip
def test_a_page_for_other_machines_goes_by_addresses_and_by_the_names_it_was_given(
    client: TestClient, host: str
) -> None:
    assert client.get("/session", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "192.168.1.7.evil.example", "x", "", "0x7f.1"])
def test_a_name_that_was_rebound_to_it_gets_nothing(client: TestClient, host: str) -> None:
    for path in ("/session", "/", "/api/status"):
        assert client.get(path, headers={"Host": host}).status_code == 403


def test_a_page_without_a_password_has_no_page_that_asks(coloured: Path) -> None:
    with page(coloured) as open_page:
        client = stranger(open_page, "http://127.0.0.1:7860")
        assert client.get("/session").headers["location"] == "/"
        assert enter(client).headers["location"] == "/"
        assert client.get("/api/index").status_code == 200


# What the shell keeps of its own queue's times, it keeps with a call that pandas will drop.
ANALYTICS = pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting'")


def call(client: TestClient, name: str, *data: Any) -> tuple[str, Any]:
    """What an endpoint of the shell says: the event, and its data."""
    body, headers = json.dumps({"data": data}), {"Content-Type": "application/json"}
    begun = client.post(f"/gradio_api/call/{name}", content=body, headers=headers)
    assert begun.status_code == 200, begun.text
    text = client.get(f"/gradio_api/call/{name}/{begun.json()['event_id']}").text
    last = text.strip().rsplit("event: ", 1)[-1]
    event, _, found = last.partition("\ndata: ")
    return event, json.loads(found)


@pytest.fixture(scope="module")
def program(coloured: Path) -> Iterator[TestClient]:
    with page(coloured) as made, TestClient(made.app, base_url="http://127.0.0.1:7860") as client:
        yield client


@ANALYTICS
def test_other_programs_search_match_and_find_similar_photos(
    program: TestClient, coloured: Path
) -> None:
    event, [found] = call(program, "search", "red", 3)
    assert event == "complete"
    assert Path(found["results"][0]["path"]).name == "red.jpg"
    photo_id = found["results"][0]["id"]
    _, [alike] = call(program, "similar", photo_id, 2)
    assert len(alike["results"]) == 2
    assert photo_id not in [hit["id"] for hit in alike["results"]]
    _, [texts] = call(program, "match", photo_id, None, 1)
    assert texts["results"][0]["text"] == "a red wall"
    content = (coloured.parent / "photos" / "blue.jpg").read_bytes()
    _, [given] = call(
        program, "match", base64.b64encode(content).decode(), ["something red", "blue"], 5
    )
    assert [hit["text"] for hit in given["results"]] == ["blue", "something red"]


@ANALYTICS
@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("search", ["", 5], "1 to 2,000 characters"),
        ("search", ["x" * 3000, 5], "1 to 2,000 characters"),
        ("search", ["red", 0], "limit is 0"),
        ("search", ["red", 10**9], "limit is"),
        ("search", ["kamera:x", 5], "kamera"),
        ("search", ["a \udcff wall", 5], "no valid Unicode"),
        ("similar", ["\udcff", 5], "no valid Unicode"),
        ("match", ["\udcff", None, 5], "neither the id"),
        ("similar", ["0" * 24, 5], ""),
        ("match", ["no id!", None, 5], "neither the id"),
        ("match", ["/etc/passwd", None, 5], "neither the id"),
        ("match", ["aGVsbG8=", None, 5], ""),
        ("match", ["red", ["x"] * 5000, 5], "At most"),
    ],
)
def test_a_question_that_cannot_be_answered_is_an_error_in_words(
    program: TestClient, name: str, data: list[Any], words: str
) -> None:
    event, said = call(program, name, *data)
    assert event == "error"
    assert words in json.dumps(said)
    assert "Traceback" not in json.dumps(said)


def test_the_endpoints_are_the_three_that_read(program: TestClient) -> None:
    described = program.get("/gradio_api/info").json()["named_endpoints"]
    assert set(described) == {"/search", "/similar", "/match"}
    for one in described.values():
        assert one["description"]
    for name in ("index", "predict", "lambda", "0", "/search"):
        assert program.post(f"/gradio_api/call/{name}", json={"data": []}).status_code in {400, 404}
