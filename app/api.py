"""The JSON routes of the page: questions in, answers of `answers` out, errors as words.

Refuses to know who may ask (`guard`) and how a question is answered (`session`).
"""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Path as ApiPath

from vladva.app import photos
from vladva.app.api_adapters import add_adapters
from vladva.app.api_encoder import add_encoder
from vladva.app.api_fetch import add_fetch
from vladva.app.api_folders import add_folders
from vladva.app.api_index import add_index
from vladva.app.api_inside import add_inside
from vladva.app.api_json import Json
from vladva.app.api_marks import add_marks
from vladva.app.api_saved import add_saved
from vladva.app.api_search import add_questions
from vladva.app.api_train import add_training
from vladva.app.download import Download
from vladva.app.jobs import Indexing
from vladva.app.originals import add_originals
from vladva.app.runs import Runs
from vladva.app.session import Session
from vladva.errors import ConfigError, ImageError, LibraryError, ModelError, VladvaError

STATUS: dict[type[VladvaError], int] = {
    ImageError: 415,
    LibraryError: 409,
    ModelError: 503,
    ConfigError: 400,
}


def routes(session: Session, indexing: Indexing, runs: Runs) -> APIRouter:
    """Every route under `/api`."""
    router = APIRouter(prefix="/api", default_response_class=Json)
    add_questions(router, session)
    add_saved(router, session)
    add_marks(router, session)
    add_inside(router, session)
    _add_photos(router, session)
    add_originals(router, session)
    add_index(router, session, indexing)
    add_encoder(router, session, indexing)
    add_fetch(router, Download())
    add_folders(router, session)
    add_training(router, session, runs)
    add_adapters(router, session)
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
