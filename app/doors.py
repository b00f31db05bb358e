"""The doors of the page: every path that answers, by which methods, to whom, for how large a body.

A path that is not here is closed: the sub-application under us brings dozens of routes (uploads, a
file server, a proxy) that this program does not want. Refuses to know what stands behind a door.
"""

from dataclasses import dataclass
from enum import Enum

from starlette.routing import compile_path

KB = 1024
MAX_PICTURES_BODY = 64 * KB * KB
ENDPOINTS = frozenset({"search", "similar", "match"})
"""What other programs may ask of the shell (`ui_endpoints`)."""
NO_NAMES: frozenset[str] = frozenset()


class Who(Enum):
    """Who may pass a door. Strangers (another site, another host name) pass none."""

    ANYONE = "files of this program, and the way in: nothing of the library"
    PERSON = "whoever said the password, or everybody on this machine where there is none"


@dataclass(frozen=True)
class Door:
    """Methods, who may come, and how many bytes a request may bring.

    `names`: what may stand in the path for `{api_name}`.
    """

    methods: frozenset[str]
    who: Who = Who.PERSON
    max_body: int = 64 * KB
    names: frozenset[str] = NO_NAMES


def _door(
    methods: str, who: Who = Who.PERSON, max_body: int = 64 * KB, names: frozenset[str] = NO_NAMES
) -> Door:
    return Door(frozenset(methods.split()), who, max_body, names)


OPEN: dict[str, Door] = {
    # pages and what they are made of
    "/": _door("GET HEAD"),
    "/match": _door("GET"),
    "/library": _door("GET"),
    "/train": _door("GET"),
    "/inside": _door("GET"),
    "/theme.css": _door("GET"),
    "/assets/{path:path}": _door("GET"),
    "/static/{path:path}": _door("GET"),
    "/favicon.ico": _door("GET", Who.ANYONE),
    "/manifest.json": _door("GET", Who.ANYONE),
    "/own/{name}": _door("GET", Who.ANYONE),
    # the way in and out, where the page has a password
    "/session": _door("GET POST DELETE", Who.ANYONE, max_body=8 * KB),
    # our own questions and answers
    "/api/search": _door("GET POST", max_body=MAX_PICTURES_BODY),
    "/api/versus": _door("GET"),
    "/api/similar/{photo_id}": _door("GET"),
    "/api/match": _door("POST", max_body=MAX_PICTURES_BODY),
    "/api/saved": _door("GET POST DELETE"),
    "/api/inside": _door("GET POST", max_body=MAX_PICTURES_BODY),
    "/api/inside/prompts": _door("GET POST DELETE"),
    "/api/train": _door("GET POST DELETE"),
    "/api/train/choices": _door("GET"),
    "/api/train/resume": _door("POST"),
    "/api/adapters": _door("GET"),
    "/api/adapters/use": _door("POST"),
    "/api/adapters/rollback": _door("POST"),
    "/api/adapters/delete": _door("POST"),
    "/api/marks/{photo_id}": _door("GET PUT"),
    "/api/login": _door("GET"),
    "/api/original/{photo_id}": _door("GET"),
    "/api/thumb/{photo_id}": _door("GET"),
    "/api/photo/{photo_id}": _door("GET"),
    "/api/preview/{number}": _door("GET"),
    "/api/status": _door("GET"),
    "/api/index": _door("GET POST DELETE"),
    "/api/index/pause": _door("POST"),
    "/api/index/resume": _door("POST"),
    "/api/index/throttle": _door("POST"),
    "/api/forget": _door("POST"),
    "/api/failures/retry": _door("POST"),
    "/api/fetch": _door("GET POST DELETE"),
    "/api/fetch/cost": _door("POST"),
    "/api/folders": _door("GET"),
    "/api/folders/pictures": _door("GET"),
    "/api/encoder": _door("GET POST DELETE"),
    "/api/encoder/cost": _door("POST"),
    "/api/encoder/measure": _door("POST"),
    # the same questions for other programs, as assistants and as the shell ask them
    "/mcp": _door("POST", max_body=16 * KB * KB),
    "/gradio_api/info": _door("GET"),
    "/gradio_api/call/{api_name}": _door("POST", max_body=16 * KB * KB, names=ENDPOINTS),
    "/gradio_api/call/{api_name}/{event_id}": _door("GET", names=ENDPOINTS),
}
"""Path template → door. `/assets` and `/static` are the shell's own files."""

_COMPILED = [(compile_path(path)[0], door) for path, door in OPEN.items()]


def doors_at(path: str) -> list[Door]:
    """The doors that a path may mean; none: it is closed."""
    found = [(pattern.match(path), door) for pattern, door in _COMPILED]
    return [
        door
        for match, door in found
        if match is not None and (not door.names or match["api_name"] in door.names)
    ]
