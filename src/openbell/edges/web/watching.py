"""The routes for those who look after the system: metrics, log lines, calendars."""

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from openbell.edges.web.answers import Calendars, Logs, Wellbeing
from openbell.edges.web.policy import READ
from openbell.edges.web.ports import Upkeep
from openbell.edges.web.routes import Count, Search, State, as_json

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
RED: dict[int | str, dict[str, Any]] = {503: {"model": Wellbeing, "description": "Something is unwell"}}
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
        get("/health", self.health, summary="Is all well? 503 where not", response_model=Wellbeing, responses=RED)
        get("/metrics", self.metrics, summary="For Prometheus", response_class=PlainTextResponse, responses=TEXT)
        get("/api/logs", self.logs, summary="The newest lines of a run's log", response_model=Logs)
        get("/api/calendars", self.calendars, summary="When a run's exchanges are open", response_model=Calendars)
        return router

    async def health(self, request: Request) -> Response:
        """Say whether the runs are well: for whoever watches this machine from outside."""
        faults = self._upkeep.faults() + await asyncio.to_thread(self._upkeep.unheard)
        who = request.scope["openbell.who"]
        shown = faults if who is not None and READ in who.scopes else []
        return JSONResponse({"status": "red" if faults else "green", "faults": shown}, 503 if faults else 200)

    async def metrics(self) -> PlainTextResponse:
        """Tell Prometheus."""
        return PlainTextResponse(self._upkeep.metrics(), media_type=PROMETHEUS)

    async def logs(self, state: State, component: Component = "main", count: Count = 200, q: Search = "") -> Response:
        """Show log lines, the newest first."""
        return as_json(await asyncio.to_thread(self._upkeep.logs, state, component, count, q))

    async def calendars(self, state: State, days: Days = 7) -> Response:
        """Show zones and sessions."""
        return as_json({"calendars": await asyncio.to_thread(self._upkeep.calendars, state, days)})
