"""An engine at a venue outside the process, its timers and a venue that answers as a test tells it to.

Time is in seconds after `START`. The venue tells its whole state when asked, from `positions`, `listed` and `cash`, and
says nothing else by itself.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.contact import Contact
from openbell.core.engine import Engine
from openbell.core.order import Order
from openbell.core.record import decode_record, digest, encode_record
from openbell.core.spec import AccountSpec, DeploymentSpec, OutsideSpec
from openbell.core.strategy import Strategy
from openbell.core.types import MINUTE_NS, NS, ZERO, Instrument, Side, Status
from tests.core import build as b
from tests.core.build import d

START = b.at(60)


class Afar:
    """One engine, one outside account called `main`."""

    def __init__(
        self,
        *deployments: DeploymentSpec,
        account: dict[str, Any] | None = None,
        is_up: bool = True,
        accounts: tuple[AccountSpec, ...] = (),
        instruments: tuple[Instrument, ...] = (),
        strategies: dict[str, Strategy] | None = None,
        **outside: Any,
    ) -> None:
        main = b.account_spec(outside=OutsideSpec(**outside), **(account or {}))
        self.spec = b.run_spec(*deployments, accounts=[main, *accounts], instruments=instruments)
        self.engine: Engine = b.engine(self.spec, strategies=strategies)
        self.records: list[bytes] = []
        self.ts = START
        self.positions: dict[str, Decimal] = {}
        self.listed: list[ev.VenueOrder] = []
        self.cash: dict[str, Decimal] = {"USD": d(100_000)}
        self.is_mute = False
        self.effects: list[fx.Effect] = []
        self.number = 0
        self.mirror: Callable[[], None] | None = None
        if is_up:
            self.link()

    # --- what happens ---------------------------------------------------------------------------------------------

    def step(self, event: ev.Event) -> list[fx.Effect]:
        """Take an event, keep its effects, let the venue tell its state where it was asked for it."""
        effects = self.engine.step(event)
        self.records.append(encode_record(event, effects))
        self.effects += effects
        asked = [e for e in effects if isinstance(e, fx.Query) and not e.oid]
        if asked and not self.is_mute:
            for query in asked:
                self.state(account=query.account)
        return effects

    def state(self, *, account: str = "main", as_of: int | None = None, failed: str = "") -> list[fx.Effect]:
        """Let the venue tell the whole state, as it was now or at an instant."""
        return self.step(
            ev.BrokerState(
                ts=self.ts,
                account=account,
                orders=tuple(self.listed),
                positions=dict(self.positions),
                cash=dict(self.cash),
                as_of=self.ts if as_of is None else as_of,
                failed=failed,
            )
        )

    def link(self, *, is_up: bool = True, account: str = "main") -> list[fx.Effect]:
        return self.step(ev.Link(ts=self.ts, account=account, channel="orders", is_up=is_up, text="test"))

    def wait(self, seconds: float) -> list[fx.Effect]:
        """Let time pass with every timer that is due; return all effects of it."""
        end = self.ts + int(seconds * NS)
        mark = len(self.effects)
        timers = self.engine.book.truth.timers
        while timers and min(timers.values()) <= end:
            at = min(timers.values())
            key = min(k for k, due in timers.items() if due == at)
            deployment, _, name = key.partition("/")
            self.ts = max(self.ts, at)
            self.step(ev.Timer(ts=at, deployment=deployment, name=name))
        self.ts = end
        return self.effects[mark:]

    def bar(self, px: float, target: float = 0.0, *, symbol: str = "AAPL") -> list[fx.Effect]:
        """Let a bar close now; the strategy wants `target`."""
        self.ts += 1
        made = ev.Bar(
            ts=self.ts, instrument=symbol, open=px, high=px, low=px, close=px, volume=target, interval=MINUTE_NS
        )
        return self.step(made)

    def say(self, order: Order | fx.Submit, word: str, **changes: Any) -> list[fx.Effect]:
        self.ts += 1
        return self.step(b.update(order, word, **{"ts": self.ts, "time": self.ts, **changes}))

    def fill(self, order: Order | fx.Submit, px: object, qty: object = None, **changes: Any) -> list[fx.Effect]:
        """Execute an order, all of it unless `qty` says less, at a moment of its own."""
        self.ts += 1
        self.number += 1
        amount = order.qty if qty is None else d(qty)
        fields: dict[str, Any] = {
            "ts": self.ts, "time": self.ts, "qty": amount, "exec_id": f"E{self.number}", "instrument": order.instrument,
        }  # fmt: skip
        made = b.fill(order, px, **{**fields, **changes})
        if not made.supersedes:
            self.positions[made.instrument] = self.positions.get(made.instrument, ZERO) + made.qty * made.side.sign
            self.cash["USD"] -= made.qty * made.px * made.side.sign
        return self.step(made)

    def trade(self, side: str, qty: object, px: object, *, symbol: str = "AAPL", **changes: Any) -> list[fx.Effect]:
        """Let the operator trade by hand, seen on the stream."""
        self.number += 1
        by_hand = b.submit(side, qty, index=900 + self.number, instrument=symbol)
        return self.fill(by_hand, px, oid="", venue_order=f"H{self.number}", **changes)

    def command(self, kind: str, scope: str = "all") -> list[fx.Effect]:
        self.ts += 1
        self.number += 1
        return self.step(
            ev.Command(ts=self.ts, id=f"c{self.number}", kind=kind, actor="op", reason="looked", scope=scope)
        )

    # --- what there is ---------------------------------------------------------------------------------------------

    @property
    def contact(self) -> Contact:
        return self.engine.book.truth.contacts["main"]

    def order(self, index: int = -1) -> Order:
        """Return an order by its place, the latest by default."""
        return list(self.engine.book.truth.orders.values())[index]

    def qty(self, deployment: str = "alpha", symbol: str = "AAPL") -> Decimal:
        return self.engine.book.truth.positions.get(deployment, {})[symbol].qty

    def enter(self, px: float = 100.0, target: float = 1.0, *, symbol: str = "AAPL") -> Order:
        """Let the strategy want to enter, and return the order it sent."""
        b.one(fx.Submit, self.bar(px, target, symbol=symbol))
        return self.order()

    def hold(self, px: float = 100.0) -> Order:
        """Enter and be filled."""
        order = self.enter(px)
        self.say(order, "accepted", venue_order="V1")
        self.fill(order, px, venue_order="V1")
        return order

    def list_order(self, order: Order, **changes: Any) -> ev.VenueOrder:
        """Let the venue list an order of ours as working."""
        fields: dict[str, Any] = {
            "oid": order.oid, "venue_order": order.venue_order or "V?", "instrument": order.instrument,
            "side": order.side, "type": order.type, "qty": order.qty, "filled": order.filled,
            "status": Status.WORKING, "limit": order.limit, "stop": order.stop,
        }  # fmt: skip
        made = ev.VenueOrder(**{**fields, **changes})
        self.listed.append(made)
        return made

    def sent(self, kind: type = fx.Submit) -> list[Any]:
        """Return every effect of a kind so far."""
        return b.only(kind, self.effects)

    def steps(self) -> list[tuple[ev.Event, list[fx.Effect]]]:
        """Return every event so far and what was decided on it."""
        return [decode_record(payload) for payload in self.records]

    def alerts(self) -> list[str]:
        """Return the keys of all alerts so far."""
        return [alert.key for alert in self.sent(fx.Alert)]

    def refused(self, px: float = 100.0, target: float = 1.0, *, symbol: str = "AAPL") -> int:
        """Let the strategy want to enter and return how that ended."""
        return b.decision(self.bar(px, target, symbol=symbol))

    def check(self) -> None:
        """Fold all records into a new book: it must be the same, and position must follow from fills (B9, B29)."""
        again = b.engine(self.spec)
        for payload in self.records:
            again.recall(*decode_record(payload))
        assert digest(again.book.truth) == digest(self.engine.book.truth)


def limit_deployment(name: str = "alpha", **changes: Any) -> DeploymentSpec:
    return b.deployment_spec(name, entry_type=b.OrderType.LIMIT, **changes)


def sides(effects: list[fx.Effect]) -> list[tuple[str, Side]]:
    """Return kind and side of each order sent."""
    return [(str(e.type), e.side) for e in b.only(fx.Submit, effects)]
