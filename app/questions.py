"""The three questions of other programs, checked: search, similar, match. They only read.

Plain values in and out, so that any way of asking (`ui_endpoints`, `mcp_door`) gives the same
answers. Refuses to know how a program asks, and who may.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from vladva.app.answers import Answer
from vladva.app.json_text import to_json
from vladva.app.photos import real_path
from vladva.app.session import Session
from vladva.app.wish import Wish
from vladva.errors import ConfigError
from vladva.images import open_image

MOST = 200
MAX_QUERY = 2_000
MAX_TEXTS = 2_000
MAX_PIXELS = 50_000_000


def search(session: Session, query: str, limit: int) -> dict[str, Any]:
    """Photos for words: the object of `search --json`, a hit with its `id`.

    This and the others raise a `VladvaError` where the question cannot be answered.
    """
    return _valid_json(session.find(Wish(words=_short(query), limit=_few(limit))))


def similar(session: Session, photo_id: str, limit: int) -> dict[str, Any]:
    """Photos that resemble one of the library, named by the `id` of a hit."""
    return _valid_json(session.find(Wish(like=(_short(photo_id),), limit=_few(limit))))


def match(
    session: Session, picture: str, texts: Sequence[str] | None, limit: int
) -> dict[str, Any]:
    """Texts for a picture: the given ones, or (None) the captions of the library.

    `picture`: the `id` of a hit, or the bytes of a picture file in base64.
    """
    few = _few(limit)
    if texts is not None and (len(texts) > MAX_TEXTS or any(len(t) > MAX_QUERY for t in texts)):
        raise ConfigError(
            f"At most {MAX_TEXTS:,} texts of at most {MAX_QUERY:,} characters.", "Leave some out."
        )
    given = None if texts is None else [_valid(text) for text in texts]
    known = real_path(session, picture) if len(picture) < 100 else None
    image = open_image(known or _decoded(picture), max_pixels=MAX_PIXELS)
    return _valid_json(session.match("", image, given, few))


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


def _valid_json(answer: Answer) -> dict[str, Any]:
    """The answer as values that any JSON can hold.

    A file name that is no valid Unicode: its odd bytes are told as question marks.
    """
    plain = json.loads(to_json(answer))
    valid = json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")
    told: dict[str, Any] = json.loads(valid)
    return told
