"""The routes of backtests asked for on the page."""

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse, Response

from openbell.edges.web.answers import Backtest, Backtests
from openbell.edges.web.deploying import DeploymentConfig
from openbell.edges.web.gate import actor_of
from openbell.edges.web.ports import Trials
from openbell.edges.web.routes import as_json

Key = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", description="As POST /api/backtests answered")]
SHEET: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}, "description": "One HTML file"}}


class Trying:
    """The handlers; each method is one route."""

    def __init__(self, trials: Trials) -> None:
        """Try out through what keeps the backtests."""
        self._trials = trials

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/backtests", tags=["backtests"])
        add = partial(router.add_api_route)
        add("", self.begin, methods=["POST"], summary="Try a deployment on history", status_code=202,
            response_model=Backtest)  # fmt: skip
        add("", self.all, methods=["GET"], summary="All backtests, the newest first", response_model=Backtests)
        add("/{id}", self.one, methods=["GET"], summary="How far it is, and what came out", response_model=Backtest)
        add("/{id}", self.cancel, methods=["DELETE"], summary="End it, and forget it", status_code=204)
        add("/{id}/report", self.report, methods=["GET"], summary="Its tear sheet", responses=SHEET,
            response_class=FileResponse)  # fmt: skip
        return router

    async def begin(self, form: DeploymentConfig, request: Request) -> Response:
        """Start a backtest of a deployment over its market, whatever its mode."""
        made = await asyncio.to_thread(self._trials.begin, form.model_dump(), actor_of(request))
        return as_json(made, status=202)

    async def all(self) -> Response:
        """List them."""
        return as_json({"backtests": await asyncio.to_thread(self._trials.all)})

    async def one(self, id: Key) -> Response:  # noqa: A002  # the documented name
        """Show one."""
        return as_json(await asyncio.to_thread(self._trials.one, id))

    async def cancel(self, id: Key) -> None:  # noqa: A002  # the documented name
        """End one."""
        await asyncio.to_thread(self._trials.cancel, id)

    async def report(self, id: Key) -> FileResponse:  # noqa: A002  # the documented name
        """Hand the report out as a file: its own script does not run on this server's page."""
        file = await asyncio.to_thread(self._trials.report, id)
        return FileResponse(file, media_type="text/html", filename=f"backtest-{id}.html")
