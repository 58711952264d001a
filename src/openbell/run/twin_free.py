"""Free strategies in a compiled run: one call of Python a bar, and what it sees there."""

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openbell.core.codes import Code
from openbell.core.effects import Intent
from openbell.core.events import Bar
from openbell.core.position import Position
from openbell.core.strategy import FreeStrategy
from openbell.core.types import E8, ZERO
from openbell.parts.kernels import layout as k
from openbell.parts.kernels.calls import F_ADDRESS, F_SAID, FREE

if TYPE_CHECKING:
    from openbell.run.compiled import Twin

STRANGE = -1
"""A code that no strategy has: the loop ends with it, and the plain engine does the run."""
NO_SIGNAL, ALREADY_DECIDED, REBALANCE = int(Code.NO_SIGNAL), int(Code.ALREADY_DECIDED), int(Code.REBALANCE)
HOOKS = ("on_bars", "on_quote", "on_fill", "on_timer", "on_answer")


def extra_hook(strategy: FreeStrategy) -> str:
    """Return the first hook of a free strategy beside `decide`, empty for none."""
    return next((hook for hook in HOOKS if getattr(strategy, hook) is not None), "")


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
        self._kept: list[Any] = []
        self._twin = twin
        views: dict[str, tuple[Any, GridView]] = {}
        for pair, name in enumerate(twin.pairs):
            strategy = twin.prepared.strategies[name.deployment.name]
            if not isinstance(strategy, FreeStrategy):
                continue
            own = views.setdefault(name.deployment.name, (strategy.state(), GridView(twin, name.deployment.name)))
            self._bind(pair, strategy, own)

    def _bind(self, pair: int, strategy: FreeStrategy, own: "tuple[Any, GridView]") -> None:
        decide, config, (memory, view) = strategy.decide, strategy.config, own
        symbol, said = self._twin.pairs[pair].symbol, self._twin.state.memory.q[pair]
        table = next(table for table in self._twin.source.tables if table.symbol == symbol)
        nominal, nothing, obey = 0 if table.spans is None else table.interval_ns, math.nan, self._obey

        has_spoken = False

        def call(*told: Any) -> float:
            nonlocal has_spoken
            o, h, low, c, volume, ts, open_ts = told
            try:
                bar = Bar(
                    ts=ts, instrument=symbol, open=o, high=h, low=low, close=c, volume=volume, interval=ts - open_ts,
                    nominal=nominal,
                )  # fmt: skip
                wishes = decide(config, memory, bar, view)
                target = obey(pair, tuple(wishes)) if wishes else nothing
            except BaseException as error:  # noqa: BLE001 - guard: nothing may be raised through compiled code
                self.why = f"{type(error).__name__}"
                self.raised = None if isinstance(error, Exception) else error
                said[F_SAID] = STRANGE
                return nothing
            if wishes:
                has_spoken = True
            elif has_spoken:
                has_spoken, said[F_SAID] = False, NO_SIGNAL
            return target

        function = FREE(call)
        self._kept.append(function)
        said[F_ADDRESS], said[F_SAID] = _address(function), NO_SIGNAL

    def _obey(self, pair: int, wishes: tuple[Any, ...]) -> float:
        """Return the target of a wish, NaN where nothing is to be done, and leave its code."""
        name, said = self._twin.pairs[pair], self._twin.state.memory.q[pair]
        said[F_SAID] = STRANGE if wishes else NO_SIGNAL
        if not wishes:
            return math.nan
        wish = wishes[0]
        if len(wishes) != 1 or not isinstance(wish, Intent) or not _is_simple(wish, name.symbol):
            self.why = "a wish that only the plain engine grants"
            return math.nan
        decided = float(self._twin.state.f[k.F_DECIDED, pair])
        is_same = wish.target == decided
        if is_same and not wish.rebalance:
            said[F_SAID] = ALREADY_DECIDED
            return math.nan
        if is_same and wish.reason != REBALANCE:
            self.why = "a wish for more of the same"
            return math.nan
        said[F_SAID] = wish.reason
        return float(wish.target)


def _address(function: Any) -> int:
    from ctypes import c_void_p, cast

    return int(cast(function, c_void_p).value or 0)


def _is_simple(wish: Intent, symbol: str) -> bool:
    """Return True if a wish says no more than a stock strategy can."""
    plain = Intent(instrument=symbol, target=wish.target, reason=wish.reason, rebalance=wish.rebalance)
    return wish == plain and wish.target in (-1.0, 0.0, 1.0)


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
