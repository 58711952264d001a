"""The routes of messages: what was told, that it was seen, and whether a channel works."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from openbell.edges.web import answers, forms
from openbell.edges.web.gate import actor_of
from openbell.edges.web.ports import Messages
from openbell.edges.web.routes import State, as_json

Before = Annotated[int | None, Query(ge=1, le=forms.MOST_WHOLE, description="Only messages of lower numbers")]
Most = Annotated[int, Query(ge=1, le=500)]


class Telling:
    """The handlers; each method is one route."""

    def __init__(self, messages: Messages) -> None:
        """Show what was told."""
        self._messages = messages

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/alerts", tags=["alerts"])
        add = router.add_api_route
        add("/told", self.told, methods=["GET"], summary="What was told, and how far it has come",
            response_model=answers.Messages)  # fmt: skip
        add("/acknowledge", self.acknowledge, methods=["POST"], summary="Say that messages were seen")
        add("/try", self.try_out, methods=["POST"], summary="Send a test through a channel, and wait for its answer")
        return router

    async def told(self, state: State, before: Before = None, count: Most = 100) -> Response:
        """Show messages, the newest first."""
        return as_json(await asyncio.to_thread(self._messages.told, state, before, count))

    async def acknowledge(self, form: forms.Seen, request: Request) -> forms.Acknowledged:
        """Note that messages were seen: nobody else is called for them."""
        found = await asyncio.to_thread(self._messages.acknowledge, form.state, form.numbers, actor_of(request))
        return forms.Acknowledged(count=found)

    async def try_out(self, form: forms.Wanted, request: Request) -> forms.Tried:
        """Try a channel through the notifier, which alone has its keys."""
        whys = await asyncio.to_thread(self._messages.try_out, form.state, form.channel, actor_of(request))
        return forms.Tried(whys=whys)
