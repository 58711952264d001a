"""The application: routes behind the gate, and the page."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from starlette.exceptions import HTTPException

from openbell.edges.web import forms
from openbell.edges.web.document import completed
from openbell.edges.web.entrance import Door, Entrance
from openbell.edges.web.gate import App, Denied, Gate, Reach, error_body
from openbell.edges.web.live import Sockets
from openbell.edges.web.policy import SOCKET
from openbell.edges.web.ports import Invalid, Refused, Sides, UnknownState
from openbell.edges.web.reference import Reference
from openbell.edges.web.routes import Commands, Deployments, Views
from openbell.edges.web.sessions import Paces
from openbell.edges.web.starting import Starting
from openbell.edges.web.telling import Telling
from openbell.edges.web.trying import Trying
from openbell.edges.web.watching import Watching

STATIC = Path(__file__).parent / "static"
"""The page as built from `web/`."""
_LOG = logging.getLogger("openbell.web")
_TYPES = {
    ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json",
    ".png": "image/png", ".woff2": "font/woff2", ".ico": "image/x-icon", ".webmanifest": "application/json",
}  # fmt: skip


class Server:
    """Everything of the web side that outlives a request.

    Attributes:
        app: To be served. api: The same without its gate, for its OpenAPI document.
    """

    def __init__(
        self,
        sides: Sides,
        entrance: Entrance,
        paces: Paces,
        reach: Reach,
        now: Callable[[], int],
        version: str,
    ) -> None:
        """Put the routes behind the gate; `reach` is who may ask, and by which names."""
        self.api = _api(sides, entrance, now, version)
        self.app: App = Gate(self.api, entrance.identity, entrance.sessions, paces, reach)

    def document(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        return completed(self.api.openapi())


def _api(sides: Sides, entrance: Entrance, now: Callable[[], int], version: str) -> FastAPI:
    # That there is one with 422 keeps the framework's own out; `document` says which a route really has.
    problems: dict[int | str, dict[str, Any]] = {422: {"model": forms.Problem}}
    api = FastAPI(
        title="openbell", version=version, docs_url=None, redoc_url=None, openapi_url=None,
        description="Runs as they stand, and words for them. Money is exact text; instants are text of nanoseconds.",
        responses=problems,
    )  # fmt: skip
    room = sides.room
    views = (
        Views(room),
        Commands(room, entrance.sessions),
        Deployments(room),
        Watching(sides.upkeep),
        Telling(sides.messages),
    )
    for part in (Door(entrance, now), *views, Starting(sides.starter, entrance), Trying(sides.trials)):
        api.include_router(part.routes())
    reference = Reference(room, lambda: completed(api.openapi()))
    for path, handler in (("/docs", reference.page), ("/openapi.json", reference.whole)):
        api.add_api_route(path, handler, include_in_schema=False)
    sockets = Sockets(room, entrance.sessions, entrance.is_in, now)

    @api.get("/api/health", summary="That this process answers", tags=["health"])
    async def health() -> forms.Health:
        return forms.Health(status="ok", version=version)

    @api.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return _file("index.html")

    @api.get("/static/{path:path}", include_in_schema=False)
    async def static(path: str) -> FileResponse:
        return _file(path)

    @api.websocket(SOCKET)
    async def live(socket: WebSocket) -> None:
        await sockets.serve(socket)

    _add_faults(api)
    return api


def _file(path: str) -> FileResponse:
    """Return a file of the page; what is not below its folder, or of no kind known here, is not there."""
    # A name with a zero byte is one that no file can have.
    found = (STATIC / path.replace("\0", "\ufffd")).resolve()
    kind = "text/html" if path == "index.html" else _TYPES.get(found.suffix)
    if kind is None or not found.is_relative_to(STATIC.resolve()) or not found.is_file():
        raise Denied(404, "E2409", "there is no such file in the page; it is built by `make web`")
    # Names under assets/ hold a hash of their contents.
    lasts = "public, max-age=31536000, immutable" if "assets/" in path else "no-cache"
    return FileResponse(found, media_type=kind, headers={"cache-control": lasts})


def _add_faults(api: FastAPI) -> None:
    @api.exception_handler(Denied)
    async def denied(_: Request, error: Denied) -> JSONResponse:
        return JSONResponse(error_body(error.code, str(error), error.field or None), error.status, dict(error.headers))

    @api.exception_handler(UnknownState)
    async def unknown(_: Request, error: UnknownState) -> JSONResponse:
        return JSONResponse(error_body("E2409", str(error)), 404)

    @api.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        return JSONResponse(error_body("E2412", str(error)), 409)

    @api.exception_handler(Invalid)
    async def unfit(_: Request, error: Invalid) -> JSONResponse:
        return JSONResponse(error_body("E2423", str(error), error.field or None), 422)

    @api.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:]) or None
        # The value itself is not repeated: it may be a secret in the wrong place.
        what = first["msg"].removeprefix("Value error, ")
        return JSONResponse(error_body("E2422", f"{field or 'the body'}: {what}", field), 422)

    @api.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse(error_body(f"E2{error.status_code}", str(error.detail)), error.status_code)

    @api.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        body = error_body("E2500", "something went wrong here; the log of this process has it under this id")
        _LOG.error("%s %s %s", body["error"]["id"], request.url.path, type(error).__name__, exc_info=error)
        return JSONResponse(body, 500)
