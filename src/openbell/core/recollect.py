"""Memory across restarts: recorded steps redone, and memory as bytes.

Steps are redone for what strategies remember of them.
"""

from array import array
from collections.abc import Iterator

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.evaluate import ask_free, ask_stock, feel, on_split, warm
from openbell.core.strategy import FreeStrategy, Row, StockState, row_of
from openbell.core.traders import Traders
from openbell.core.view import Memory, Pair, PairMemory

_FAILED = (Code.STRATEGY_ERROR,)
_NOT_RUN = (Code.OUT_OF_SESSION, Code.FROZEN)
"""Signals noted for a strategy that was not asked; as the code of a refused order they say nothing of that."""


def recall(traders: Traders, event: ev.Event, effects: list[fx.Effect]) -> list[str]:
    """Run the strategies an event concerned, for their memory only.

    Returns:
        Deployments that now differ.
    """
    if isinstance(event, ev.Bar):
        return list(_recall_bar(traders, event, effects))
    if isinstance(event, ev.CorporateAction):
        on_split(traders, event)
    if isinstance(event, ev.DeploymentChange) and event.kind == "discard":
        traders.discard(event.deployment)
    if isinstance(event, ev.History):
        return [pair.name for pair, _ in warm(traders, event) if not _has_signal(pair.name, effects, _FAILED)]
    differing = [
        name
        for name, hook, payload in traders.concerned(event)
        # A hook is called for its memory; it differs if it raises now and did not then, or the other way round.
        if not _has_signal(name, effects, _NOT_RUN)
        and isinstance(ask_free(traders, name, hook, payload), str) is not _has_signal(name, effects, _FAILED)
    ]
    if isinstance(event, ev.Timer) and not event.deployment and event.name == ev.INSTANT:
        traders.instant = {}
    return differing


def _recall_bar(traders: Traders, bar: ev.Bar, effects: list[fx.Effect]) -> Iterator[str]:
    said = {(e.deployment, e.instrument): e for e in effects if isinstance(e, fx.Decision)}
    row = row_of(bar, traders.desk.book.session(bar.instrument))
    for pair in traders.routed(bar) or ():
        recorded = said.get((pair.name, pair.symbol))
        if recorded is None or recorded.signal == Code.OUT_OF_SESSION:
            continue
        if pair.atr_state is not None:
            feel(traders, pair, row)
        if recorded.signal == Code.FROZEN:
            continue
        traders.gather(pair, bar)
        if not _agrees(traders, pair, (bar, row), recorded):
            yield pair.name


def _agrees(traders: Traders, pair: Pair, told: tuple[ev.Bar, Row], recorded: fx.Decision) -> bool:
    bar, row = told
    if pair.stock is not None:
        said = ask_stock(pair, pair.stock, row)
        if isinstance(said, str):
            return recorded.code == Code.STRATEGY_ERROR
        # A wish that makes no sense is on record without its target.
        was_bad = (said[0], Code.BAD_WISH) == (recorded.signal, recorded.code)
        is_same = was_bad or said == (recorded.signal, recorded.target)
        return is_same and _same(pair.numbers(), recorded.numbers)
    wishes = ask_free(traders, pair.name, "decide", bar)
    if isinstance(wishes, str):
        return recorded.code == Code.STRATEGY_ERROR
    return recorded.intents == tuple(
        wish for wish in wishes if isinstance(wish, fx.Intent) and wish.instrument == pair.symbol
    )


def _has_signal(name: str, effects: list[fx.Effect], codes: tuple[Code, ...]) -> bool:
    """Return True if a deployment's decision has one of `codes` for its signal."""
    return any(isinstance(e, fx.Decision) and e.deployment == name and e.signal in codes for e in effects)


def _same(now: tuple[float, ...], recorded: tuple[float | None, ...]) -> bool:
    """Return True if two explanations agree, NaN (recorded as null or NaN) equal to itself."""
    return len(now) == len(recorded) and all(
        a == b or (a != a and (b is None or b != b)) for a, b in zip(now, recorded, strict=True)
    )


def memory_of(traders: Traders) -> Memory:
    """Return all memory as bytes."""
    stock = {
        name: {symbol: _pair_memory(pair) for symbol, pair in pairs.items()} for name, pairs in traders.pairs.items()
    }
    return Memory(
        stock=stock, free={name: msgspec.msgpack.encode(state) for name, state in traders.free_states.items()}
    )


def _pair_memory(pair: Pair) -> PairMemory:
    state, atr = pair.state, pair.atr_state
    return PairMemory(
        d=state.d.tobytes(), q=state.q.tobytes(), atr_d=atr.d.tobytes() if atr is not None else b"",
        atr_q=atr.q.tobytes() if atr is not None else b"", atr=pair.atr,
    )  # fmt: skip


def restore(traders: Traders, memory: Memory) -> list[str]:
    """Take over stored memory.

    Returns:
        Deployments whose memory has another shape and was not taken.
    """
    refused = set()
    for name, pairs in traders.pairs.items():
        for symbol, pair in pairs.items():
            stored = memory.stock.get(name, {}).get(symbol)
            if stored is None or not _restore_pair(pair, stored):
                refused.add(name)
    for name in traders.free_states:
        strategy = traders.strategies[name]
        if name not in memory.free or not isinstance(strategy, FreeStrategy):
            refused.add(name)
            continue
        try:
            traders.free_states[name] = msgspec.msgpack.decode(memory.free[name], type=strategy.state_type)
        except msgspec.ValidationError:
            refused.add(name)
    return sorted(refused)


def _restore_pair(pair: Pair, stored: PairMemory) -> bool:
    """Take over stored memory and return True; False, changing nothing, when it has another shape."""
    fits = len(stored.d) == 8 * len(pair.state.d) and len(stored.q) == 8 * len(pair.state.q)
    atr = pair.atr_state
    fits_atr = atr is None or (len(stored.atr_d), len(stored.atr_q)) == (8 * len(atr.d), 8 * len(atr.q))
    if not (fits and fits_atr):
        return False
    pair.state = StockState(array("d", stored.d), array("q", stored.q))
    if atr is not None:
        pair.atr_state = StockState(array("d", stored.atr_d), array("q", stored.atr_q))
    pair.atr = stored.atr
    return True
