"""S1, console and monitoring, in processes of their own: metrics, list of trades, graceful ends."""

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.core import effects as fx
from openbell.core.types import Status
from tests.checklist.market import FLAT, LONG, Market, config, deployment, rows
from tests.cli.process import LASTS, Said, begin, records, until

Caller = Callable[..., Said]
TRADES = [(100, LONG), (101, FLAT), (99.5, LONG), (98, FLAT), (97, LONG), 500, (480, FLAT)]
LINE = re.compile(r"^  \d\d:\d\d:\d\d \| (BUY |SELL) +\d+ [A-Z]+ +@ \$[\d,]+\.\d\d+ = \$[\d,]+\.\d\d$")


def long_market(folder: Path) -> Market:
    """Return a market that trades at once and then goes on for days."""
    return Market(folder, config(), rows([*TRADES, *[100] * 4_000]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_prints_the_trades_in_their_order_and_leaves_a_whole_state(
    call: Caller, tmp_path: Path, number: int
) -> None:
    market = long_market(tmp_path)
    process = begin(tmp_path, "run", market.file, "--state", market.state, "--speed", LASTS)
    until(lambda: records(market.state) > 60, "the first bars")
    process.send_signal(number)
    out, err = process.communicate(timeout=180)
    assert (process.returncode, "Traceback" in err) == (0, False)
    listed = out.split("Executed Trades:\n")[1].split("\n\n")[0].splitlines()
    found = [line.replace("|", " ").replace("$", "").replace(",", "").split() for line in listed]
    assert [(at, side, symbol, int(qty), float(px), float(value)) for at, side, qty, symbol, _, px, _, value in found] == [
        ("00:01:00", "BUY", "AAA", 100, 101.0, 10_100.0), ("00:02:00", "SELL", "AAA", 100, 99.5, 9_950.0),
        ("00:03:00", "BUY", "AAA", 100, 98.0, 9_800.0), ("00:04:00", "SELL", "AAA", 100, 97.0, 9_700.0),
        ("00:05:00", "BUY", "AAA", 102, 500.0, 51_000.0), ("00:07:00", "SELL", "AAA", 102, 100.0, 10_200.0),
    ]  # fmt: skip
    assert all(LINE.match(line) for line in listed), listed
    assert len({line.index("@") for line in listed}) == len({line.index("|") for line in listed}) == 1
    # The state is saved: every order is settled or on record, and the rest can be run from it.
    told = market.told
    assert {order.status for order in told.book.truth.orders.values()} <= {Status.FILLED, Status.WORKING}
    assert set(told.book.truth.orders) == {order.oid for order in told.orders}
    assert call("journal", "verify", market.state, "--json").data["is_sound"] is True
    bars = told.book.truth.counts.bars
    rest = call("run", market.file, "--state", market.state, "--json", "--until", "2024-01-03T12:00").data
    assert (rest["recovered_seq"], rest["bars"] - rest["bars_this_process"]) == (len(told.entries), bars)


def test_stop_sends_nothing_by_halves_and_prints_the_trades(call: Caller, tmp_path: Path) -> None:
    market = long_market(tmp_path)
    process = begin(tmp_path, "run", market.file, "--state", market.state, "--speed", LASTS)
    until(lambda: records(market.state) > 60, "the first bars")
    said = call("stop", market.state, "--json").data
    out, _ = process.communicate(timeout=180)
    assert (said["is_taken"], process.returncode) == (True, 0)
    assert "Executed Trades:\n  00:01:00 | BUY  " in out
    told = market.told
    answered = {fill.oid for fill in told.fills}
    assert answered == {order.oid for order in told.effects(fx.Submit)}
    assert {order.status for order in told.book.truth.orders.values()} == {Status.FILLED}


def test_the_metrics_of_a_run_reconcile(call: Caller, tmp_path: Path) -> None:
    both = [
        deployment("alpha", symbols="AAA, BBB", budget="capital: 50000 USD, per_position: 10%, positions: 1"),
        deployment("beta", symbols="AAA", budget="capital: 50000 USD, per_position: 10%"),
    ]
    path = [100, (100, LONG), 100, (100, FLAT), 100, (100, LONG), 100, (100, 9), 100, 100]
    bars = rows(path, "AAA") + rows([100, 100, (100, LONG), 100, 100], "BBB")
    market = Market(tmp_path, config(deployments=both), bars)
    out = call("run", market.file, "--state", market.state).out
    text = out.split("SESSION METRICS\n" + "=" * 60 + "\n")[1].split("=" * 60)[0]
    shown = dict(line.strip().split(": ") for line in text.splitlines())
    found = {name: int(value) for name, value in shown.items() if name not in ("Runtime", "Daily Trades")}
    assert (found["Rejected"], found["Errors"], found["Skipped"]) == (1, 2, 4)
    assert (found["BUY"], found["SELL"], found["Total Executions"]) == (4, 2, 6)
    parts = ("Total Executions", "HOLD", "Rejected", "Skipped", "Errors")
    assert found["Total Decisions"] == 25 == sum(found[name] for name in parts)
    assert shown["Daily Trades"].startswith("4/")
