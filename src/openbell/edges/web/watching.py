"""The routes for those who look after the system: metrics, log lines, calendars."""

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse, Response

from openbell.edges.web.answers import Calendars, Logs
from openbell.edges.web.ports import Upkeep
from openbell.edges.web.routes import Count, Search, State, as_json

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
Component = Annotated[str, Query(pattern=r"^[a-zA-Z_]{1,40}$", description="Which log; main for all of them")]
Days = Annotated[int, Query(ge=1, le=31)]


class Watching:
    """The handlers; each method is one route."""

    def __init__(self, upkeep: Upkeep) -> None:
        """Show what those need who look after the system."""
        self._upkeep = upkeep

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["health"])
        get = partial(router.add_api_route, methods=["GET"])
        get("/metrics", self.metrics, summary="For Prometheus", response_class=PlainTextResponse, responses=TEXT)
        get("/api/logs", self.logs, summary="The newest lines of a run's log", response_model=Logs)
        get("/api/calendars", self.calendars, summary="When a run's exchanges are open", response_model=Calendars)
        return router

    async def metrics(self) -> PlainTextResponse:
        """Tell Prometheus."""
        return PlainTextResponse(self._upkeep.metrics(), media_type=PROMETHEUS)

    async def logs(self, state: State, component: Component = "main", count: Count = 200, q: Search = "") -> Response:
        """Show log lines, the newest first."""
        return as_json(await asyncio.to_thread(self._upkeep.logs, state, component, count, q))

    async def calendars(self, state: State, days: Days = 7) -> Response:
        """Show zones and sessions."""
        return as_json({"calendars": await asyncio.to_thread(self._upkeep.calendars, state, days)})
