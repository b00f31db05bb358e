"""The border of the page: every route has a decision, and strangers get nothing."""

from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import Any

import pytest
from app_fakes import Page, page
from packaging.requirements import Requirement
from starlette.routing import Mount
from starlette.testclient import TestClient

from vladva.app import doors, guard
from vladva.app.remote import TOKEN_HEADER

CLOSED = {
    # The shell brings these along. Nobody needs them here, so nobody gets them.
    "/config": "GET",
    "/config/": "GET",
    "/gradio_api/api/{api_name}": "POST",
    "/gradio_api/api/{api_name}/": "POST",
    "/gradio_api/app_id": "GET",
    "/gradio_api/app_id/": "GET",
    "/gradio_api/call/v2/{api_name}": "POST",
    "/gradio_api/call/v2/{api_name}/": "POST",
    "/gradio_api/call/v2/{api_name}/{event_id}": "GET",
    "/gradio_api/call/{api_name}/": "POST",
    "/gradio_api/cancel": "POST",
    "/gradio_api/component_server": "POST",
    "/gradio_api/component_server/": "POST",
    "/gradio_api/custom_component/{id}/{environment}/{type}/{file_name}": "GET",
    "/gradio_api/deep_link": "GET",
    "/gradio_api/dev/reload": "GET",
    "/gradio_api/file/{path:path}": "GET",
    "/gradio_api/file={path_or_url:path}": "GET HEAD",
    "/gradio_api/heartbeat/{session_hash}": "GET",
    "/gradio_api/info/": "GET",
    "/gradio_api/login_check": "GET",
    "/gradio_api/login_check/": "GET",
    "/gradio_api/openapi.json": "GET",
    "/gradio_api/process_recording": "POST",
    "/gradio_api/proxy={url_path:path}": "GET HEAD",
    "/gradio_api/queue/data": "GET",
    "/gradio_api/queue/join": "POST",
    "/gradio_api/queue/status": "GET",
    "/gradio_api/reset": "POST",
    "/gradio_api/reset/": "POST",
    "/gradio_api/run/{api_name}": "POST",
    "/gradio_api/run/{api_name}/": "POST",
    "/gradio_api/runs": "GET",
    "/gradio_api/runs/": "GET",
    "/gradio_api/startup-events": "GET",
    "/gradio_api/stream/{event_id}": "POST",
    "/gradio_api/stream/{event_id}/close": "POST",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file": "GET",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8": "GET",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}": "GET",
    "/gradio_api/theme.css": "GET",
    "/gradio_api/token": "GET",
    "/gradio_api/token/": "GET",
    "/gradio_api/undo-vibe-edit": "POST",
    "/gradio_api/undo-vibe-edit/": "POST",
    "/gradio_api/upload": "POST",
    "/gradio_api/upload_progress": "GET",
    "/gradio_api/user": "GET",
    "/gradio_api/user/": "GET",
    "/gradio_api/vibe-code": "GET POST",
    "/gradio_api/vibe-code/": "GET POST",
    "/gradio_api/vibe-edit": "POST",
    "/gradio_api/vibe-edit/": "POST",
    "/gradio_api/vibe-starter-queries": "POST",
    "/gradio_api/vibe-starter-queries/": "POST",
    "/library/": "GET",
    "/inside/": "GET",
    "/login": "POST",
    "/login/": "POST",
    "/logout": "GET",
    "/train/": "GET",
    "/match/": "GET",
    "/monitoring": "GET",
    "/monitoring/summary": "GET",
    "/monitoring/{key}": "GET",
    "/openapi.json": "GET HEAD",
    "/pwa_icon": "GET",
    "/pwa_icon/{size}": "GET",
    "/robots.txt": "GET",
    "/svelte/{path:path}": "GET",
}
"""Path template → methods that are closed. A new route of the shell belongs here or into `OPEN`."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with page(tmp_path_factory.mktemp("guard") / "library") as made:
        yield made


@pytest.fixture
def client(shown: Page) -> TestClient:
    return TestClient(shown.app, base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


def routes(among: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in among:
        if isinstance(route, Mount):
            yield from routes(route.routes, prefix + route.path)
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router.routes, prefix)
        else:
            yield from ((prefix + route.path, method) for method in route.methods)


def closed() -> set[tuple[str, str]]:
    return {(path, method) for path, methods in CLOSED.items() for method in methods.split()}


def opened() -> set[tuple[str, str]]:
    return {(path, method) for path, door in doors.OPEN.items() for method in door.methods}


def test_no_gradio_with_a_known_hole_can_be_installed() -> None:
    lines = metadata.requires("vladva") or []
    wanted = next(req for req in map(Requirement, lines) if req.name == "gradio")
    assert metadata.version("gradio") in wanted.specifier
    for holed in ("6.0.0", "6.6.0", "6.14.0", "6.24.0"):  # CVE-2026-28414, -28415, -28416 and on
        assert holed not in wanted.specifier


def test_every_route_has_a_decision_about_access(shown: Page) -> None:
    there = set(routes(shown.app.routes))
    assert there - opened() == closed()
    assert opened() <= there


def test_closed_doors_are_closed(client: TestClient) -> None:
    for template, method in closed():
        path = template.replace("{", "").replace("}", "").replace(":path", "")
        status = client.request(method, path).status_code
        assert status in {404, 405}, (method, path)


def test_the_pages_are_open(client: TestClient) -> None:
    for path in ("/", "/match", "/library", "/own/main.js", "/theme.css", "/favicon.ico"):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.2", "", "["])
def test_another_host_name_gets_nothing(client: TestClient, host: str) -> None:
    for path in ("/", "/api/status", "/own/main.js"):
        assert client.get(path, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:7860"]
)
def test_another_origin_gets_nothing(client: TestClient, shown: Page, origin: str) -> None:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        refused = client.request(method, "/api/index", headers={"Origin": origin})
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
    assert not shown.indexing.report.running


def test_a_browser_that_says_it_asks_for_another_site_gets_nothing(client: TestClient) -> None:
    for site in ("cross-site", "same-site"):
        refused = client.get("/api/status", headers={"Sec-Fetch-Site": site})
        assert refused.status_code == 403
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/", headers={**visit, "Sec-Fetch-Dest": "document"}).status_code == 200
    assert client.get("/", headers={**visit, "Sec-Fetch-Dest": "iframe"}).status_code == 403


def test_the_page_itself_may_ask(client: TestClient) -> None:
    ours = {"Origin": "http://127.0.0.1:7860", "Sec-Fetch-Site": "same-origin"}
    assert client.get("/api/status", headers=ours).status_code == 200


def test_a_terminal_of_another_library_is_sent_away(client: TestClient, shown: Page) -> None:
    assert client.get("/api/status", headers={TOKEN_HEADER: "another"}).status_code == 403
    assert client.get("/api/status", headers={TOKEN_HEADER: shown.token}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/own/..%2f__main__.py",
        "/own/%2e%2e/__main__.py",
        "/own//etc/passwd",
        "/own/..%5c..%5cboot.ini",
        "/own/main.js%00",
        "/static/%2e%2e/%2e%2e/%2e%2e/routes.py",
        "/assets/..%2f..%2f..%2f..%2froutes.py",
        "/assets//etc/passwd",
        "/own/C:%5cboot.ini",
    ],
)
def test_no_path_climbs_out(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in {400, 404}


def test_every_reply_forbids_what_a_browser_need_not_do(client: TestClient) -> None:
    for path in ("/", "/own/main.js", "/nowhere"):
        headers = client.get(path).headers
        for name, value in guard.HEADERS.items():
            assert headers[name] == value
    policy = guard.HEADERS["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy


def test_an_answer_that_is_opened_as_a_page_may_do_nothing(client: TestClient) -> None:
    for path in ("/api/status", "/api/preview/4", "/api/thumb/none", "/gradio_api/info"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"] == guard.DATA_POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in guard.DATA_POLICY


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: TestClient) -> None:
    for path, door in doors.OPEN.items():
        for method in door.methods & {"POST", "DELETE"}:
            length = {"Content-Length": str(door.max_body + 1)}
            target = path.replace("{api_name}", "search").replace("{", "").replace("}", "")
            assert client.request(method, target, headers=length).status_code == 413, path


def test_a_body_without_a_length_is_refused_where_it_becomes_too_large(
    client: TestClient, shown: Page
) -> None:
    headers = {"Content-Type": "application/json"}
    parts = iter([b"[" * 10_000] * 100)
    refused = client.post("/api/index", content=parts, headers=headers)
    assert refused.status_code == 413
    assert not shown.indexing.report.running


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "\u0661".encode()])
def test_a_length_that_is_none_is_refused(client: TestClient, length: str | bytes) -> None:
    assert client.post("/api/index", headers={"Content-Length": length}).status_code == 400


def test_the_page_names_no_font_or_script_from_elsewhere(client: TestClient) -> None:
    for path in ("/", "/match", "/library", "/theme.css"):
        text = client.get(path).text
        for stranger in ("fonts.googleapis", "fonts.gstatic", "cdnjs", "jsdelivr", "unpkg"):
            assert stranger not in text
