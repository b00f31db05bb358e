"""Assistants that ask over the Model Context Protocol: what they are told, and who is refused."""

import asyncio
import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import app_fakes
import httpx
import pytest
from app_fakes import Page, page, serving

from vladva.app import password
from vladva.app.__main__ import run
from vladva.app.login import Login
from vladva.app.mcp_door import McpDoor
from vladva.app.remote import TOKEN_HEADER
from vladva.errors import ConfigError

coloured = app_fakes.coloured
ASKED = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
HEADERS = {"Accept": "application/json, text/event-stream"}


def test_a_page_that_was_not_told_to_answer_assistants_says_how(coloured: Path) -> None:
    with page(coloured) as made, serving(made) as address:
        reply = httpx.post(f"{address}/mcp", json=ASKED, headers=HEADERS, timeout=60)
    assert reply.status_code == 404
    assert "vladva ui --mcp" in reply.json()["hint"]


def test_without_the_package_the_error_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    library = str(tmp_path / "library")
    assert run(["--library", library, "ui", "--mcp", "--no-browser", "--port", "7985"]) == 1
    assert "pip install 'vladva[mcp]'" in capsys.readouterr().err
    assert not (tmp_path / "library" / "ui.json").exists()


@pytest.fixture(scope="module")
def shown(coloured: Path) -> Iterator[tuple[Page, str]]:
    """A page that answers assistants, and its address."""
    pytest.importorskip("mcp.server.mcpserver", reason="the extra `mcp` is not installed")
    with page(coloured, mcp=True) as made, serving(made) as address:
        made.session.warm()
        yield made, address


def told(address: str, name: str, **given: Any) -> tuple[bool, Any]:
    """What the official client gets of a tool: whether it is an error, and the answer."""
    from mcp import Client

    async def asked() -> Any:
        async with Client(f"{address}/mcp") as client:
            return await client.call_tool(name, given)

    answer = asyncio.run(asked())
    if answer.is_error:
        return True, answer.content[0].text
    assert json.loads(answer.content[0].text) == answer.structured_content
    return False, answer.structured_content


def test_an_assistant_finds_tools_that_only_read(shown: tuple[Page, str]) -> None:
    from mcp import Client

    async def listed() -> Any:
        async with Client(f"{shown[1]}/mcp") as client:
            return client.instructions, (await client.list_tools()).tools

    instructions, tools = asyncio.run(listed())
    assert "search" in instructions
    assert {tool.name for tool in tools} == {"search", "similar", "match"}
    assert all(tool.annotations.read_only_hint for tool in tools)
    assert all(tool.description for tool in tools)


def test_an_assistant_searches_finds_similar_photos_and_texts(
    shown: tuple[Page, str], coloured: Path
) -> None:
    wrong, found = told(shown[1], "search", query="red", limit=3)
    assert not wrong
    assert Path(found["results"][0]["path"]).name == "red.jpg"
    photo_id = found["results"][0]["id"]
    _, alike = told(shown[1], "similar", photo_id=photo_id, limit=2)
    assert len(alike["results"]) == 2
    assert photo_id not in [hit["id"] for hit in alike["results"]]
    _, texts = told(shown[1], "match", picture=photo_id, limit=1)
    assert texts["results"][0]["text"] == "a red wall"
    content = base64.b64encode((coloured.parent / "photos" / "blue.jpg").read_bytes()).decode()
    _, given = told(shown[1], "match", picture=content, texts=["something red", "blue"])
    assert [hit["text"] for hit in given["results"]] == ["blue", "something red"]


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("search", {"query": ""}, "1 to 2,000 characters"),
        ("search", {"query": "red", "limit": 0}, "limit is 0"),
        ("search", {"query": "kamera:x"}, "camera"),
        ("similar", {"photo_id": "0" * 24}, "not in the library"),
        ("match", {"picture": "/etc/passwd"}, "neither the id"),
    ],
)
def test_a_question_that_cannot_be_answered_is_an_error_in_words(
    shown: tuple[Page, str], name: str, given: dict[str, Any], words: str
) -> None:
    wrong, said = told(shown[1], name, **given)
    assert wrong
    assert words in said


def test_other_sites_and_rebound_names_are_refused(shown: tuple[Page, str]) -> None:
    def status(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(
            f"{shown[1]}/mcp", json=ASKED, headers=HEADERS | named, timeout=60
        ).status_code

    assert status() == 200
    assert status(Origin="http://evil.example") == 403
    assert status(Sec_Fetch_Site="cross-site") == 403
    assert status(Host="evil.example") == 403
    assert status(X_Vladva_Token="wrong") == 403  # noqa: S106
    for method in ("GET", "DELETE", "PUT"):
        assert httpx.request(method, f"{shown[1]}/mcp", headers=HEADERS).status_code == 405


def test_where_the_page_has_a_password_an_assistant_shows_the_token_of_the_library(
    coloured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mcp.server.mcpserver", reason="the extra `mcp` is not installed")
    monkeypatch.setattr(password, "COST", (2**4, 8, 1))
    login = Login(password.hashed("correct horse"))
    with page(coloured, login=login, mcp=True) as made, serving(made) as address:
        for token, status in ((None, 401), (made.token, 200)):
            shown = HEADERS | ({} if token is None else {TOKEN_HEADER: token})
            reply = httpx.post(f"{address}/mcp", json=ASKED, headers=shown, timeout=60)
            assert reply.status_code == status


def test_a_door_without_a_session_needs_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    McpDoor(None)
    with pytest.raises(ConfigError, match="mcp"):
        McpDoor(object())  # type: ignore[arg-type]
