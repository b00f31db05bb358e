"""The questions of other programs over the Model Context Protocol, for assistants: `/mcp`.

Streamable HTTP without sessions, by the official package (the extra `mcp`): each request stands
for itself and is answered as JSON. The tools only read. Refuses to know what makes a question
(`questions`), and who may ask: the guard looks at Host, Origin, token and password before.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from importlib import import_module
from typing import Any

from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from vladva.app import questions
from vladva.app.session import Session
from vladva.errors import ConfigError, VladvaError

PATH = "/mcp"
MAX_BODY = 16 * 1024 * 1024
INSTRUCTIONS = (
    "Finds photos in the library of this machine by what happens in them. Ask `search` first: its "
    "results carry an `id` that `similar` and `match` take, the absolute `path` of the file, and "
    "`probability` and `level`, how sure the model is. An empty `results` means that nothing fits."
)
OFF = {"message": "Nothing listens here.", "hint": "Start the page with `vladva ui --mcp`."}


class McpDoor:
    """What answers at `/mcp`; with `session` None, words that say how it is opened.

    Raises `ConfigError` where the package is not installed.
    """

    def __init__(self, session: Session | None) -> None:
        self._server = None if session is None else _server(session)
        self._app: ASGIApp = JSONResponse(OFF, 404)
        if self._server is not None:
            self._app = _mounted(self._server)

    def route(self) -> Route:
        """The route of the application."""
        return Route(PATH, self, methods=["POST"])

    def running(self) -> AbstractAsyncContextManager[None]:
        """Held open as long as the application answers; once."""
        return nullcontext() if self._server is None else self._server.session_manager.run()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)


def servers() -> Any:
    """The class that makes servers. Raises `ConfigError` where the package is not installed."""
    try:
        return import_module("mcp.server.mcpserver").MCPServer
    except ImportError as error:
        raise ConfigError(
            "Answering assistants needs the package mcp, version 2, which is not installed.",
            "pip install 'vladva[mcp]', or leave --mcp out.",
        ) from error


def _server(session: Session) -> Any:
    made_by = servers()
    logger = logging.getLogger("mcp")  # it says each request, and each error that was told
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    server = made_by("vladva", title="VladVA", instructions=INSTRUCTIONS, log_level="ERROR")
    _add_tools(server, session)
    return server


def _mounted(server: Any) -> ASGIApp:
    from mcp.server.transport_security import TransportSecuritySettings

    app: ASGIApp = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=MAX_BODY,
        # The guard has looked at both, and knows by which names this page goes.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return app


def _add_tools(server: Any, session: Session) -> None:
    from anyio import CapacityLimiter, to_thread
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import ToolAnnotations

    turn = CapacityLimiter(1)  # they share one model

    async def told(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            return await to_thread.run_sync(answer, limiter=turn)
        except VladvaError as error:
            raise ToolError(f"{error.message} {error.hint}".strip()) from error

    async def search(query: str, limit: int = 20) -> dict[str, Any]:
        """Find photos by words, best first.

        Plain words are the meaning ("a dog left of a red car"); "no people" or -people forbids;
        quotes mean literal text in captions and names; filters: folder: camera: after: before:
        type: rating: has:caption.
        """
        return await told(lambda: questions.search(session, query, limit))

    async def similar(photo_id: str, limit: int = 20) -> dict[str, Any]:
        """Find photos that resemble one of the library, named by the `id` of a result."""
        return await told(lambda: questions.similar(session, photo_id, limit))

    async def match(
        picture: str, texts: list[str] | None = None, limit: int = 20
    ) -> dict[str, Any]:
        """Find the texts that fit a picture: the given ones, or (null) the library's captions.

        `picture`: the `id` of a result, or the bytes of a picture file in base64.
        """
        return await told(lambda: questions.match(session, picture, texts, limit))

    reads = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    for question in (search, similar, match):
        server.tool(annotations=reads)(question)
