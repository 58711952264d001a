"""Runs strategies: what they say of an event, what becomes of it, how both are recorded."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import note_decision
from openbell.core.book import MOST_TIMERS
from openbell.core.codes import Code
from openbell.core.session import Session
from openbell.core.strategy import Row, StockStrategy, Wish, row_of
from openbell.core.traders import Traders
from openbell.core.types import ZERO, OrderType, Rounding, as_float, div, rescale
from openbell.core.view import Pair

Said = tuple[int, float | None]
"""What a stock strategy said: reason code and target, None while warming up."""
_REBALANCE = int(Code.REBALANCE)
"""A member of an enumeration costs 0.1 us to look up, which every bar would pay."""


def on_bar(traders: Traders, bar: ev.Bar) -> None:
    """Let every deployment of the bar's instrument and interval evaluate it."""
    pairs = traders.routed(bar)
    if not pairs:
        return
    session, open_ts = traders.desk.book.lanes[bar.instrument].session, bar.ts - bar.interval
    if not session.open <= open_ts < session.close:
        for pair in pairs:
            _note(traders, pair, Code.OUT_OF_SESSION)
        return
    row = row_of(bar, session)
    for pair in pairs:
        if pair.atr_state is not None:
            feel(traders, pair, row)
            if pair.position.qty and pair.atr:
                traders.desk.guard(pair)
        if pair.stock is not None:
            _run_stock(traders, pair, pair.stock, row)
        else:
            traders.gather(pair, bar)
            _run_free(traders, pair, "decide", bar)


def on_event(traders: Traders, event: ev.Event) -> None:
    """Hand an event other than a bar to the hooks that want it; only free strategies have any."""
    if not traders.views:
        return
    for name, hook, payload in traders.concerned(event):
        _run_free(traders, traders.first_pair(name), hook, payload)
    if isinstance(event, ev.Timer) and not event.deployment and event.name == ev.INSTANT:
        traders.instant = {}


def on_history(traders: Traders, past: ev.History) -> None:
    """Let a strategy see bars of before the start; one that raises is paused there."""
    for pair, error in warm(traders, past):
        _freeze(traders, pair, error)


def warm(traders: Traders, past: ev.History) -> Iterator[tuple[Pair, str]]:
    """Run a strategy over bars of the past for its memory; yield in words what it raised."""
    session = Session(calendar="", open=past.open, close=past.close)
    for bar in past.bars:
        pair, row = traders.pairs[past.deployment][bar.instrument], row_of(bar, session)
        if pair.atr_state is not None:
            feel(traders, pair, row)
        said = ask_stock(pair, pair.stock, row) if pair.stock else ask_free(traders, pair.name, "decide", bar)
        if isinstance(said, str):
            yield pair, said


def _run_stock(traders: Traders, pair: Pair, strategy: StockStrategy, row: Row) -> None:
    desk = traders.desk
    if desk.book.truth.latches and _is_frozen(traders, pair):
        return _note(traders, pair, Code.FROZEN)
    said = ask_stock(pair, strategy, row)
    if isinstance(said, str):
        return _freeze(traders, pair, said)
    signal, target = said
    code = signal
    intents: tuple[fx.Intent, ...] = ()
    if target is not None and (target != pair.position.decided or signal == _REBALANCE):
        intent = _stock_intent(pair, target, signal, row)
        code = desk.act(pair, intent)
        # Nonsense decides nothing.
        target, intents = None if code == Code.BAD_WISH else target, (intent,) if code == Code.WAITING_FOR_ORDER else ()
    decision = fx.Decision(
        deployment=pair.name, instrument=pair.symbol, signal=signal, code=code, target=target, numbers=pair.numbers(),
        intents=intents,
    )  # fmt: skip
    # As `desk.emit`, without the look-ups: this is the way of nearly every bar.
    desk.out.append(decision)
    note_decision(desk.book, pair.position, decision, desk.ts)
    return None


def ask_stock(pair: Pair, strategy: StockStrategy, row: Row) -> Said | str:
    """Return what a stock strategy says of a bar, or in words what it raised."""
    try:
        target, signal = strategy.step(pair.state, strategy.params, row)
    except Exception as error:  # noqa: BLE001 - guard: a strategy's fault pauses it and nothing else
        return f"{type(error).__name__}: {error}"
    return signal, None if target != target else target


def ask_free(traders: Traders, name: str, hook: str, event: Any) -> Sequence[Wish] | str:
    """Return what a free strategy wishes on an event, or in words what it raised."""
    strategy: Any = traders.strategies[name]
    try:
        wishes = tuple(getattr(strategy, hook)(strategy.config, traders.free_states[name], event, traders.views[name]))
    except Exception as error:  # noqa: BLE001 - guard: a strategy's fault pauses it and nothing else
        return f"{type(error).__name__}: {error}"
    strange = next((wish for wish in wishes if not isinstance(wish, (fx.Intent, fx.SetTimer, fx.Ask))), wishes)
    return wishes if strange is wishes else f"{strange!r}, which is no Intent, SetTimer or Ask"


def feel(traders: Traders, pair: Pair, row: Row) -> None:
    """Bring a pair's average true range up to date."""
    indicator = traders.atr[pair.name]
    value = indicator.step(pair.atr_state, indicator.params, row)
    pair.atr = ZERO if value != value else traders.desk.book.instrument(pair.symbol).price(value, Rounding.HALF_EVEN)


def on_split(traders: Traders, action: ev.CorporateAction) -> None:
    """Bring true ranges to the prices that a split leaves.

    A gap that nobody traded must place no stop.
    """
    if action.kind != "split" or traders.desk.book.truth.seen.get(f"action/{action.id}", 0) > 1:
        return
    for pair in (pairs[action.instrument] for pairs in traders.pairs.values() if action.instrument in pairs):
        if pair.atr_state is not None:
            for place, price in enumerate(pair.atr_state.d):
                pair.atr_state.d[place] = rescale(price, action.denominator, action.numerator)
            pair.atr = div(
                pair.atr * action.denominator,
                Decimal(action.numerator),
                traders.desk.book.instrument(pair.symbol).quantum,
            )


def _run_free(traders: Traders, pair: Pair, hook: str, event: Any) -> None:
    if _is_frozen(traders, pair):
        return _note(traders, pair, Code.FROZEN)
    wishes = ask_free(traders, pair.name, hook, event)
    if isinstance(wishes, str):
        return _freeze(traders, pair, wishes)
    timers = traders.desk.book.truth.timers
    if len(timers) + sum(isinstance(wish, fx.SetTimer) for wish in wishes) > MOST_TIMERS:
        return _freeze(traders, pair, f"more than {MOST_TIMERS} timers at once")
    for wish in wishes:
        if not isinstance(wish, fx.Intent):
            traders.desk.emit(msgspec.structs.replace(wish, deployment=pair.name))
    # One decision per instrument spoken of, so that each is found under its own name.
    spoken: dict[str, list[fx.Intent]] = {event.instrument: []} if hook == "decide" else {}
    for wish in wishes:
        if isinstance(wish, fx.Intent):
            spoken.setdefault(wish.instrument, []).append(wish)
    for symbol, intents in spoken.items():
        _obey(traders, pair.name, symbol, intents)
    return None


def _obey(traders: Traders, name: str, symbol: str, intents: list[fx.Intent]) -> None:
    pair = traders.pair(name, symbol)
    if pair is None:
        text = f"{name} wants {symbol}, which is not among its instruments"
        traders.desk.emit(fx.Alert(level="error", key=f"stray/{name}/{symbol}", text=text))
        return
    code: int = Code.NO_SIGNAL
    target: float | None = None
    for intent in intents:
        code, target = Code.ALREADY_DECIDED, intent.target
        if target != pair.position.decided or intent.rebalance:
            code = traders.desk.act(pair, intent)
        if code == Code.BAD_WISH:
            target = None
    signal = intents[-1].reason if intents else Code.NO_SIGNAL
    traders.desk.emit(
        fx.Decision(deployment=name, instrument=symbol, signal=signal, code=code, target=target, intents=tuple(intents))
    )


def _is_frozen(traders: Traders, pair: Pair) -> bool:
    latches, own = traders.desk.book.truth.latches, f"frozen/deployment:{pair.name}"
    return own in latches or f"{own}/{pair.symbol}" in latches


def _freeze(traders: Traders, pair: Pair, error: str) -> None:
    """A strategy raised: it takes no risk any more where that says nothing of what it knows; protection stays.

    A stock strategy remembers each instrument apart, so the others go on until a second one fails. What a free one
    remembers is of all, and nobody knows how much of it was written when it raised.
    """
    desk, name = traders.desk, pair.name
    own = f"deployment:{name}"
    others = (one for one in desk.book.truth.latches if one.startswith(f"frozen/{own}/"))
    is_whole = pair.stock is None or len(pair.spec.instruments) == 1 or set(others) - {f"frozen/{own}/{pair.symbol}"}
    where = name if is_whole else f"{name}/{pair.symbol}"
    reason = f"strategy {pair.spec.strategy} raised {error} on {pair.symbol}"
    desk.emit(fx.Latch(kind="frozen", scope=f"deployment:{where}", is_on=True, reason=reason))
    desk.emit(fx.Alert(level="critical", key=f"frozen/{where}", text=f"{where} paused: {reason}"))
    desk.emit(fx.Note(kind="strategy_error", text=reason))
    desk.cancel_scope(f"deployment:{where}", Code.STRATEGY_ERROR)
    _note(traders, pair, Code.STRATEGY_ERROR)


def _note(traders: Traders, pair: Pair, code: int) -> None:
    traders.desk.emit(fx.Decision(deployment=pair.name, instrument=pair.symbol, signal=code, code=code))


def _stock_intent(pair: Pair, target: float, signal: int, row: Row) -> fx.Intent:
    """Return what a stock strategy's target means.

    A limit entry stands at the price of the decision, a stop beyond it, where the market has to come first.
    """
    spec, limit, stop = pair.spec, None, None
    if spec.entry_type is OrderType.LIMIT:
        limit = row.close
    elif spec.entry_type is not OrderType.MARKET:
        sign = 1.0 if target > 0.0 else -1.0
        stop = row.close * (1.0 + sign * as_float(spec.entry_offset))
        if spec.entry_type is OrderType.STOP_LIMIT:
            limit = stop * (1.0 + sign * as_float(spec.entry_slack))
    return fx.Intent(
        instrument=pair.symbol, target=target, reason=signal, type=spec.entry_type, limit=limit, stop=stop,
        tif=spec.entry_tif,
    )  # fmt: skip
