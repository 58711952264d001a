"""Where each account stands now: results, exposure, risk, trades of this session. Pure.

`Client.metrics` hands it out. Money is in the account's base currency, shares are fractions.
"""

import statistics
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import combinations, pairwise

from openbell.core.types import ZERO, as_float
from openbell.report import returns
from openbell.report.digest import Digest
from openbell.report.exposure import worth_of
from openbell.report.figures import ratio
from openbell.report.performance import LEVEL

Value = Decimal | float | int | None
FEW_CLOSES = 4
"""Fewer closes tell nothing of how instruments move together."""


def metrics(digest: Digest) -> dict[str, dict[str, Value]]:
    """Return the figures of each account with a session; `digest` is of its day.

    Returns:
        current_pnl, unrealized_pnl and realized_pnl since the start; current_drawdown, a share of the peak;
        gross_exposure, net_exposure and cash_balance; portfolio_var, money at 95 % over a day; position_concentration,
        the largest position's share of equity; correlation_risk (see there); leverage_ratio, gross exposure over
        equity; trades_today, the trades that ended in this session, with win_rate_today and avg_trade_pnl after fees;
        transaction_costs of this session, fees and what orders were executed worse than at sending. None is unknown.
    """
    return {name: _of(digest, name) for name in digest.period.windows}


def _of(digest: Digest, name: str) -> dict[str, Value]:
    book, account = digest.book, digest.book.truth.accounts[name]
    worth = worth_of(book, account)
    gross, net = sum(map(abs, worth.values()), ZERO), sum(worth.values(), ZERO)
    held = [p for p in book.all_positions() if p.account == name]
    rates = {one: book.rate_of(account, one) for one in {book.instrument(p.instrument).currency for p in held}}
    unrealised = sum((p.unrealised * rates[book.instrument(p.instrument).currency] for p in held), ZERO)
    profit = account.equity - account.equity_start - account.net_flows
    var = returns.value_at_risk(returns.daily(digest.recorder.days(name)), LEVEL)
    return {
        "current_pnl": profit,
        "unrealized_pnl": unrealised,
        "realized_pnl": profit - unrealised,
        "current_drawdown": as_float(ratio(max(account.peak - account.equity, ZERO), account.peak)),
        "gross_exposure": gross,
        "net_exposure": net,
        "cash_balance": account.equity - net,
        "portfolio_var": None if var is None else var * as_float(account.equity),
        "position_concentration": as_float(ratio(max(map(abs, worth.values()), default=ZERO), account.equity)),
        "correlation_risk": correlation_risk(worth, {s: book.truth.marks[s].closes for s in worth}),
        "leverage_ratio": as_float(ratio(gross, account.equity)),
        **_today(digest, name, rates),
    }


def _today(digest: Digest, name: str, rates: Mapping[str, Decimal]) -> dict[str, Value]:
    spec = digest.book.spec
    trades = [one for one in digest.trades() if spec.deployments[one.deployment].account == name]
    gains = [one.profit * rates[spec.instruments[one.instrument].currency] for one in trades]
    costs = [
        (one.fees + one.shortfall) * rates[one.currency]
        for one in digest.period.costs.values()
        if spec.deployments[one.deployment].account == name
    ]
    wins = sum(gain > 0 for gain in gains)
    return {
        "trades_today": len(trades),
        "win_rate_today": wins / len(trades) if trades else None,
        "avg_trade_pnl": ratio(sum(gains, ZERO), Decimal(len(gains))) if gains else None,
        "transaction_costs": sum(costs, ZERO),
    }


def correlation_risk(worth: Mapping[str, Decimal], closes: Mapping[str, Sequence[float]]) -> float:
    """Return how much what is held moves as one.

    1 for all of it, 0 for not at all, below 0 for hedged. It is the mean correlation of returns
    between the sessions of each two instruments, weighted with the product of
    their values; a short one counts with the other sign. Two with too few closes count as moving together.

    Args:
        worth: Signed value by instrument.
        closes: Of sessions by instrument, oldest first.
    """
    total = weight = 0.0
    for one, other in combinations(sorted(worth), 2):
        value = as_float(worth[one]) * as_float(worth[other])
        total += value * _together(closes[one], closes[other])
        weight += abs(value)
    return total / weight if weight else 0.0


def _together(one: Sequence[float], other: Sequence[float]) -> float:
    count = min(len(one), len(other))
    if count < FEW_CLOSES:
        return 1.0
    a, b = ([now / before - 1.0 for before, now in pairwise(some[-count:])] for some in (one, other))
    # What does not move says nothing of how it would.
    return statistics.correlation(a, b) if len(set(a)) > 1 and len(set(b)) > 1 else 1.0
