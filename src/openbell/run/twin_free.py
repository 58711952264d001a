"""Free strategies in a compiled run.

They cost one call of Python a bar, and one an instant where they take its bars together.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from openbell.core.codes import Code
from openbell.core.effects import Intent
from openbell.core.events import Bar
from openbell.core.position import Position
from openbell.core.strategy import FreeStrategy
from openbell.core.types import E8, ZERO
from openbell.parts.kernels import layout as k
from openbell.parts.kernels.calls import F_ADDRESS, F_SAID, FREE, MORE

if TYPE_CHECKING:
    from openbell.run.compiled import Twin

STRANGE = -1
"""A code that no strategy has: the loop ends with it, and the plain engine does the run."""
NO_SIGNAL, ALREADY_DECIDED, REBALANCE = int(Code.NO_SIGNAL), int(Code.ALREADY_DECIDED), int(Code.REBALANCE)
HOOKS = ("on_quote", "on_fill", "on_timer", "on_answer")


def extra_hook(strategy: FreeStrategy) -> str:
    """Return the first hook of a free strategy that has no twin, empty for none."""
    return next((hook for hook in HOOKS if getattr(strategy, hook) is not None), "")


class Wanted(NamedTuple):
    """What a strategy wishes for one instrument.

    Attributes:
        pair: Its number. target: NaN where nothing is to be done. code: Why.
    """

    pair: int
    target: float
    code: int


class Callers:
    """The functions through which a compiled run calls its free strategies.

    They have to be kept until it has ended.

    Attributes:
        why: What made the compiled run end early, in words. raised: What has to be raised again.
    """

    def __init__(self, twin: "Twin") -> None:
        """Give every pair of a free strategy its function, and write where it is."""
        self.why = ""
        self.raised: BaseException | None = None
        self._twin = twin
        self._pairs = {(name.deployment.name, name.symbol): pair for pair, name in enumerate(twin.pairs)}
        self._own: dict[str, tuple[FreeStrategy, Any, GridView]] = {}
        for name, strategy in twin.prepared.strategies.items():
            if isinstance(strategy, FreeStrategy):
                self._own[name] = strategy, strategy.state(), GridView(twin, name)
        # Bars of the instant under way, for those that take them together; wishes that are told one by one.
        self._instant: dict[str, list[Bar]] = {}
        self._telling: Iterator[Wanted] | None = None
        self._kept = [self._bind(pair, *own) for own, pair in self._pairs.items() if own[0] in self._own]
        if self._kept:
            self._kept.append(self._guarded(self._tell, self._give_up))
            twin.state.g[k.W_ADDRESS, 0] = _address(self._kept[-1])

    def _bind(self, pair: int, name: str, symbol: str) -> Any:
        strategy, memory, view = self._own[name]
        decide, config, gathers = strategy.decide, strategy.config, strategy.on_bars is not None
        said = self._twin.state.memory.q[pair]
        table = next(table for table in self._twin.source.tables if table.symbol == symbol)
        nominal, nothing, obey = 0 if table.spans is None else table.interval_ns, math.nan, self._obey

        has_spoken = False

        def call(*told: Any) -> float:
            nonlocal has_spoken
            o, h, low, c, volume, ts, open_ts = told
            bar = Bar(
                ts=ts, instrument=symbol, open=o, high=h, low=low, close=c, volume=volume, interval=ts - open_ts,
                nominal=nominal,
            )  # fmt: skip
            if gathers:
                self._instant.setdefault(name, []).append(bar)
            wishes = decide(config, memory, bar, view)
            if wishes:
                has_spoken = True
                return obey(pair, name, symbol, tuple(wishes))
            if has_spoken:
                has_spoken, said[F_SAID] = False, NO_SIGNAL
            return nothing

        def fail() -> float:
            said[F_SAID] = STRANGE
            return nothing

        function = self._guarded(call, fail)
        said[F_ADDRESS], said[F_SAID] = _address(function), NO_SIGNAL
        return function

    def _guarded(self, ask: Callable[..., float], fail: Callable[[], float]) -> Any:
        """Return a function for compiled code to call; what `ask` raises is kept, and `fail` answers in its place."""

        def call(*told: Any) -> float:
            try:
                return ask(*told)
            except BaseException as error:  # noqa: BLE001 - guard: nothing may be raised through compiled code
                if not isinstance(error, _Stranger):
                    self.why = f"{type(error).__name__}"
                self.raised = None if isinstance(error, Exception) else error
                return fail()

        return FREE(call)

    def _obey(self, pair: int, name: str, symbol: str, wishes: tuple[Any, ...]) -> float:
        """Return the target of a wish for its own instrument, NaN where nothing is to be done, and leave its code."""
        said = self._twin.state.memory.q[pair]
        if len(wishes) == 1 and getattr(wishes[0], "instrument", "") == symbol:
            wanted = self._wanted(pair, symbol, wishes)
            said[F_SAID] = wanted.code
            return wanted.target
        said[F_SAID] = MORE
        self._telling = self._one_by_one(name, wishes, (symbol,))
        return math.nan

    def _one_by_one(self, name: str, wishes: Sequence[Any], own: tuple[str, ...]) -> Iterator[Wanted]:
        """Yield what is wished, by instrument: those in `own` first, also where nothing is wished for them."""
        spoken: dict[str, list[Any]] = {symbol: [] for symbol in own}
        for wish in wishes:
            spoken.setdefault(getattr(wish, "instrument", ""), []).append(wish)
        for symbol, found in spoken.items():
            if (name, symbol) not in self._pairs:
                raise self._strange()
            yield self._wanted(self._pairs[name, symbol], symbol, tuple(found))

    def _all_bars(self) -> Iterator[Wanted]:
        """Yield what is wished of all bars of the instant that has ended."""
        instant, self._instant = self._instant, {}
        for name, bars in instant.items():
            strategy, memory, view = self._own[name]
            hook: Any = strategy.on_bars
            yield from self._one_by_one(name, tuple(hook(strategy.config, memory, tuple(bars), view)), ())

    def _tell(self, *_: Any) -> float:
        """Leave the next wish in the grid and return whose it is, -1 for none."""
        # Wishes of one bar wait to be told; where none do, an instant has ended.
        self._telling = self._telling or self._all_bars()
        wanted = next(self._telling, None)
        if wanted is None:
            self._telling = None
            return -1.0
        state = self._twin.state
        state.g[k.W_SAID, 0], state.f[k.F_WANTED, 0] = wanted.code, wanted.target
        return float(wanted.pair)

    def _give_up(self) -> float:
        self._twin.state.g[k.W_SAID, 0] = STRANGE
        return 0.0

    def _wanted(self, pair: int, symbol: str, wishes: tuple[Any, ...]) -> Wanted:
        """Return what is to be done for one instrument. Raises _Stranger."""
        if not wishes:
            return Wanted(pair, math.nan, NO_SIGNAL)
        wish = wishes[0]
        if len(wishes) != 1 or not isinstance(wish, Intent) or not _is_simple(wish, symbol):
            raise self._strange()
        is_same = wish.target == float(self._twin.state.f[k.F_DECIDED, pair])
        if is_same and not wish.rebalance:
            return Wanted(pair, math.nan, ALREADY_DECIDED)
        if is_same and wish.reason != REBALANCE:
            raise self._strange("a wish for more of the same")
        return Wanted(pair, float(wish.target), int(wish.reason))

    def _strange(self, why: str = "a wish that only the plain engine grants") -> "_Stranger":
        self.why = why
        return _Stranger()


class _Stranger(Exception):
    """A wish that has no compiled twin."""


def _address(function: Any) -> int:
    from ctypes import c_void_p, cast

    return int(cast(function, c_void_p).value or 0)


def _is_simple(wish: Intent, symbol: str) -> bool:
    """Return True if a wish says no more than a stock strategy can."""
    plain = Intent(instrument=symbol, target=wish.target, reason=wish.reason, rebalance=wish.rebalance)
    return wish == plain and abs(wish.target) <= 1.0


class GridView:
    """The world as one deployment may see it in a compiled run.

    The same numbers as in `core.view.DeploymentView`.
    """

    def __init__(self, twin: "Twin", name: str) -> None:
        """Look at a run through the eyes of the deployment `name`."""
        spec = twin.prepared.spec
        self._state, self._name, self._instruments = twin.state, name, spec.instruments
        self._number = list(spec.deployments).index(name)
        self._things = {symbol: thing for thing, symbol in enumerate(spec.instruments)}
        self._pairs = {one.symbol: pair for pair, one in enumerate(twin.pairs) if one.deployment.name == name}
        self.instruments = spec.deployments[name].instruments

    @property
    def ts(self) -> int:
        """The instant of the event being decided on, ns."""
        return int(self._state.g[k.CLOCK, 0])

    @property
    def equity(self) -> Decimal:
        """Equity of the deployment, base currency: its capital plus its result."""
        return int(self._state.g[k.P_EQUITY, self._number]) * E8

    def session(self, instrument: str) -> tuple[int, int]:
        """Return opening and close of the instrument's latest session, ns; zeros before the first."""
        g = self._state.g
        calendar = g[k.T_CALENDAR, self._things[instrument]]
        return int(g[k.S_BEGIN, calendar]), int(g[k.S_END, calendar])

    def qty(self, instrument: str) -> Decimal:
        """Return the signed units the deployment holds."""
        return int(self._state.g[k.P_QTY, self._pairs[instrument]]) * self._instruments[instrument].lot

    def average(self, instrument: str) -> Decimal:
        """Return the average entry price, quote currency; 0 when flat."""
        cost = int(self._state.g[k.P_COST, self._pairs[instrument]]) * E8
        held = Position(account="", deployment="", instrument="", qty=self.qty(instrument), cost=cost)
        return held.average(self._instruments[instrument])

    def close(self, instrument: str) -> float | None:
        """Return the latest close, quote currency; None before the first bar."""
        thing = self._things[instrument]
        return float(self._state.f[k.F_CLOSE, thing]) if self._state.g[k.T_LAST_TS, thing] > 0 else None

    def working(self, instrument: str) -> Decimal:
        """Return the signed units of the deployment's entry orders that may still fill."""
        g, thing, total = self._state.g, self._things[instrument], 0
        for slot in g[k.LANES + k.LANE_ROWS * thing, : g[k.T_COUNT, thing]].tolist():
            if g[k.O_PAIR, slot] == self._pairs[instrument] and g[k.O_KIND, slot] == k.ENTRY:
                total += int(max(g[k.O_LOTS, slot], g[k.O_WANT, slot]) * g[k.O_SIDE, slot])
        return total * self._instruments[instrument].lot if total else ZERO
