"""S3, main loop and safety measures: sessions, orders, limits, exits."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import Side, Status
from openbell.run import assemble
from openbell.run.backtest import backtest
from openbell.run.recover import start
from tests.checklist.market import (
    AGAIN,
    FLAT,
    FREE,
    HALF,
    LONG,
    SHORT,
    Market,
    Row,
    clock,
    config,
    deployment,
    row,
    rows,
    stamp,
)
from tests.cli.process import Said

Caller = Callable[..., Said]
NEW_YORK = {"tz": "America/New_York", "instrument": "kind: stock, calendar: NYSE"}
SIX = "AAA, BBB, CCC, DDD, EEE, FFF"
LIMITED = ("{max_position: off}", "{daily_loss: off}")


def each_long(symbols: str, at: int, *more: tuple[float, int]) -> list[Row]:
    """Return bars in which every symbol is wanted one bar after the other from bar `at` on."""
    found = []
    for n, symbol in enumerate(symbols.split(", ")):
        path = [(100.0, LONG if i == at + n else 1) for i in range(at + 8)]
        found += rows([*path, *more], symbol)
    return found


@pytest.mark.parametrize(
    ("instrument", "more", "code", "qty"),
    [
        ("kind: stock, calendar: 24x7", "short: true", "SIGNAL_SHORT", -100),
        ("kind: stock, calendar: 24x7", "", "ALREADY_AT_TARGET", 0),
        ("kind: stock, calendar: 24x7, can_short: false", "short: true", "SHORT_NOT_ALLOWED", 0),
    ],
)
def test_selling_opens_a_short_where_that_is_allowed(
    tmp_path: Path, instrument: str, more: str, code: str, qty: int
) -> None:
    market = Market(tmp_path, config(instrument=instrument, deployments=[deployment(more=more)]),
                    rows([100, (100, SHORT), 100, 99]))  # fmt: skip
    market.run()
    told = market.told
    assert told.codes()[1] == code
    assert told.book.position("alpha", "AAA").qty == qty
    assert [order.side for order in told.entered] == ([Side.SELL] if qty else [])


def test_an_order_holds_its_ids_times_fills_and_error(tmp_path: Path) -> None:
    entry = deployment(more="order: {type: limit, tif: day}\n    short: true")
    account = "cash: 100000 USD, participation: 50%"
    bars = [row(stamp(0), 100, LONG), *(row(stamp(n), (100, 101, 99, 100), 60) for n in range(1, 20))]
    market = Market(tmp_path, config(account=account, deployments=[entry]), bars)
    market.run("--until", "2024-01-02T00:05")
    (order,) = market.told.book.truth.orders.values()
    assert (order.oid[:7], order.venue_order != "") == (market.told.book.truth.instance + "-", True)
    assert clock(order.sent_ts, "UTC") == "2024-01-02 00:01"
    fills = market.told.fills
    assert len(fills) > 1
    assert order.changed_ts == fills[-1].ts
    assert [(run.qty, run.px) for run in order.executions.values()] == [(fill.qty, fill.px) for fill in fills]
    assert order.filled == sum(fill.qty for fill in fills)


def test_the_error_of_a_rejected_order_is_kept(tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([100, (100, LONG), 100]))
    market.run("--mode", "dry_run")
    (order,) = market.told.book.truth.orders.values()
    assert (order.status, Code(order.code)) == (Status.REJECTED, Code.DRY_RUN)


def test_executions_are_told_apart_and_complete(tmp_path: Path) -> None:
    account = "cash: 100000 USD, fees: {kind: per_share, rate: 0.01}"
    path = [(100, LONG), (101, FLAT), (102, LONG), (99, FLAT), (98, HALF), (98, LONG), (97, FLAT), 96]
    market = Market(tmp_path, config(account=account), rows(path))
    market.run()
    fills = market.told.fills
    assert len(fills) == 7
    orders = {order.oid: order for order in market.told.orders}
    assert [(fill.side, fill.qty) for fill in fills] == [
        (orders[fill.oid].side, orders[fill.oid].qty) for fill in fills
    ]
    assert len({(fill.account, fill.instrument, fill.venue_order, fill.exec_id) for fill in fills}) == len(fills)
    bars = {bar.ts: bar for bar in market.told.events(ev.Bar)}
    for fill in fills:
        bar = bars[fill.ts]
        assert (float(fill.px), fill.fee, fill.time) == (bar.open, fill.qty / 100, bar.open_ts)


@pytest.mark.parametrize(
    ("risk", "stop", "px", "apart"),
    # The stop stands on a tick, away from the entry: 1.5% of 81 is 1.215.
    [("1%", "2%", 50.0, "1"), ("2%", "5%", 40.0, "2"), ("0.5%", "1.5%", 81.0, "1.22")],
)
def test_the_size_is_the_risk_budget_by_the_distance_of_the_stop(
    tmp_path: Path, risk: str, stop: str, px: float, apart: str
) -> None:
    entry = deployment(budget="capital: 100000 USD", more=f"size: {{risk: {risk}}}\n    exits: {{stop_loss: {stop}}}")
    market = Market(tmp_path, config(deployments=[entry]), rows([(px, LONG), px, px]))
    market.run()
    told = market.told
    budget, distance = 1000 * Decimal(risk[:-1]), Decimal(apart)
    assert told.entered[0].qty == budget // distance
    guard = next(e for entry in told.entries for e in entry.effects if isinstance(e, fx.Submit) and e.stop is not None)
    lost = told.entered[0].qty * (told.fills[0].px - guard.stop)
    assert lost <= budget < lost + distance


def at_new_york(cases: list[tuple[str, str]]) -> tuple[str, list[Row]]:
    """Return symbols and bars: each symbol is wanted in one bar, the one that opens at its stamp."""
    symbols = [f"S{chr(65 + n)}" for n in range(len(cases))]
    bars = [row(at, 100, LONG, symbol) for symbol, (at, _) in zip(symbols, cases, strict=True)]
    bars += [row(f"{at[:10]} 18:00", 100, 1, symbol) for symbol, (at, _) in zip(symbols, cases, strict=True)]
    return ", ".join(symbols), bars


def ordered(folder: Path, cases: list[tuple[str, str]], **fields: object) -> list[str]:
    """Run the cases and return for each whether an order came of it."""
    symbols, bars = at_new_york(cases)
    entry = deployment(symbols=symbols, budget="capital: 100000 USD, per_position: 1%")
    market = Market(folder, config(deployments=[entry], **NEW_YORK, **fields), bars)
    market.run()
    entered = {order.instrument for order in market.told.entered}
    return ["order" if symbol in entered else market.told.codes(symbol)[0] for symbol in symbols.split(", ")]


def test_entries_are_taken_from_the_first_to_the_last_minute_of_the_session(tmp_path: Path) -> None:
    cases = [
        ("2024-01-02 09:29", "OUT_OF_SESSION"), ("2024-01-02 09:30", "order"), ("2024-01-02 15:59", "order"),
        ("2024-01-02 16:00", "OUT_OF_SESSION"),
        # The clocks of New York change on 10 March; the session keeps its local hours.
        ("2024-03-08 09:29", "OUT_OF_SESSION"), ("2024-03-08 09:30", "order"), ("2024-03-11 09:29", "OUT_OF_SESSION"),
        ("2024-03-11 09:30", "order"), ("2024-03-11 15:59", "order"), ("2024-03-11 16:00", "OUT_OF_SESSION"),
    ]  # fmt: skip
    assert ordered(tmp_path, cases) == [wanted for _, wanted in cases]


def test_holidays_and_half_days_are_known(tmp_path: Path) -> None:
    cases = [
        ("2024-07-02 15:59", "order"), ("2024-07-03 12:59", "order"), ("2024-07-03 13:00", "OUT_OF_SESSION"),
        ("2024-07-03 15:00", "OUT_OF_SESSION"), ("2024-07-04 11:00", "OUT_OF_SESSION"), ("2024-07-05 09:30", "order"),
        ("2024-07-05 15:59", "order"), ("2024-11-29 13:00", "OUT_OF_SESSION"), ("2024-12-25 12:00", "OUT_OF_SESSION"),
    ]  # fmt: skip
    assert ordered(tmp_path, cases) == [wanted for _, wanted in cases]


def test_a_half_day_ends_at_one_o_clock_in_new_york(tmp_path: Path) -> None:
    bars = [row(stamp(n, "2024-07-03 12:55"), 100) for n in range(10)] + [row("2024-07-05 09:30", 100)]
    market = Market(tmp_path, config(**NEW_YORK), bars)
    market.run()
    ends = [event for event in market.told.events(ev.Schedule) if not event.is_open]
    assert (clock(ends[0].close), ends[0].date) == ("2024-07-03 13:00", "2024-07-03")
    assert clock(ends[0].ts) == "2024-07-03 13:00"
    codes = dict(market.told.decided())
    late = [code for ts, code in codes.items() if clock(ts)[11:] > "13:00" and clock(ts)[:10] == "2024-07-03"]
    assert late == ["OUT_OF_SESSION"] * 5


LATE = '''\
"""Wants to be long when its timer rings."""

import msgspec

from openbell.core.codes import Code
from openbell.core.effects import Intent, SetTimer
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


class State(msgspec.Struct):
    """Nothing."""

    rings: int = 0


def decide(config, state, bar, view):
    state.rings += 1
    if state.rings > 1:
        return []
    return [SetTimer(deployment="", name="late", at=bar.ts + 3 * 3600 * 10**9)]


def on_timer(config, state, timer, view):
    return [Intent(instrument="AAA", target=1.0, reason=Code.SIGNAL_LONG)]
'''


def test_an_order_out_of_hours_is_refused_by_the_gate(tmp_path: Path) -> None:
    entry = deployment(strategy="./late.py")
    bars = [row("2024-01-02 15:00", 100), row("2024-01-03 09:30", 100)]
    market = Market(tmp_path, config(deployments=[entry], **NEW_YORK), bars)
    (tmp_path / "late.py").write_text(LATE, encoding="utf-8")
    market.run()
    refused = [(clock(ts), code) for ts, code in market.told.decided() if code == "SESSION_HOURS"]
    assert refused == [("2024-01-02 18:01", "SESSION_HOURS")]
    assert market.told.orders == []


def test_opposite_deployments_are_resolved_by_the_rule_that_the_first_one_holds(call: Caller, tmp_path: Path) -> None:
    both = [deployment("one", more="short: true"), deployment("two", strategy="./other.py", more="short: true")]
    path = [100, (100, LONG), 100, (100, FLAT), 100, (100, LONG), 100]
    market = Market(tmp_path, config(deployments=both), rows(path))
    text = (tmp_path / "wishes.py").read_text(encoding="utf-8")
    (tmp_path / "other.py").write_text(text.replace("return 1.0", "return -1.0"), encoding="utf-8")
    told = call("check", market.file)
    assert "one and two both trade AAA" in told.err.replace("two and one", "one and two")
    assert "opposite positions will be refused" in told.err
    assert "write netting: true in the account" in told.err
    market.run()
    assert market.told.codes(deployment="one").count("SIGNAL_LONG") == 2
    assert market.told.codes(deployment="two").count("NETTING") == 2
    assert {order.deployment for order in market.told.entered} == {"one"}
    # Who asks is told who was first, and what would let both.
    at = next(ts for ts, code in market.told.decided(deployment="two") if code == "NETTING")
    why = call("why", market.state, "AAA", "--at", clock(at, "UTC")[11:]).out
    assert "one had the other side of AAA first; both may hold their own with netting: true in account main" in why
    other = tmp_path / "netting"
    other.mkdir()
    netted = Market(other, config(deployments=both, account="cash: 100000 USD, netting: true"), rows(path))
    (other / "other.py").write_text((tmp_path / "other.py").read_text(encoding="utf-8"), encoding="utf-8")
    netted.run()
    assert {order.deployment for order in netted.told.entered} == {"one", "two"}


def test_a_signal_becomes_exactly_one_order_at_the_venue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[fx.Effect] = []
    take = assemble.Exchange.take

    def spy(self: assemble.Exchange, effect: fx.Effect, ts: int) -> None:
        taken.append(effect)
        take(self, effect, ts)

    monkeypatch.setattr(assemble.Exchange, "take", spy)
    market = Market(tmp_path, config(), rows([100, (100, LONG), (100, LONG), (101, LONG), 102, (102, LONG), 103]))
    assert market.run() == 0
    (order,) = taken
    assert isinstance(order, fx.Submit)
    assert [order.oid] == [submit.oid for submit in market.told.orders] == [fill.oid for fill in market.told.fills]


def test_partial_exit_add_on_and_flip_leave_what_the_venue_has(tmp_path: Path) -> None:
    path = [(100, LONG), 100, (100, HALF), 100, (100, LONG), 100, (100, SHORT), 100, (100, FLAT), 100]
    entry = deployment(more="short: true\n    size: {quantity: 100}")
    market = Market(tmp_path, config(deployments=[entry]), rows(path))
    found = []
    for bars in (2, 4, 6, 8, 10):
        market.live(until_bars=bars)
        prepared, told = market.prepare()
        started = start(prepared, market.state / "journal", told)
        venue = started.loop.ports.venues["main"]
        found.append((started.engine.book.position("alpha", "AAA").qty, venue.floor.held("AAA")))  # type: ignore[attr-defined]  # an exchange
        started.journal.close()
    assert found == [(qty, qty) for qty in (100, 50, 100, -100, 0)]


@pytest.mark.parametrize("tier", [0, 1])
def test_exits_are_watched_while_entries_are_paused(call: Caller, tmp_path: Path, tier: int) -> None:
    entry = deployment(symbols="AAA, BBB, CCC, DDD", more="exits: {stop_loss: 2%, take_profit: 5%}")
    ends = {"AAA": [97, 97], "BBB": [106, 106], "CCC": [(100, FLAT), 100], "DDD": [(100, LONG), 100]}
    bars = []
    for symbol, end in ends.items():
        bars += rows([(100, 1 if symbol == "DDD" else LONG), 100, 100, *end], symbol)
    market = Market(tmp_path, config(deployments=[entry]), bars)
    call("run", market.file, "--state", market.state, "--json", "--until", "2024-01-02T00:03")
    call("kill", market.state, "--tier", tier, "--reason", "paused")
    market.run()
    told = market.told
    reasons = {order.oid: Code(order.reason).name for order in told.orders}
    left = {fill.instrument: reasons[fill.oid] for fill in told.fills if fill.side is Side.SELL}
    assert left == {"AAA": "STOP_LOSS", "BBB": "TAKE_PROFIT", "CCC": "SIGNAL_FLAT"}
    assert told.codes("DDD")[3] == ("LATCHED", "KILLED")[tier]


def test_the_reason_of_every_close_is_stored(call: Caller, tmp_path: Path) -> None:
    entry = deployment(symbols="AAA, BBB, CCC", more="exits: {stop_loss: 2%, take_profit: 5%}")
    bars = rows([(100, LONG), 100, 97, 97], "AAA") + rows([(100, LONG), 100, 106, 106], "BBB")
    bars += rows([(100, LONG), 100, (100, FLAT), 100], "CCC")
    market = Market(tmp_path, config(deployments=[entry]), bars)
    market.run()
    ended = call("orders", market.state, "--json").data["ended"]
    closed = {one["instrument"]: one["reason"] for one in ended if one["is_exit"] and one["status"] == "filled"}
    assert closed == {"AAA": "stop_loss", "BBB": "take_profit", "CCC": "signal_flat"}
    trades = backtest(*market.prepare()).recorder.trades
    assert {trade.instrument: trade.exit_reason for trade in trades} == {
        "AAA": "S040 stop_loss", "BBB": "S041 take_profit", "CCC": "S014 signal_flat",
    }  # fmt: skip


def test_a_file_that_names_no_mode_trades_paper(call: Caller, tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([100, (100, LONG), 100]))
    said = call("run", market.file, "--state", market.state)
    assert "[PAPER · SIMULATED]" in said.out
    text = call("status", market.state).out
    assert "[PAPER · SIMULATED]" in text
    assert "\nPaper Trading: True\n" in text
    assert call("status", market.state, "--json").data["mode"] == "sim"
    # Nor does the name of a broker send its orders there.
    text = market.file.read_text(encoding="utf-8")
    market.file.write_text(text.replace("broker: sim", "broker: alpaca, key: k, secret: s"), encoding="utf-8")
    assert "Mode sim. Orders go to the embedded simulated exchange; no real money." in call("plan", market.file).out


def test_the_sixth_position_is_refused_and_exits_are_still_allowed(call: Caller, tmp_path: Path) -> None:
    entry = deployment(symbols=SIX)
    bars = each_long(SIX, 0, (100, FLAT), (100, 1))
    market = Market(tmp_path, config(deployments=[entry], rules=LIMITED), bars)
    market.run("--until", "2024-01-02T00:08")
    assert [order.instrument for order in market.told.entered] == SIX.split(", ")[:5]
    assert market.told.codes("FFF")[5] == "MAX_POSITIONS"
    why = call("why", market.state, "FFF", "--at", "2024-01-02T00:06").out
    assert "decided: R205 max_positions" in why
    assert "at most 5 positions at once" in why
    market.run()
    left = {fill.instrument for fill in market.told.fills if fill.side is Side.SELL}
    assert left == set(SIX.split(", ")[:5])


def test_every_entry_has_its_stop_with_its_fill(tmp_path: Path) -> None:
    entry = deployment(symbols="AAA, BBB", more="short: true\n    exits: {stop_loss: 2%}")
    account = "cash: 100000 USD, participation: 100%"
    bars = []
    for symbol, wish in (("AAA", LONG), ("BBB", SHORT)):
        bars += rows([(100, wish), *((100, 20 + n) for n in range(10))], symbol)
    market = Market(tmp_path, config(account=account, deployments=[entry]), bars)
    market.run()
    told = market.told
    entering = {order.oid for order in told.entered}
    assert len([fill for fill in told.fills if fill.oid in entering]) >= 8
    protected: dict[str, object] = {}
    held: dict[str, object] = {}
    for one in told.entries:
        if not isinstance(one.event, ev.Fill) or one.event.oid not in entering:
            continue
        symbol = one.event.instrument
        held[symbol] = held.get(symbol, 0) + one.event.qty  # type: ignore[operator]  # a sum of units
        for effect in one.effects:
            if isinstance(effect, fx.Submit | fx.Amend) and effect.stop is not None:
                protected[symbol] = effect.qty
        assert protected[symbol] == held[symbol]


@pytest.mark.parametrize(("limit", "inside", "beyond"), [("5%", 87.51, 87.5), ("10%", 75.01, 75.0)])
def test_after_a_drawdown_there_are_no_entries_but_exits(
    tmp_path: Path, limit: str, inside: float, beyond: float
) -> None:
    entry = deployment(symbols="AAA, BBB, CCC", budget="capital: 100000 USD, per_position: 40%")
    bars = rows([(100, LONG), 100, inside, beyond, 200, (150, FLAT), 150], "AAA")
    bars += rows([10, 10, (10, LONG), 10, 10, 10, 10], "BBB") + rows(
        [10, 10, 10, (10, LONG), (10, AGAIN), 10, 10], "CCC"
    )
    rules = (*FREE, f"{{kind: drawdown, limit: {limit}}}")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    market.run()
    told = market.told
    assert [order.instrument for order in told.entered] == ["AAA", "BBB"]
    assert told.codes("CCC")[3:5] == ["LATCHED", "LATCHED"]
    assert told.book.truth.latches["drawdown/account:main"].release == "manual"
    assert told.book.position("alpha", "AAA").qty == 0
