"""What the book does not keep of each deployment: its day, its peak, its trades."""

from decimal import Decimal
from typing import Any

import msgspec

from openbell.core import events as ev
from openbell.core.book import Book, LatchState
from openbell.core.ladder import NO_RISK
from openbell.core.types import ZERO
from openbell.report.figures import exact
from openbell.report.trades import Trade
from openbell.run.web.rows import Rows, share
from openbell.schema import format_span


class Tally(msgspec.Struct, kw_only=True):
    """Of one deployment; money in its account's base currency.

    Attributes:
        session: The trading day measured. day_start: Its equity when that began.
        peak: Highest equity seen. trades, wins: Closed round trips, and those with a profit after fees.
        realised: What all of them made, after fees.
        since: When it was first seen, ns.
    """

    session: str = ""
    day_start: Decimal = ZERO
    peak: Decimal = ZERO
    trades: int = 0
    wins: int = 0
    realised: Decimal = ZERO
    since: int = 0


class Tallies:
    """Keeps a tally of each deployment while a journal is followed."""

    def __init__(self, book: Book) -> None:
        """Begin with a book as it stands."""
        self._found = {name: Tally() for name in book.spec.deployments}

    def watch(self, book: Book, event: ev.Event) -> None:
        """Take one step: an event that has been applied."""
        if isinstance(event, (ev.Bar, ev.Fill, ev.Schedule, ev.CorporateAction)):
            for name, tally in self._found.items():
                self._measure(book, name, tally)

    def _measure(self, book: Book, name: str, tally: Tally) -> None:
        equity = book.deployment_equity(name)
        account = book.truth.accounts[book.spec.deployments[name].account]
        if not tally.since:
            tally.since, tally.peak = book.truth.ts, max(book.spec.deployments[name].capital, equity)
        if tally.session != account.session or not tally.session:
            tally.session, tally.day_start = account.session, equity
        tally.peak = max(tally.peak, equity)

    def close(self, book: Book, trade: Trade) -> None:
        """Count a closed round trip."""
        tally = self._found.get(trade.deployment)
        if tally is not None:
            account = book.truth.accounts[book.spec.deployments[trade.deployment].account]
            tally.trades += 1
            tally.wins += trade.profit > 0
            tally.realised += trade.profit * book.rate(account, trade.instrument)

    def realised(self, book: Book) -> dict[str, Decimal]:
        """Return what closed round trips made after fees, by account, in its base currency."""
        found = dict.fromkeys(book.truth.accounts, ZERO)
        for name, tally in self._found.items():
            found[book.spec.deployments[name].account] += tally.realised
        return found

    def rows(self, book: Book, *, is_running: bool, fault: str = "") -> Rows:
        """Return a row for each deployment; `fault` says why an engine that ended by an error did."""
        return {
            name: self._row(book, name, tally, standing(book, name, is_running=is_running, fault=fault))
            for name, tally in self._found.items()
        }

    def _row(self, book: Book, name: str, tally: Tally, stands: tuple[str, str]) -> dict[str, Any]:
        spec = book.spec.deployments[name]
        equity = book.deployment_equity(name)
        status, reason = stands
        made, today = equity - spec.capital, equity - tally.day_start if tally.session else ZERO
        return {
            "id": name,
            "account": spec.account,
            "strategy": spec.strategy,
            "instruments": list(spec.instruments),
            "bars": format_span(spec.interval),
            "status": status,
            "reason": reason,
            "started_ts": str(tally.since) if tally.since else None,
            "trades": tally.trades,
            "wins": tally.wins,
            "win_rate": tally.wins / tally.trades if tally.trades else None,
            "pnl": exact(made),
            "pnl_share": share(made, spec.capital),
            "day_pnl": exact(today),
            "day_pnl_share": share(today, tally.day_start),
            "open_positions": sum(bool(one.qty) for one in book.truth.positions[name].values()),
            "drawdown": share(max(tally.peak - equity, ZERO), tally.peak) or 0.0,
            "capital": exact(spec.capital),
            "currency": book.truth.accounts[spec.account].currency,
        }


def standing(book: Book, name: str, *, is_running: bool, fault: str = "") -> tuple[str, str]:
    """Return where a deployment stands (active, paused, stopped or error) and why."""
    if fault and not is_running:
        return "error", fault
    account = book.spec.deployments[name].account
    scopes = ("all", f"account:{account}", f"deployment:{name}")
    for kill in book.truth.kills.values():
        if kill.scope in scopes:
            return ("paused" if kill.tier <= NO_RISK else "stopped"), f"{kill.actor}: {kill.reason}"
    if name in book.truth.frozen:
        return "paused", f"{book.truth.frozen[name]}; openbell adopt or openbell release lets it trade again"
    for latch in book.truth.latches.values():
        if latch.scope in scopes:
            return "paused", f"{latch.kind}: {latch.reason}"
    if not is_running:
        return "stopped", "no engine runs it"
    shut = _shut(book, name)
    if len(shut) == len(book.spec.deployments[name].instruments):
        latch = next(iter(shut.values()))
        return "paused", f"{latch.kind}: {latch.reason}"
    return "active", next((f"{symbol} paused: {latch.reason}" for symbol, latch in shut.items()), "")


def _shut(book: Book, name: str) -> dict[str, LatchState]:
    """Return the instruments of a deployment into which nothing may be entered, each with what closes it."""
    by_scope = {latch.scope: latch for latch in book.truth.latches.values()}
    found = {}
    for symbol in book.spec.deployments[name].instruments:
        latch = by_scope.get(f"deployment:{name}/{symbol}") or by_scope.get(f"instrument:{symbol}")
        if latch is not None:
            found[symbol] = latch
    return found
