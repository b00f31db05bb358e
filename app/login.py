"""The way in where the page has a password: the login page, cookies, and whose guess is next.

A cookie is a random word that this process knows; it ends with the process, or after `LASTS_S`.
Refuses to know where a password comes from (`password`) and which doors ask for one (`doors`).
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from html import escape
from math import ceil
from pathlib import Path
from string import Template
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from vladva.app import password as passwords
from vladva.app import ui_words
from vladva.app.guesses import Guesses

COOKIE = "vladva"
LASTS_S = 7 * 24 * 3600
MOST_IN = 1000
"""Cookies at a time; the oldest goes."""
PAGE = Path(__file__).parent / "static" / "login.html"


class Login:
    """Who is in. `kept` is the password's hash. Threads may share it."""

    def __init__(self, kept: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept = kept
        self._clock = clock
        self._guesses = Guesses(clock)
        self._gate = threading.Lock()
        self._one = threading.Lock()
        self._until: dict[bytes, float] = {}

    def enter(self, password: str, address: str) -> str | float:
        """A guess from an address → a cookie, or the seconds until the next guess (0: wrong)."""
        wait = self._guesses.take(address)
        if wait > 0:
            return wait
        with self._one:  # a hash takes memory: guesses in a crowd must not take all of it
            if not passwords.matches(password, self._kept):
                return 0.0
        self._guesses.forgive(address)
        cookie = secrets.token_urlsafe(32)
        with self._gate:
            while len(self._until) >= MOST_IN:
                del self._until[next(iter(self._until))]
            self._until[_digest(cookie)] = self._clock() + LASTS_S
        return cookie

    def knows(self, cookie: str | None) -> bool:
        """Whether whoever shows this is in. Looked up by digest: its time tells nothing."""
        if not cookie:
            return False
        with self._gate:
            return self._clock() < self._until.get(_digest(cookie), 0.0)

    def leave(self, cookie: str | None) -> None:
        """A cookie is worth nothing any more."""
        with self._gate:
            self._until.pop(_digest(cookie or ""), None)


def routes(login: Login | None) -> APIRouter:
    """`/session`: the page that asks, the answer to it (`POST`), and the way out (`DELETE`).

    And `/api/login`: whether there is a password to say, for the page's button.
    """
    router = APIRouter()

    @router.get("/api/login")
    def has_password() -> dict[str, bool]:
        return {"password": login is not None}

    @router.get("/session")
    def ask() -> Response:
        return RedirectResponse("/", 303) if login is None else _page("/", "", 200)

    @router.post("/session")
    def enter(
        request: Request,
        password: Annotated[str, Form(max_length=passwords.LONGEST)],
        to: Annotated[str, Form(max_length=4096)] = "/",
    ) -> Response:
        if login is None:
            return RedirectResponse("/", 303)
        found = login.enter(password, request.client.host if request.client else "")
        if not isinstance(found, str):
            return _refused(found, to)
        reply = RedirectResponse(own_path(to), 303)
        _set(reply, found, LASTS_S, request)
        return reply

    @router.delete("/session")
    def leave(request: Request) -> Response:
        if login is not None:
            login.leave(request.cookies.get(COOKIE))
        reply = Response(status_code=204)
        _set(reply, "", 0, request)
        return reply

    return router


def login_page(to: str, refusal: str = "") -> str:
    """The page that asks for the password, and goes on to `to`."""
    template = Template(PAGE.read_text(encoding="utf-8"))
    return template.substitute(to=escape(own_path(to)), refusal=escape(refusal), **ui_words.LOGIN)


def own_path(text: str) -> str:
    """A path of this page; anything that a browser might take for another site is `/`."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    is_plain = text.isascii() and text.isprintable() and "\\" not in text
    return text if is_ours and is_plain and not text.startswith("//") else "/"


def _refused(wait: float, to: str) -> Response:
    if wait == 0:
        return _page(to, ui_words.WRONG, 401)
    reply = _page(to, ui_words.too_many(ceil(wait)), 429)
    reply.headers["Retry-After"] = str(ceil(wait))
    return reply


def _page(to: str, refusal: str, status: int) -> Response:
    return HTMLResponse(login_page(to, refusal), status, {"Cache-Control": "no-store"})


def _set(reply: Response, cookie: str, seconds: int, request: Request) -> None:
    reply.set_cookie(
        COOKIE,
        cookie,
        max_age=seconds,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).digest()
