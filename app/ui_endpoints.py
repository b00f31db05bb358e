"""Search, match and similar for other programs, as endpoints of the shell: they only read.

    ask=http://127.0.0.1:7860/gradio_api/call/search
    curl $ask -H 'Content-Type: application/json' -d '{"data": ["a red car", 5]}'  → an event_id
    curl $ask/EVENT_ID                                            → event: complete, data: [answer]

`/gradio_api/info` describes them. Answers are those of `/api`. Refuses to know pages, what makes a
question (`questions`), and who may ask (`guard`).
"""

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.events import api

from vladva.app import questions
from vladva.app.session import Session
from vladva.errors import VladvaError

WAITING = 32
"""Questions that may wait for their turn; the next one is sent away."""


def add(session: Session) -> None:
    """Inside a layout: the three endpoints. One at a time, as they share one model."""

    def search(query: str, limit: int = 20) -> dict[str, Any]:
        """Photos for words, in the query language of `vladva search`."""
        return _told(lambda: questions.search(session, query, limit))

    def similar(photo_id: str, limit: int = 20) -> dict[str, Any]:
        """Photos that resemble one of the library, named by the `id` of a hit."""
        return _told(lambda: questions.similar(session, photo_id, limit))

    def match(picture: str, texts: list[str] | None = None, limit: int = 20) -> dict[str, Any]:
        """Texts for a picture: the given ones, or (null) the captions of the library.

        `picture`: the `id` of a hit, or the bytes of a picture file in base64.
        """
        return _told(lambda: questions.match(session, picture, texts, limit))

    for question in (search, similar, match):
        api(question, api_name=question.__name__, concurrency_limit=1, concurrency_id="model")


def _told(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer, or an error that the shell passes on."""
    try:
        return answer()
    except VladvaError as error:
        raise gr.Error(f"{error.message} {error.hint}".strip(), print_exception=False) from error
