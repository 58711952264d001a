"""S1, safety: sizes, caps, the counter of the day, the kill switch, trading hours."""

import ast
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openbell import LiveTradingConfig
from openbell.config.meaning import document_of_program
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.risk import Facts, cents
from openbell.core.types import Side
from openbell.edges.logs.book import MAIN
from openbell.report.figures import utc
from openbell.run.logbook import FOLDER
from tests.checklist.market import (
    AGAIN,
    FLAT,
    HALF,
    LONG,
    Market,
    clock,
    config,
    deployment,
    row,
    rows,
    stamp,
)
from tests.cli.process import Said
from tests.core import build
from tools.tree import ROOT

Caller = Callable[..., Said]
NEW_YORK = {"tz": "America/New_York", "instrument": "kind: stock, calendar: NYSE"}
DAILY = ("{max_position: off}", "{max_positions: off}", "{kind: daily_loss, limit: 2%, release: manual, warn: off}")


def test_a_share_of_the_capital_becomes_whole_shares(tmp_path: Path) -> None:
    entry = deployment(budget="capital: 100000 USD, per_position: 5%")
    market = Market(tmp_path, config(deployments=[entry]), rows([273.2, (273.2, LONG), 273.2]))
    market.run()
    assert [order.qty for order in market.told.entered] == [18]


def test_it_is_the_equity_of_then_that_the_share_is_of(tmp_path: Path) -> None:
    entry = deployment(budget="capital: 100000 USD, per_position: 5%")
    path = [(273.2, LONG), 273.2, (300, FLAT), 300, (250.5, LONG), 250.5]
    market = Market(tmp_path, config(deployments=[entry]), rows(path))
    market.run()
    # 18 gained 26.80 each: five percent of 100,482.40 at 250.50 are 20.06, of 100,000 they were 19.96.
    assert [order.qty for order in market.told.entered] == [18, 20]


def test_a_size_beyond_the_capital_is_capped_with_a_warning_and_counts_what_is_held(
    call: Caller, tmp_path: Path
) -> None:
    entry = deployment(budget="capital: 10000 USD", more="size: {notional: 16000 USD}")
    account = "cash: 1000000 USD"
    bars = rows([(100, HALF), 100, (100, LONG), 100, 100])
    market = Market(tmp_path, config(account=account, deployments=[entry]), bars)
    call("run", market.file, "--state", market.state, "--json")
    told = market.told
    assert [order.qty for order in told.entered] == [80, 20]
    assert told.book.position("alpha", "AAA").value == 10_000
    (warning,) = told.effects(fx.Alert)
    assert (warning.level, warning.key) == ("warning", "capped/alpha/AAA")
    assert "80 would pass the deployment's capital; capped to 20" in warning.text
    assert warning.text in call("journal", "export", market.state).out
    text = (market.state / FOLDER / MAIN).read_text(encoding="utf-8")
    (line,) = [one for one in map(json.loads, text.splitlines()) if "capped" in one["message"]]
    assert (line["log.level"], warning.text in line["message"]) == ("warning", True)


def test_the_eleventh_position_is_refused_with_its_reason(call: Caller, tmp_path: Path) -> None:
    symbols = [f"S{chr(65 + n)}" for n in range(11)]
    entry = deployment(symbols=", ".join(symbols), budget="capital: 100000 USD, per_position: 5%")
    bars = [one for symbol in symbols for one in rows([(100, LONG), 100], symbol)]
    rules = ("{max_position: off}", "{kind: max_positions, limit: 10}")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    data = call("run", market.file, "--state", market.state, "--json").data
    assert [order.instrument for order in market.told.entered] == symbols[:10]
    assert data["rejected_by_reason"] == {"max_positions": 1}
    why = call("why", market.state, "SK", "--at", "2024-01-02T00:01").out
    assert "decided: R205 max_positions" in why
    assert "at most 10 positions at once" in why


def test_the_counter_of_the_day_outlives_a_restart(call: Caller, tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([(100, LONG), (100, FLAT)] * 6 + [100, 100]))
    market.run("--until", "2024-01-02T00:07")
    before = market.told.book.truth.accounts["main"].entries
    assert before == 4
    said = call("run", market.file, "--state", market.state)
    assert "\nDaily Trades: 6/" in said.out
    assert market.told.book.truth.accounts["main"].entries == before + 2


def test_the_counter_of_the_day_begins_anew_with_the_session_date(tmp_path: Path) -> None:
    # The FX day of Monday 11 March 2024 begins on Sunday at 17:00 New York, the day the clocks change there.
    stamps = [("2024-03-07 23:58", 2), ("2024-03-08 00:02", 2), ("2024-03-08 16:50", 2), ("2024-03-10 17:00", 2),
              ("2024-03-10 23:58", 2), ("2024-03-11 00:02", 2), ("2024-03-11 16:58", 2), ("2024-03-11 17:00", 2)]  # fmt: skip
    bars = []
    for at, count in stamps:
        bars += rows([(1.1, LONG), (1.1, FLAT)][:count], "EURUSD", at)
    entry = deployment(symbols="EURUSD", budget="capital: 100000 USD, per_position: 10%")
    instrument = "kind: fx, calendar: fx"
    market = Market(tmp_path, config(tz="America/New_York", instrument=instrument, deployments=[entry]), bars)
    counted: list[tuple[str, str, int]] = []

    def look(book: Any, event: ev.Event, effects: list[fx.Effect]) -> None:
        account = book.truth.accounts["main"]
        if any(isinstance(effect, fx.Submit) and not effect.reduce_only for effect in effects):
            counted.append((clock(event.ts), account.session, account.entries))

    market.live(watch=look)
    assert counted == [
        ("2024-03-07 23:59", "2024-03-08", 1), ("2024-03-08 00:03", "2024-03-08", 2),
        ("2024-03-08 16:51", "2024-03-08", 3), ("2024-03-10 17:01", "2024-03-11", 1),
        ("2024-03-10 23:59", "2024-03-11", 2), ("2024-03-11 00:03", "2024-03-11", 3),
        ("2024-03-11 16:59", "2024-03-11", 4), ("2024-03-11 17:01", "2024-03-12", 1),
    ]  # fmt: skip


# --- loss of the day --------------------------------------------------------------------------------------------


def losing(tmp_path: Path) -> Market:
    """Return a market in which what is held falls to minus two percent of the day and further."""
    entry = deployment(symbols="AAA, BBB", budget="capital: 100000 USD, per_position: 50%")
    path = [(100, LONG), 100, 96.01, 96, 95, 96.5, 94, 93, 97, 98]
    bars = rows(path, "AAA") + rows([10, 10, (10, LONG), 10, 10, (10, AGAIN), 10, (10, AGAIN), 10, (10, AGAIN)], "BBB")
    return Market(tmp_path, config(deployments=[entry], rules=DAILY), bars)


def test_the_loss_of_the_day_closes_the_gate_once_and_tells_its_numbers(call: Caller, tmp_path: Path) -> None:
    # Two percent is what a session has that says nothing of it.
    usual = LiveTradingConfig(kis_account_no="12345678", max_daily_loss_pct=2.0)
    for made in (usual, LiveTradingConfig(kis_account_no="12345678")):
        assert {"kind": "daily_loss", "limit": "2%", "release": "manual"} in document_of_program(made)["rules"]
    market = losing(tmp_path)
    call("run", market.file, "--state", market.state, "--json")
    told = market.told
    (latch,) = told.effects(fx.Latch)
    at = next(entry for entry in told.entries if latch in entry.effects)
    # 500 shares from 100 to 96: exactly 2 percent, by an open loss, in a bar without a trade.
    assert isinstance(at.event, ev.Bar)
    assert (at.event.instrument, at.event.close, clock(at.event.ts, "UTC")) == ("AAA", 96.0, "2024-01-02 00:04")
    assert not any(fill.side is Side.SELL for fill in told.fills)
    assert len([alert for alert in told.effects(fx.Alert) if alert.key == "kill/daily_loss/account:main"]) == 1
    (shown,) = call("status", market.state, "--json").data["latches"]
    assert (shown["kind"], shown["scope"]) == ("daily_loss", "account:main")
    assert "losing 2% in a day: equity 98000.00, at session open 100000.00" in shown["reason"]
    assert "NO NEW RISK" in call("status", market.state).out
    # At 96.01 the gate was still open.
    assert [(order.instrument, clock(order_ts(told, order), "UTC")) for order in told.entered] == [
        ("AAA", "2024-01-02 00:01"), ("BBB", "2024-01-02 00:03"),
    ]  # fmt: skip
    assert told.codes("BBB")[5::2] == ["LATCHED"] * 3


def order_ts(told: Any, order: fx.Submit) -> int:
    """Return the instant an order was decided at."""
    return int(told.book.truth.orders[order.oid].sent_ts)


def test_the_closed_gate_outlives_restarts_and_days_until_it_is_opened_by_hand(call: Caller, tmp_path: Path) -> None:
    entry = deployment(budget="capital: 100000 USD, per_position: 50%")
    bars = rows([(100, LONG), 100, 95, (95, FLAT), 95, (95, LONG)]) + rows([(95, AGAIN)] * 4, start="2024-01-03 00:00")
    bars += rows([(95, AGAIN)] * 4, start="2024-01-04 00:00")
    market = Market(tmp_path, config(deployments=[entry], rules=DAILY), bars)
    for until in ("2024-01-02T00:04", "2024-01-02T00:10", "2024-01-03T00:02", "2024-01-03"):
        market.run("--until", until)
        assert "daily_loss/account:main" in market.told.book.truth.latches
    assert len(market.told.entered) == 1
    call(
        "enable",
        market.state,
        "--reason",
        "looked at it",
        "--digits",
        call("status", market.state, "--json").data["account_digits"]["main"],
    )
    market.run()
    assert len(market.told.entered) == 2
    assert market.told.book.truth.latches == {}


# --- the kill switch --------------------------------------------------------------------------------------------


def test_opening_the_gate_by_hand_is_audited_and_it_can_close_again(call: Caller, tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([(100, LONG), (100, FLAT)] * 10))
    wall = time.time_ns()
    for until, verb, reason in (("00:02", "kill", "drill"), ("00:07", "enable", "over"), ("00:13", "kill", "again")):
        market.run("--until", f"2024-01-02T{until}")
        digits = (
            ("--digits", call("status", market.state, "--json").data["account_digits"]["main"])
            if verb == "enable"
            else ()
        )
        call(verb, market.state, "--reason", reason, *digits)
    market.run()
    told = market.told
    heard = told.events(ev.Command)
    assert [(one.kind, one.reason, bool(one.actor)) for one in heard] == [
        ("kill", "drill", True), ("enable", "over", True), ("kill", "again", True),
    ]  # fmt: skip
    assert [clock(one.ts, "UTC")[11:] for one in heard] == ["00:02", "00:07", "00:13"]
    # The id of a command begins with the wall time at which it was given.
    assert all(wall <= int(one.id.partition("-")[0]) <= time.time_ns() for one in heard)
    latches = [(one.kind, one.is_on, one.reason) for one in told.effects(fx.Latch)]
    who = heard[0].actor
    assert latches == [
        ("kill", True, f"kill by {who}: drill"), ("kill", False, f"enable by {who}: over"),
        ("kill", True, f"kill by {who}: again"),
    ]  # fmt: skip
    at = [clock(order_ts(told, order), "UTC")[11:] for order in told.entered]
    assert at == ["00:01", "00:09", "00:11", "00:13"]


def test_the_kill_switch_is_read_on_every_way_to_an_entry() -> None:
    intent = {"instrument": "AAPL", "reason": Code.SIGNAL_LONG}
    wishes = {
        "market": fx.Intent(target=1.0, **intent),
        "limit": fx.Intent(target=1.0, type=fx.OrderType.LIMIT, limit=99.0, **intent),
        "stop": fx.Intent(target=1.0, type=fx.OrderType.STOP, stop=101.0, **intent),
        "short": fx.Intent(target=-1.0, **intent),
        "again": fx.Intent(target=1.0, rebalance=True, **intent),
    }
    for name, wish in wishes.items():
        spec = build.run_spec(build.deployment_spec(can_short=True))
        free = build.free(lambda config, state, bar, view, wish=wish: [wish])
        made = build.engine(spec, strategies={"alpha": free})
        assert build.only(fx.Submit, made.step(build.bar(1, 100.0))), name
        stopped = build.engine(spec, strategies={"alpha": free})
        stopped.step(build.command("kill", n=0))
        effects = [effect for n in range(1, 4) for effect in stopped.step(build.bar(n, 100.0))]
        assert not build.only(fx.Submit, effects), name
        assert not build.only(fx.Amend, effects), name
        assert Code.KILLED in {effect.code for effect in build.only(fx.Decision, effects)}, name


@pytest.mark.parametrize("wish", [2.0, -1.0])
def test_adding_and_turning_are_ways_to_an_entry_too(wish: float) -> None:
    made = build.engine(build.run_spec(build.deployment_spec(can_short=True)))
    build.buy(made, 1, 100.0)
    made.step(build.command("kill", n=1))
    effects = made.step(build.bar(2, 100.0, wish))
    assert build.decision(effects) == Code.KILLED
    assert not [order for order in build.only(fx.Submit, effects) if not order.reduce_only]


def test_a_kill_drops_a_wish_that_had_to_wait() -> None:
    spec = build.run_spec(build.deployment_spec(can_short=True))
    made = build.engine(spec)
    order = build.one(fx.Submit, made.step(build.bar(1, 100.0, 1.0)))
    made.step(build.update(order, "accepted"))
    assert build.decision(made.step(build.bar(2, 100.0, -1.0))) == Code.WAITING_FOR_ORDER
    assert build.decision(made.step(build.command("kill", n=2))) == Code.OPERATOR
    assert not build.only(fx.Submit, made.step(build.update(order, "cancelled")))


def test_there_is_one_way_to_an_order_and_the_gate_stands_in_it() -> None:
    def calls(name: str) -> Iterator[tuple[str, str]]:
        for file in sorted((ROOT / "src" / "openbell").rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            tree = ast.parse(text if f"{name}(" in text else "")
            for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
                for node in ast.walk(function):
                    called = node.func if isinstance(node, ast.Call) else None
                    if name in (getattr(called, "id", ""), getattr(called, "attr", "")):
                        yield f"{file.parent.name}/{file.stem}", function.name

    assert [place for place in calls("Submit") if place[0].startswith("core/")] == [("core/execution", "submit")]
    assert list(calls("Approved")) == [("core/risk", "review")]
    assert [place for place in calls("submit") if place[0].startswith("core/")] == [("core/desk", "send")]


def test_S1_011_no_order_is_sent_without_the_answer_of_each_limit_on_record(call: Caller, tmp_path: Path) -> None:
    entry = deployment(budget="capital: 20000 USD, per_position: 5%", more="exits: {stop_loss: 5%, take_profit: 5%}")
    text, rules_below = config(deployments=[entry]), r"rules:\n(  .*\n?)+"
    up_and_out = [(100, LONG), 100, 101, 104, 106, (100, FLAT)]
    prices = [*up_and_out, (100, LONG), 100, 94, (94, FLAT), (94, LONG), 94, (94, FLAT), 94]
    market = Market(tmp_path, re.sub(rules_below, "", text), rows(prices))
    assert market.run() == 0
    rules = market.prepare()[0].rules
    told = market.told
    orders = told.effects(fx.Submit)
    asked = {
        is_exit: tuple(n for n, rule in enumerate(rules) if rule.applies in ("both", "exit" if is_exit else "entry"))
        for is_exit in (False, True)
    }
    assert {order.reduce_only for order in orders} == {True, False}
    assert len(asked[False]) > 20, "the standard limits are in force"
    assert [order.passed for order in orders] == [asked[order.reduce_only] for order in orders]
    # What the venue took is what the record holds, and the words of the limits stand in its first one.
    assert {order.oid for order in told.book.truth.orders.values()} == {order.oid for order in orders}
    assert told.entries[0].event.rules == tuple(rule.text for rule in rules)
    first = orders[0]
    facts = Facts(*first.seen)
    assert (facts.order_value, facts.instrument_value, facts.positions, facts.entries) == (
        cents(first.qty * 100), cents(first.qty * 100), 1, 0,
    )  # fmt: skip
    at = utc(next(one.event.ts for one in told.entries if first in one.effects))
    (shown,) = call("why", market.state, "AAA", "--at", str(at).removesuffix("Z"), "--json").data["decisions"]
    answers = {one["limit"]: one["answer"] for one in shown["orders"][0]["limits"]}
    assert answers[rules[0].text] == "passed" and set(answers.values()) <= {"passed", "not asked"}
    said = call("why", market.state, "AAA", "--at", str(at).removesuffix("Z")).out
    assert f"limits:  {len(first.passed)} of {len(rules)} in force are for such an order" in said
    assert "seen:    order value" in said
    assert call("replay", market.state).code == 0


# --- trading hours ----------------------------------------------------------------------------------------------


@pytest.fixture
def _host_zone() -> Iterator[None]:
    yield
    time.tzset()


@pytest.mark.parametrize("zone", ["Asia/Seoul", "America/Los_Angeles"])
@pytest.mark.usefixtures("_host_zone")
def test_hours_are_those_of_the_exchange_wherever_the_host_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    bars = [row(stamp(n, "2024-01-02 09:28"), 100) for n in range(4)]
    bars += [row(stamp(n, "2024-01-02 15:58"), 100) for n in range(4)]
    market = Market(tmp_path, config(**NEW_YORK), bars)
    market.run()
    found = {clock(ts)[11:]: code for ts, code in market.told.decided()}
    inside = ("09:31", "09:32", "15:59", "16:00")
    assert found == {
        **dict.fromkeys(("09:29", "09:30", "16:01", "16:02"), "OUT_OF_SESSION"), **dict.fromkeys(inside, "NO_SIGNAL"),
    }  # fmt: skip
    monkeypatch.undo()


def test_outside_the_session_it_pauses_and_at_the_open_it_resumes_by_itself(tmp_path: Path) -> None:
    bars = []
    for day in ("2024-01-02", "2024-01-03"):
        for at in ("09:00", "09:30", "12:00", "15:59", "16:30"):
            wish = {"09:00": LONG, "16:30": LONG, "09:30": LONG, "12:00": FLAT}.get(at, 1)
            bars.append(row(f"{day} {at}", 100, wish))
    market = Market(tmp_path, config(**NEW_YORK), bars)
    result = market.live()
    assert result.figures["recovered_seq"] == 0
    found = [(clock(ts)[5:], code) for ts, code in market.told.decided()]
    assert found == [
        (f"01-0{day} {at}", code)
        for day in (2, 3)
        for at, code in (
            ("09:01", "OUT_OF_SESSION"), ("09:31", "SIGNAL_LONG"), ("12:01", "SIGNAL_FLAT"), ("16:00", "NO_SIGNAL"),
            ("16:31", "OUT_OF_SESSION"),
        )
    ]  # fmt: skip
    assert [clock(order_ts(market.told, order)) for order in market.told.entered] == [
        "2024-01-02 09:31", "2024-01-03 09:31",
    ]  # fmt: skip
