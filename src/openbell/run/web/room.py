"""All states of this machine, or some, as `edges/web` asks for them."""

from functools import cached_property
from typing import Any

import msgspec

from openbell.config.deployment import LISTENER
from openbell.core.events import Command
from openbell.core.ladder import CANCEL, FLATTEN
from openbell.core.types import NS
from openbell.edges.web.ports import Order, Refused, States, UnknownState, Wanted
from openbell.report.figures import exact
from openbell.run import giving
from openbell.run.clock import Clock
from openbell.run.money import in_money
from openbell.run.web import past
from openbell.run.web.changes import Reader
from openbell.run.web.keeper import Keeper
from openbell.run.web.scene import Scene


class Room:
    """See `edges.web.ports.Room`; every method does what the port says of it."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        """Show what a keeper keeps; commands are stamped by `clock`."""
        self._keeper, self._clock = keeper, clock

    def states(self) -> States:
        """See the port."""
        shown = [scene.run() for scene in self._keeper.scenes.values()]
        shown.sort(key=lambda row: (row["is_running"], row["beat_ts"] or "", row["id"]), reverse=True)
        return States(shown=shown, dark=[one.row() for one in self._keeper.dark.values()])

    def snapshot(self, state: str) -> tuple[int, dict[str, Any]]:
        """See the port."""
        scene = self._keeper.scene(state)
        scene.is_asked = True
        if not scene.frames.readers:
            scene.tick()
        return scene.whole()

    def watch(self, state: str) -> Reader:
        """See the port."""
        if not state:
            return self._keeper.lobby.reader()
        scene = self._keeper.scene(state)
        if not scene.frames.readers:
            scene.tick()
        return scene.reader()

    def pulse(self, state: str) -> dict[str, Any]:
        """See the port."""
        if not state:
            return {"badge": None, "engine_ts": None, "market_ts": None, "seq": 0, "is_running": False}
        row = self._keeper.scene(state).run()
        return {
            "badge": row["badge"], "engine_ts": row["beat_ts"], "market_ts": row["market_ts"], "seq": row["seq"],
            "is_running": row["is_running"],
        }  # fmt: skip

    def bars(self, state: str, symbol: str, count: int) -> list[list[float]]:
        """See the port."""
        series = self._keeper.scene(state).follower.recorder.bars.get(symbol)
        if series is None:
            raise UnknownState(f"{state} has no instrument {symbol!r}")
        blocks = series.all_blocks()[-count:]
        return [[one.open_ts / NS, one.open, one.high, one.low, one.close, one.volume] for one in blocks]

    def equity(self, state: str, account: str) -> dict[str, Any]:
        """See the port."""
        follower = self._keeper.scene(state).follower
        known = follower.book.truth.accounts
        if account not in known:
            raise UnknownState(f"{state} has no account {account!r}; it has {', '.join(known)}")
        with in_money():
            points = follower.recorder.equity(account)
        return {
            "account": account, "currency": known[account].currency,
            "points": [[one.ts / NS, float(one.equity), exact(one.equity)] for one in points],
        }  # fmt: skip

    def page(self, state: str, what: str, wanted: Wanted) -> list[dict[str, Any]]:
        """See the port."""
        return past.older(self._keeper.scene(state).follower, what, wanted)

    def journal(self, state: str, before_seq: int | None, count: int, text: str) -> list[dict[str, Any]]:
        """See the port."""
        scene = self._keeper.scene(state)
        return past.records(scene.folder, before_seq or scene.follower.seq + 1, count, text)

    def verify(self, state: str) -> dict[str, Any]:
        """See the port."""
        return past.checked(self._keeper.scene(state).folder)

    def at(self, state: str, seq: int) -> dict[str, Any]:
        """See the port."""
        scene = self._keeper.scene(state)
        found = past.as_it_stood(scene.folder, seq, scene.sight)
        return {**found, "run": {**scene.run(), **found["run"], "is_running": False}}

    def config(self, state: str) -> dict[str, Any]:
        """See the port."""
        genesis = self._keeper.scene(state).follower.genesis
        return {"config": msgspec.json.decode(genesis.config), "rules": list(genesis.rules), "mode": genesis.mode}

    def strategies(self) -> list[dict[str, Any]]:
        """See the port."""
        return self._strategies

    @cached_property
    def _strategies(self) -> list[dict[str, Any]]:
        # One that trades what is told from outside needs `signals:` of a file beside it: the page writes none.
        from openbell.run.assemble import shelves

        shelf = shelves(None).strategies
        return [
            {"kind": kind, "text": (shelf.module(kind).__doc__ or "").strip().partition("\n")[0],
             "schema": model.model_json_schema()}
            for kind, model in shelf.usable().items() if kind != LISTENER
        ]  # fmt: skip

    def give(self, state: str, order: Order) -> dict[str, Any]:
        """See the port."""
        folder = self._keeper.folder(state)
        if order.kind == "refuse":
            return _refuse(self._keeper.scene(state), order, self._clock)
        try:
            giving.check_scope(folder, order.scope)
        except giving.UnknownScope as unknown:
            raise Refused(f"{unknown}; {unknown.advice}") from None
        tier = order.tier
        if order.kind == "kill" and tier is None:
            tier = FLATTEN if order.close else CANCEL
        command = Command(
            ts=0, id=giving.new_id(self._clock), kind=order.kind, actor=order.actor, scope=order.scope,
            reason=order.reason or order.kind, tier=tier, close=order.close,
        )  # fmt: skip
        given = giving.give(folder, command, self._clock)
        if given.refusal:
            raise Refused(given.refusal)
        if given.is_taken:
            return {"ok": True, "how": "answered", "text": f"{order.kind}: taken by the engine"}
        why = "the engine has not answered" if given.process else "no engine runs this"
        return {"ok": False, "how": "waiting", "text": f"{order.kind}: {why}; it is taken first at the next start"}


def _refuse(scene: Scene, order: Order, clock: Clock) -> dict[str, Any]:
    """Say no to an entry that waits for a person; a yes is given where its quantity is typed."""
    if order.ask not in scene.follower.book.truth.asked:
        raise Refused("this entry waits for nobody any more: it was sent, refused or dropped")
    word = Command(ts=0, id=giving.new_id(clock), kind="confirm", actor=order.actor, scope=order.ask, change="no")
    reply = giving.over_socket(scene.folder, word)
    if reply is None or not reply.get("ok"):
        raise Refused("no engine answers; openbell status shows what runs")
    return {"ok": True, "how": "answered", "text": "refuse: taken by the engine"}
