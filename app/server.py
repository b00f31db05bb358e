"""The page as one web server: our routes, the shell mounted beside them, the guard around both.

Listens on the loopback address, and further only with a password. Refuses to know pages and
answers.
"""

import contextlib
import errno
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response

from vladva.app.api import routes, told
from vladva.app.guard import Guard
from vladva.app.hosts import EVERY_ADDRESS, LOOPBACK, Hosts
from vladva.app.jobs import Indexing
from vladva.app.login import Login
from vladva.app.login import routes as login_routes
from vladva.app.mcp_door import McpDoor
from vladva.app.runs import Runs
from vladva.app.session import Session
from vladva.errors import ConfigError, VladvaError

STATIC = Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
TRIED_PORTS = 20
STOP_S = 10.0
"""Seconds that a run in progress gets to make its last photos durable."""


def quiet() -> None:
    """Tell the shell and the hub's library to report nothing; before either is imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


def build(  # noqa: PLR0913 - what a page is made of
    session: Session,
    indexing: Indexing,
    token: str,
    on_stop: Callable[[], None],
    *,
    login: Login | None = None,
    hosts: Hosts | None = None,
    mcp: bool = False,
) -> FastAPI:
    """Everything under one roof. `token` is what a terminal has to show.

    `login`: the page has a password. `hosts`: what it may be called, as `hosts_of` says.
    `mcp`: assistants may ask (`mcp_door`); raises `ConfigError` where its package is missing.
    """
    from vladva.app.ui_shell import mount

    runs = Runs(session.library)
    door = McpDoor(session if mcp else None)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with door.running():
            yield
        indexing.stop()
        runs.close()
        indexing.wait(STOP_S)
        on_stop()

    app = FastAPI(
        title="VladVA", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.include_router(routes(session, indexing, runs))
    app.state.runs = runs
    app.include_router(login_routes(login))
    app.router.routes.append(door.route())
    app.add_exception_handler(VladvaError, told)
    _add_own_files(app)
    mount(app, session)
    app.add_middleware(Guard, token=token, hosts=hosts, login=login)
    return app


def _add_own_files(app: FastAPI) -> None:
    own = {file.name: file.read_bytes() for file in STATIC.iterdir() if file.suffix in MEDIA_TYPES}

    @app.get("/manifest.json")  # where the shell's page looks for it
    def manifest() -> Response:
        return own_file("app.webmanifest")

    @app.get("/own/{name}")
    def own_file(name: str) -> Response:
        if name not in own:
            return Response(status_code=404)
        headers = {"Cache-Control": "no-cache"}
        return Response(own[name], media_type=MEDIA_TYPES[Path(name).suffix], headers=headers)


def listen(host: str, port: int, *, has_password: bool = False) -> socket.socket:
    """A listening socket on `port`, or on the next free one above it.

    Raises `ConfigError` for a host beyond the loopback without a password, for one that is not
    this machine's, and where nothing is free.
    """
    if host not in LOOPBACK and not (host and has_password):
        raise ConfigError(
            f"The page listens on 127.0.0.1 only, not on {host or 'every address'}: "
            "it has no password.",
            "`--password-file FILE` gives it one. Or a tunnel from the other machine: "
            f"ssh -L {port}:127.0.0.1:{port} HOST",
        )
    family, address = _resolved("127.0.0.1" if host in LOOPBACK else host)
    for candidate in range(port, min(port + TRIED_PORTS, 65536)):
        bound = socket.socket(family)
        try:
            if os.name == "posix":  # elsewhere it would share a port that is in use
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((address, candidate))
            bound.listen(128)
        except OSError as error:
            bound.close()
            if error.errno == errno.EADDRNOTAVAIL:
                raise _not_here(host) from error
        else:
            return bound
    raise ConfigError(f"No free port from {port} up.", "Name another one with --port.")


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise _not_here(host) from error
    family, _, _, _, address = found[0]
    return family, str(address[0])


def _not_here(host: str) -> ConfigError:
    return ConfigError(
        f"{host} is no address of this machine.", "0.0.0.0 stands for all that it has."
    )


def answers_loopback(host: str) -> bool:
    """Whether a page on `host` is reached at 127.0.0.1, where a terminal asks it."""
    return host in LOOPBACK or host in EVERY_ADDRESS


def running(app: FastAPI) -> uvicorn.Server:
    """The server of an application, not yet running. Its `should_exit` ends it."""
    config = uvicorn.Config(
        app, log_level="warning", ws="none", timeout_graceful_shutdown=2, server_header=False
    )
    return uvicorn.Server(config)


def serve(app: FastAPI, bound: socket.socket) -> None:
    """Answer on a listening socket until the process is told to end."""
    running(app).run(sockets=[bound])
