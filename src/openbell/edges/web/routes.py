"""The routes that show runs and pass on what people want of them."""

import asyncio
import json
from collections.abc import Collection
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from openbell.core.ladder import FLATTEN
from openbell.edges.web import answers, forms
from openbell.edges.web.gate import Denied, actor_of, check_proof, check_right
from openbell.edges.web.policy import TRADE
from openbell.edges.web.ports import Order, Refused, Room, UnknownState, Wanted
from openbell.edges.web.sessions import Sessions

State = Annotated[str, Query(min_length=1, max_length=200, description="A state, as /api/states names it")]
Count = Annotated[int, Query(ge=1, le=3000)]
Before = Annotated[int | None, Query(ge=0, le=forms.MOST_WHOLE, description="Only what stands before this record")]
Account = Annotated[str, Query(min_length=1, max_length=200)]
Search = Annotated[str, Query(max_length=100)]


Id = Annotated[str, Path(min_length=1, max_length=300, description="NAME of a deployment, or STATE:NAME")]
Symbol = Annotated[str, Query(min_length=1, max_length=100)]


Only = Annotated[str, Query(max_length=200, description="Only rows of this name; empty for all")]
_LISTS = "(fills|trades|alerts|decisions)"
Without = Annotated[str, Query(pattern=rf"^({_LISTS}(,{_LISTS}){{0,3}})?$", description="Lists to be left empty")]
SAME: dict[int | str, dict[str, Any]] = {304: {"description": "Nothing has changed since the ETag in If-None-Match"}}
_STREAMS = {
    "decisions": answers.Decisions, "fills": answers.Fills, "trades": answers.Trades, "alerts": answers.Alerts,
}  # fmt: skip


class Views:
    """The handlers of the routes that only show; each method is one route."""

    def __init__(self, room: Room) -> None:
        """Show what a room has."""
        self._room = room

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api", tags=["data"])
        get = partial(router.add_api_route, methods=["GET"])
        get("/states", self.states, summary="All runs", response_model=answers.States)
        get("/snapshot", self.snapshot, summary="A run as it stands", response_model=answers.Snapshot, responses=SAME)
        get("/bars", self.bars, summary="The newest bars of an instrument", response_model=answers.Bars)
        get("/equity", self.equity, summary="An equity curve", response_model=answers.Equity)
        for what, shape in _STREAMS.items():
            words = f"Older {what}, the newest first; before_seq of the next page is the last row's seq"
            get(f"/{what}", self._paged(what), summary=words, name=what, response_model=shape)
        get("/journal", self.journal, summary="Records in words, the newest first", response_model=answers.Records)
        get("/journal/verify", self.verify, summary="Is the journal whole?", response_model=answers.Verdict)
        get("/at", self.at, summary="A run as it stood after a record", response_model=answers.Standing)
        get("/config", self.config, summary="What a run was told, secrets masked", response_model=answers.Effective)
        get("/strategies", self.strategies, summary="What can be named", response_model=list[answers.Strategy])
        return router

    async def states(self) -> Response:
        """List the runs."""
        found = self._room.states()
        return as_json({"states": found.shown, "dark": found.dark})

    async def snapshot(self, state: State, request: Request, without: Without = "") -> Response:
        """Show a run; nothing is sent again to who has it already, nor what is not wanted."""
        n, data = self._room.snapshot(state)
        tag = f'"{n}-{data["run"]["seq"]}-{data["run"]["beat_ts"]}{without}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"etag": tag})
        return as_json({**data, **{key: [] for key in filter(None, without.split(","))}}, {"etag": tag})

    async def bars(self, state: State, symbol: Symbol, count: Count = 2000) -> Response:
        """Show bars."""
        return as_json({"bars": self._room.bars(state, symbol, count)})

    async def equity(self, state: State, account: Account) -> Response:
        """Show an equity curve."""
        return as_json(self._room.equity(state, account))

    def _paged(self, what: str) -> Any:
        async def page(
            state: State, before_seq: Before = None, count: Count = 200, deployment: Only = "", symbol: Only = ""
        ) -> Response:
            wanted = Wanted(before_seq=before_seq, count=count, deployment=deployment, symbol=symbol)
            return as_json({what: await asyncio.to_thread(self._room.page, state, what, wanted)})

        return page

    async def journal(self, state: State, before_seq: Before = None, count: Count = 200, q: Search = "") -> Response:
        """Show records."""
        return as_json({"records": await asyncio.to_thread(self._room.journal, state, before_seq, count, q)})

    async def verify(self, state: State) -> Response:
        """Check a journal."""
        return as_json(await asyncio.to_thread(self._room.verify, state))

    async def at(self, state: State, seq: Annotated[int, Query(ge=1, le=forms.MOST_WHOLE)]) -> Response:
        """Show a run as it stood."""
        return as_json(await asyncio.to_thread(self._room.at, state, seq))

    async def config(self, state: State) -> Response:
        """Show what a run was told."""
        return as_json(self._room.config(state))

    async def strategies(self) -> Response:
        """List strategies."""
        return as_json(await asyncio.to_thread(self._room.strategies))


class Commands:
    """The handlers of the routes that pass on what people want; each method is one route."""

    def __init__(self, room: Room, sessions: Sessions) -> None:
        """Pass on to a room, for those who are in."""
        self._room, self._sessions = room, sessions

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api", tags=["commands"])
        post = partial(router.add_api_route, methods=["POST"])
        post("/command", self.command, summary="A word for a run")
        post("/trading/emergency-stop", self.emergency_stop, summary="Stop everything and close it")
        post("/trading/stop/{id}", self.stop, summary="Stop one deployment and close what it holds")
        return router

    async def command(self, form: forms.Command, request: Request) -> forms.Given:
        """Give a command. Going on needs the right to trade, every other word that to cancel.

        Where real money is, going on needs a session with a second proof within five minutes.
        """
        if form.kind == "resume":
            check_right(request, TRADE)
        if form.kind == "resume" and has_real_money(self._room, form.state):
            check_proof(request, self._sessions)
        order = Order(
            kind=form.kind, actor=actor_of(request), scope=form.scope, reason=form.reason, tier=form.tier,
            close=form.close, ask=form.ask,
        )  # fmt: skip
        return forms.Given(**await asyncio.to_thread(self._room.give, form.state, order))

    async def emergency_stop(self, form: forms.Emergency, request: Request) -> forms.Emergencies:
        """Stop all runs, or one."""
        order = Order(kind="kill", actor=actor_of(request), reason=form.reason, tier=FLATTEN)
        return forms.Emergencies(results=await everywhere(self._room, order, form.state or ""))

    async def stop(self, id: Id, request: Request) -> forms.Given:  # noqa: A002  # the documented name
        """Stop one deployment."""
        return forms.Given(**await asyncio.to_thread(stop_one, self._room, id, actor_of(request), "stopped"))


class Deployments:
    """The documented views; an id is `STATE:NAME`, or NAME where that is the only one."""

    def __init__(self, room: Room) -> None:
        """Show what a room has."""
        self._room = room

    def routes(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/trading", tags=["trading"])
        get = partial(router.add_api_route, methods=["GET"])
        get("/deployments", self.deployments, summary="All deployments", response_model=answers.Deployments)
        get("/deployment/{id}", self.deployment, summary="One deployment", response_model=answers.Deployed)
        get("/positions/{id}", self.positions, summary="What a deployment holds", response_model=answers.Holdings)
        words = "Closed trades of a deployment, the newest first"
        get("/history/{id}", self.history, summary=words, response_model=answers.Trades)
        return router

    async def deployments(self) -> Response:
        """List all."""
        states = [row["id"] for row in self._room.states().shown]
        return as_json({"deployments": [row for state in states for row in _rows(self._room, state, "deployments")]})

    async def deployment(self, id: Id) -> Response:  # noqa: A002  # the documented name
        """Show one."""
        state, name = whose(self._room, id)
        return as_json(next(row for row in _rows(self._room, state, "deployments") if row["id"] == name))

    async def positions(self, id: Id) -> Response:  # noqa: A002  # the documented name
        """Show what one holds."""
        state, name = whose(self._room, id)
        return as_json(
            {"positions": [row for row in _rows(self._room, state, "positions") if row["deployment"] == name]}
        )

    async def history(
        self,
        id: Id,  # noqa: A002  # the documented name
        before_seq: Before = None,
        count: Count = 50,
        symbol: Only = "",
    ) -> Response:
        """Show the closed trades of one."""
        state, name = whose(self._room, id)
        wanted = Wanted(before_seq=before_seq, count=count, deployment=name, symbol=symbol)
        return as_json({"trades": await asyncio.to_thread(self._room.page, state, "trades", wanted)})


def has_real_money(room: Room, state: str) -> bool:
    """Return True where a run trades real money, or nobody can tell."""
    if any(row["id"] == state for row in room.states().dark):
        return True
    return any(row["is_real"] for row in room.snapshot(state)[1]["accounts"].values())


def stop_one(room: Room, key: str, actor: str, reason: str) -> dict[str, Any]:
    """Stop a deployment, close what it holds, and say what became of that.

    Raises:
        Denied, UnknownState: There is no such deployment. Refused: Its engine does not take the word.
    """
    state, name = whose(room, key)
    return room.give(state, Order(kind="kill", actor=actor, scope=f"deployment:{name}", reason=reason, tier=FLATTEN))


async def everywhere(room: Room, order: Order, only: str = "") -> dict[str, forms.Given]:
    """Give an order to every run that goes, or to `only` one.

    Returns:
        What became of it, by `STATE:NAME` of each deployment.
    """
    found = room.states()
    dark = {row["id"] for row in found.dark}
    named = [only] if only else [row["id"] for row in (*found.shown, *found.dark) if row["is_running"]]
    given = await asyncio.gather(*(asyncio.to_thread(_give, room, state, order) for state in named))
    return {key: one for state, one in zip(named, given, strict=True) for key in _keys(room, state, dark)}


def _keys(room: Room, state: str, dark: Collection[str]) -> list[str]:
    """Return the ids of a run's deployments, of one that cannot be shown its own."""
    return [state] if state in dark else [f"{state}:{name}" for name in room.snapshot(state)[1]["deployments"]]


def _rows(room: Room, state: str, section: str) -> list[forms.Row]:
    _, data = room.snapshot(state)
    return [{**row, "state": state} for row in data[section].values()]


def whose(room: Room, key: str) -> tuple[str, str]:
    """Return state and name of a deployment, by `STATE:NAME` or its name alone. Raises Denied."""
    wanted, _, name = key.rpartition(":")
    named = name or key
    having = [
        row
        for row in room.states().shown
        if wanted in ("", row["id"]) and named in room.snapshot(row["id"])[1]["deployments"]
    ]
    # A name used again means the one that runs.
    running = [row for row in having if row["is_running"]]
    found = [row["id"] for row in (running if len(running) == 1 else having)]
    if len(found) == 1:
        return found[0], named
    if not found:
        raise Denied(404, "E2409", f"there is no deployment {key!r}; GET /api/trading/deployments lists them")
    raise Denied(409, "E2411", f"{len(found)} runs have a deployment {named!r}: write STATE:{named}")


def _give(room: Room, state: str, order: Order) -> forms.Given:
    """Give one of several commands: what fails for one run must not keep it from another."""
    try:
        return forms.Given(**room.give(state, order))
    except (Refused, UnknownState, OSError) as error:
        return forms.Given(ok=False, how="answered", text=str(error))


def as_json(data: Any, headers: dict[str, str] | None = None, status: int = 200) -> Response:
    """Return data as an answer; it is exact text where a float would not be."""
    body = json.dumps(data, allow_nan=False, separators=(",", ":")).encode()
    return Response(content=body, media_type="application/json", headers=headers, status_code=status)
