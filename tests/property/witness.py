"""A witness that sees every event with its effects, keeps books of its own, and says which invariant broke.

The names B1 to B33 are those of the reliability catalogue. Nothing of the core's arithmetic is used but
`Instrument.value` and `div`; positions and cash are kept from the events alone.
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_effect, apply_event
from openbell.core.book import EXTERNAL, Book
from openbell.core.desk import covers
from openbell.core.engine import Engine
from openbell.core.exposure import Draft, reducible
from openbell.core.order import TABLE, Happening, Outcome
from openbell.core.record import decode_record, digest, encode_record
from openbell.core.risk import Approved, Facts, Rule, review
from openbell.core.types import E8, TERMINAL, ZERO, OrderType, Rounding, Side, Status, Tif, div, money

Key = tuple[str, str, str, str]
ORDERS = ("B1", "B4", "B5", "B6", "B7", "B14")
MONEY = ("B9", "B10", "B11", "B13", "B24")
RISK = ("B15", "B20", "B21", "B23")
RECOVERY = ("B29", "B33")
ALL = (*ORDERS, *MONEY, *RISK, *RECOVERY)


class Broken(AssertionError):
    """An invariant does not hold; the text begins with its name."""


def need(condition: object, name: str, what: str) -> None:
    if not condition:
        raise Broken(f"{name}: {what}")


class Booked(msgspec.Struct):
    """One execution as the witness booked it."""

    deployment: str
    qty: Decimal
    cash: Decimal
    fee: Decimal
    fee_currency: str


def hops(status: Status) -> set[Status]:
    """Return where one happening can take an order."""
    found = {status}
    for said in TABLE[status].values():
        if isinstance(said, Status):
            found.add(said)
        elif said is Outcome.OPEN:
            found |= {Status.WORKING, Status.PARTIAL}
    if Happening.REDUCED in TABLE[status] and status not in TERMINAL:
        # A change that leaves nothing to execute ends the order.
        found |= {Status.FILLED, Status.CANCELLED}
    return found


class Witness:
    """Sees one engine through its life."""

    def __init__(self, engine: Engine, fresh: Callable[[], Engine], names: tuple[str, ...] = ALL) -> None:
        self.engine = engine
        self.names = names
        self.spec = engine.book.spec
        self.folded = Book(self.spec)
        self.recalled = fresh() if "B33" in names else None
        self.statuses: dict[str, Status] = {}
        self.filled: dict[str, Decimal] = {}
        self.ids: list[int] = []
        self.booked: dict[Key, Booked | None] = {}
        self.qty: dict[tuple[str, str], Decimal] = {}
        account = engine.book.truth.accounts["main"]
        self.cash = dict(account.opening)
        self.peak = account.peak
        self.equity = account.equity
        self.latches: dict[str, str] = {}
        self.seen: set[str] = set()
        self.trace: list[bytes] = []

    def take(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        """See one step that the engine has taken."""
        raw = encode_record(event, effects)
        self.trace.append(raw)
        event, effects = decode_record(raw)
        self._book(event)
        for effect in effects:
            if isinstance(effect, fx.Adjust) and self._once(f"adjustment/{effect.id}"):
                self._hold(effect.deployment or EXTERNAL, effect.instrument, effect.qty)
                self._pay(effect.currency, effect.cash)
        self._fold(event, effects)
        for name in self.names:
            check = getattr(self, f"_{name}", None)
            if check is not None:
                check(event, effects)
        account = self.engine.book.truth.accounts["main"]
        self.peak, self.equity = account.peak, account.equity

    # --- books of its own ---------------------------------------------------------------------------------------

    def _book(self, event: ev.Event) -> None:
        if isinstance(event, ev.Fill):
            self._fill(event)
        elif isinstance(event, ev.CashFlow) and self._once(f"flow/{event.id}"):
            self._pay(event.currency, event.amount)
        elif isinstance(event, ev.CorporateAction) and self._once(f"action/{event.id}"):
            self._action(event)

    def _once(self, key: str) -> bool:
        is_new = key not in self.seen
        self.seen.add(key)
        return is_new

    def _pay(self, currency: str, amount: Decimal) -> None:
        if amount:
            self.cash[currency] = self.cash.get(currency, ZERO) + amount

    def _hold(self, deployment: str, symbol: str, qty: Decimal) -> None:
        if symbol:
            key = (deployment, symbol)
            self.qty[key] = self.qty.get(key, ZERO) + qty

    def _fill(self, fill: ev.Fill) -> None:
        place = (fill.account, fill.instrument, fill.venue_order)
        old = self.booked.get((*place, fill.supersedes)) if fill.supersedes else None
        if old is not None:
            self.booked[(*place, fill.supersedes)] = None
            self._hold(old.deployment, fill.instrument, -old.qty)
            self._pay(self._currency(fill.instrument), -old.cash)
            self._charge(old.deployment, fill.instrument, old.fee_currency, -old.fee)
        if fill.is_bust or (*place, fill.exec_id) in self.booked:
            return
        order = self.engine.book.truth.orders.get(fill.oid)
        qty = fill.qty * fill.side.sign
        made = Booked(
            deployment=order.deployment if order is not None else EXTERNAL,
            qty=qty,
            cash=-self.spec.instruments[fill.instrument].value(qty, fill.px),
            fee=fill.fee,
            fee_currency=fill.fee_currency,
        )
        self.booked[(*place, fill.exec_id)] = made
        self._hold(made.deployment, fill.instrument, made.qty)
        self._pay(self._currency(fill.instrument), made.cash)
        self._charge(made.deployment, fill.instrument, made.fee_currency, made.fee)

    def _charge(self, deployment: str, symbol: str, currency: str, fee: Decimal) -> None:
        """Take a fee from the money, or from the units of the coin that was bought."""
        if currency == self.spec.instruments[symbol].base:
            self._hold(deployment, symbol, -fee)
        else:
            self._pay(currency, -fee)

    def _currency(self, symbol: str) -> str:
        return self.spec.instruments[symbol].currency

    def _action(self, event: ev.CorporateAction) -> None:
        instrument = self.spec.instruments[event.instrument]
        px = self.engine.book.truth.marks[event.instrument].px
        for key, qty in list(self.qty.items()):
            if key[1] != event.instrument or not qty:
                continue
            if event.kind == "dividend":
                self._pay(instrument.currency, money(event.amount * qty))
                continue
            sign = 1 if qty > 0 else -1
            exact = abs(qty) * event.numerator
            whole = div(exact, Decimal(event.denominator), instrument.lot, Rounding.FLOOR)
            lost = div(exact, Decimal(event.denominator), E8, Rounding.FLOOR) - whole
            self.qty[key] = sign * whole
            if px is not None:
                self._pay(instrument.currency, instrument.value(sign * lost, px))

    # --- orders -------------------------------------------------------------------------------------------------

    def _fold(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        apply_event(self.folded, event)
        self._moves(event, twice=isinstance(event, ev.Fill) and bool(event.supersedes))
        for effect in effects:
            self._before(effect)
            apply_effect(self.folded, effect, event.ts)
            self._moves(event, twice=False)
            self._after(effect)

    def _moves(self, event: ev.Event, twice: bool) -> None:
        for oid, order in self.folded.truth.orders.items():
            before = self.statuses.get(oid, Status.SENT)
            if order.status is not before and "B4" in self.names:
                reach = set().union(*map(hops, hops(before))) if twice else hops(before)
                need(order.status in reach, "B4", f"{oid} went from {before} to {order.status} on {event}")
                need(before not in TERMINAL, "B4", f"{oid} left its end {before}")
            was = self.filled.get(oid, ZERO)
            if "B6" in self.names and order.filled < was:
                need(isinstance(event, ev.Fill) and event.supersedes, "B6", f"{oid} has less filled after {event}")
            self.statuses[oid], self.filled[oid] = order.status, order.filled

    def _B1(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        live: dict[tuple[str, str], list[str]] = {}
        for order in self.engine.book.truth.orders.values():
            if order.is_open and not order.reduce_only and order.status is not Status.CANCELLING:
                live.setdefault((order.deployment, order.instrument), []).append(order.oid)
        need(all(len(found) == 1 for found in live.values()), "B1", f"more than one live entry: {live}")

    def _B5(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        orders = self.engine.book.truth.orders.values()
        theirs = sum(1 for order in orders for one in order.executions.values() if one.qty)
        ours = sum(1 for made in self.booked.values() if made is not None and made.deployment != EXTERNAL)
        need(theirs == ours, "B5", f"{theirs} executions applied, {ours} told")

    def _B6(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        for order in self.engine.book.truth.orders.values():
            executed = sum((abs(one.qty) for one in order.executions.values()), ZERO)
            need(order.filled == executed, "B6", f"{order.oid} has {order.filled} filled of {executed}")
            if order.is_open and order.wanted is None:
                whole = order.filled + order.leaves - order.overfill
                need(order.qty == whole, "B6", f"{order.oid}: {order.qty} ordered, {whole} accounted for")
                need(order.leaves > 0, "B6", f"{order.oid} is {order.status} and leaves nothing")
            if not order.is_open:
                need(order.leaves == 0, "B6", f"{order.oid} has ended and leaves {order.leaves}")
            if order.status is Status.FILLED and all(one.qty for one in order.executions.values()):
                need(order.filled >= order.qty, "B6", f"{order.oid} is filled with {order.filled} of {order.qty}")

    def _B14(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        truth = self.engine.book.truth
        account = truth.accounts["main"]
        amounts: list[object] = [account.equity, account.peak, account.trading_result, account.fx_result]
        for held in (account.cash, account.flows, account.income, account.fees, account.values):
            amounts += held.values()
        for position in self.engine.book.all_positions():
            amounts += [position.qty, position.cost, position.realised, position.fees, position.value]
        for amount in amounts:
            is_money = isinstance(amount, Decimal) and amount.is_finite() and amount % E8 == 0
            need(is_money, "B14", f"{amount!r} is no money")

    # --- what goes out ------------------------------------------------------------------------------------------

    def _before(self, effect: fx.Effect) -> None:
        if isinstance(effect, fx.Submit):
            if "B7" in self.names:
                need(not self.ids or effect.index == self.ids[-1] + 1, "B7", f"{effect.index} after {self.ids[-1:]}")
                need(effect.oid not in self.statuses, "B7", f"{effect.oid} was used before")
            self.ids.append(effect.index)
            if "B23" in self.names and not effect.reduce_only:
                for key, scope in self.latches.items():
                    over = covers(scope, effect.account, effect.deployment, effect.instrument)
                    need(not over, "B23", f"{effect.oid} adds risk under {key}")
            if "B20" in self.names and effect.reduce_only:
                self._reduces(effect)
            if "B14" in self.names:
                self._on_grid(effect.instrument, effect.qty, (effect.limit, effect.stop))
        elif isinstance(effect, fx.Amend):
            order = self.folded.truth.orders[effect.oid]
            if "B14" in self.names:
                self._on_grid(order.instrument, effect.qty, (effect.limit,))
            if "B20" in self.names and order.reduce_only:
                held = abs(self.folded.position(order.deployment, order.instrument).qty)
                need(effect.qty - order.filled <= held, "B20", f"{order.oid} would grow beyond {held}")
        elif isinstance(effect, fx.Latch) and effect.level == "hold":
            # A warning closes nothing, and its end opens nothing.
            key = f"{effect.kind}/{effect.scope}"
            if effect.is_on:
                self.latches.setdefault(key, effect.scope)
            else:
                self.latches.pop(key, None)

    def _on_grid(self, symbol: str, qty: Decimal, prices: tuple[Decimal | None, ...]) -> None:
        instrument = self.spec.instruments[symbol]
        need(qty > 0 and qty % instrument.lot == 0, "B14", f"{qty} is no quantity of {symbol}")
        for px in prices:
            on_grid = px is None or (isinstance(px, Decimal) and px > 0 and instrument.is_on_tick(px))
            need(on_grid, "B14", f"{px} is no price of {symbol}")

    def _reduces(self, submit: fx.Submit) -> None:
        position = self.folded.position(submit.deployment, submit.instrument)
        need(position.qty * submit.side.sign < 0, "B20", f"{submit.oid} does not reduce {position.qty}")
        leaving = submit.qty
        if submit.type is OrderType.MARKET:
            others = self.folded.pair_orders(submit.deployment, submit.instrument)
            market = [o for o in others if o.reduce_only and o.type is OrderType.MARKET and o.side is submit.side]
            leaving += sum((o.leaves for o in market), ZERO)
        need(leaving <= abs(position.qty), "B20", f"{submit.oid} would flip {position.qty}")

    def _after(self, effect: fx.Effect) -> None:
        if not (isinstance(effect, fx.Submit) and not effect.reduce_only and "B15" in self.names):
            return
        book, account = self.folded, self.folded.truth.accounts[effect.account]
        gross = ZERO
        for symbol in self.spec.instruments:
            gross += self._worst(symbol)
        limit = account.equity * self.spec.accounts[effect.account].leverage
        need(gross <= limit + E8 * 10, "B15", f"{effect.oid} could make {gross} of {limit}")
        used = sum(
            (self._worst(s, effect.deployment) for s in self.spec.deployments[effect.deployment].instruments), ZERO
        )
        capital = book.deployment_equity(effect.deployment)
        need(used <= capital + E8 * 10, "B15", f"{effect.deployment} could use {used} of {capital}")

    def _worst(self, symbol: str, deployment: str = "") -> Decimal:
        book, instrument = self.folded, self.spec.instruments[symbol]
        orders = [o for o in book.open_orders[symbol].values() if not o.reduce_only]
        orders = [o for o in orders if deployment in ("", o.deployment)]
        net = sum((p.qty for p in book.holders[symbol] if deployment in ("", p.deployment)), ZERO)
        if not (net or orders):
            return ZERO
        px = self._px(symbol)
        buys = sum((o.leaves for o in orders if o.side is Side.BUY), ZERO)
        sells = sum((o.leaves for o in orders if o.side is Side.SELL), ZERO)
        most = max(abs(net + buys), abs(net - sells), abs(net))
        rate = book.rate(book.truth.accounts["main"], symbol)
        return money(instrument.value(most, px) * rate)

    def _px(self, symbol: str) -> Decimal:
        mark = self.engine.book.truth.marks[symbol]
        return self.spec.instruments[symbol].price(mark.close, Rounding.HALF_EVEN) if mark.px is None else mark.px

    def _B21(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        book = self.engine.book
        for name in self.spec.deployments:
            for symbol, position in book.truth.positions[name].items():
                if not position.qty:
                    continue
                side = Side.SELL if position.qty > 0 else Side.BUY
                draft = Draft(
                    account="main",
                    deployment=name,
                    instrument=symbol,
                    side=side,
                    qty=abs(position.qty),
                    type=OrderType.MARKET,
                    tif=Tif.GTC,
                    reduce_only=True,
                    oco=f"{name}/{symbol}/{position.entries}",
                )
                room = reducible(book, draft)
                if room:
                    verdict = review(book, (*self.engine.desk.rules, NO_ENTRIES), with_qty(draft, room), event.ts)
                    need(isinstance(verdict, Approved), "B21", f"{name} may not leave {symbol}: {verdict}")

    # --- money --------------------------------------------------------------------------------------------------

    def _B9(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        for position in self.engine.book.all_positions():
            told = self.qty.get((position.deployment, position.instrument), ZERO)
            need(
                position.qty == told,
                "B9",
                f"{position.deployment} holds {position.qty} {position.instrument}, told {told}",
            )
        for symbol in self.spec.instruments:
            total = sum((q for key, q in self.qty.items() if key[1] == symbol), ZERO)
            held = sum((p.qty for p in self.engine.book.all_positions() if p.instrument == symbol), ZERO)
            need(held == total, "B9", f"the account holds {held} {symbol}, told {total}")

    def _B10(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        truth = self.engine.book.truth
        account = truth.accounts["main"]
        worth = dict(self.cash)
        for (_, symbol), qty in self.qty.items():
            if qty:
                value = self.spec.instruments[symbol].value(qty, self._px(symbol))
                currency = self._currency(symbol)
                worth[currency] = worth.get(currency, ZERO) + value
        equity = worth.pop("USD")
        for currency, amount in worth.items():
            equity += money(amount * account.rates.get(currency, ZERO))
        need(abs(account.equity - equity) <= E8 * 10, "B10", f"equity is {account.equity}, should be {equity}")
        parts = account.equity_start + account.net_flows + account.fx_result + account.trading_result
        need(account.equity == parts, "B10", f"equity {account.equity} is not the sum of its parts {parts}")

    def _B11(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        account = self.engine.book.truth.accounts["main"]
        for currency in set(account.cash) | set(self.cash):
            told = self.cash.get(currency, ZERO)
            cash = account.cash.get(currency, ZERO)
            need(cash == told, "B11", f"cash is {cash} {currency}, told {told}")
            own = [p for p in self.engine.book.all_positions() if self._currency(p.instrument) == currency]
            bound = sum((p.realised - p.cost for p in own), ZERO)
            paid = sum((kind.get(currency, ZERO) for kind in (account.opening, account.flows, account.income)), ZERO)
            paid -= account.fees.get(currency, ZERO)
            need(cash == paid + bound, "B11", f"cash is {cash} {currency}, follows as {paid + bound}")

    def _B13(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        keys = [effect.key for effect in effects if isinstance(effect, fx.Alert)]
        for effect in effects:
            if isinstance(effect, fx.Adjust):
                need(effect.cause and f"adjustment/{effect.id}" in keys, "B13", f"{effect} was not told")

    def _B24(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        account = self.engine.book.truth.accounts["main"]
        is_flow = isinstance(event, ev.CashFlow) and event.kind in ("deposit", "withdrawal")
        shifted = self.peak + (account.equity - self.equity) if is_flow else self.peak
        wanted = max(shifted, account.equity)
        need(account.peak == wanted, "B24", f"the peak is {account.peak}, should be {wanted} after {event}")

    # --- recovery -----------------------------------------------------------------------------------------------

    def _B29(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        same = digest(self.folded.truth) == digest(self.engine.book.truth)
        need(same, "B29", f"the record folds to another truth from {type(event).__name__} on")

    def _B33(self, event: ev.Event, effects: list[fx.Effect]) -> None:
        recalled = self.recalled
        if recalled is None:
            return
        differing = recalled.recall(event, effects)
        need(not differing, "B33", f"{differing} say something else when recalled")
        same = digest(recalled.book.truth) == digest(self.engine.book.truth)
        need(same, "B33", f"a recalled engine has another truth from {type(event).__name__} on")
        need(
            digest(recalled.memory()) == digest(self.engine.memory()), "B33", "a recalled engine remembers other things"
        )


def with_qty(draft: Draft, qty: Decimal) -> Draft:
    return msgspec.structs.replace(draft, qty=qty)


def _refuse(params: tuple[int, ...], facts: Facts) -> int:
    return 299


NO_ENTRIES = Rule(kind="no_entries", applies="entry", params=(), check=_refuse)
