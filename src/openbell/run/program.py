"""A run inside a Python program: an engine to await, a trader to start and stop.

Both are thin. A configuration becomes the file it means, in the run's state; the loop that runs every file runs it,
in a thread of its own; operators' words go the way that `openbell kill` and `openbell stop` take; figures are read
from the journal, as `openbell status` reads them.
"""

import asyncio
import sys
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec

from openbell.config.program import LiveTradingConfig, StrategyConfig, kind_of
from openbell.core.book import Book
from openbell.core.enable import account_digits
from openbell.core.types import ZERO
from openbell.report.metrics import session_metrics, text_session_metrics, text_trades
from openbell.run.clock import Clock
from openbell.run.embedded import KNOWN, Person, ProgramError, Session
from openbell.run.money import in_money
from openbell.run.results import Result
from openbell.run.sensors import Sensors

_NAP_S = 0.02


class Status(StrEnum):
    """How a trader stands."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    ERROR = "error"


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of a run; money in the account's base currency.

    Attributes:
        status: How it stands. account_name: As configured. uptime: Seconds since the start.
        equity: Of all accounts. total_pnl: Equity less what they began with and was paid in since.
        total_signals: Evaluations that wanted an order. total_trades: Closed round trips. wins: Those with a profit.
        active_positions: Held now. market_status: open or closed. max_drawdown: Deepest fall, a fraction of the peak.
        system_health: good, or what of the machine is used too much, such as `cpu, disk`.
        strategies: running, paused or disabled, by name.
    """

    status: Status
    account_name: str
    uptime: float
    equity: Decimal
    total_pnl: Decimal
    total_signals: int
    total_trades: int
    wins: int
    active_positions: int
    market_status: str
    max_drawdown: Decimal
    system_health: str
    strategies: dict[str, str]


def _word(strategy: StrategyConfig, book: Book | None) -> str:
    """Return how one strategy stands."""
    if not strategy.enabled:
        return "disabled"
    latches = book.truth.latches.values() if book is not None else ()
    own = ("all", f"deployment:{kind_of(strategy.name)}")
    return "paused" if any(latch.scope in own for latch in latches) else "running"


class LiveTradingEngine:
    """One run, awaited.

    Raises:
        TypeError: `config` is something else.
    """

    def __init__(self, config: LiveTradingConfig, *, person: Person | None = None) -> None:
        """Hold a configuration; nothing is opened. `person` answers where an entry has to be confirmed."""
        if not isinstance(config, LiveTradingConfig):
            raise TypeError(f"config is a {type(config).__name__}; give a LiveTradingConfig")
        self.config = config
        self._session = Session(config, person)
        self._task: asyncio.Task[Result] | None = None

    @property
    def state(self) -> Path | None:
        """State directory, None before the start."""
        return self._session.folder

    async def start(self) -> None:
        """Trade until the source ends or `stop` is called.

        Raises:
            ProgramError: It was started before.
            Exception: As `Session.run`: what cannot be done is said before anything is sent.
        """
        if self._task is not None:
            raise ProgramError("the engine was started before; make a new one")
        self._task = asyncio.create_task(asyncio.to_thread(self._session.run))
        await asyncio.shield(self._task)

    async def stop(self) -> None:
        """End in good order, positions and protection stay, and print the trades."""
        self._session.stop()
        if self._task is not None:
            await asyncio.wait([self._task])
        if self._session.result is not None:
            sys.stdout.write(text_trades(self._session.result.recorder) + "\n")

    def activate_kill_switch(self, reason: str) -> None:
        """No new risk from this call on, over every restart, until somebody deactivates it.

        Raises:
            ProgramError: Nothing was started, or the engine refuses.
        """
        self._session.give("kill", reason, tier=1)

    def deactivate_kill_switch(self, reason: str = "deactivated by the program") -> None:
        """Allow new risk again; sizes are a quarter for ten minutes.

        Raises:
            ProgramError: Nothing was started, or something still stands in the way.
        """
        book = self._session.book()
        names = book.spec.accounts if book is not None else ()
        digits = ",".join(account_digits(book, name) for name in names) if book is not None else ""
        self._session.give("enable", reason, digits=digits)

    def get_metrics(self) -> dict[str, Any]:
        """Return the fields of SESSION METRICS, `text` among them; zeros before the first record."""
        book = self._session.book()
        limit = self.config.max_daily_trades
        seconds = self._session.seconds()
        if book is None:
            fields = ("total_decisions", "total_executions", "buy", "sell", "hold", "rejected", "skipped", "errors")
            return {"runtime_s": seconds, **dict.fromkeys((*fields, "daily_trades"), 0), "max_daily_trades": limit,
                    "text": ""}  # fmt: skip
        found = session_metrics(book)
        return {
            "runtime_s": seconds, "total_decisions": found.decisions, "total_executions": found.executed,
            "buy": found.buy, "sell": found.sell, "hold": found.hold, "rejected": found.rejected,
            "skipped": found.skipped, "errors": found.errors, "daily_trades": found.entries, "max_daily_trades": limit,
            "text": text_session_metrics(book, seconds, limit),
        }  # fmt: skip


class LiveTrader:
    """One run, started and stopped by a program that goes on meanwhile.

    Attributes:
        reason: Why the last start or run failed, empty where it did not.
    """

    def __init__(
        self,
        config: LiveTradingConfig,
        *,
        person: Person | None = None,
        clock: Clock | None = None,
        sensors: Sensors | None = None,
    ) -> None:
        """Hold a configuration; nothing is opened.

        Args:
            config: What is to be run.
            person: Answers where an entry has to be confirmed.
            clock: Wall clock, None for the machine's.
            sensors: Looks at processor, memory and disk, None for the machine's.
        """
        self.config = config
        self.reason = ""
        self._hands = person, clock, sensors
        self._session = Session(config, *self._hands)
        self._thread: Thread | None = None

    @property
    def state(self) -> Path | None:
        """State directory, None before the start."""
        return self._session.folder

    def start(self) -> bool:
        """Start trading; True once it has begun, False with the `reason` where it cannot be.

        Raises:
            ProgramError: It runs already.
        """
        if self._thread is not None and self._thread.is_alive():
            raise ProgramError("the trader runs already; stop it first")
        folder = self._session.folder
        self._session = Session(self.config, *self._hands)
        self._session.folder = folder
        self.reason = ""
        try:
            # What can be found wrong is found here, not in the thread.
            self._session.prepare()
        except KNOWN as error:
            self._fail(error)
            return False
        self._session.is_running = True
        self._thread = Thread(target=self._run, name="openbell", daemon=True)
        self._thread.start()
        # Whoever asks for the status next is told how it stands, and not that it begins.
        while self._thread.is_alive() and self._session.book() is None:
            self._thread.join(_NAP_S)
        return not self.reason

    def stop(self) -> None:
        """End in good order and wait for it; positions and protection stay."""
        self._session.stop()
        if self._thread is not None:
            self._thread.join()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the run has ended, at most so many seconds; return True once it has."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self._thread is None or not self._thread.is_alive()

    def pause(self, reason: str = "paused by the program") -> None:
        """No new risk until `resume`; what is held keeps its protection."""
        self._session.give("kill", reason, tier=0)

    def resume(self, reason: str = "resumed by the program") -> None:
        """Go on after a pause."""
        self._session.give("resume", reason)

    def get_status(self) -> Status:
        """Return how the trader stands."""
        if self.reason:
            return Status.ERROR
        if self._thread is None or not self._thread.is_alive():
            return Status.STOPPED
        if self._session.is_stopping:
            return Status.STOPPING
        book = self._session.book()
        if book is None:
            return Status.STARTING
        return Status.PAUSED if book.truth.latches else Status.RUNNING

    def get_statistics(self) -> Statistics:
        """Return the figures of the run from its journal; zeros before its first record."""
        with in_money():
            return self._statistics(self.get_status(), self._session.book())

    def _statistics(self, status: Status, book: Book | None) -> Statistics:
        accounts = tuple(book.truth.accounts.values()) if book is not None else ()
        found = session_metrics(book) if book is not None else None
        counts = book.truth.counts if book is not None else None
        is_open = book is not None and any(session.is_open for session in book.truth.sessions.values())
        monitor = self._session.monitor
        equity = sum((account.equity for account in accounts), ZERO)
        return Statistics(
            status=status,
            account_name=self.config.account_name,
            uptime=self._session.seconds(),
            equity=equity,
            total_pnl=equity - sum((one.equity_start + one.net_flows for one in accounts), ZERO) or ZERO,
            total_signals=found.executed + found.rejected if found is not None else 0,
            total_trades=counts.trades if counts is not None else 0,
            wins=counts.wins if counts is not None else 0,
            active_positions=sum(bool(p.qty) for p in book.all_positions()) if book is not None else 0,
            market_status="open" if is_open else "closed",
            max_drawdown=max((account.max_drawdown for account in accounts), default=ZERO),
            system_health=", ".join(sorted(monitor.strained)) if monitor is not None and monitor.strained else "good",
            strategies={strategy.name: _word(strategy, book) for strategy in self.config.strategies},
        )

    def _run(self) -> None:
        try:
            self._session.run()
        except KNOWN as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        problems = getattr(error, "problems", ())
        self.reason = "; ".join(problem.text() for problem in problems) or str(error) or type(error).__name__
