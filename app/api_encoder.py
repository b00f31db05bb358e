"""The routes of the encoder in use: what it could be instead, at which cost, and the change.

Refuses to know who may ask (`doors`), what a change takes (`choices`) and how it goes (`jobs`).
"""

from dataclasses import asdict

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from vladva.app.api_json import Json
from vladva.app.choices import choice, choices
from vladva.app.jobs import Indexing
from vladva.app.page_state import pulse
from vladva.app.rates import Rates
from vladva.app.session import Session
from vladva.app.sources import source_in_use
from vladva.errors import LibraryError, ModelError


class Model(BaseModel):
    """A preset, a hub id or a folder with a checkpoint."""

    model: str = Field(min_length=1, max_length=4_096)


def add_encoder(router: APIRouter, session: Session, indexing: Indexing) -> None:
    """`/encoder`, `/encoder/cost` and `/encoder/measure`."""
    library = session.library

    @router.get("/encoder")
    def offered() -> Response:
        return Json([asdict(one) for one in choices(library)])

    @router.post("/encoder/cost")
    def cost(wanted: Model) -> Response:
        return Json(asdict(choice(library, wanted.model)))

    @router.post("/encoder/measure")
    def measure(wanted: Model) -> Response:
        _check_here(session, wanted.model)
        if indexing.report.changing:
            raise LibraryError("A change is on its way.", "Measure when it has ended.")
        source = source_in_use(library, wanted.model)
        try:
            Rates(library).measure(session.next(source), source)
        finally:
            session.let_go()
        return Json(asdict(choice(library, wanted.model)))

    @router.post("/encoder")
    def change(wanted: Model) -> Response:
        _check_here(session, wanted.model)
        indexing.change(source_in_use(library, wanted.model))
        return Json(pulse(session, indexing.report), 202)

    @router.delete("/encoder")
    def keep() -> Response:
        indexing.keep()
        return Json(pulse(session, indexing.report))


def _check_here(session: Session, model: str) -> None:
    """A change fetches nothing: that is asked for by itself, by who has seen what it costs."""
    wanted = choice(session.library, model)
    if not wanted.here:
        raise ModelError(
            f"{wanted.model} is not on this machine yet.",
            "Fetch it first: on the page Library, Change the encoder, Download.",
        )
