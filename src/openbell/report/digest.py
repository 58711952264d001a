"""The report of a day, a week or a month, section by section. Pure.

Every section is figures for machines first; `rows` makes tables of them. Money is exact text, fractions are numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from openbell.core.book import Book
from openbell.core.types import NS, ZERO, as_float
from openbell.report import returns
from openbell.report.days import Day
from openbell.report.figures import exact, ratio, utc
from openbell.report.performance import account_figures
from openbell.report.period import Cost, Period, Window
from openbell.report.recorder import Execution, Recorder
from openbell.report.rows import Row, Section
from openbell.report.trades import Trade

_MS_NS = 1_000_000
_BPS = Decimal(10_000)
_RISK = ("max_drawdown", "exposure_now", "net_now", "value_at_risk", "expected_shortfall", "concentration_now",
         "largest_now", "largest_now_in")  # fmt: skip
FEW_TRADES = 20
"""Fewer trades say little of a strategy."""


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of.

    Attributes:
        kind: day, week or month. period: What was gathered. book: As it stood when the period ended.
        recorder: That watched the run up to there, every fill and trade kept. rules: In force, in words.
        options: Of each deployment's strategy, as text. disk: Bytes of the journal, and free ones beside it.
    """

    kind: str
    period: Period
    book: Book
    recorder: Recorder
    rules: Sequence[str] = ()
    options: Mapping[str, str] = {}
    disk: tuple[int, int] = (0, 0)

    def days(self, account: str) -> list[Day]:
        """Return the trading days of an account within the period."""
        first, last = self.period.first, self.period.last
        return [day for day in self.recorder.days(account) if first <= day.date <= last]

    def fills(self) -> list[Execution]:
        """Return the executions within the period, in order."""
        windows = self.period.windows
        return [one for one in self.recorder.fills if one.account in windows and windows[one.account].holds(one.time)]

    def trades(self, deployment: str = "") -> list[Trade]:
        """Return the trades that ended within the period, of one deployment or of all."""
        return [one for one in self.recorder.trades if deployment in ("", one.deployment) and self._has(one)]

    def _has(self, trade: Trade) -> bool:
        spec = self.book.spec.deployments.get(trade.deployment)
        window = self.period.windows.get(spec.account) if spec is not None else None
        return window is not None and window.holds(trade.exit_ts)


# --- money ------------------------------------------------------------------------------------------------------


def results(digest: Digest) -> Section:
    """Return equity at both ends, deposits, result and fees of each account."""
    found = []
    for name in digest.period.windows:
        days, account = digest.days(name), digest.book.truth.accounts[name]
        start, flows = days[0].start, sum((day.flows for day in days), ZERO)
        end = days[-1].equity
        result = end - start - flows
        fees = sum(
            (one.fee for one in digest.fills() if one.account == name and one.fee_currency == account.currency), ZERO
        )
        found.append({
            "account": name, "currency": account.currency, "start": exact(start), "deposits": exact(flows),
            "result": exact(result), "return": _share(result, start), "end": exact(end), "fees": exact(fees),
        })  # fmt: skip
    return found


def performance(digest: Digest) -> Section:
    """Return the result of each trading day, and of all of them together, by account."""
    found: Section = []
    for name in digest.period.windows:
        days = digest.days(name)
        daily = returns.daily(days)
        found += [
            {"account": name, "date": day.date, "result": exact(day.equity - day.start - day.flows),
             "return": round(one, 6), "equity": exact(day.equity)}
            for day, one in zip(days, daily, strict=True)
        ]  # fmt: skip
        whole = sum((day.equity - day.start - day.flows for day in days), ZERO)
        found.append({"account": name, "date": "all", "result": exact(whole), "return": round(returns.total(daily), 6),
                      "equity": exact(days[-1].equity)})  # fmt: skip
    return found


def review(digest: Digest) -> Section:
    """Return result, best and worst day, and what trades earned, by account."""
    found = []
    for row in results(digest):
        daily = returns.daily(digest.days(row["account"]))
        trades = [
            one for one in digest.trades() if digest.book.spec.deployments[one.deployment].account == row["account"]
        ]
        days = {"days": len(daily), "best_day": round(max(daily), 6), "worst_day": round(min(daily), 6)}
        found.append(row | days | _of(trades))
    return found


def attribution(digest: Digest) -> Section:
    """Return what each strategy gained, and that they add up to the account's result."""
    found: Section = []
    for row in results(digest):
        account, whole, told = row["account"], Decimal(row["result"]), ZERO
        for name, spec in digest.book.spec.deployments.items():
            if spec.account != account:
                continue
            gained = digest.period.result(digest.book, account, name)
            told += gained
            found.append(
                {"account": account, "strategy": name, "result": exact(gained), "share": _share(gained, whole)}
                | _of(digest.trades(name))
            )
        # Interest, exchange rates of cash, and what was traded by hand.
        found.append({"account": account, "strategy": "other", "result": exact(whole - told)})
        found.append({"account": account, "strategy": "all", "result": exact(whole), "share": 1.0})
    return found


def _of(trades: Sequence[Trade]) -> Row:
    wins = sum(one.profit > 0 for one in trades)
    profit = sum((one.profit for one in trades), ZERO)
    return {
        "trades": len(trades), "win_rate": round(wins / len(trades), 6) if trades else None, "profit": exact(profit),
        "expectancy": exact(ratio(profit, Decimal(len(trades)))) if trades else None,
    }  # fmt: skip


def costs(digest: Digest) -> Section:
    """Return what each order cost against the price when it was sent, and all by currency."""
    orders = list(digest.period.costs.values())
    sums = [
        _cost("all", [one for one in orders if one.currency == currency])
        for currency in sorted({one.currency for one in orders})
    ]
    return [_cost(one.oid, [one]) for one in orders] + sums


def _cost(name: str, orders: Sequence[Cost]) -> Row:
    first = orders[0]
    traded, fees, shortfall = (
        sum((getattr(one, field) for one in orders), ZERO) for field in ("paid", "fees", "shortfall")
    )
    known = {
        "deployment": first.deployment,
        "instrument": first.instrument,
        "side": first.side,
        "qty": exact(first.qty),
    }
    return {"order": name, **(known if name != "all" else {}), "currency": first.currency, "traded": exact(traded),
            "fees": exact(fees), "shortfall": exact(shortfall),
            "cost_bps": as_float(ratio((fees + shortfall) * _BPS, traded)) if traded else None}  # fmt: skip


# --- what is held, and what is risked ---------------------------------------------------------------------------


def positions(digest: Digest) -> Section:
    """Return what is held at the end of the period."""
    book = digest.book
    return [
        {"account": p.account, "deployment": p.deployment, "instrument": p.instrument,
         "side": "long" if p.qty > 0 else "short", "qty": exact(abs(p.qty)),
         "entry": exact(p.average(book.instrument(p.instrument))), "price": _known(book.mark_px(p.instrument)),
         "value": exact(p.value), "unrealised": exact(p.unrealised), "currency": book.instrument(p.instrument).currency}
        for p in book.all_positions()
        if p.qty
    ]  # fmt: skip


def risk(digest: Digest) -> Section:
    """Return drawdown, exposure, value at risk and concentration of each account at the end."""
    found: Section = []
    for name in digest.period.windows:
        figures: Row = dict(account_figures(digest.recorder, digest.book, name))
        found.append({"account": name} | {key: figures[key] for key in _RISK})
    return found


def risk_of_days(digest: Digest) -> Section:
    """Return the same with worst day and deepest fall, and what limits refused and closed.

    A fall is looked at where days end.
    """
    found = []
    for row in risk(digest):
        days = digest.days(row["account"])
        worst = round(min(returns.daily(days)), 6)
        found.append(row | {"worst_day": worst, "deepest_fall": _fall(days)})
    found += [
        {"deployment": name, "refused": code, "times": count}
        for (name, code), count in sorted(digest.period.refusals.items())
    ]
    return found + [{"closed": text, "time": utc(ts)} for ts, text in digest.period.gates]


def risk_review(digest: Digest) -> Section:
    """Return the same with the limits in force."""
    return risk_of_days(digest) + [{"limit": rule} for rule in digest.rules]


def _fall(days: Sequence[Day]) -> float:
    return round(max((fall.depth for fall in returns.falls(days)), default=0.0), 6)


# --- strategies -------------------------------------------------------------------------------------------------


def parameters(digest: Digest) -> Section:
    """Return the options of each strategy, what was changed, and both halves of the period."""
    found: Section = []
    for name, spec in digest.book.spec.deployments.items():
        window = digest.period.windows.get(spec.account)
        if window is None:
            continue
        first, second = _halves(digest, window, name)
        changed = [text for _, text in digest.period.changes if text.startswith(name)]
        signals = sum(count for (one, _), count in digest.period.signals.items() if one == name)
        found.append({
            "strategy": name, "kind": spec.strategy, "options": digest.options.get(name, ""), "changes": len(changed),
            "signals": signals, "result_first_half": exact(first), "result_second_half": exact(second),
        })  # fmt: skip
    return found + [{"changed": text, "time": utc(ts)} for ts, text in digest.period.changes]


def _halves(digest: Digest, window: Window, name: str) -> tuple[Decimal, Decimal]:
    spec = digest.book.spec.deployments[name]
    whole = digest.period.result(digest.book, spec.account, name)
    dates = [day.date for day in digest.days(spec.account)]
    middle = dates[(len(dates) - 1) // 2]
    then = window.daily.get(middle, {}).get(name)
    first = whole if then is None else then - window.results[name]
    return first, whole - first


def health_of_strategies(digest: Digest) -> Section:
    """Return how each strategy is.

    Whether it may trade, its trades, its fall from its best day, and how often limits refused it.
    """
    found = []
    for name, spec in digest.book.spec.deployments.items():
        window = digest.period.windows.get(spec.account)
        if window is None:
            continue
        daily = [one[name] for one in window.daily.values()]
        gained = digest.period.result(digest.book, spec.account, name)
        best = max([window.results[name], *daily])
        refused = sum(count for (one, _), count in digest.period.refusals.items() if one == name)
        own = f"deployment:{name}"
        gates = [key for key, one in digest.book.truth.latches.items() if f"{one.scope}/".startswith(f"{own}/")]
        found.append(
            {"strategy": name, "state": ", ".join(gates) or "may trade", "result": exact(gained),
             "fallen": exact(best - window.results[name] - gained), "refused": refused} | _of(digest.trades(name))
        )  # fmt: skip
    return found


def recommendations(digest: Digest) -> Section:
    """Return what the figures of the period suggest, each with those figures.

    Nothing is changed by it.
    """
    found: Section = []
    for row in health_of_strategies(digest):
        name, count, profit = row["strategy"], row["trades"], Decimal(row["profit"])
        fees = sum((one.fees for one in digest.period.costs.values() if one.deployment == name), ZERO)
        why = {
            "strategy": name,
            "trades": count,
            "profit": exact(profit),
            "fees": exact(fees),
            "refused": row["refused"],
        }
        if count < FEW_TRADES:
            found.append(why | {"suggests": "too few trades to judge its options by: leave them"})
        elif profit < 0:
            found.append(why | {"suggests": "it lost: openbell walkforward FILE tells whether its options still hold"})
        if profit > 0 and fees > profit:
            found.append(why | {"suggests": "fees are more than profits: trade less often, or longer bars"})
        if row["refused"] > count:
            found.append(why | {"suggests": "limits refused it more often than it traded: a smaller size"})
    return found


# --- the rest ---------------------------------------------------------------------------------------------------


def trade_log(digest: Digest) -> Section:
    """Return every execution of the period with its ids."""
    return [
        {"time": utc(one.time), "order": one.oid, "execution": one.exec_id, "account": one.account,
         "deployment": one.deployment, "instrument": one.instrument, "side": one.side, "qty": exact(one.qty),
         "price": exact(one.px), "value": exact(one.value), "fee": exact(one.fee), "currency": one.fee_currency,
         "reason": one.reason}
        for one in digest.fills()
    ]  # fmt: skip


def system(digest: Digest) -> Section:
    """Return how long it ran, what broke, how fast venues answered, how much room there is."""
    health, (used, free) = digest.period.health, digest.disk
    figures: dict[str, Any] = {
        "uptime_s": (health.last_ts - health.first_ts) / NS,
        "reconnects": health.reconnects, "line_cuts": health.line_cuts,
        "errors": health.alerts["error"] + health.alerts["critical"], "warnings": health.alerts["warning"],
        "refused_records": health.bad_records,
        "latency_ms": round(health.waited_ns / health.answers / _MS_NS, 3) if health.answers else None,
        "longest_latency_ms": round(health.longest_ns / _MS_NS, 3) if health.answers else None,
        "disk_faults": health.disk_faults, "journal_bytes": used, "disk_free_bytes": free,
    }  # fmt: skip
    return [{"what": key, "value": value} for key, value in figures.items()]


SECTIONS: Mapping[str, Mapping[str, Callable[[Digest], Section]]] = {
    "day": {
        "daily_pnl_summary": results, "position_summary": positions, "risk_metrics": risk, "trade_log": trade_log,
        "system_health": system,
    },
    "week": {
        "weekly_performance_analysis": performance, "strategy_attribution": attribution, "risk_analysis": risk_of_days,
        "transaction_cost_analysis": costs, "parameter_stability": parameters,
    },
    "month": {
        "monthly_performance_review": review, "strategy_health_assessment": health_of_strategies,
        "risk_review": risk_review, "optimization_recommendations": recommendations,
    },
}  # fmt: skip
"""What each kind of report holds, in reading order."""


def sections(digest: Digest) -> dict[str, Section]:
    """Return every section of the report by name: rows of figures, ready for JSON."""
    return {name: make(digest) for name, make in SECTIONS[digest.kind].items()}


def _known(px: Decimal | None) -> str | None:
    return exact(px) if px is not None else None


def _share(part: Decimal, whole: Decimal) -> float | None:
    return round(as_float(ratio(part, whole)), 6) if whole else None
