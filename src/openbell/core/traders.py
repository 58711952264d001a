"""Runs the strategies: which of them an event concerns, what they say, and how the saying is recorded."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import note_decision
from openbell.core.codes import Code
from openbell.core.desk import Desk
from openbell.core.strategy import FreeStrategy, StockStrategy, Strategy, Wish, fresh_state
from openbell.core.types import ZERO, Rounding, require
from openbell.core.view import DeploymentView, Indicator, Memory, Pair, pair_bytes, restore_pair

_Said = tuple[int, float | None]


class Traders:
    """All deployments at run time. Memory changes here and nowhere else."""

    def __init__(
        self, desk: Desk, strategies: dict[str, Strategy], atr: Callable[[int], Indicator] | None = None
    ) -> None:
        """Bind each deployment to its strategy, with blank memory."""
        self.desk = desk
        self.strategies = strategies
        self.pairs: dict[str, dict[str, Pair]] = {}
        self.free_states: dict[str, Any] = {}
        self.views: dict[str, DeploymentView] = {}
        self._routes: dict[str, dict[int, list[Pair]]] = {}
        self._atr: dict[str, Indicator] = {}
        self._instant: dict[str, list[ev.Bar]] = {}
        for name, spec in desk.book.spec.deployments.items():
            require(name in strategies, f"deployment {name} has no strategy")
            strategy = strategies[name]
            if isinstance(strategy, FreeStrategy):
                self.free_states[name] = strategy.state()
                self.views[name] = DeploymentView(desk.book, name)
            if spec.exits.needs_atr and atr is not None:
                self._atr[name] = atr(spec.exits.atr_period)
            self._bind(name, strategy)

    def _bind(self, name: str, strategy: Strategy) -> None:
        spec = self.desk.book.spec.deployments[name]
        self.pairs[name] = {}
        for symbol in spec.instruments:
            pair = Pair(spec, self.desk.book.position(name, symbol), strategy)
            if name in self._atr:
                pair.atr_state = fresh_state(self._atr[name].layout)
            self.pairs[name][symbol] = pair
            self._routes.setdefault(symbol, {}).setdefault(spec.interval, []).append(pair)

    @property
    def wants_instants(self) -> bool:
        """True when a strategy asks to be called once after all bars of one instant."""
        return any(isinstance(s, FreeStrategy) and s.on_bars is not None for s in self.strategies.values())

    def pair(self, deployment: str, symbol: str) -> Pair | None:
        """Return a deployment's pair, None for an instrument or deployment that is not configured."""
        return self.pairs.get(deployment, {}).get(symbol)

    # --- events -------------------------------------------------------------------------------------------------

    def on_bar(self, bar: ev.Bar) -> None:
        """Let every deployment of the bar's instrument and interval evaluate it."""
        by_interval = self._routes.get(bar.instrument)
        pairs = by_interval.get(bar.nominal or bar.interval) if by_interval else None
        if not pairs:
            return
        session, open_ts = self.desk.book.lanes[bar.instrument].session, bar.ts - bar.interval
        if not session.open <= open_ts < session.close:
            for pair in pairs:
                self._note(pair, Code.OUT_OF_SESSION)
            return
        for pair in pairs:
            if pair.atr_state is not None:
                self._feel(pair, bar)
            if pair.stock is not None:
                self._run_stock(pair, pair.stock, bar)
            else:
                self._gather(pair, bar)
                self._run_free(pair, "decide", bar)

    def _run_stock(self, pair: Pair, strategy: StockStrategy, bar: ev.Bar) -> None:
        if self.desk.book.truth.latches and self._is_frozen(pair):
            return self._note(pair, Code.FROZEN)
        said = self._step(pair, strategy, bar)
        if said is None:
            return self._freeze(pair)
        signal, target = said
        code = signal
        if target is not None and (target != pair.position.decided or signal == Code.REBALANCE):
            intent = fx.Intent(instrument=pair.symbol, target=target, reason=signal, type=pair.spec.entry_type)
            code = self.desk.act(pair, intent)
        decision = fx.Decision(
            deployment=pair.name,
            instrument=pair.symbol,
            signal=signal,
            code=code,
            target=target,
            numbers=pair.numbers(),
        )
        desk = self.desk
        desk.out.append(decision)
        note_decision(desk.book, pair.position, decision, desk.ts)
        return None

    def _step(self, pair: Pair, strategy: StockStrategy, bar: ev.Bar) -> _Said | None:
        try:
            target, signal = strategy.step(pair.state, strategy.params, bar)
        except Exception:  # guard: strategy
            return None
        return signal, None if target != target else target

    def _run_free(self, pair: Pair, hook: str, event: Any) -> None:
        if self._is_frozen(pair):
            return self._note(pair, Code.FROZEN)
        wishes = self._call(pair.spec.name, hook, event)
        if wishes is None:
            return self._freeze(pair)
        self._obey(pair, wishes, hook)
        return None

    def _call(self, name: str, hook: str, event: Any) -> Sequence[Wish] | None:
        strategy = self.strategies[name]
        function = getattr(strategy, hook)
        try:
            return tuple(function(getattr(strategy, "config"), self.free_states[name], event, self.views[name]))
        except Exception:  # guard: strategy
            return None

    def _obey(self, pair: Pair, wishes: Sequence[Wish], hook: str) -> None:
        intents = tuple(wish for wish in wishes if isinstance(wish, fx.Intent))
        for wish in wishes:
            if not isinstance(wish, fx.Intent):
                self.desk.emit(msgspec.structs.replace(wish, deployment=pair.spec.name))
        # One decision per instrument spoken of, so that each is found under its own name.
        spoken: dict[str, list[fx.Intent]] = {} if hook != "decide" else {pair.symbol: []}
        for intent in intents:
            spoken.setdefault(intent.instrument, []).append(intent)
        for symbol, wanted in spoken.items():
            self._obey_one(pair.spec.name, symbol, wanted)

    def _obey_one(self, name: str, symbol: str, intents: list[fx.Intent]) -> None:
        pair = self.pair(name, symbol)
        if pair is None:
            text = f"{name} wants {symbol}, which is not among its instruments"
            self.desk.emit(fx.Alert(level="error", key=f"stray/{name}/{symbol}", text=text))
            return
        code: int = Code.NO_SIGNAL
        target = None
        for intent in intents:
            code = Code.ALREADY_DECIDED
            target = intent.target
            if target != pair.position.decided or intent.rebalance:
                code = self.desk.act(pair, intent)
        signal = intents[-1].reason if intents else Code.NO_SIGNAL
        self.desk.emit(
            fx.Decision(
                deployment=name, instrument=symbol, signal=signal, code=code, target=target, intents=tuple(intents)
            )
        )

    def _feel(self, pair: Pair, bar: ev.Bar) -> None:
        indicator = self._atr[pair.spec.name]
        value = indicator.step(pair.atr_state, indicator.params, bar)
        instrument = self.desk.book.instrument(pair.symbol)
        pair.atr = ZERO if value != value else instrument.price(value, Rounding.HALF_EVEN)

    def _is_frozen(self, pair: Pair) -> bool:
        latches = self.desk.book.truth.latches
        return bool(latches) and f"frozen/deployment:{pair.spec.name}" in latches

    def _freeze(self, pair: Pair) -> None:
        """A strategy raised: its deployment is paused with an alert, its protective orders stay."""
        name = pair.spec.name
        reason = f"strategy {pair.spec.strategy} raised an exception on {pair.symbol}"
        self.desk.emit(fx.Latch(kind="frozen", scope=f"deployment:{name}", is_on=True, reason=reason))
        self.desk.emit(fx.Alert(level="critical", key=f"frozen/{name}", text=f"{name} paused: {reason}"))
        self.desk.emit(fx.Note(kind="strategy_error", text=reason))
        self._note(pair, Code.STRATEGY_ERROR)

    def _note(self, pair: Pair, code: int) -> None:
        self.desk.emit(fx.Decision(deployment=pair.spec.name, instrument=pair.symbol, signal=code, code=code))

    def on_event(self, event: ev.Event) -> None:
        """Hand an event other than a bar to the hooks that want it."""
        for name, hook, payload in self._concerned(event):
            self._run_free(next(iter(self.pairs[name].values())), hook, payload)
        if isinstance(event, ev.Timer) and not event.deployment:
            self._instant = {}

    def _concerned(self, event: ev.Event) -> list[tuple[str, str, Any]]:
        """Return (deployment, hook, what to hand over) for every free strategy an event concerns."""
        if isinstance(event, ev.Fill):
            order = self.desk.book.truth.orders.get(event.oid)
            found = [(order.deployment, "on_fill", event)] if order is not None else []
        elif isinstance(event, ev.Quote):
            names = [name for name, pairs in self.pairs.items() if event.instrument in pairs]
            found = [(name, "on_quote", event) for name in names]
        elif isinstance(event, ev.Answer):
            found = [(event.deployment, "on_answer", event)]
        elif isinstance(event, ev.Timer) and event.deployment:
            found = [(event.deployment, "on_timer", event)]
        elif isinstance(event, ev.Timer):
            found = [(name, "on_bars", tuple(bars)) for name, bars in self._instant.items()]
        else:
            found = []
        return [(name, hook, payload) for name, hook, payload in found if self._has(name, hook)]

    def _has(self, name: str, hook: str) -> bool:
        strategy = self.strategies.get(name)
        return isinstance(strategy, FreeStrategy) and getattr(strategy, hook) is not None

    # --- memory -------------------------------------------------------------------------------------------------

    def recall(self, event: ev.Event, effects: list[fx.Effect]) -> list[str]:
        """Run the strategies an event concerned for their memory only; return the deployments that now differ."""
        said = {(e.deployment, e.instrument): e for e in effects if isinstance(e, fx.Decision)}
        differing = []
        if isinstance(event, ev.Bar):
            for pair in self._routes.get(event.instrument, {}).get(event.nominal or event.interval, ()):
                recorded = said.get((pair.spec.name, pair.symbol))
                if recorded is None or recorded.code in (Code.OUT_OF_SESSION, Code.FROZEN, Code.STRATEGY_ERROR):
                    continue
                if pair.atr_state is not None:
                    self._feel(pair, event)
                self._gather(pair, event)
                if not self._agrees(pair, event, recorded):
                    differing.append(pair.spec.name)
            return differing
        for name, hook, payload in self._concerned(event):
            if self._call(name, hook, payload) is None:
                differing.append(name)
        if isinstance(event, ev.Timer) and not event.deployment:
            self._instant = {}
        return differing

    def _gather(self, pair: Pair, bar: ev.Bar) -> None:
        if pair.stock is None and self._has(pair.spec.name, "on_bars"):
            self._instant.setdefault(pair.spec.name, []).append(bar)

    def _agrees(self, pair: Pair, bar: ev.Bar, recorded: fx.Decision) -> bool:
        if pair.stock is not None:
            said = self._step(pair, pair.stock, bar)
            return said == (recorded.signal, recorded.target) and _same(pair.numbers(), recorded.numbers)
        wishes = self._call(pair.spec.name, "decide", bar)
        if wishes is None:
            return False
        wanted = [w for w in wishes if isinstance(w, fx.Intent) and w.instrument == pair.symbol]
        return tuple(wanted) == recorded.intents

    def discard(self, deployment: str) -> None:
        """Forget what a deployment remembers; it warms up anew."""
        strategy = self.strategies[deployment]
        if isinstance(strategy, FreeStrategy):
            self.free_states[deployment] = strategy.state()
        for pair in self.pairs[deployment].values():
            if pair.stock is not None:
                pair.state = fresh_state(pair.stock.layout)
            if pair.atr_state is not None:
                pair.atr_state = fresh_state(self._atr[deployment].layout)
            pair.atr = ZERO

    def memory(self) -> Memory:
        """Return all memory as bytes."""
        stock = {
            name: {symbol: pair_bytes(pair) for symbol, pair in pairs.items()} for name, pairs in self.pairs.items()
        }
        free = {name: msgspec.msgpack.encode(state) for name, state in self.free_states.items()}
        return Memory(stock=stock, free=free)

    def restore(self, memory: Memory) -> list[str]:
        """Take over stored memory; return the deployments whose memory has another shape and was not taken."""
        refused = set()
        for name, pairs in self.pairs.items():
            for symbol, pair in pairs.items():
                stored = memory.stock.get(name, {}).get(symbol)
                if stored is None or not restore_pair(pair, stored):
                    refused.add(name)
        for name in self.free_states:
            strategy = self.strategies[name]
            if name in memory.free and isinstance(strategy, FreeStrategy):
                try:
                    self.free_states[name] = msgspec.msgpack.decode(memory.free[name], type=strategy.state_type)
                except msgspec.ValidationError:
                    refused.add(name)
        return sorted(refused)


def _same(now: tuple[float, ...], recorded: tuple[float | None, ...]) -> bool:
    """Return True if two explanations agree, NaN (recorded as null or NaN) equal to itself."""
    if len(now) != len(recorded):
        return False
    return all(a == b or (a != a and (b is None or b != b)) for a, b in zip(now, recorded, strict=True))

