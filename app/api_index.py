"""The routes of the library: its state, its run, its folders, and what could not be indexed.

Refuses to know who may ask (`doors`) and how a run works (`jobs`).
"""

from pathlib import Path

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from vladva.app.api_json import Json
from vladva.app.folders import folder_at
from vladva.app.jobs import Indexing
from vladva.app.page_state import page_state, pulse
from vladva.app.session import Session
from vladva.indexes.forget import forgettable

LONGEST_PATH = 4_096


class Folder(BaseModel):
    """What to index: a folder by its path, the drawn demo, or (neither) all known folders.

    `model`: the encoder of a library that has none yet; empty for the best that is here.
    """

    folder: str = Field("", max_length=LONGEST_PATH)
    demo: bool = False
    model: str = Field("", max_length=LONGEST_PATH)


class Root(BaseModel):
    """A folder of the library."""

    folder: str = Field(min_length=1, max_length=LONGEST_PATH)


class Pace(BaseModel):
    """The part of the time that may be worked."""

    share: float = Field(gt=0, le=1)


class Reason(BaseModel):
    """Why files could not be indexed, as the state tells it; empty for whatever reason."""

    reason: str = Field("", max_length=LONGEST_PATH)


def add_index(router: APIRouter, session: Session, indexing: Indexing) -> None:
    """`/status`, `/index` and what is below it, `/forget`, `/failures/retry`."""
    _add_run(router, session, indexing)
    _add_pace(router, session, indexing)

    @router.get("/status")
    def status() -> Response:
        return Json(page_state(session, indexing.report))

    @router.post("/forget")
    def forget(root: Root) -> Response:
        forgettable(session.library, root.folder)  # else an error that names the folders
        indexing.forget(Path(root.folder))
        return Json(pulse(session, indexing.report), 202)

    @router.post("/failures/retry")
    def retry(wanted: Reason) -> Response:
        failures = session.library.failures()
        again = [bad.path for bad in failures if wanted.reason in ("", bad.reason)]
        session.library.forgive(again)
        indexing.refresh()
        return Json({**pulse(session, indexing.report), "again": len(again)}, 202)


def _add_run(router: APIRouter, session: Session, indexing: Indexing) -> None:
    @router.get("/index")
    def progress() -> Response:
        return Json(pulse(session, indexing.report))

    @router.post("/index")
    def index(wanted: Folder) -> Response:
        if wanted.demo:
            indexing.demo()
        elif wanted.folder.strip():
            indexing.index(folder_at(wanted.folder), wanted.model)
        else:
            indexing.refresh()
        return Json(pulse(session, indexing.report), 202)

    @router.delete("/index")
    def stop() -> Response:
        indexing.stop()
        return Json(pulse(session, indexing.report))


def _add_pace(router: APIRouter, session: Session, indexing: Indexing) -> None:
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
