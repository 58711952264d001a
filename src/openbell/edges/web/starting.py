"""The routes that tell what would be run, and start it."""

import asyncio
from functools import partial
from typing import Any

from fastapi import APIRouter, Request

from openbell.edges.web.deploying import WARNING, Begun, DeploymentConfig, Planned, Written
from openbell.edges.web.entrance import Entrance
from openbell.edges.web.gate import Denied, actor_of
from openbell.edges.web.policy import TRADE
from openbell.edges.web.ports import Starter
from openbell.edges.web.sessions import Who


class Starting:
    """The handlers; each method is one route."""

    def __init__(self, starter: Starter, entrance: Entrance) -> None:
        """Start through a starter, for those whom an entrance knows."""
        self._starter, self._entrance = starter, entrance

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api", tags=["trading"])
        post = partial(router.add_api_route, methods=["POST"])
        post("/plan", self.check, summary="What a configuration would do, and what is wrong with it")
        post("/trading/plan", self.plan, summary="What a deployment would do, and what is wrong with it")
        post("/trading/deploy", self.deploy, summary="Start a deployment", status_code=201)
        return router

    async def check(self, form: Written) -> Planned:
        """Tell what a configuration would do; nothing is started."""
        made = await asyncio.to_thread(self._starter.check, form.config)
        return _planned(made, is_live=made["data"].get("mode") == "live")

    async def plan(self, form: DeploymentConfig, request: Request) -> Planned:
        """Tell what a deployment would do; nothing is started.

        Who may trade has the broker asked whether it lists the symbols; that is done with the account's own key.
        """
        asks = TRADE in request.scope["openbell.who"].scopes
        made = await asyncio.to_thread(partial(self._starter.plan, form.model_dump(), asks=asks))
        # Also where it cannot be run yet: nobody is told of simulated results who asks for real money.
        return _planned(made, is_live=form.mode == "live")

    async def deploy(self, form: DeploymentConfig, request: Request) -> Begun:
        """Start a deployment as a run of its own.

        It goes on when this server ends. Real money needs a session with a second factor, a second proof within five
        minutes, the warning accepted, and the account's last four digits, which arm it for eight hours.
        """
        if form.mode == "live":
            self._check_live(form, request.scope["openbell.who"])
        digest = f" of plan {form.digest}" if form.digest else ""
        self._entrance.audit.note(actor_of(request), "deploy", f"{form.strategy.kind} in mode {form.mode}{digest}")
        return Begun(**await self._starter.deploy(form.model_dump(), actor_of(request)))

    def _check_live(self, form: DeploymentConfig, who: Who) -> None:
        if who.session is None:
            raise Denied(403, "E2402", "a token will not do for real money; log in")
        if not self._entrance.identity.has_second_factor:
            raise Denied(403, "E2414", "real money needs a second factor: set one up first (Settings)")
        if not self._entrance.sessions.is_stepped_up(who.session):
            raise Denied(403, "E2403", "this needs your password and second factor once more: POST /api/step-up")
        if not form.accepts_risk:
            raise Denied(422, "E2424", WARNING, field="accepts_risk")
        if form.digits is None:
            raise Denied(422, "E2424", "type the last four digits of the account's number", field="digits")


def _planned(made: dict[str, Any], *, is_live: bool) -> Planned:
    return Planned(**made, warning=WARNING if is_live else "")
