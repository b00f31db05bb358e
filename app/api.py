"""The JSON routes of the page: questions in, answers of `answers` out, errors as words.

Refuses to know who may ask (`guard`) and how a question is answered (`session`).
"""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Path as ApiPath
from pydantic import BaseModel, Field

from vladva.app import photos
from vladva.app.api_json import Json
from vladva.app.api_saved import add_saved
from vladva.app.api_search import add_questions
from vladva.app.jobs import Indexing
from vladva.app.page_state import page_state, pulse
from vladva.app.session import Session
from vladva.errors import ConfigError, ImageError, LibraryError, ModelError, VladvaError

STATUS: dict[type[VladvaError], int] = {
    ImageError: 415,
    LibraryError: 409,
    ModelError: 503,
    ConfigError: 400,
}


class Folder(BaseModel):
    """What to index: a folder by its path, the drawn demo, or (neither) all known folders."""

    folder: str = ""
    demo: bool = False


class Pace(BaseModel):
    """The part of the time that may be worked."""

    share: float = Field(gt=0, le=1)


def routes(session: Session, indexing: Indexing) -> APIRouter:
    """Every route under `/api`."""
    router = APIRouter(prefix="/api", default_response_class=Json)
    add_questions(router, session)
    add_saved(router, session)
    _add_photos(router, session)
    _add_library(router, session, indexing)
    return router


def told(_request: Request, error: Exception) -> Response:
    """An error of the tree as a status and words."""
    assert isinstance(error, VladvaError)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    return Json({"message": error.message, "hint": error.hint}, status)


def _add_photos(router: APIRouter, session: Session) -> None:
    @router.get("/thumb/{photo_id}")
    def thumb(request: Request, photo_id: str) -> Response:
        return _picture(request, photos.thumb(session, photo_id))

    @router.get("/photo/{photo_id}")
    def photo(request: Request, photo_id: str) -> Response:
        return _picture(request, photos.original(session, photo_id))

    @router.get("/preview/{number}")
    def preview(number: Annotated[int, ApiPath(ge=0, lt=100)]) -> Response:
        headers = {"Cache-Control": "private, max-age=3600"}
        return Response(photos.drawn(number), media_type="image/jpeg", headers=headers)


def _picture(request: Request, picture: photos.Picture | None) -> Response:
    if picture is None:
        return Json({"message": "No such photo.", "hint": ""}, 404)
    headers = {"ETag": picture.etag, "Cache-Control": "private, max-age=60"}
    if request.headers.get("if-none-match") == picture.etag:
        return Response(status_code=304, headers=headers)
    return Response(picture.content, media_type=picture.media_type, headers=headers)


def _add_library(router: APIRouter, session: Session, indexing: Indexing) -> None:
    @router.get("/status")
    def status() -> Response:
        return Json(page_state(session, indexing.report))

    @router.get("/index")
    def progress() -> Response:
        return Json(pulse(session, indexing.report))

    @router.post("/index")
    def index(wanted: Folder) -> Response:
        if wanted.demo:
            indexing.demo()
        elif wanted.folder.strip():
            indexing.index(_folder(wanted.folder))
        else:
            indexing.refresh()
        return Json(pulse(session, indexing.report), 202)

    @router.delete("/index")
    def stop() -> Response:
        indexing.stop()
        return Json(pulse(session, indexing.report))

    @router.post("/index/pause")
    def pause() -> Response:
        indexing.pause()
        return Json(pulse(session, indexing.report))

    @router.post("/index/resume")
    def resume() -> Response:
        indexing.resume()
        return Json(pulse(session, indexing.report))

    @router.post("/index/throttle")
    def throttle(pace: Pace) -> Response:
        indexing.slow(pace.share)
        return Json(pulse(session, indexing.report))


def _folder(text: str) -> Path:
    path = Path(text.strip().strip("\"'")).expanduser()
    if not path.is_absolute():
        raise ConfigError("A folder by its whole path, please.", "Like /home/me/Pictures.")
    if not path.is_dir():
        raise ConfigError(f"There is no folder {path}.", "Check the spelling.")
    return path
