"""The border of the page: who may knock at which door, and what a reply may make a browser do.

A request passes when it calls us by our own name, does not come on behalf of another site, knocks
at an open door (`doors`), and, where the page has a password, comes from someone who said it
(`login`). Refuses to know what stands behind a door.
"""

from dataclasses import dataclass
from secrets import compare_digest
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vladva.app.doors import Door, Who, doors_at
from vladva.app.hosts import Hosts
from vladva.app.login import COOKIE, Login, login_page
from vladva.app.remote import TOKEN_HEADER

HEADERS = {
    # Scripts and styles of the shell stand inline in its page; nothing may come from elsewhere.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; font-src 'self' data:; "
        "connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; object-src 'none'; "
        "frame-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with it a browser says of the page's own form that it comes from nowhere.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
DATA_POLICY = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
"""What a picture or an answer may do where a browser is made to open it as a page: nothing."""


LONGEST_NAME = 200


@dataclass(frozen=True)
class Refusal:
    """Why a request goes no further."""

    status: int
    message: str
    page: str = ""
    """What a person sees instead of the message, as HTML."""


class Guard:
    """The border as ASGI middleware. `login` None: the page has no password."""

    def __init__(
        self, app: ASGIApp, token: str, hosts: Hosts | None = None, login: Login | None = None
    ) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = hosts or Hosts()
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # nothing here speaks WebSocket
            await send({"type": "websocket.close", "code": 1008})
            return
        is_data = scope["path"].startswith(("/api/", "/gradio_api/", "/mcp"))
        sent = _with_headers(send, is_data=is_data)
        refusal = self.refusal(scope) or await self._passed(scope, receive, sent)
        if refusal is not None:
            await _told(refusal)(scope, receive, sent)

    def refusal(self, scope: Scope) -> Refusal | None:
        """Why this request may not pass, or None."""
        headers = Headers(scope=scope)
        return (
            self._stranger(scope, headers)
            or _closed(scope["path"], scope["method"], headers)
            or self._outside(scope, headers)
        )

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> Refusal | None:
        """The application's answer; not where the body turned out to be too large."""
        body, begun = _Body(receive, _door(scope).max_body), False

        async def answered(message: Message) -> None:
            nonlocal begun
            if begun or not body.is_too_large:
                begun = True
                await send(message)

        try:
            await self._app(scope, body, answered)
        except Exception:
            if begun or not body.is_too_large:
                raise
        return _too_large(body.most) if body.is_too_large and not begun else None

    def _stranger(self, scope: Scope, headers: Headers) -> Refusal | None:
        if not self._hosts.know(headers.get("host", "")):
            return Refusal(403, "This page does not go by that name. `vladva ui --called NAME`?")
        token = headers.get(TOKEN_HEADER)
        if token is not None and not self._is_ours(token):
            return Refusal(403, "This page has another library.")
        if _comes_from_elsewhere(scope["scheme"], headers):
            return Refusal(403, "Another site may not ask this page.")
        return None

    def _outside(self, scope: Scope, headers: Headers) -> Refusal | None:
        """Whoever has not said the password, at a door that asks for it."""
        if self._login is None or _door(scope).who is Who.ANYONE:
            return None
        if TOKEN_HEADER in headers:  # `_stranger` has looked at it: a terminal of this library
            return None
        if self._login.knows(cookie_parser(headers.get("cookie", "")).get(COOKIE)):
            return None
        page = login_page(_address(scope)) if _is_visit(headers) else ""
        return Refusal(401, "This page has a password.", page)

    def _is_ours(self, token: str) -> bool:
        return compare_digest(token.encode("utf-8", "surrogateescape"), self._token)


class TooMuch(Exception):
    """A body that went on for longer than it may."""


class _Body:
    """A body that ends where it is too long, also one that says no length beforehand."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.most = most
        self.is_too_large = False
        self._receive = receive
        self._taken = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self._taken > self.most:
            self.is_too_large = True
            raise TooMuch
        return message


def _closed(path: str, method: str, headers: Headers) -> Refusal | None:
    parts = path.split("/")
    if "\\" in path or "\0" in path or "//" in path or ".." in parts:
        return Refusal(400, "No such path.")
    if max(map(len, parts)) > LONGEST_NAME:  # no file has it, and asking for it is an error
        return Refusal(400, "No such path.")
    found = doors_at(path)
    if not found:
        return Refusal(404, "No such page.")
    door = next((door for door in found if method in door.methods), None)
    if door is None:
        return Refusal(405, "Not that way.")
    length = headers.get("content-length") or "0"
    if not (length.isascii() and length.isdigit()):
        return Refusal(400, "That is no length.")
    return _too_large(door.max_body) if int(length) > door.max_body else None


def _door(scope: Scope) -> Door:
    """The door of a request that `_closed` had no word against."""
    return next(door for door in doors_at(scope["path"]) if scope["method"] in door.methods)


def _too_large(most: int) -> Refusal:
    return Refusal(413, f"A request here brings {most:,} bytes at most.")


def _told(refusal: Refusal) -> Response:
    headers = {"Cache-Control": "no-store"}
    if refusal.page:
        return HTMLResponse(refusal.page, refusal.status, headers)
    return JSONResponse({"message": refusal.message, "hint": ""}, refusal.status, headers)


def _with_headers(send: Send, *, is_data: bool) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            if is_data:
                headers["Content-Security-Policy"] = DATA_POLICY
        await send(message)

    return sent


def _address(scope: Scope) -> str:
    """Path and query, as a browser would ask again."""
    query = scope.get("query_string", b"").decode("latin-1")
    return quote(scope["path"]) + (f"?{query}" if query else "")


def _is_visit(headers: Headers) -> bool:
    """Whether a person opens a page, rather than a page asking for a part of itself."""
    return headers.get("sec-fetch-dest", "document") == "document" and (
        "text/html" in headers.get("accept", "")
    )


def _comes_from_elsewhere(scheme: str, headers: Headers) -> bool:
    """Whether a browser sends this on behalf of another site.

    Following a link to the page itself is allowed; everything else from elsewhere is not.
    """
    origin = headers.get("origin")
    if origin is not None and origin != f"{scheme}://{headers['host']}":
        return True
    site = headers.get("sec-fetch-site", "none")
    is_visit = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == (
        "document"
    )
    return site not in {"none", "same-origin"} and not is_visit
