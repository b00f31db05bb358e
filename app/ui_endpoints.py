"""Search, match and similar for other programs, as endpoints of the shell: they only read.

    ask=http://127.0.0.1:7860/gradio_api/call/search
    curl $ask -H 'Content-Type: application/json' -d '{"data": ["a red car", 5]}'  → an event_id
    curl $ask/EVENT_ID                                            → event: complete, data: [answer]

`/gradio_api/info` describes them. Answers are those of `/api`. Refuses to know pages, and who may
ask (`guard`).
"""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.events import api

from vladva.app.answers import Answer
from vladva.app.json_text import to_json
from vladva.app.photos import real_path
from vladva.app.session import Session
from vladva.app.wish import Wish
from vladva.errors import ConfigError, VladvaError
from vladva.images import open_image

MOST = 200
MAX_QUERY = 2_000
MAX_TEXTS = 2_000
MAX_PIXELS = 50_000_000
WAITING = 32
"""Questions that may wait for their turn; the next one is sent away."""


def add(session: Session) -> None:
    """Inside a layout: the three endpoints. One at a time, as they share one model."""

    def search(query: str, limit: int = 20) -> dict[str, Any]:
        """Photos for words, in the query language of `vladva search`."""
        return _told(lambda: session.find(Wish(words=_short(query), limit=_few(limit))))

    def similar(photo_id: str, limit: int = 20) -> dict[str, Any]:
        """Photos that resemble one of the library, named by the `id` of a hit."""
        return _told(lambda: session.find(Wish(like=(_short(photo_id),), limit=_few(limit))))

    def match(picture: str, texts: list[str] | None = None, limit: int = 20) -> dict[str, Any]:
        """Texts for a picture: the given ones, or (null) the captions of the library.

        `picture`: the `id` of a hit, or the bytes of a picture file in base64.
        """
        return _told(lambda: _matched(session, picture, texts, _few(limit)))

    for question in (search, similar, match):
        api(question, api_name=question.__name__, concurrency_limit=1, concurrency_id="model")


def _matched(session: Session, picture: str, texts: list[str] | None, limit: int) -> Answer:
    if texts is not None and (len(texts) > MAX_TEXTS or any(len(t) > MAX_QUERY for t in texts)):
        raise ConfigError(
            f"At most {MAX_TEXTS:,} texts of at most {MAX_QUERY:,} characters.", "Leave some out."
        )
    given = None if texts is None else [_valid(text) for text in texts]
    known = real_path(session, picture) if len(picture) < 100 else None
    image = open_image(known or _decoded(picture), max_pixels=MAX_PIXELS)
    return session.match("", image, given, limit)


def _decoded(picture: str) -> bytes:
    try:
        return base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigError(
            "The picture is neither the id of a photo of this library nor base64.",
            "The `id` of a hit, or the bytes of a picture file in base64.",
        ) from error


def _short(text: str) -> str:
    if not text.strip() or len(text) > MAX_QUERY:
        raise ConfigError(f"A question has 1 to {MAX_QUERY:,} characters.", "")
    return _valid(text)


def _valid(text: str) -> str:
    """JSON can say half a character; nothing behind here can read it."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ConfigError("The text is no valid Unicode.", "Say it in whole characters.") from error
    return text


def _few(limit: int) -> int:
    if not 1 <= limit <= MOST:
        raise ConfigError(f"The limit is {limit}.", f"A number from 1 to {MOST}.")
    return limit


def _told(answer: Callable[[], Answer]) -> dict[str, Any]:
    """The answer as values that any JSON can hold, or an error that the shell passes on."""
    try:
        text = to_json(answer())
    except VladvaError as error:
        raise gr.Error(f"{error.message} {error.hint}".strip(), print_exception=False) from error
    # A file name that is no valid Unicode: its odd bytes are told as question marks.
    valid = json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace")
    told: dict[str, Any] = json.loads(valid)
    return told
