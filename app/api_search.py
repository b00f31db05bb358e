"""The routes that answer questions: photos for words and pictures, texts for a picture.

Whoever goes away stops the second stage. Refuses to know who may ask (`guard`) and how a question
is answered (`session`).
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Query, Request, Response, UploadFile
from fastapi.concurrency import run_in_threadpool

from vladva.app.answers import Answer
from vladva.app.api_json import Json
from vladva.app.session import Session
from vladva.app.versus import Versus
from vladva.app.wish import Wish
from vladva.errors import ConfigError
from vladva.images import open_image

MAX_QUERY = 2_000
MAX_TEXTS = 2_000
MAX_PICTURES = 8
MAX_PIXELS = 50_000_000
"""Of a picture that a browser brings along."""
Limit = Annotated[int, Query(ge=1, le=10_000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]


def _wish(  # noqa: PLR0913 - one argument a parameter
    q: Annotated[str, Query(max_length=MAX_QUERY)] = "",
    *,
    like: Annotated[list[str] | None, Query(max_length=MAX_PICTURES)] = None,
    path: Annotated[list[str] | None, Query(max_length=MAX_PICTURES)] = None,
    limit: Limit = 60,
    offset: Offset = 0,
    sort: Literal["relevance", "date"] = "relevance",
    everything: Annotated[bool, Query(alias="all")] = False,
    fold: bool = True,
    whole: bool = False,
    verify: Annotated[int | None, Query(ge=0, le=1_000)] = None,
) -> Wish:
    return Wish(
        words=q,
        like=tuple(like or ()),
        paths=tuple(one for one in path or () if "\0" not in one),
        limit=limit,
        offset=offset,
        sort=sort,
        everything=everything,
        fold=fold,
        whole=whole,
        verify=verify,
    )


Wanted = Annotated[Wish, Depends(_wish)]


def add_questions(router: APIRouter, session: Session) -> None:
    """`/search`, `/versus`, `/similar/{id}` and `/match`."""

    @router.get("/search")
    async def by_words(
        request: Request, wish: Wanted, by: Literal["", "clip-mini"] = ""
    ) -> Response:
        return await _answered(request, lambda stop: session.find(_some(wish), stop, by))

    versus = Versus(session)

    @router.get("/versus")
    def by_both(wish: Wanted) -> Response:
        return Json(versus.ask(_some(wish)))

    @router.post("/search")
    async def by_pictures(
        request: Request, image: Annotated[list[UploadFile], File()], wish: Wanted
    ) -> Response:
        if len(image) > MAX_PICTURES:
            raise ConfigError(f"At most {MAX_PICTURES} pictures at once.", "Leave some out.")
        contents = [await one.read() for one in image]

        def find(stop: threading.Event) -> Answer:
            most = MAX_PIXELS // len(contents)  # of all together
            pictures = tuple(open_image(one, max_pixels=most) for one in contents)
            return session.find(replace(wish, pictures=pictures), stop)

        return await _answered(request, find)

    @router.get("/similar/{photo_id}")
    def similar(photo_id: str, limit: Limit = 60, offset: Offset = 0) -> Response:
        return Json(session.find(Wish(like=(photo_id,), limit=limit, offset=offset)))

    @router.post("/match")
    def match(
        image: Annotated[UploadFile, File()],
        texts: Annotated[UploadFile | None, File()] = None,
        limit: Limit = 20,
        path: str = "",
    ) -> Response:
        picture = open_image(image.file.read(), max_pixels=MAX_PIXELS)
        return Json(session.match(path, picture, _lines(texts), limit))


def _some(wish: Wish) -> Wish:
    if not wish.words.strip() and not wish.like:
        raise ConfigError("Nothing was asked.", "Say what to look for.")
    return wish


async def _answered(request: Request, work: Callable[[threading.Event], Answer]) -> Response:
    """The answer of `work` in a thread; its event is set once the asker has gone."""
    stop = threading.Event()
    watching = asyncio.create_task(_watch(request, stop))
    try:
        return Json(await run_in_threadpool(work, stop))
    finally:
        watching.cancel()


async def _watch(request: Request, stop: threading.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue
    stop.set()


def _lines(texts: UploadFile | None) -> list[str] | None:
    if texts is None:
        return None
    lines = [line.strip() for line in texts.file.read().decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > MAX_TEXTS or any(len(line) > MAX_QUERY for line in lines):
        raise ConfigError(
            f"At most {MAX_TEXTS:,} texts of at most {MAX_QUERY:,} characters.",
            "`vladva match --texts FILE` takes more.",
        )
    return lines
