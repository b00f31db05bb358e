"""The routes of saved searches: their list, one more, one less.

Refuses to know who may ask (`doors`) and where they lie (`indexes.saved`).
"""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from vladva.app.api_json import Json
from vladva.app.session import Session
from vladva.indexes.saved import Saved, SavedSearches, Sort

MAX_QUERY = 2_000


class Named(BaseModel):
    """A search and the name that it is kept by."""

    name: str = Field(max_length=200)
    query: str = Field(max_length=MAX_QUERY)
    sort: Sort = "relevance"


def add_saved(router: APIRouter, session: Session) -> None:
    """`/saved`. A name may hold a slash, so no address is made of it."""

    @router.get("/saved")
    def saved() -> Response:
        return Json([_row(one) for one in SavedSearches(session.library).all()])

    @router.post("/saved")
    def save(named: Named) -> Response:
        kept = SavedSearches(session.library).save(named.name, named.query, sort=named.sort)
        return Json(_row(kept), 201)

    @router.delete("/saved")
    def remove(name: str) -> Response:
        return Json(_row(SavedSearches(session.library).remove(name)))


def _row(one: Saved) -> dict[str, str]:
    return {"name": one.name, "query": one.query, "sort": one.sort}
