"""S4, reports of a day, a week and a month: each section is there, and its figures are those of the journal."""

from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from openbell import connect
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import label
from openbell.core.types import NS
from openbell.run import state as states
from openbell.run.web.rows import accounts
from tests.checklist.market import Told, clock
from tests.cli.process import Said, perform

Caller = Callable[..., Said]
FILE = """\
title: Reports
source: {kind: synthetic, seed: 5, days: 12, interval: 5m, prices: {AURA: 84, BETA: 30}}
accounts:
  main: {broker: sim, cash: 100000 USD, fees: {kind: per_share, rate: 0.01}, slippage: 0.02%}
deployments:
  - name: cross
    strategy: {kind: ema_cross, fast: 4, slow: 9}
    instruments: [AURA]
    bars: 5m
    account: main
    budget: {capital: 50000 USD, per_position: 10%}
  - name: revert
    strategy: {kind: mean_reversion, period: 9}
    instruments: [BETA]
    bars: 5m
    account: main
    budget: {capital: 50000 USD, per_position: 10%}
rules: {preset: none, session_hours: {}, order_notional: {limit: 4995 USD}}
"""
SYMBOLS = {"cross": "AURA", "revert": "BETA"}
DAY, LAST = "2024-01-04", "2024-01-18"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve days of two strategies at the New York exchange."""
    folder = tmp_path_factory.mktemp("reports")
    (folder / "c.yaml").write_text(FILE, encoding="utf-8")
    assert perform(["run", str(folder / "c.yaml"), "--state", str(folder / "s"), "--json"]) == 0
    return folder / "s"


@pytest.fixture(scope="module")
def told(state: Path) -> Told:
    return Told(states.journal(state))


def report(call: Caller, state: Path, kind: str, on: str) -> dict[str, Any]:
    data = call("report", state, "--period", kind, "--on", on, "--json").data
    text = Path(data["report"]).read_text(encoding="utf-8")
    for name in data:
        if isinstance(data[name], list):
            assert name.replace("_", " ").replace("pnl", "P&amp;L").lower() in text.lower(), name
    return data


def of(told: Told, first: str, last: str = "") -> list[ev.Fill]:
    """Return the executions of the sessions from `first` to `last`, New York's dates."""
    return [fill for fill in told.fills if first <= clock(fill.time)[:10] <= (last or first)]


def held(told: Told, until: str) -> dict[str, Decimal]:
    """Return what is held of each instrument when the session of a date ends."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for fill in told.fills:
        if clock(fill.time)[:10] <= until:
            found[fill.instrument] += fill.qty * fill.side.sign
    return {symbol: qty for symbol, qty in found.items() if qty}


def worth(told: Told, until: str) -> Decimal:
    """Return cash and holdings at their last prices when a session ends, from fills and bars alone."""
    last = {bar.instrument: Decimal(str(bar.close)) for bar in told.events(ev.Bar) if clock(bar.ts)[:10] <= until}
    cash = 100_000 - sum(
        fill.qty * fill.px * fill.side.sign + fill.fee for fill in told.fills if clock(fill.time)[:10] <= until
    )
    return cash + sum(qty * last[symbol] for symbol, qty in held(told, until).items())


def earned(told: Told, symbol: str, until: str) -> Decimal:
    """Return what trading one instrument has earned when a session ends, from its fills and bars alone."""
    (px,) = [bar.close for bar in told.events(ev.Bar) if bar.instrument == symbol and clock(bar.ts)[:10] <= until][-1:]
    fills = [fill for fill in told.fills if fill.instrument == symbol and clock(fill.time)[:10] <= until]
    paid = sum((fill.qty * fill.px * fill.side.sign + fill.fee for fill in fills), Decimal(0))
    return held(told, until).get(symbol, Decimal(0)) * Decimal(str(px)) - paid


def by_days(told: Told, first: str, last: str) -> list[float]:
    """Return equity before a span of days and at the end of each of its sessions, from fills and bars alone."""
    every = sorted({clock(bar.ts)[:10] for bar in told.events(ev.Bar)})
    before = [day for day in every if day < first][-1:]
    start = worth(told, before[0]) if before else 100_000
    return [float(start), *(float(worth(told, day)) for day in every if first <= day <= last)]


def risked(row: dict[str, Any], told: Told, first: str, last: str) -> None:
    """Compare what a report says of risk with what days, holdings and prices make of it."""
    ends = by_days(told, first, last)
    daily = [after / before - 1.0 for before, after in pairwise(ends)]
    fall = max(1.0 - end / max(ends[: n + 1]) for n, end in enumerate(ends))
    assert (row["worst_day"], row["deepest_fall"]) == pytest.approx((min(daily), fall), abs=1e-6)
    px = {bar.instrument: bar.close for bar in told.events(ev.Bar) if clock(bar.ts)[:10] <= last}
    values = {symbol: float(qty) * px[symbol] / ends[-1] for symbol, qty in held(told, last).items()}
    assert row["exposure_now"] == pytest.approx(sum(map(abs, values.values())), abs=1e-6)
    assert row["net_now"] == pytest.approx(sum(values.values()), abs=1e-6)
    assert row["largest_now"] == pytest.approx(max(map(abs, values.values()), default=0.0), abs=1e-6)


def trips(told: Told, strategy: str = "") -> tuple[int, str, float]:
    """Return how many trades ended, what they brought after fees, and the share of gains, from fills alone."""
    results, mine = [], names(told)
    for name in [strategy] if strategy else SYMBOLS:
        qty = result = Decimal(0)
        for fill in told.fills:
            if mine[fill.oid] != name:
                continue
            qty += fill.qty * fill.side.sign
            result -= fill.qty * fill.px * fill.side.sign + fill.fee
            if not qty:
                results.append(result)
                result = Decimal(0)
    return len(results), f"{sum(results).normalize():f}", sum(one > 0 for one in results) / len(results)


def refusals(told: Told, strategy: str) -> int:
    """Return how often a limit refused a strategy."""
    decided = [one for entry in told.entries for one in entry.effects if isinstance(one, fx.Decision)]
    return sum(one.deployment == strategy and 200 <= one.code < 300 for one in decided)


def judged(row: dict[str, Any]) -> tuple[int, str, float]:
    """Return the same as a report has it."""
    return row["trades"], f"{Decimal(row['profit']).normalize():f}", pytest.approx(row["win_rate"], abs=1e-6)


def names(told: Told) -> dict[str, str]:
    return {order.oid: order.deployment for order in told.orders}


# --- a day ------------------------------------------------------------------------------------------------------


def test_the_result_of_a_day_is_what_fills_and_prices_make_of_it(call: Caller, state: Path, told: Told) -> None:
    (row,) = report(call, state, "day", DAY)["daily_pnl_summary"]
    before, after = worth(told, "2024-01-03"), worth(told, DAY)
    assert (Decimal(row["start"]), Decimal(row["end"])) == (before, after)
    assert (Decimal(row["result"]), row["deposits"]) == (after - before, "0")
    assert row["return"] == pytest.approx(float(after - before) / float(before), abs=1e-6)
    assert Decimal(row["fees"]) == sum(fill.fee for fill in of(told, DAY)) > 0


def test_the_positions_of_a_day_are_those_that_the_venue_has(call: Caller, state: Path, told: Told) -> None:
    seen = set()
    for day in ("2024-01-03", DAY, "2024-01-05"):
        rows = report(call, state, "day", day)["position_summary"]
        found = {row["instrument"]: Decimal(row["qty"]) * (1 if row["side"] == "long" else -1) for row in rows}
        assert found == held(told, day)
        seen |= set(found)
    assert seen


def test_the_risk_of_a_day_is_that_of_every_other_report(call: Caller, state: Path, told: Told) -> None:
    (row,) = report(call, state, "day", LAST)["risk_metrics"]
    same = call("report", state, "--json").data["performance"]["accounts"]["main"]
    for key in ("max_drawdown", "exposure_now", "net_now", "value_at_risk", "expected_shortfall", "concentration_now",
                "largest_now", "largest_now_in"):  # fmt: skip
        assert row[key] == same[key], key
    assert row["max_drawdown"] > 0.0
    assert row["value_at_risk"] > 0.0
    # And so it is in the interface for programs, which tells of money where this tells shares of equity.
    shown, equity = connect(state).metrics()["main"], float(worth(told, LAST))
    assert row["value_at_risk"] * equity == pytest.approx(shown["portfolio_var"], abs=0.1)
    for mine, theirs in (("exposure_now", "gross_exposure"), ("net_now", "net_exposure")):
        assert row[mine] * equity == pytest.approx(float(shown[theirs]), abs=0.1), mine
    assert row["largest_now"] == pytest.approx(shown["position_concentration"], abs=1e-6)
    assert 0.0 <= shown["current_drawdown"] <= row["max_drawdown"] + 1e-6
    endpoint = accounts(told.book, {"main": Decimal(0)}, {})["main"]
    assert row["max_drawdown"] == pytest.approx(endpoint["max_drawdown"], abs=1e-6)


def test_the_trade_log_of_a_day_is_the_journal_s(call: Caller, state: Path, told: Told) -> None:
    rows = report(call, state, "day", DAY)["trade_log"]
    mine = names(told)
    assert [
        (row["order"], row["execution"], row["instrument"], row["side"], Decimal(row["qty"]), Decimal(row["price"]),
         Decimal(row["fee"]), row["deployment"])
        for row in rows
    ] == [
        (fill.oid, fill.exec_id, fill.instrument, str(fill.side), fill.qty, fill.px, fill.fee, mine[fill.oid])
        for fill in of(told, DAY)
    ]  # fmt: skip
    assert len(rows) > 3


def test_the_health_of_a_day_tells_uptime_lines_errors_answers_and_disk(call: Caller, state: Path, told: Told) -> None:
    found = {row["what"]: row["value"] for row in report(call, state, "day", DAY)["system_health"]}
    opened = next(e.event.ts for e in told.entries if isinstance(e.event, ev.Schedule) and e.event.is_open
                  and e.event.date == DAY)  # fmt: skip
    following = next(n for n, e in enumerate(told.entries) if isinstance(e.event, ev.Schedule) and e.event.is_open
                     and e.event.date > DAY)  # fmt: skip
    assert found["uptime_s"] == (told.entries[following - 1].event.ts - opened) / NS
    alerts = [
        effect.level
        for entry in told.entries[:following]
        if entry.event.ts >= opened
        for effect in entry.effects
        if isinstance(effect, fx.Alert)
    ]
    assert found["errors"] == sum(level in {"error", "critical"} for level in alerts)
    assert found["reconnects"] == found["line_cuts"] == found["disk_faults"] == 0
    assert found["latency_ms"] is not None
    files = [file for file in states.journal(state).iterdir() if file.is_file()]
    assert found["journal_bytes"] == sum(file.stat().st_size for file in files)
    assert found["disk_free_bytes"] > 0


# --- a week -----------------------------------------------------------------------------------------------------


def test_a_week_is_its_days(call: Caller, state: Path, told: Told) -> None:
    rows = report(call, state, "week", DAY)["weekly_performance_analysis"]
    days = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]
    ends = [Decimal(100_000), *(worth(told, day) for day in days)]
    steps = [*pairwise(ends), (ends[0], ends[-1])]
    found = [(row["account"], row["date"], Decimal(row["result"]), Decimal(row["equity"])) for row in rows]
    assert found == [("main", day, b - a, b) for day, (a, b) in zip([*days, "all"], steps, strict=True)]
    assert [row["return"] for row in rows] == [pytest.approx(float(b) / float(a) - 1.0, abs=1e-6) for a, b in steps]


def test_what_strategies_gained_sums_to_the_total(call: Caller, state: Path, told: Told) -> None:
    rows = report(call, state, "week", "2024-01-10")["strategy_attribution"]
    by = {row["strategy"]: Decimal(row["result"]) for row in rows}
    assert (
        by["cross"] + by["revert"] + by["other"] == by["all"] == worth(told, "2024-01-12") - worth(told, "2024-01-05")
    )
    assert by["other"] == 0
    for name, symbol in SYMBOLS.items():
        assert by[name] == earned(told, symbol, "2024-01-12") - earned(told, symbol, "2024-01-05") != 0


def test_the_risk_of_a_week_is_the_journal_s(call: Caller, state: Path, told: Told) -> None:
    rows = report(call, state, "week", DAY)["risk_analysis"]
    risked(rows[0], told, "2024-01-02", "2024-01-05")
    refused = Counter(
        (effect.deployment, effect.code)
        for entry in told.entries
        for effect in entry.effects
        if isinstance(effect, fx.Decision) and 200 <= effect.code < 300 and clock(entry.event.ts)[:10] <= "2024-01-05"
    )
    assert {(row["deployment"], row["refused"]): row["times"] for row in rows if "refused" in row} == {
        (name, label(code)): count for (name, code), count in refused.items()
    }
    assert refused.total() > 0


def test_the_shortfall_of_each_order_is_the_journal_s(call: Caller, state: Path, told: Told) -> None:
    rows = report(call, state, "week", DAY)["transaction_cost_analysis"]
    closes: dict[str, Decimal] = {}
    arrival: dict[str, Decimal] = {}
    for entry in told.entries:
        if isinstance(entry.event, ev.Bar):
            closes[entry.event.instrument] = Decimal(str(entry.event.close))
        for effect in entry.effects:
            if isinstance(effect, fx.Submit):
                arrival[effect.oid] = closes[effect.instrument]
    fills = of(told, "2024-01-02", "2024-01-05")
    expected = {fill.oid: (fill.px - arrival[fill.oid]) * fill.qty * fill.side.sign for fill in fills}
    assert {row["order"]: Decimal(row["shortfall"]) for row in rows if row["order"] != "all"} == expected
    (whole,) = [row for row in rows if row["order"] == "all"]
    assert Decimal(whole["shortfall"]) == sum(expected.values()) > 0
    assert Decimal(whole["fees"]) == sum(fill.fee for fill in fills)
    assert Decimal(whole["traded"]) == sum(fill.qty * fill.px for fill in fills)


def test_parameters_of_a_week_are_told_with_both_halves(call: Caller, state: Path, told: Told) -> None:
    found = {row["strategy"]: row for row in report(call, state, "week", DAY)["parameter_stability"]}
    assert (found["cross"]["kind"], found["cross"]["options"]) == ("ema_cross", "fast 4, slow 9")
    assert ("period 9" in found["revert"]["options"], found["revert"]["changes"]) == (True, 0)
    signals = Counter(
        effect.deployment
        for entry in told.entries
        for effect in entry.effects
        if isinstance(effect, fx.Decision) and 10 <= effect.signal < 20 and clock(entry.event.ts)[:10] <= "2024-01-05"
    )
    assert {name: row["signals"] for name, row in found.items()} == dict(signals)
    halves = {name: [Decimal(row[f"result_{one}_half"]) for one in ("first", "second")] for name, row in found.items()}
    ends = {
        name: [earned(told, symbol, day) for day in ("2024-01-03", "2024-01-05")] for name, symbol in SYMBOLS.items()
    }
    assert halves == {name: [middle, end - middle] for name, (middle, end) in ends.items()}


# --- a month ----------------------------------------------------------------------------------------------------


def test_the_review_of_a_month_is_the_journal_s(call: Caller, state: Path, told: Told) -> None:
    (row,) = report(call, state, "month", DAY)["monthly_performance_review"]
    assert (Decimal(row["start"]), Decimal(row["end"]), row["days"]) == (100_000, worth(told, LAST), 12)
    ends = by_days(told, "2024-01-01", LAST)
    daily = [after / before - 1.0 for before, after in pairwise(ends)]
    assert (row["best_day"], row["worst_day"]) == pytest.approx((max(daily), min(daily)), abs=1e-6)
    assert (Decimal(row["result"]), row["deposits"]) == (worth(told, LAST) - 100_000, "0")
    assert row["return"] == pytest.approx(ends[-1] / ends[0] - 1.0, abs=1e-6)
    assert Decimal(row["fees"]) == sum(fill.fee for fill in told.fills)
    assert trips(told) == judged(row)


def test_the_health_of_strategies_is_the_journal_s(call: Caller, state: Path, told: Told) -> None:
    found = {row["strategy"]: row for row in report(call, state, "month", DAY)["strategy_health_assessment"]}
    for name, row in found.items():
        assert (trips(told, name), row["refused"]) == (judged(row), refusals(told, name))
        assert row["state"] == "may trade"
        # Its result at each session's end, from its fills and last prices alone: how far the last is below the best.
        ends = [earned(told, SYMBOLS[name], day) for day in sorted({clock(bar.ts)[:10] for bar in told.events(ev.Bar)})]
        assert (Decimal(row["result"]), Decimal(row["fallen"])) == (ends[-1], max(Decimal(0), *ends) - ends[-1])
    assert set(found) == {"cross", "revert"}


def test_the_review_of_risk_has_the_limits_and_what_they_refused(call: Caller, state: Path, told: Told) -> None:
    rows = report(call, state, "month", DAY)["risk_review"]
    risked(rows[0], told, "2024-01-01", LAST)
    assert [row["limit"] for row in rows if "limit" in row] == list(told.events(ev.Genesis)[0].rules)
    refused = sum(isinstance(one, fx.Decision) and 200 <= one.code < 300 for e in told.entries for one in e.effects)
    assert sum(row["times"] for row in rows if "refused" in row) == refused > 0


def test_recommendations_rest_on_figures_of_the_journal(call: Caller, state: Path, told: Told) -> None:
    rows = report(call, state, "month", DAY)["optimization_recommendations"]
    mine = names(told)
    fees = Counter[str]()
    for fill in told.fills:
        fees[mine[fill.oid]] += fill.fee  # type: ignore[assignment]  # an exact amount counts as well
    assert {row["strategy"] for row in rows} == {"cross", "revert"}
    assert sum(refusals(told, name) for name in SYMBOLS) > 0
    for row in rows:
        assert (row["trades"], f"{Decimal(row['profit']).normalize():f}") == trips(told, row["strategy"])[:2]
        assert row["refused"] == refusals(told, row["strategy"])
        assert Decimal(row["fees"]) == fees[row["strategy"]]
        if "it lost" in row["suggests"]:
            assert Decimal(row["profit"]) < 0
