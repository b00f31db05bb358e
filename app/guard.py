"""The border of the page: who may knock at which door, and what a reply may make a browser do.

Everything that is not an open door is closed: the sub-application under us brings dozens of
routes (uploads, a file server, a proxy) that this program does not want. Refuses to know what
stands behind a door.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vladva.app.remote import TOKEN_HEADER

OPEN: dict[str, frozenset[str]] = {
    template: frozenset(methods.split())
    for template, methods in {
        # pages and what they are made of
        "/": "GET HEAD",
        "/match": "GET",
        "/library": "GET",
        "/theme.css": "GET",
        "/favicon.ico": "GET",
        "/assets/{path:path}": "GET",
        "/static/{path:path}": "GET",
        "/own/{name}": "GET",
        # our own questions and answers
        "/api/search": "GET POST",
        "/api/similar/{photo_id}": "GET",
        "/api/match": "POST",
        "/api/thumb/{photo_id}": "GET",
        "/api/photo/{photo_id}": "GET",
        "/api/preview/{number}": "GET",
        "/api/status": "GET",
        "/api/index": "GET POST DELETE",
        "/api/index/pause": "POST",
        "/api/index/resume": "POST",
        "/api/index/throttle": "POST",
    }.items()
}
"""Path template → methods. `/assets` and `/static` are the shell's own files."""

HOSTS = frozenset({"127.0.0.1", "localhost"})
"""Names that a request may call us by: a page elsewhere that rebinds its name to us has another."""
MAX_BODY = 64 * 1024 * 1024
"""Bytes of one request: a picture and some texts."""

HEADERS = {
    # Scripts and styles of the shell stand inline in its page; nothing may come from elsewhere.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; font-src 'self' data:; "
        "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass(frozen=True)
class Refusal:
    """Why a request goes no further."""

    status: int
    message: str


class Guard:
    """The border as ASGI middleware."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token
        self._doors = [(compile_path(path)[0], methods) for path, methods in OPEN.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # nothing here speaks WebSocket
            await send({"type": "websocket.close", "code": 1008})
            return
        refusal = self.refusal(scope)
        if refusal is not None:
            await _refuse(refusal, scope, receive, _with_headers(send))
            return
        await self._app(scope, _counted(receive), _with_headers(send))

    def refusal(self, scope: Scope) -> Refusal | None:
        """Why this request may not pass, or None."""
        headers = Headers(scope=scope)
        return self._stranger(headers) or self._closed(scope["path"], scope["method"], headers)

    def _stranger(self, headers: Headers) -> Refusal | None:
        if not _is_loopback(headers.get("host", "")):
            return Refusal(403, "This page answers to 127.0.0.1 and localhost only.")
        if headers.get(TOKEN_HEADER, self._token) != self._token:
            return Refusal(403, "This page has another library.")
        if _comes_from_elsewhere(headers):
            return Refusal(403, "Another site may not ask this page.")
        return None

    def _closed(self, path: str, method: str, headers: Headers) -> Refusal | None:
        if "\\" in path or "\0" in path or "//" in path or ".." in path.split("/"):
            return Refusal(400, "No such path.")
        allowed = [methods for door, methods in self._doors if door.match(path)]
        if not allowed:
            return Refusal(404, "No such page.")
        if not any(method in methods for methods in allowed):
            return Refusal(405, "Not that way.")
        if int(headers.get("content-length") or 0) > MAX_BODY:
            return Refusal(413, f"More than {MAX_BODY // 2**20} MB.")
        return None


def _counted(receive: Receive) -> Receive:
    """A body that says no length beforehand ends where it is too long."""
    taken = 0

    async def received() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return message if taken <= MAX_BODY else {"type": "http.disconnect"}

    return received


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    body = {"message": refusal.message, "hint": ""}
    await JSONResponse(body, refusal.status)(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return sent


def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in HOSTS
    except ValueError:
        return False


def _comes_from_elsewhere(headers: Headers) -> bool:
    """Whether a browser sends this on behalf of another site.

    Following a link to the page itself is allowed; everything else from elsewhere is not.
    """
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{headers['host']}":
        return True
    site = headers.get("sec-fetch-site", "none")
    is_visit = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == (
        "document"
    )
    return site not in {"none", "same-origin"} and not is_visit
