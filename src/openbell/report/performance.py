"""How well a run did: returns and risk by account, trades by what they have in common.

Pure. Conventions stand in `docs/reference/metrics.md` and beside each figure in `returns`, `exposure` and `trades`.
"""

import statistics
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from openbell.core.account import Account
from openbell.core.book import Book
from openbell.core.types import NS, ZERO, as_float, money
from openbell.report import returns
from openbell.report.days import Day
from openbell.report.exposure import Gauge, Share, share_of
from openbell.report.figures import amount, exact, ratio
from openbell.report.recorder import Recorder
from openbell.report.trades import AXES, Totals

Figure = float | int | str | None
LEVEL = 0.95
"""Confidence of value at risk and expected shortfall."""
_DIGITS = 6
_BPS = Decimal(10_000)
_YEAR_DAYS = 365.25


def performance(recorder: Recorder, book: Book, risk_free: float = 0.0) -> dict[str, object]:
    """Return all figures of a run, ready for JSON.

    Fractions and ratios are numbers, money is text.

    Args:
        recorder: That watched the run.
        book: As the run left it.
        risk_free: Return a year that is free of risk, a fraction.

    Returns:
        `accounts` by name (see `account_figures`), `trades` by quote currency (see `trade_figures`), and `by`: for
        each axis of `trades.AXES` its values with the figures of their trades by quote currency.
    """
    return {
        "accounts": {name: account_figures(recorder, book, name, risk_free) for name in book.truth.accounts},
        "trades": {currency: trade_figures(totals) for currency, totals in recorder.totals.items()},
        "by": {axis: _by_value(recorder.ledger.groups[axis]) for axis in AXES},
    }


def _by_value(groups: dict[tuple[str, str], Totals]) -> dict[str, dict[str, dict[str, Figure]]]:
    found: dict[str, dict[str, dict[str, Figure]]] = {}
    for (value, currency), totals in sorted(groups.items(), key=_in_order):
        found.setdefault(value, {})[currency] = trade_figures(totals)
    return found


_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _in_order(entry: tuple[tuple[str, str], Totals]) -> tuple[int, str, str]:
    value, currency = entry[0]
    return (_WEEK.index(value) if value in _WEEK else 0), value, currency


def account_figures(recorder: Recorder, book: Book, name: str, risk_free: float = 0.0) -> dict[str, Figure]:
    """Return what became of an account's equity and what it risked.

    A figure that cannot be computed is None.
    """
    account, days = book.truth.accounts[name], recorder.days(name)
    daily, per_year = returns.daily(days), returns.days_per_year(days)
    span = _calendar_days(days)
    growth, deepest = returns.cagr(daily, span), as_float(account.max_drawdown)
    falls = returns.falls(days)
    longest = max((fall.days for fall in falls), default=0)
    a_day = risk_free / per_year
    interval = returns.sharpe_interval([one - a_day for one in daily], per_year, LEVEL)
    found: dict[str, float | int | str | None] = {
        "currency": account.currency,
        "days": len(days),
        "days_per_year": per_year,
        "total_return": returns.total(daily),
        "cagr": growth,
        "volatility": returns.volatility(daily, per_year),
        "sharpe": returns.sharpe(daily, per_year, a_day),
        "sharpe_low": interval.low if interval else None,
        "sharpe_high": interval.high if interval else None,
        "sortino": returns.sortino(daily, per_year, a_day),
        "calmar": returns.calmar(growth, deepest),
        "best_day": max(daily, default=None),
        "worst_day": min(daily, default=None),
        "positive_days": sum(one > 0.0 for one in daily) / len(daily) if daily else None,
        "max_drawdown": deepest,
        "drawdown_days": longest,
        "recovering_since": next((fall.peak for fall in falls if not fall.end), None),
        "value_at_risk": returns.value_at_risk(daily, LEVEL),
        "normal_value_at_risk": returns.normal_value_at_risk(daily, LEVEL),
        "expected_shortfall": returns.expected_shortfall(daily, LEVEL),
    }
    # Read now: since the gauge's latest reading, at a fill or a session's end, prices have moved.
    found |= _at_work(recorder.gauge(account), share_of(book, account), days, _paid(book, account))
    return {key: round(value, _DIGITS) if isinstance(value, float) else value for key, value in found.items()}


def _calendar_days(days: Sequence[Day]) -> float:
    """Return how long trading days last together, both ends included, in calendar days."""
    if not days:
        return 0.0
    return float((date.fromisoformat(days[-1].date) - date.fromisoformat(days[0].date)).days + 1)


def _paid(book: Book, account: Account) -> Decimal:
    """Return all fees in base currency, those of other currencies at the latest rate."""
    return sum((money(fee * book.rate_of(account, currency)) for currency, fee in account.fees.items()), ZERO)


def _at_work(gauge: Gauge, now: Share, days: Sequence[Day], cost: Decimal) -> dict[str, Figure]:
    seen = gauge.seen_ns
    mean = statistics.fmean(as_float(day.equity) for day in days) if days else 0.0
    turnover = as_float(gauge.traded) / mean if mean > 0.0 else None
    span = _calendar_days(days)
    return {
        "time_in_market": gauge.held_ns / seen if seen else None,
        "exposure_mean": gauge.gross_ns / seen if seen else None,
        "exposure_max": max(gauge.most.gross, now.gross),
        "exposure_now": now.gross,
        "net_now": now.net,
        "traded": exact(gauge.traded),
        "turnover": turnover,
        "turnover_a_year": turnover * _YEAR_DAYS / span if turnover is not None and span >= returns.FEW_DAYS else None,
        "fees": exact(cost),
        "fees_bps": as_float(ratio(cost * _BPS, gauge.traded)) if gauge.traded else None,
        **_concentration(now, max(gauge.widest, now, key=lambda one: one.largest)),
    }


def _concentration(now: Share, widest: Share) -> dict[str, Figure]:
    return {
        "concentration_now": now.concentration,
        "largest_now": now.largest,
        "largest_now_in": now.symbol or None,
        "largest_ever": widest.largest,
        "largest_ever_in": widest.symbol or None,
    }


def trade_figures(totals: Totals) -> dict[str, Figure]:
    """Return what closed trades earned, after fees; money in their quote currency."""
    count = totals.count
    losses = count - totals.wins
    interval = returns.share_interval(totals.wins, count, LEVEL)
    found: dict[str, float | int | str | None] = {
        "trades": count,
        "wins": totals.wins,
        "win_rate": totals.wins / count if count else None,
        "win_rate_low": interval.low if interval else None,
        "win_rate_high": interval.high if interval else None,
        "profit": exact(totals.profit),
        "fees": exact(totals.fees),
        "profit_factor": as_float(totals.gains) / as_float(totals.losses) if totals.losses else None,
        "expectancy": _mean(totals.profit, count),
        "mean_win": _mean(totals.gains, totals.wins),
        "mean_loss": _mean(totals.losses, losses),
        "payoff": _payoff(totals, losses),
        "best": exact(totals.best),
        "worst": exact(-totals.worst),
        "longest_losing_streak": totals.longest,
        "mean_duration_s": totals.held_ns / NS / count if count else None,
        "mean_mae": totals.mae / count if count else None,
        "mean_mfe": totals.mfe / count if count else None,
    }
    return {key: round(value, _DIGITS) if isinstance(value, float) else value for key, value in found.items()}


def _mean(total: Decimal, count: int) -> str | None:
    return exact(ratio(total, Decimal(count))) if count else None


def _payoff(totals: Totals, losses: int) -> float | None:
    if not totals.wins or not losses or not totals.losses:
        return None
    return as_float(totals.gains) / totals.wins / (as_float(totals.losses) / losses)


# --- texts ------------------------------------------------------------------------------------------------------

_FRACTIONS = frozenset(
    {
        "total_return", "cagr", "volatility", "best_day", "worst_day", "positive_days", "max_drawdown",
        "value_at_risk", "normal_value_at_risk", "expected_shortfall", "time_in_market", "exposure_mean",
        "exposure_max", "exposure_now", "net_now", "largest_now", "largest_ever", "win_rate",
        "win_rate_low", "win_rate_high", "mean_mae", "mean_mfe",
        "turnover", "turnover_a_year",
    }
)  # fmt: skip
_MONEY = frozenset({"traded", "fees", "profit", "expectancy", "mean_win", "mean_loss", "best", "worst"})


def text_of(key: str, value: Figure, currency: str) -> str:
    """Return a figure as people read it: percent, money with its currency, a dash for None."""
    if value is None:
        return "–"
    if key in _FRACTIONS:
        return f"{100.0 * float(value):,.2f}%"
    if key == "mean_duration_s":
        return _lasting(float(value))
    if key in _MONEY:
        return amount(Decimal(str(value)), currency)
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def _lasting(seconds: float) -> str:
    """Return a length of time in its two largest units: `2d 4h`, `2h 24m`, `1m 5s`."""
    left = round(seconds)
    found: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or found:
            found.append(f"{count}{unit}")
    return " ".join(found[:2]) or "0s"


def label_of(key: str) -> str:
    """Return the name of a figure as people read it."""
    words = {
        "cagr": "CAGR", "mean_mae": "mean MAE", "mean_mfe": "mean MFE", "fees_bps": "fees in bps",
        "mean_duration_s": "mean duration", "time_to_fill_s": "mean time to fill in s",
        "longest_to_fill_s": "longest time to fill in s", "slippage_bps": "mean slippage in bps",
        "worst_slippage_bps": "worst slippage in bps",
    }  # fmt: skip
    text = words.get(key, key.replace("_", " "))
    return text[0].upper() + text[1:]
