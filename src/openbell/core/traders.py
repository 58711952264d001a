"""All deployments at run time.

Their strategies, what each remembers, and which of them an event concerns.
"""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from openbell.core import events as ev
from openbell.core.desk import Desk
from openbell.core.spec import DeploymentSpec
from openbell.core.strategy import FreeStrategy, Strategy, fresh_state
from openbell.core.types import ZERO, require
from openbell.core.view import DeploymentView, Indicator, Pair


class Traders:
    """Deployments bound to their strategies.

    Memory is changed by `evaluate` and `recollect` alone.

    Attributes:
        desk: Where their wishes become orders. strategies: By deployment.
        pairs: By deployment and instrument. free_states: What free strategies remember, by deployment.
        views: The world as each free strategy sees it. atr: Volatility indicator of deployments that need one.
        instant: Bars of the instant under way, by deployment, for strategies that take them together.
        routes: Pairs by the instrument and interval (ns) they subscribe to.
    """

    def __init__(
        self, desk: Desk, strategies: dict[str, Strategy], atr: Callable[[DeploymentSpec], Indicator] | None = None
    ) -> None:
        """Bind each deployment to its strategy, with blank memory."""
        self.desk, self.strategies = desk, strategies
        self.pairs: dict[str, dict[str, Pair]] = {}
        self.free_states: dict[str, Any] = {}
        self.views: dict[str, DeploymentView] = {}
        self.atr: dict[str, Indicator] = {}
        self.instant: dict[str, list[ev.Bar]] = {}
        self.routes: dict[str, dict[int, list[Pair]]] = {}
        for name, spec in desk.book.spec.deployments.items():
            require(name in strategies, f"deployment {name} has no strategy")
            strategy = strategies[name]
            if isinstance(strategy, FreeStrategy):
                self.free_states[name] = strategy.state()
                self.views[name] = DeploymentView(desk.book, name)
            if spec.exits.needs_atr and atr is not None:
                self.atr[name] = atr(spec)
            self._bind(name, strategy)

    def _bind(self, name: str, strategy: Strategy) -> None:
        spec = self.desk.book.spec.deployments[name]
        self.pairs[name] = {}
        for symbol in spec.instruments:
            pair = Pair(spec, self.desk.book.position(name, symbol), strategy)
            if name in self.atr:
                pair.atr_state = fresh_state(self.atr[name].layout)
            self.pairs[name][symbol] = pair
            self.routes.setdefault(symbol, {}).setdefault(spec.interval, []).append(pair)

    @property
    def wants_instants(self) -> bool:
        """True when a strategy asks to be called once after all bars of one instant."""
        return any(self.has(name, "on_bars") for name in self.strategies)

    def pair(self, deployment: str, symbol: str) -> Pair | None:
        """Return a deployment's pair, None for an instrument or deployment that is not configured."""
        return self.pairs.get(deployment, {}).get(symbol)

    def guard(self, deployment: str, symbol: str) -> None:
        """Bring the protective orders of a holding of one of our deployments up to date."""
        pair = self.pair(deployment, symbol)
        if pair is not None:
            self.desk.guard(pair)

    def first_pair(self, deployment: str) -> Pair:
        """Return the deployment's first pair, which speaks for it where no instrument is meant."""
        return next(iter(self.pairs[deployment].values()))

    def routed(self, bar: ev.Bar) -> list[Pair] | None:
        """Return the pairs that subscribe to a bar, None for none."""
        by_interval = self.routes.get(bar.instrument)
        return by_interval.get(bar.nominal or bar.interval) if by_interval else None

    def has(self, deployment: str, hook: str) -> bool:
        """Return True if a deployment runs a free strategy with this hook."""
        strategy = self.strategies.get(deployment)
        return isinstance(strategy, FreeStrategy) and getattr(strategy, hook) is not None

    def gather(self, pair: Pair, bar: ev.Bar) -> None:
        """Keep a bar for a strategy that takes the bars of one instant together."""
        if pair.stock is None and self.has(pair.name, "on_bars"):
            self.instant.setdefault(pair.name, []).append(bar)

    def concerned(self, event: ev.Event) -> Iterator[tuple[str, str, Any]]:
        """Yield (deployment, hook, what to hand over) for every free strategy that wants an event."""
        for name, hook, payload in self._addressed(event):
            if self.has(name, hook):
                yield name, hook, payload

    def _addressed(self, event: ev.Event) -> list[tuple[str, str, Any]]:
        if isinstance(event, (ev.Fill, ev.OrderUpdate)):
            return [
                (order.deployment, "on_fill", replace(fill, oid=order.oid))
                for fill, order in self.desk.book.booked
                if order
            ]
        if isinstance(event, ev.Quote):
            return [(name, "on_quote", event) for name, pairs in self.pairs.items() if event.instrument in pairs]
        if isinstance(event, ev.Answer):
            return [(event.deployment, "on_answer", event)]
        if not isinstance(event, ev.Timer):
            return []
        if event.deployment:
            return [(event.deployment, "on_timer", event)]
        found = self.instant.items() if event.name == ev.INSTANT else ()
        return [(name, "on_bars", tuple(bars)) for name, bars in found]

    def discard(self, deployment: str) -> None:
        """Forget what a deployment remembers; it warms up anew."""
        strategy = self.strategies[deployment]
        if isinstance(strategy, FreeStrategy):
            self.free_states[deployment] = strategy.state()
        for pair in self.pairs[deployment].values():
            if pair.stock is not None:
                pair.state = fresh_state(pair.stock.layout)
            if pair.atr_state is not None:
                pair.atr_state = fresh_state(self.atr[deployment].layout)
            pair.atr = ZERO
