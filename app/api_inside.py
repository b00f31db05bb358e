"""The routes of the page that looks into the model: one input, and a comparison of prompts.

Refuses to know who may ask (`guard`) and what is looked at (`looking`, `comparing`).
"""

from pathlib import PurePath
from typing import Annotated, Literal

from fastapi import APIRouter, File, Query, Response, UploadFile
from pydantic import BaseModel, Field

from vladva.app import photos
from vladva.app.api_json import Json
from vladva.app.api_search import MAX_PIXELS, MAX_QUERY
from vladva.app.comparing import Comparing
from vladva.app.looking import Looking
from vladva.app.session import Session
from vladva.errors import ConfigError
from vladva.images import open_image

MAX_COMPARED = 500
"""Pictures of a comparison: `vladva prompts --limit` takes more."""


class Compared(BaseModel):
    """What prompt pairs shall be compared on."""

    where: Literal["library", "drawn"] = "drawn"
    limit: int = Field(default=40, ge=2, le=MAX_COMPARED)


def add_inside(router: APIRouter, session: Session) -> None:
    """`/inside` and `/inside/prompts`."""
    looking = Looking(session)

    @router.get("/inside")
    def facts() -> Response:
        return Json(looking.facts())

    @router.post("/inside")
    def look(
        image: Annotated[UploadFile | None, File()] = None,
        text: Annotated[str, Query(max_length=MAX_QUERY)] = "",
        photo: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        if image is not None:
            name = PurePath(image.filename or "").name or "picture"
            return Json(looking.picture(name, open_image(image.file.read(), max_pixels=MAX_PIXELS)))
        if photo:
            return _of_library(session, looking, photo)
        if not text.strip():
            raise ConfigError("Nothing was given.", "Choose a picture, or type a text.")
        return Json(looking.text(text.strip()))

    _add_prompts(router, Comparing(session))


def _of_library(session: Session, looking: Looking, photo: str) -> Response:
    real = photos.real_path(session, photo)
    if real is None:
        return Json({"message": "No such photo.", "hint": "It may have left the library."}, 404)
    return Json(looking.picture(real.name, open_image(real)))


def _add_prompts(router: APIRouter, comparing: Comparing) -> None:
    @router.get("/inside/prompts")
    def state() -> Response:
        return Json(comparing.as_json())

    @router.post("/inside/prompts")
    def start(wanted: Compared) -> Response:
        comparing.start(wanted.where, wanted.limit)
        return Json(comparing.as_json(), 202)

    @router.delete("/inside/prompts")
    def stop() -> Response:
        comparing.stop()
        return Json(comparing.as_json())
