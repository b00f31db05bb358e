"""The routes of marks: what a person says of one photo under the words that found it.

Refuses to know who may ask (`doors`) and where marks lie (`marking`).
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from vladva.app.api_json import Json
from vladva.app.marking import Said, mark_content, said_of
from vladva.app.session import Session
from vladva.errors import LibraryError

MAX_QUERY = 2_000
Words = Annotated[str, Query(max_length=MAX_QUERY)]


class Mark(BaseModel):
    """What is said; None takes it back."""

    query: str = Field(max_length=MAX_QUERY)
    mark: Said | None


def add_marks(router: APIRouter, session: Session) -> None:
    """`/marks/{photo_id}`: read (`GET`) and set (`PUT`)."""

    @router.get("/marks/{photo_id}")
    def said(photo_id: str, q: Words) -> Response:
        photo = session.photo(photo_id)  # of one that is gone nothing is said
        return Json({"mark": photo and said_of(session.library, q, photo.content)})

    @router.put("/marks/{photo_id}")
    def say(photo_id: str, mark: Mark) -> Response:
        mark_content(session.library, mark.query, _content(session, photo_id), mark.mark)
        return Json({"mark": mark.mark})


def _content(session: Session, photo_id: str) -> str:
    photo = session.photo(photo_id)
    if photo is None:
        raise LibraryError(
            "This photo is not in the library any more.", "Search again, or index its folder."
        )
    return photo.content
