"""`openbell run` against the front, killed in the middle: the front's log and the journal agree order by order."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openbell.run import state as states
from openbell.run.reading import read_book
from tests.edges.brokers import waves
from tests.edges.brokers.stage import Stage, refusals_of_truth

CONFIG = """
mode: paper
accounts:
  main: {{broker: alpaca, key: "${{ALPACA_KEY}}", secret: "${{ALPACA_SECRET}}", url: "{url}", cash: 100000 USD, timeout: 3s,
         query_gap: 1s, visibility: 1s, reconcile: 3s}}
instruments:
  AAPL: {{kind: stock, calendar: 24x7}}
  SPY: {{kind: stock, calendar: 24x7}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 2, slow: 3}}
    instruments: [AAPL, SPY]
    bars: 1m
    account: main
    budget: {{capital: 50000 USD, per_position: 10%, positions: 2}}
# Two entries that are minutes apart in the market are a second apart here, and less where this machine stood still for one:
# what has piled up is acted on at once, which is too many orders for a limit that counts real seconds.
rules: {{duplicate: {{within: 500ms}}, order_rate: {{per_second: 50, per_minute: 2000}}}}
"""
FRONT = ("--symbols", "AAPL,SPY", "--data")
FILLS = 4
"""Executions before each end of the engine."""


def fills(stage: Stage) -> list[dict[str, Any]]:
    """Return the executions of the front."""
    return [one["frame"]["data"] for one in stage.entries("booked") if "execution_id" in one["frame"]["data"]]


@pytest.mark.slow
def test_F43_a_run_that_is_killed_goes_on_and_agrees_with_the_front_to_the_cent(tmp_path: Path) -> None:
    path = waves.write(tmp_path / "minutes", {"AAPL": (190.0, 3), "SPY": (560.0, 4)}, minutes=400)
    stage = Stage(tmp_path, "alpaca", CONFIG, "--speed", "240x", *FRONT, str(path))
    stage.run_with_a_kill(lambda: len(fills(stage)), FILLS)
    records = stage.journal()
    there = {one["execution_id"]: one for one in fills(stage)}
    here = {}
    for record in records:
        event = record["event"]
        if event["type"] == "Fill":
            assert event["exec_id"] not in here, "an execution was taken twice"
            here[event["exec_id"]] = event
    last = records[-1]["event"]["ts"]
    assert set(here) <= set(there)
    missing = [one for name, one in there.items() if name not in here]
    assert len(missing) <= 1, f"executions that the journal lacks: {missing}, its last record is of {last}"
    for name, event in here.items():
        order = there[name]["order"]
        told = (event["oid"], event["instrument"], event["side"], Decimal(str(event["qty"])), Decimal(str(event["px"])))
        assert told == (order["client_order_id"], order["symbol"], order["side"], Decimal(there[name]["qty"]), Decimal(there[name]["price"]))  # fmt: skip
    sent = [one["asked"] for one in stage.entries("request") if one["method"] == "POST"]
    ids = [json.loads(text)["client_order_id"] for text in sent]
    decided = [effect["oid"] for record in records for effect in record["effects"] if "tif" in effect]
    assert len(ids) == len(set(ids)), "an order was sent twice"
    assert set(ids) <= set(decided), "an order left that was not written down"
    assert refusals_of_truth(records) == []
    book = read_book(states.journal(tmp_path / "state")).book
    account, signs = book.truth.accounts["main"], {"buy": 1, "sell": -1}
    bought = [
        (one["instrument"], signs[one["side"]] * Decimal(one["qty"]), Decimal(one["px"])) for one in here.values()
    ]
    fees = sum(Decimal(one["fee"]) for one in here.values())
    assert account.cash["USD"] == 100_000 - sum(qty * px for _, qty, px in bought) - fees
    marks = {symbol: book.mark_px(symbol) or 0 for symbol, _, _ in bought}
    assert account.equity == account.cash["USD"] + sum(qty * marks[symbol] for symbol, qty, _ in bought)
