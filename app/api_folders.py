"""The routes of the folder picker: where to begin, what is inside a folder, how many pictures.

Refuses to know who may ask (`doors`) and how folders are read (`folders`).
"""

import socket
from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from vladva.app.api_json import Json
from vladva.app.folders import count, folder_at, listing, places
from vladva.app.hosts import LOOPBACK
from vladva.app.session import Session


def add_folders(router: APIRouter, session: Session) -> None:
    """`/folders` and `/folders/pictures`."""

    @router.get("/folders")
    def folders(request: Request, path: str = "") -> Response:
        begin = places()
        shown = listing(session.library, folder_at(path or begin[0].path))
        rows = [asdict(place) for place in begin]
        return Json({**asdict(shown), "places": rows, "machine": _machine(request)})

    @router.get("/folders/pictures")
    def pictures(path: str) -> Response:
        return Json(asdict(count(folder_at(path))))


def _machine(request: Request) -> str:
    """The name of this machine for who looks at it from another one, else nothing."""
    return "" if (request.url.hostname or "") in LOOPBACK else socket.gethostname()
