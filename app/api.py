"""The JSON routes of the page: questions in, answers of `answers` out, errors as words.

Refuses to know who may ask (`guard`) and how a question is answered (`session`).
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Query, Request, Response, UploadFile
from fastapi import Path as ApiPath
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from vladva.app import photos
from vladva.app.answers import to_json
from vladva.app.jobs import Indexing
from vladva.app.page_state import page_state, pulse
from vladva.app.session import Session
from vladva.errors import ConfigError, ImageError, LibraryError, ModelError, VladvaError
from vladva.images import open_image

MAX_QUERY = 2_000
MAX_TEXTS = 2_000
MAX_PIXELS = 50_000_000
"""Of a picture that a browser brings along."""
STATUS: dict[type[VladvaError], int] = {
    ImageError: 415,
    LibraryError: 409,
    ModelError: 503,
    ConfigError: 400,
}
Limit = Annotated[int, Query(ge=1, le=10_000)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]


class Json(JSONResponse):
    """JSON that survives file names that are no valid Unicode."""

    def render(self, content: Any) -> bytes:
        """Value → body."""
        return to_json(content).encode("utf-8")


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
    _add_questions(router, session)
    _add_photos(router, session)
    _add_library(router, session, indexing)
    return router


def told(_request: Request, error: Exception) -> Response:
    """An error of the tree as a status and words."""
    assert isinstance(error, VladvaError)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    return Json({"message": error.message, "hint": error.hint}, status)


def _add_questions(router: APIRouter, session: Session) -> None:
    @router.get("/search")
    def by_text(
        q: Annotated[str, Query(min_length=1, max_length=MAX_QUERY)],
        limit: Limit = 60,
        offset: Offset = 0,
        by: Literal["", "clip-mini"] = "",
    ) -> Response:
        return Json(session.by_text(q, limit, offset, by))

    @router.post("/search")
    def by_image(
        image: Annotated[UploadFile, File()],
        limit: Limit = 60,
        offset: Offset = 0,
        path: str | None = None,
    ) -> Response:
        picture = open_image(image.file.read(), max_pixels=MAX_PIXELS)
        return Json(session.by_image(picture, limit, offset, path))

    @router.get("/similar/{photo_id}")
    def by_id(photo_id: str, limit: Limit = 60, offset: Offset = 0) -> Response:
        return Json(session.by_id(photo_id, limit, offset))

    @router.post("/match")
    def match(
        image: Annotated[UploadFile, File()],
        texts: Annotated[UploadFile | None, File()] = None,
        limit: Limit = 20,
        path: str = "",
    ) -> Response:
        picture = open_image(image.file.read(), max_pixels=MAX_PIXELS)
        return Json(session.match(path, picture, _lines(texts), limit))


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
