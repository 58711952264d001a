"""A book worked by hand, with a recorder looking on: what the tests of reports are made of."""

from collections.abc import Sequence
from decimal import Decimal

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_effect, apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.spec import AccountSpec, DeploymentSpec, ExitSpec, RunSpec, SizeSpec
from openbell.core.types import MINUTE_NS, NS, ZERO, Instrument, OrderType, Side, Tif, client_order_id
from openbell.report.recorder import Recorder

START = 1_704_205_800 * NS
"""2024-01-02 14:30:00 UTC."""


def make_spec(
    symbols: Sequence[str] = ("AAA",),
    deployments: Sequence[str] = ("cross",),
    currency: str = "USD",
    quote: str = "USD",
    is_synthetic: bool = False,
) -> RunSpec:
    size, exits = (
        SizeSpec(kind="weight", value=Decimal("0.5")),
        ExitSpec(stop_loss=Decimal("0.02"), take_profit=Decimal("0.05")),
    )
    return RunSpec(
        title="by hand",
        mode="sim",
        instruments={symbol: Instrument(symbol=symbol, currency=quote) for symbol in symbols},
        accounts={"main": AccountSpec(name="main", venue="sim", currency=currency, cash={currency: Decimal(100000)})},
        deployments={
            name: DeploymentSpec(
                name=name,
                account="main",
                strategy="ema_cross",
                instruments=tuple(symbols),
                interval=MINUTE_NS,
                capital=Decimal(100000),
                size=size,
                exits=exits,
            )
            for name in deployments
        },
        is_synthetic=is_synthetic,
    )


class Desk:
    """Applies what happens to the book and shows it to the recorder."""

    def __init__(self, spec: RunSpec, mode: str = "sim") -> None:
        self.spec = spec
        self.book = Book(spec)
        self.recorder = Recorder(spec)
        self.index = 0
        self.ts = START
        self.take(ev.Genesis(ts=0, instance="ABCDEF", config="", code="", mode=mode, title=spec.title,
                             is_synthetic=spec.is_synthetic))  # fmt: skip

    def take(self, event: ev.Event, effects: Sequence[fx.Effect] = ()) -> None:
        apply_event(self.book, event)
        for effect in effects:
            apply_effect(self.book, effect, event.ts)
        self.recorder.watch(self.book, event, list(effects))

    def bar(self, close: float, symbol: str = "AAA", low: float | None = None, high: float | None = None) -> None:
        self.ts += MINUTE_NS
        low, high = low if low is not None else close, high if high is not None else close
        self.take(ev.Bar(ts=self.ts, instrument=symbol, open=close, high=high, low=low, close=close, volume=100.0,
                         interval=MINUTE_NS))  # fmt: skip

    def order(
        self,
        qty: int,
        symbol: str = "AAA",
        deployment: str = "cross",
        reason: int = Code.CROSS_UP,
        leaves: bool = False,
    ) -> str:
        """Send an order of `qty` signed units and return its id."""
        self.index += 1
        oid = client_order_id("ABCDEF", self.index)
        side = Side.BUY if qty > 0 else Side.SELL
        submit = fx.Submit(oid=oid, index=self.index, account="main", deployment=deployment, instrument=symbol, side=side,
                           qty=Decimal(abs(qty)), type=OrderType.MARKET, tif=Tif.GTC, reduce_only=leaves, reason=reason)  # fmt: skip
        decision = fx.Decision(deployment=deployment, instrument=symbol, signal=reason, code=reason, target=1.0)
        self.take(ev.Timer(ts=self.ts, deployment="", name="decide"), (submit, decision))
        return oid

    def fill_event(self, oid: str, px: str, fee: str = "0", qty: int = 0, exec_id: str = "") -> ev.Fill:
        order = self.book.truth.orders[oid]
        units = Decimal(qty) if qty else order.qty
        currency = self.spec.instruments[order.instrument].currency
        return ev.Fill(ts=self.ts, account="main", instrument=order.instrument, oid=oid, venue_order=f"V{oid}",
                       exec_id=exec_id or f"{oid}/{order.filled}", side=order.side, qty=units, px=Decimal(px), fee=Decimal(fee),
                       fee_currency=currency, time=self.ts)  # fmt: skip

    def trade(
        self, qty: int, px: str, fee: str = "0", symbol: str = "AAA", deployment: str = "cross",
        reason: int = Code.CROSS_UP,
    ) -> ev.Fill:  # fmt: skip
        """Send an order and fill it whole."""
        fill = self.fill_event(self.order(qty, symbol, deployment, reason), px, fee)
        self.take(fill)
        return fill

    def decide(self, code: int, count: int = 1) -> None:
        """Book `count` evaluations that ended in `code`."""
        name = next(iter(self.spec.deployments))
        symbol = next(iter(self.spec.instruments))
        decision = fx.Decision(deployment=name, instrument=symbol, signal=code, code=code)
        self.take(ev.Timer(ts=self.ts, deployment="", name="decide"), (decision,) * count)

    def net(self) -> Decimal:
        """Realised less fees over all positions."""
        return sum((p.realised - p.fees for p in self.book.all_positions()), ZERO)
