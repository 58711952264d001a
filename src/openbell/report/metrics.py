"""The figures of a run as one object, and the texts that a terminal shows. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from openbell.core.account import Account
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.position import Position
from openbell.core.types import NS, ZERO, require
from openbell.report.figures import (
    amount,
    code_name,
    exact,
    money_digits,
    percent,
    price,
    quantity,
    ratio,
    rounded,
    utc,
)
from openbell.report.recorder import Recorder

_ALWAYS = ("journal_head", "recovered_seq", "bars_this_process", "events_per_s")
_HOLD = frozenset(
    {
        Code.OK,
        Code.NO_SIGNAL,
        Code.WARMING_UP,
        Code.ALREADY_DECIDED,
        Code.ALREADY_AT_TARGET,
        Code.WAITING_FOR_ORDER,
        Code.WAITING_FOR_PERSON,
    }
)
_BUY = frozenset({Code.CROSS_UP, Code.SIGNAL_LONG})
_SELL = frozenset({Code.CROSS_DOWN, Code.SIGNAL_SHORT, Code.SIGNAL_FLAT})
_FIRST_D, _FIRST_R = 100, 200
_WIDTH, _STATUS_WIDTH, _TABLE_WIDTH = 60, 62, 80


class Results(msgspec.Struct, kw_only=True):
    """What was made in one currency: realised before fees, unrealised, fees."""

    realised: Decimal = ZERO
    unrealised: Decimal = ZERO
    fees: Decimal = ZERO


class SessionMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """How evaluations ended: executed, hold, rejected, skipped, errors; their sum is all.

    Attributes:
        decisions: All evaluations. executed: Those that sent an order. buy, sell, other: The same by signal, `other`
            for signals that tell no side.
        hold: Nothing to do. rejected: Refused by a limit. skipped: Out of session, no data, paused. errors: The
            strategy failed.
        entries: Entry orders of the running session, all accounts.
    """

    decisions: int
    executed: int
    buy: int
    sell: int
    other: int
    hold: int
    rejected: int
    skipped: int
    errors: int
    entries: int


def results(book: Book) -> dict[str, Results]:
    """Return what was made by currency; fees by the one they were paid in."""
    found = {account.currency: Results() for account in book.truth.accounts.values()}
    for position in book.all_positions():
        currency = book.instrument(position.instrument).currency
        if position.realised or position.qty:
            entry = found.setdefault(currency, Results())
            entry.realised += position.realised
            entry.unrealised += position.unrealised
    for account in book.truth.accounts.values():
        for currency, fee in account.fees.items():
            found.setdefault(currency, Results()).fees += fee
    return found


def summary(book: Book, extra: Mapping[str, object]) -> dict[str, object]:
    """Return the figures of a run over its whole life, ready for JSON; money is text.

    Args:
        book: Of the run.
        extra: What the book cannot know (`journal_head`, `recovered_seq`, `bars_this_process`, `events_per_s`,
            `rules` in words …); it is merged in and wins over the book's own.

    Returns:
        At least the keys of the tables below. `equity_start`, `equity_end` and `net_flows` are in base currency,
        summed over accounts, null when those differ in it; `realised` (before fees), `unrealised` and `fees` are null
        when there is more than one currency: then `results` has them. `max_drawdown` is the deepest of any account,
        a fraction. `wins` counts trades whose last exit made money before fees; `win_rate` is null without trades.
    """
    truth, counts = book.truth, book.truth.counts
    made = results(book)
    only = next(iter(made.values())) if len(made) == 1 else None
    currencies = {account.currency for account in truth.accounts.values()}
    accounts = tuple(truth.accounts.values()) if len(currencies) == 1 else ()
    found: dict[str, object] = dict.fromkeys(_ALWAYS)
    found |= {
        "title": truth.title,
        "mode": truth.mode,
        "is_synthetic": truth.is_synthetic,
        "first_ts": utc(truth.first_ts),
        "last_ts": utc(truth.ts),
        "bars": counts.bars,
        "events": counts.events,
        "orders": counts.orders,
        "fills": counts.fills,
        "trades": counts.trades,
        "wins": counts.wins,
        "losses": counts.trades - counts.wins,
        "win_rate": exact(ratio(Decimal(counts.wins), Decimal(counts.trades))) if counts.trades else None,
        "currency": currencies.pop() if len(currencies) == 1 else None,
        "equity_start": _total(accounts, lambda account: account.equity_start),
        "equity_end": _total(accounts, lambda account: account.equity),
        "net_flows": _total(accounts, lambda account: account.net_flows),
        "max_drawdown": exact(max((account.max_drawdown for account in truth.accounts.values()), default=ZERO)),
        "realised": exact(only.realised) if only else None,
        "unrealised": exact(only.unrealised) if only else None,
        "fees": exact(only.fees) if only else None,
        "results": {
            currency: {"realised": exact(r.realised), "unrealised": exact(r.unrealised), "fees": exact(r.fees)}
            for currency, r in made.items()
        },
        "accounts": {name: _account(account) for name, account in truth.accounts.items()},
        "decisions_by_reason": by_name(counts.decisions),
        "rejected_by_reason": by_name(counts.rejected),
        "quarantined_by_reason": by_name(counts.quarantined),
        "orders_hash": truth.orders_hash.hex(),
    }
    return found | dict(extra)


def by_name(counted: Mapping[int, int]) -> dict[str, int]:
    """Return counts by the names of their reason codes, in the order of the codes."""
    return {code_name(code): counted[code] for code in sorted(counted)}


def _account(account: Account) -> dict[str, object]:
    return {
        "currency": account.currency,
        "equity_start": exact(account.equity_start),
        "equity_end": exact(account.equity),
        "net_flows": exact(account.net_flows),
        "max_drawdown": exact(account.max_drawdown),
    }


def _total(accounts: Iterable[Account], value: Callable[[Account], Decimal]) -> str | None:
    values = [value(account) for account in accounts]
    return exact(sum(values, ZERO)) if values else None


# --- texts for a terminal ---------------------------------------------------------------------------------------


def session_metrics(book: Book) -> SessionMetrics:
    """Return how all evaluations ended.

    Raises:
        InvariantError: The parts do not add up to the whole.
    """
    parts = dict.fromkeys(("buy", "sell", "other", "hold", "rejected", "skipped", "errors"), 0)
    counted = book.truth.counts.decisions
    for code, count in counted.items():
        parts[_part(code)] += count
    executed = parts["buy"] + parts["sell"] + parts["other"]
    decisions = sum(counted.values())
    total = executed + parts["hold"] + parts["rejected"] + parts["skipped"] + parts["errors"]
    require(total == decisions, "session metrics do not add up")
    entries = sum(account.entries for account in book.truth.accounts.values())
    return SessionMetrics(
        decisions=decisions,
        executed=executed,
        buy=parts["buy"],
        sell=parts["sell"],
        other=parts["other"],
        hold=parts["hold"],
        rejected=parts["rejected"],
        skipped=parts["skipped"],
        errors=parts["errors"],
        entries=entries,
    )


def _part(code: int) -> str:
    if code >= _FIRST_R:
        return "rejected"
    if code >= _FIRST_D or code == Code.FROZEN:
        return "skipped"
    if code == Code.STRATEGY_ERROR:
        return "errors"
    if code in _HOLD:
        return "hold"
    return "buy" if code in _BUY else "sell" if code in _SELL else "other"


def text_session_metrics(book: Book, runtime_s: float, max_daily_trades: int | None = None) -> str:
    """Return the session's figures as lines of text.

    Args:
        book: Of the run.
        runtime_s: How long the process has been running, seconds.
        max_daily_trades: Limit of entries per session, None where no rule has one.
    """
    metrics = session_metrics(book)
    minutes, seconds = divmod(int(runtime_s), 60)
    hours, minutes = divmod(minutes, 60)
    rule = "=" * _WIDTH
    limit = "no limit" if max_daily_trades is None else str(max_daily_trades)
    return "\n".join(
        [
            rule,
            "SESSION METRICS",
            rule,
            f"Runtime: {hours}:{minutes:02d}:{seconds:02d}",
            f"Total Decisions: {metrics.decisions}",
            f"Total Executions: {metrics.executed}",
            f"  BUY: {metrics.buy}",
            f"  SELL: {metrics.sell}",
            *([f"  OTHER: {metrics.other}"] if metrics.other else []),
            f"  HOLD: {metrics.hold}",
            f"Rejected: {metrics.rejected}",
            f"Skipped: {metrics.skipped}",
            f"Errors: {metrics.errors}",
            f"Daily Trades: {metrics.entries}/{limit}",
            rule,
        ]
    )


def text_trades(recorder: Recorder, most: int = 50) -> str:
    """Return the latest `most` fills as lines of text, times in UTC, dates where they differ."""
    fills = list(recorder.fills)[-most:]
    if not fills:
        return "Executed Trades:\n  none yet"
    times = [datetime.fromtimestamp(fill.time // NS, tz=UTC) for fill in fills]
    form = "%H:%M:%S" if times[0].date() == times[-1].date() else "%Y-%m-%d %H:%M:%S"
    units = [quantity(fill.qty) for fill in fills]
    wide = max(2, *map(len, units))
    name = max(5, *(len(fill.instrument) for fill in fills))
    lines = ["Executed Trades:"]
    left_out = recorder.fills_seen - len(fills)
    if left_out:
        lines.append(f"  … {left_out:,} earlier ones")
    for time, qty, fill in zip(times, units, fills, strict=True):
        instrument = recorder.spec.instruments[fill.instrument]
        px, value = price(fill.px, instrument), amount(fill.value, instrument.currency)
        what = f"{fill.side.upper():<4} {qty:>{wide}} {fill.instrument:<{name}}"
        lines.append(f"  {time:{form}} | {what} @ {px} = {value}")
    return "\n".join(lines)


def text_status(book: Book, *, is_running: bool = True) -> str:
    """Return the state of the engine and its capital as text; results leave deposits out.

    Args:
        book: Of the run.
        is_running: False for a book that no process is working on.
    """
    truth, counts = book.truth, book.truth.counts
    metrics = session_metrics(book)
    rule = "=" * _STATUS_WIDTH
    held = sum(bool(position.qty) for position in book.all_positions())
    lines = [rule, "LIVE TRADING ENGINE STATUS", rule]
    lines += [
        f"Running: {is_running}",
        f"Market Hours: {any(session.is_open for session in truth.sessions.values())}",
        f"Paper Trading: {truth.mode != 'live'}",
        "",
        "Statistics:",
        f"  Signals Generated: {metrics.executed + metrics.rejected}",
        f"  Orders Placed: {counts.orders}",
        f"  Positions Opened: {counts.trades + held}",
        f"  Positions Closed: {counts.trades}",
    ]
    for name, account in truth.accounts.items():
        lines += ["", "Capital:" if len(truth.accounts) == 1 else f"Capital of {name}:", *_capital(account)]
    return "\n".join([*lines, rule])


def _capital(account: Account) -> list[str]:
    currency = account.currency
    digits = money_digits(currency)
    # From the figures as shown, so that a reader who adds them up gets the same.
    start, now, flows = (rounded(x, digits) for x in (account.equity_start, account.equity, account.net_flows))
    deposits = [f"  Deposits: {amount(flows, currency)}"] if flows else []
    return [
        f"  Initial: {amount(start, currency)}",
        *deposits,
        f"  Current: {amount(now, currency)}",
        f"  P&L: {amount(now - start - flows, currency)}",
    ]


class _Sums(msgspec.Struct, kw_only=True):
    """Footer of the table of positions in one currency."""

    unrealised: Decimal = ZERO
    exact: Decimal = ZERO
    realised: Decimal = ZERO
    exposure: Decimal = ZERO


def text_positions(book: Book) -> str:
    """Return the open positions as a table with totals.

    The footer adds up the rows as printed; realised profit is after fees, exposure the sum of absolute market values.
    """
    rows: list[tuple[str, ...]] = []
    sums: dict[str, _Sums] = {}
    winning = losing = 0
    for position in book.all_positions():
        if not (position.realised or position.fees or position.qty):
            continue
        currency = book.instrument(position.instrument).currency
        digits = money_digits(currency)
        total = sums.setdefault(currency, _Sums())
        total.realised += position.realised - position.fees
        if position.qty:
            shown = rounded(position.unrealised, digits)
            total.unrealised += shown
            total.exact += position.unrealised
            total.exposure += rounded(abs(position.value), digits)
            winning, losing = winning + (shown > 0), losing + (shown < 0)
            rows.append(_row(book, position))
    if not sums:
        sums = {account.currency: _Sums() for account in book.truth.accounts.values()}
    dashes = "-" * _TABLE_WIDTH
    head = ("Symbol", "Side", "Qty", "Entry", "Current", "P&L $", "P&L %")
    wide = [max(least, *(len(row[n]) for row in (head, *rows))) for n, least in enumerate((10, 6, 8, 10, 10, 12, 0))]
    table = [" ".join(f"{cell:<{w}}" for cell, w in zip(row, wide, strict=True)).rstrip() for row in (head, *rows)]
    return "\n".join(
        [
            "=== OPEN POSITIONS ===",
            table[0],
            dashes,
            *(table[1:] or ["No open positions"]),
            dashes,
            "",
            f"Total Positions: {len(rows)}",
            f"Winning: {winning} | Losing: {losing}",
            *_footer(sums),
            "=" * _STATUS_WIDTH,
        ]
    )


def _footer(sums: dict[str, _Sums]) -> list[str]:
    def line(name: str, value: Callable[[_Sums], Decimal]) -> str:
        texts = (amount(value(total), currency) for currency, total in sums.items())
        return f"{name}: {' + '.join(texts)}"

    for currency, total in sums.items():
        # Realised takes up the cent that rounding the rows has moved, so that the total is the account's own.
        whole = rounded(total.exact + total.realised, money_digits(currency))
        total.realised = whole - total.unrealised
    return [
        line("Total Unrealized P&L", lambda total: total.unrealised),
        line("Total Realized P&L", lambda total: total.realised),
        line("Total P&L", lambda total: total.unrealised + total.realised),
        line("Total Exposure", lambda total: total.exposure),
    ]


def _row(book: Book, position: Position) -> tuple[str, ...]:
    instrument = book.instrument(position.instrument)
    current = book.mark_px(position.instrument)
    return (
        position.instrument,
        "LONG" if position.qty > 0 else "SHORT",
        quantity(abs(position.qty)),
        price(position.average(instrument), instrument),
        price(current, instrument) if current is not None else "unknown",
        amount(position.unrealised, instrument.currency, signed=True),
        percent(ratio(position.unrealised, abs(position.cost)), signed=True),
    )
