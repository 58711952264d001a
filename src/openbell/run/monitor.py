"""What a running engine looks at by the clock: the machine, its figures, its holdings.

The machine is looked at by the wall clock; figures and holdings by the clock of the market, so that a recorded day says
the same at every speed. What is seen goes into the log; what is wrong becomes an alert of the run, through the same
door as an operator's word.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from openbell.config.monitor import Expected, MonitorTerms
from openbell.core.book import Book
from openbell.core.effects import Effect
from openbell.core.events import Command, Event, Fill
from openbell.core.types import ZERO
from openbell.report.figures import exact
from openbell.run.assemble import Prepared
from openbell.run.logbook import Kept
from openbell.run.sensors import Machine, Reading, Sensors

Tell = Callable[[str, str, str, int, Mapping[str, Any]], None]
"""Takes component, level, text, instant (ns) and fields of a line of the log."""
LOOKS = 3
"""Looks in a row above a limit before there is an alert: a short peak is none."""
MS_NS = 1_000_000


def monitor_of(prepared: Prepared, state: Path, logs: Kept, sensors: Sensors | None = None) -> "Monitor | None":
    """Return who looks by the clock during a run, None where its file asks for nobody.

    Args:
        prepared: The run.
        state: Its directory, whose disk is watched.
        logs: Where lines go.
        sensors: Of the machine; None for this machine's own.
    """
    terms = prepared.loaded.config.monitor
    return None if terms is None else Monitor(terms, sensors or Machine(state), logs.tell)


class Job(msgspec.Struct):
    """Something done by the clock.

    Attributes:
        every: Time between two, ns. due: When it is next due, ns; 0 before the first look.
    """

    every: int
    due: int = 0

    def is_due(self, now: int) -> bool:
        """Return True once for each time that it became due; what was missed is not made up for."""
        if not self.due:
            self.due = now + self.every
        if now < self.due:
            return False
        self.due += ((now - self.due) // self.every + 1) * self.every
        return True


class Monitor:
    """Looks by the clock, and says what it saw.

    Attributes:
        strained: What of the machine is above its limit: cpu, memory, disk. reading: The latest look, None for none.
    """

    def __init__(self, terms: MonitorTerms, sensors: Sensors, tell: Tell) -> None:
        """Look as `terms` say, with `sensors`; `tell` takes lines of the log."""
        self._terms, self._sensors, self._tell = terms, sensors, tell
        self._limits = {"cpu": terms.cpu, "memory": terms.memory, "disk": terms.disk}
        self._above = dict.fromkeys(self._limits, 0)
        self._health, self._figures, self._positions = (
            Job(terms.health), Job(terms.figures), Job(terms.positions),
        )  # fmt: skip
        self._results: deque[Decimal] = deque(maxlen=terms.expected.trades if terms.expected else 1)
        self._before: dict[tuple[str, str], Decimal] = {}
        self._closed = self._compared = 0
        self._is_worse = False
        self.strained: set[str] = set()
        self.reading: Reading | None = None

    def look(self, book: Book, wall: int, market: int, late: int) -> list[Command]:
        """Do what is due, and return the alerts to be given to the run.

        Args:
            book: As it stands.
            wall: Wall time, UTC ns.
            market: Time of the market, UTC ns.
            late: How far the engine is behind, ns; 0 where it keeps pace.
        """
        said = [] if self._terms.expected is None else self._compare(self._terms.expected)
        if self._health.is_due(wall):
            said += self._look_at_machine(wall, late)
        if self._figures.is_due(market):
            self._tell_figures(book, market)
        if self._positions.is_due(market):
            self._tell_positions(book, market)
        return [
            Command(ts=0, id=f"monitor-{wall}-{market}-{name}", kind="alert", actor="monitor", reason=text)
            for name, text in said
        ]

    def _look_at_machine(self, wall: int, late: int) -> list[tuple[str, str]]:
        self.reading = found = self._sensors()
        uses = {name: use for name in self._limits if (use := getattr(found, name)) is not None}
        words = ", ".join(f"{name} {use:.0%}" for name, use in uses.items())
        text = f"machine: {words}, engine {late // MS_NS} ms behind"
        self._tell("Monitor", "info", text, wall, {"late_ms": late // MS_NS, **uses})
        said = []
        for name, use in uses.items():
            limit = self._limits[name]
            self._above[name] = self._above[name] + 1 if use > limit else 0
            if not self._above[name]:
                self.strained.discard(name)
            elif self._above[name] >= LOOKS and name not in self.strained:
                self.strained.add(name)
                said.append((name, f"{name} is used by {use:.0%}, above {limit:.0%}, at {LOOKS} looks in a row"))
        return said

    def _tell_figures(self, book: Book, market: int) -> None:
        counts, accounts = book.truth.counts, book.truth.accounts.values()
        equity = sum((account.equity for account in accounts), ZERO)
        result = equity - sum((account.equity_start + account.net_flows for account in accounts), ZERO)
        drawdown = max((account.max_drawdown for account in accounts), default=ZERO)
        text = f"equity {exact(equity)}, result {exact(result)}, {counts.trades} trades, {counts.wins} won"
        fields = {
            "equity": exact(equity), "result": exact(result), "trades": counts.trades, "wins": counts.wins,
            "max_drawdown": format(drawdown, "f"),
        }  # fmt: skip
        self._tell("Monitor", "info", text, market, fields)

    def _tell_positions(self, book: Book, market: int) -> None:
        for position in book.all_positions():
            if position.qty:
                text = f"{position.deployment} holds {position.qty:f} {position.instrument}, {exact(position.value)}"
                fields = {
                    "symbol": position.instrument, "strategy": position.deployment,
                    "quantity": format(position.qty, "f"), "value": exact(position.value),
                    "unrealised": exact(position.unrealised),
                }  # fmt: skip
                self._tell("Monitor", "info", text, market, fields)

    def watch(self, book: Book, event: Event, _effects: Sequence[Effect]) -> None:
        """Note what each closed trade came to, after the fees in its own currency."""
        if not isinstance(event, Fill) or (order := book.truth.orders.get(event.oid)) is None:
            return
        position = book.position(order.deployment, event.instrument)
        key, net = (order.deployment, event.instrument), position.realised - position.fees
        if book.truth.counts.trades > self._closed:
            self._results.append(net - self._before.get(key, ZERO))
            self._before[key] = net
        self._closed = book.truth.counts.trades

    def _compare(self, expected: Expected) -> list[tuple[str, str]]:
        """Return an alert once the latest trades came to less than expected, and again only after they were better."""
        if self._compared == self._closed or len(self._results) < expected.trades:
            return []
        self._compared = self._closed
        won = [result for result in self._results if result > 0]
        lost = -sum((result for result in self._results if result < 0), ZERO)
        worse = []
        if expected.win_rate is not None and len(won) < expected.win_rate * expected.trades:
            worse.append(f"{len(won)} won, expected {expected.win_rate:.0%}")
        if expected.profit_factor is not None and sum(won, ZERO) < expected.profit_factor * lost:
            worse.append(f"{exact(sum(won, ZERO))} won and {exact(lost)} lost, expected {expected.profit_factor} to 1")
        is_news, self._is_worse = bool(worse) and not self._is_worse, bool(worse)
        text = f"the last {expected.trades} trades are worse than expected: {'; '.join(worse)}"
        return [("expected", text)] if is_news else []
