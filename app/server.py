"""The page as one web server: our routes, the shell mounted beside them, the guard around both.

Listens on the loopback address only. Refuses to know pages and answers.
"""

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response

from vladva.app.api import routes, told
from vladva.app.guard import Guard
from vladva.app.jobs import Indexing
from vladva.app.session import Session
from vladva.errors import ConfigError, VladvaError

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
STATIC = Path(__file__).parent / "static"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
TRIED_PORTS = 20
STOP_S = 10.0
"""Seconds that a run in progress gets to make its last photos durable."""


def quiet() -> None:
    """Tell the shell and the model hub to send nothing anywhere; before either is imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


def build(session: Session, indexing: Indexing, token: str, on_stop: Callable[[], None]) -> FastAPI:
    """Everything under one roof. `token` is what a terminal has to show."""
    from vladva.app.ui_shell import mount

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        indexing.stop()
        indexing.wait(STOP_S)
        on_stop()

    app = FastAPI(
        title="VladVA", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.include_router(routes(session, indexing))
    app.add_exception_handler(VladvaError, told)
    _add_own_files(app)
    mount(app)
    app.add_middleware(Guard, token=token)
    return app


def _add_own_files(app: FastAPI) -> None:
    own = {file.name: file.read_bytes() for file in STATIC.iterdir() if file.suffix in MEDIA_TYPES}

    @app.get("/own/{name}")
    def own_file(name: str) -> Response:
        if name not in own:
            return Response(status_code=404)
        headers = {"Cache-Control": "no-cache"}
        return Response(own[name], media_type=MEDIA_TYPES[Path(name).suffix], headers=headers)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on `port`, or on the next free one above it.

    Raises `ConfigError` for a host beyond the loopback, and where nothing is free.
    """
    if host not in LOOPBACK:
        raise ConfigError(
            f"The page listens on 127.0.0.1 only, not on {host}: it has no password.",
            f"From another machine use a tunnel: ssh -L {port}:127.0.0.1:{port} HOST",
        )
    for candidate in range(port, min(port + TRIED_PORTS, 65536)):
        bound = socket.socket()
        try:
            if os.name == "posix":  # elsewhere it would share a port that is in use
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(("127.0.0.1", candidate))
            bound.listen(128)
        except OSError:
            bound.close()
        else:
            return bound
    raise ConfigError(f"No free port from {port} up.", "Name another one with --port.")


def serve(app: FastAPI, bound: socket.socket) -> None:
    """Answer on a listening socket until the process is told to end."""
    config = uvicorn.Config(app, log_level="warning", ws="none", timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[bound])
