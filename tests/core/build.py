"""Small makers that all tests of core and parts share: instruments, specs, books, engines, exchanges, events.

Everything happens on one day of a 24x7 calendar that begins at `T0`; bar number `n` closes `n` minutes later. The
test strategy does what the bar's volume says, so a test reads as a list of bars with targets.
"""

import math
from array import array
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.enable import account_digits
from openbell.core.engine import Engine
from openbell.core.exposure import Draft
from openbell.core.kill import accounts_in
from openbell.core.order import Order, new_order
from openbell.core.position import Position
from openbell.core.risk import Rule
from openbell.core.spec import AccountSpec, DeploymentSpec, ExitSpec, RunSpec, SizeSpec
from openbell.core.strategy import FreeStrategy, StockStrategy, Strategy
from openbell.core.types import MINUTE_NS, ZERO, Instrument, OrderType, Side, Tif
from openbell.core.view import Indicator
from openbell.parts.indicators import atr
from openbell.parts.venue.exchange import Exchange
from openbell.parts.venue.options import VenueOptions

DAY_NS = 1440 * MINUTE_NS
T0 = 19_700 * DAY_NS
TAG = "ABCDEF"
BOOM = 99.0
"""A volume at which the test strategy raises."""
ENDLESS = 1000
"""More events than one event from outside can cause."""
REBALANCE = 10.0
"""Added to a target it makes the test strategy ask for a rebalance."""


def d(text: object) -> Decimal:
    return Decimal(str(text))


def at(n: int) -> int:
    """Return the instant at which bar `n` closes."""
    return T0 + n * MINUTE_NS


# --- what a run is made of --------------------------------------------------------------------------------------


def instrument(symbol: str = "AAPL", **changes: Any) -> Instrument:
    return Instrument(**{"symbol": symbol, **changes})


def account_spec(name: str = "main", **changes: Any) -> AccountSpec:
    fields = {"venue": "sim", "currency": "USD", "cash": {"USD": d(100_000)}, "leverage": d(1)}
    return AccountSpec(name=name, **{**fields, **changes})


def deployment_spec(name: str = "alpha", **changes: Any) -> DeploymentSpec:
    fields: dict[str, Any] = {
        "account": "main",
        "strategy": "obey",
        "instruments": ("AAPL",),
        "interval": MINUTE_NS,
        "capital": d(100_000),
        "size": SizeSpec(kind="quantity", value=d(10)),
    }
    return DeploymentSpec(name=name, **{**fields, **changes})


def run_spec(
    *deployments: DeploymentSpec,
    instruments: Iterable[Instrument] = (),
    accounts: Iterable[AccountSpec] = (),
) -> RunSpec:
    listed = deployments or (deployment_spec(),)
    symbols = [symbol for spec in listed for symbol in spec.instruments]
    made = {one.symbol: one for one in instruments}
    return RunSpec(
        title="test",
        mode="sim",
        instruments=made | {symbol: instrument(symbol) for symbol in symbols if symbol not in made},
        accounts={one.name: one for one in (tuple(accounts) or (account_spec(),))},
        deployments={spec.name: spec for spec in listed},
    )


def exits(**fractions: object) -> ExitSpec:
    """Return exits from plain numbers: `exits(stop_loss="0.02")`."""
    fields: dict[str, Any] = {k: v if k == "atr_period" else d(v) for k, v in fractions.items()}
    return ExitSpec(**fields)


# --- strategies -------------------------------------------------------------------------------------------------


def _obey(state: Any, params: Any, row: Any) -> tuple[float, int]:
    state.d[0] = row.close
    state.q[0] += 1
    if row.volume == BOOM:
        raise ValueError("the strategy fell over")
    if row.volume >= REBALANCE - 1.0:
        return row.volume - REBALANCE, Code.REBALANCE
    target = row.volume
    if target != target:
        return target, Code.WARMING_UP
    return target, Code.SIGNAL_FLAT if target == 0 else Code.SIGNAL_LONG if target > 0 else Code.SIGNAL_SHORT


def obey() -> StockStrategy:
    """Return the stock strategy whose target is the bar's volume."""
    layout = (("close", "f8", 1), ("bars", "i8", 1))
    return StockStrategy(kind="obey", layout=layout, params=array("d"), step=_obey)


def free(decide: Callable[..., Any], state: type = dict, **hooks: Any) -> FreeStrategy:
    """Return a free strategy made of functions."""
    return FreeStrategy(kind="free", config=None, state=state, state_type=state, decide=decide, **hooks)


def silent(config: Any, state: Any, bar: Any, view: Any) -> list[Any]:
    return []


def volatility(spec: DeploymentSpec) -> Indicator:
    return Indicator(layout=atr.STATE, params=array("d", [float(spec.exits.atr_period)]), step=atr.step)


# --- books and engines ------------------------------------------------------------------------------------------


def genesis() -> ev.Genesis:
    return ev.Genesis(ts=T0 - 1, instance=TAG, config="", code="")


def session(day: int = 0, *, calendar: str = "24x7", is_open: bool = True, close: int = 0) -> ev.Schedule:
    """Return the opening (or closing) of the `day`-th session; `close` in minutes shortens it."""
    start = T0 + day * DAY_NS
    end = start + (close * MINUTE_NS or DAY_NS)
    ts = start if is_open else end + 1
    return ev.Schedule(ts=ts, calendar=calendar, date=f"day-{day}", open=start, close=end, is_open=is_open)


def book(spec: RunSpec | None = None) -> Book:
    """Return a book in session whose instance may send orders."""
    made = Book(spec or run_spec())
    apply_event(made, genesis())
    apply_event(made, session())
    return made


def engine(
    spec: RunSpec | None = None, *, rules: tuple[Rule, ...] = (), strategies: dict[str, Strategy] | None = None
) -> Engine:
    """Return an engine in session; every deployment obeys the volume unless `strategies` says otherwise."""
    run = spec or run_spec()
    bound = {name: obey() for name in run.deployments} | (strategies or {})
    made = Engine(Book(run), bound, rules, volatility)
    made.step(genesis())
    made.step(session())
    return made


def exchange(*instruments: Instrument, **options: Any) -> Exchange:
    """Return an exchange in session."""
    listed = instruments or (instrument(),)
    made = Exchange("main", {one.symbol: one for one in listed}, VenueOptions(**options))
    made.heed(session())
    return made


# --- events -----------------------------------------------------------------------------------------------------


def bar(n: int, close: float, target: float = 0.0, *, symbol: str = "AAPL", **changes: Any) -> ev.Bar:
    """Return bar `n`: flat at `close` unless `open`, `high`, `low` say otherwise; `target` is its volume."""
    start = changes.pop("open", close)
    fields = {
        "high": max(start, close),
        "low": min(start, close),
        "volume": target,
        "interval": MINUTE_NS,
    }
    return ev.Bar(ts=at(n), instrument=symbol, open=start, close=close, **{**fields, **changes})


def warming(n: int, close: float) -> ev.Bar:
    return bar(n, close, math.nan)


def fill(order: Order | fx.Submit, px: object, **changes: Any) -> ev.Fill:
    """Return an execution of all of an order at `px`, for no fee."""
    fields: dict[str, Any] = {
        "ts": at(1),
        "account": order.account,
        "instrument": order.instrument,
        "oid": order.oid,
        "venue_order": "V" + order.oid[7:],
        "exec_id": f"X{order.oid[7:]}-1",
        "side": order.side,
        "qty": order.qty,
        "px": d(px),
        "fee": ZERO,
        "fee_currency": "USD",
        "time": at(1),
    }
    return ev.Fill(**{**fields, **changes})


def update(order: Order | fx.Submit, happening: str, **changes: Any) -> ev.OrderUpdate:
    """Return what the venue says of an order."""
    fields: dict[str, Any] = {"ts": at(1), "time": at(1), "account": order.account, "oid": order.oid}
    return ev.OrderUpdate(happening=happening, **{**fields, **changes})


def command(
    kind: str, scope: str = "all", *, n: int = 1, key: str = "", close: bool = False, **changes: Any
) -> ev.Command:
    fields: dict[str, Any] = {"actor": "op", "reason": "test", "scope": scope, "close": close}
    return ev.Command(ts=at(n), id=key or f"{kind}-{n}", kind=kind, **{**fields, **changes})


def enable(made: Engine, scope: str = "all", *, n: int = 1, **changes: Any) -> ev.Command:
    """Return the command that opens a gate again, with the right digits typed."""
    digits = ",".join(account_digits(made.book, name) for name in accounts_in(made.book, scope))
    return command("enable", scope, n=n, **{"digits": digits, **changes})


def split(numerator: int, denominator: int, *, n: int = 1, symbol: str = "AAPL", key: str = "s1") -> ev.CorporateAction:
    return ev.CorporateAction(
        ts=at(n), instrument=symbol, kind="split", id=key, numerator=numerator, denominator=denominator
    )


def dividend(amount: object, *, n: int = 1, symbol: str = "AAPL", key: str = "d1") -> ev.CorporateAction:
    return ev.CorporateAction(ts=at(n), instrument=symbol, kind="dividend", id=key, amount=d(amount))


def flow(amount: object, kind: str = "deposit", *, n: int = 1, currency: str = "USD", key: str = "f1") -> ev.CashFlow:
    return ev.CashFlow(ts=at(n), account="main", currency=currency, amount=d(amount), kind=kind, id=key)


def fx_mark(rate: object, currency: str = "EUR", *, n: int = 1) -> ev.FxMark:
    return ev.FxMark(ts=at(n), currency=currency, base="USD", rate=d(rate))


# --- orders -----------------------------------------------------------------------------------------------------


def submit(side: str = "buy", qty: object = 10, **changes: Any) -> fx.Submit:
    """Return a market order unless a limit or stop says otherwise; prices may be plain numbers."""
    index = changes.pop("index", 1)
    fields: dict[str, Any] = {
        "oid": f"{TAG}-{index}",
        "index": index,
        "account": "main",
        "deployment": "alpha",
        "instrument": "AAPL",
        "side": Side(side),
        "qty": d(qty),
        "type": _type(changes),
        "tif": Tif.GTC,
    }
    prices: dict[str, Any] = {k: d(changes.pop(k)) for k in ("limit", "stop", "trail") if k in changes}
    return fx.Submit(**(fields | changes | prices))


def _type(changes: dict[str, Any]) -> OrderType:
    if "trail" in changes:
        return OrderType.TRAILING
    if "stop" in changes:
        return OrderType.STOP_LIMIT if "limit" in changes else OrderType.STOP
    return OrderType.LIMIT if "limit" in changes else OrderType.MARKET


def order(side: str = "buy", qty: object = 10, **changes: Any) -> Order:
    """Return an order just sent."""
    return new_order(submit(side, qty, **changes), at(0))


def draft(side: str = "buy", qty: object = 10, **changes: Any) -> Draft:
    made = submit(side, qty, **changes)
    return Draft(**{name: getattr(made, name) for name in Draft.__struct_fields__ if name in made.__struct_fields__})


# --- driving ----------------------------------------------------------------------------------------------------


def run(made: Engine, *happened: ev.Event) -> list[fx.Effect]:
    """Step through events and return the effects of the last one."""
    found: list[fx.Effect] = []
    for event in happened:
        found = made.step(event)
    return found


def only(kind: type, effects: Iterable[fx.Effect]) -> list[Any]:
    """Return the effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


def one(kind: type, effects: Iterable[fx.Effect]) -> Any:
    """Return the only effect of one kind."""
    found = only(kind, effects)
    assert len(found) == 1, found
    return found[0]


def decision(effects: Iterable[fx.Effect]) -> int:
    """Return how the only evaluation ended."""
    return int(one(fx.Decision, effects).code)


def levels(effects: Iterable[fx.Effect]) -> list[tuple[str, str]]:
    """Return level and key of each alert."""
    return [(alert.level, alert.key) for alert in only(fx.Alert, effects)]


def buy(made: Engine, n: int, px: float, target: float = 1.0, *, symbol: str = "AAPL") -> Order:
    """Let the strategy want `target` at bar `n`, fill the order at `px` and return it."""
    sent = one(fx.Submit, made.step(bar(n, px, target, symbol=symbol)))
    made.step(fill(sent, px, ts=at(n)))
    return made.book.truth.orders[sent.oid]


def held(made: Engine, name: str = "alpha", symbol: str = "AAPL") -> Position:
    return made.book.position(name, symbol)


def working(made: Engine, symbol: str = "AAPL") -> list[Order]:
    return list(made.book.open_orders[symbol].values())


def play(venue: Exchange, made: ev.Bar, answer: Callable[[ev.Event], Iterable[fx.Effect]] | None = None) -> list[Any]:
    """Play a bar on the exchange and return what it said; `answer` gets each event and may send effects back."""
    found = []
    for phase in venue.work(made):
        for event in phase:
            found.append(event)
            for effect in answer(event) if answer else ():
                venue.take(effect, event.ts)
    found += venue.speak(made.ts)
    return found


def fills(events: Iterable[ev.Event]) -> list[tuple[str, str, str]]:
    """Return (side, quantity, price) of each execution, as text."""
    return [(str(e.side), f"{e.qty:f}", plain(e.px)) for e in events if isinstance(e, ev.Fill)]


def said(events: Iterable[ev.Event]) -> list[str]:
    """Return what an exchange said of orders, in order."""
    return [e.happening for e in events if isinstance(e, ev.OrderUpdate)]


def plain(x: Decimal) -> str:
    """Return a number without zeros at its end."""
    text = f"{x:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def turn(made: Engine, venue: Exchange, event: ev.Event) -> list[ev.Event]:
    """Take one event from outside through exchange and engine, as the loop does; return all that happened."""
    happened: list[ev.Event] = []

    def deliver(one_event: ev.Event) -> list[fx.Effect]:
        happened.append(one_event)
        if len(happened) > ENDLESS:
            raise AssertionError(f"engine and exchange talk without end: {happened[-6:]}")
        return made.step(one_event)

    def send(effects: list[fx.Effect], ts: int) -> None:
        for effect in effects:
            if isinstance(effect, fx.Submit | fx.Amend | fx.Cancel):
                venue.take(effect, ts)

    def catch_up(ts: int) -> None:
        while venue.due <= ts:
            for answer in venue.speak(ts):
                send(deliver(answer), answer.ts)

    catch_up(event.ts - 1 if isinstance(event, ev.Schedule) else event.ts)
    if isinstance(event, ev.Bar):
        for phase in venue.work(event) if venue.is_touched(event) else ():
            for answer in phase:
                send(deliver(answer), answer.ts)
    else:
        venue.heed(event)
    send(deliver(event), event.ts)
    return happened
