"""S3, the engine as a whole: one trace from signal to order, a full run at a venue outside, its other names."""

import json
import os
import signal
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from openbell.core import desk
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.exposure import Draft
from openbell.core.risk import Approved, Denied, Rule, review
from openbell.core.types import NS, InvariantError
from openbell.run.logbook import FOLDER
from tests.checklist.market import FLAT, FREE, LONG, PAPER, Market, Told, config, deployment, rows
from tests.cli.process import Said, begin, records, until


def lines(state: Path) -> list[dict[str, Any]]:
    text = (state / FOLDER / "TradingSystem_main.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_one_trace_holds_signal_limits_size_and_order(tmp_path: Path) -> None:
    pytest.importorskip("structlog")
    entry = deployment(symbols="AAA, BBB")
    bars = [*rows([100, (100, LONG), 100, 100], "AAA"), *rows([100, 100, (100, LONG), 100], "BBB")]
    rules = (*FREE[:2], "{kind: max_positions, limit: 1}")
    market = Market(tmp_path, config(deployments=[entry], rules=rules), bars)
    assert market.run("--log-level", "DEBUG") == 0
    traces: dict[str, list[dict[str, Any]]] = {}
    for line in lines(market.state):
        traces.setdefault(line["trace.id"], []).append(line)
    (order,) = market.told.entered
    (passed,) = [found for found in traces.values() if any("order_id" in line.get("openbell", {}) and
                 line["message"].startswith("order BUY") for line in found)]  # fmt: skip
    told = [(line["log.logger"], line["message"]) for line in passed]
    # The signal, the limits' verdict, and the order with the size that was worked out: one trace, one record.
    assert sorted(told) == [
        ("Orders", f"order BUY {order.qty:f} AAA market"),
        ("Strategy", "decided S012 signal_long on AAA"),
        ("Strategy", "signal S012 signal_long on AAA"),
    ]
    assert order.qty == 100
    seq = int(passed[0]["trace.id"].rpartition("-")[2])
    record = next(one for one in market.told.entries if one.seq == seq)
    assert [type(effect) for effect in record.effects] == [fx.Submit, fx.Decision]
    # It passed each limit that an entry is asked of, and its record says so.
    in_force = market.prepare()[0].rules
    assert order.passed == tuple(n for n, rule in enumerate(in_force) if rule.applies in ("both", "entry")) != ()
    # Where a limit objects, its verdict stands in the trace of the signal, and no order does.
    (refused,) = [found for found in traces.values() if any("refused" in line["message"] for line in found)]
    assert [(line["log.logger"], line["message"]) for line in refused] == [
        ("Strategy", "signal S012 signal_long on BBB"), ("Risk", "refused R205 max_positions: BBB"),
    ]  # fmt: skip


def test_quick_reaches_a_venue_outside(
    call: Callable[..., Said], tmp_path: Path, venue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Others may use this machine as well.
    monkeypatch.setattr(import_module("openbell.edges.brokers.plain.probe"), "PATIENCE_NS", 180 * NS)
    file = tmp_path / "paper.yaml"
    # The limits that nobody trades without, in place of none.
    file.write_text(PAPER.format(url=venue).replace("preset: none", "preset: conservative"), encoding="utf-8")
    said = call("doctor", "quick", file)
    assert (said.code, f"ok    account main: connected: plain at {venue}" in said.out) == (0, True), said.out


def test_a_full_run_trades_at_a_venue_outside_and_ends_well_with_ctrl_c(tmp_path: Path, venue: str) -> None:
    file, state = tmp_path / "paper.yaml", tmp_path / "s"
    file.write_text(PAPER.format(url=venue), encoding="utf-8")
    process = begin(tmp_path, "run", file, "--state", state, is_terminal=True)

    def fills() -> list[ev.Fill]:
        return Told(state / "journal").fills if records(state) > 3 else []

    until(fills, "a fill at the venue")
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=180)
    assert (process.returncode, "Traceback" in err) == (0, False), err
    assert "SESSION METRICS" in out
    told = Told(state / "journal")
    assert {fill.oid for fill in told.fills} <= {order.oid for order in told.orders}
    assert (state / "report.html").is_file()


def test_the_engine_holds_orders_positions_and_limits_from_the_start_and_uses_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Draft] = []

    def spied(book: Book, rules: tuple[Rule, ...], draft: Draft, ts: int) -> Approved | Denied:
        asked.append(draft)
        assert rules == tuple(held["rules"])
        return review(book, rules, draft, ts)

    held: dict[str, Any] = {}
    begun: list[tuple[int, int, int]] = []

    def look(book: Book, _event: ev.Event, _effects: list[fx.Effect]) -> None:
        orders, positions = book.truth.orders, list(book.all_positions())
        begun.append((len(orders), len(positions), sum(bool(one.qty) for one in positions)))

    monkeypatch.setattr(desk, "review", spied)
    entry = deployment(more="exits: {stop_loss: 2%}")
    market = Market(tmp_path, config(deployments=[entry]), rows([100, (100, LONG), 100, 100, (100, FLAT), 100, 100]))
    held["rules"] = market.prepare()[0].rules
    market.live(watch=look)
    told = market.told
    # At its start it holds no order and one flat position; then each order is in its table, each fill in its positions.
    assert begun[0] == (0, 1, 0)
    assert begun[-1][0] == len(told.orders) == 3 and {one[2] for one in begun} == {0, 1}
    bought = sum(fill.qty * fill.side.sign for fill in told.fills)
    assert told.book.position("alpha", "AAA").qty == bought == 0
    # The limits of its file were asked about every order, in their order, before it left.
    assert [(one.side, one.qty, one.type) for one in asked] == [(one.side, one.qty, one.type) for one in told.orders]
    assert held["rules"]


def test_without_the_verdict_of_the_limits_no_order_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    market = Market(tmp_path, config(), rows([100, (100, LONG), 100, 100]))
    # Whoever takes the question away, the order with it: what was not approved is not an order.
    monkeypatch.setattr(desk, "review", lambda _book, _rules, draft, _ts: draft)
    with pytest.raises(InvariantError, match="no verdict of the gate"):
        market.live()
    assert market.told.orders == []
