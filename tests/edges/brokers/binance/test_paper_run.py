"""`openbell run` against the front, killed in the middle: the front's log and the journal agree order by order."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.edges.brokers import waves
from tests.edges.brokers.stage import Stage, refusals_of_truth

CONFIG = """
mode: paper
accounts:
  main: {{broker: binance, key: "${{BINANCE_KEY}}", secret: "${{BINANCE_SECRET}}", url: "{url}", cash: 100000 USDT,
         timeout: 3s, query_gap: 1s, visibility: 1s, reconcile: 3s}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 2, slow: 3}}
    instruments: [BTCUSDT, ETHUSDT]
    bars: 1m
    account: main
    budget: {{capital: 50000 USDT, per_position: 10%, positions: 2}}
# Two entries that are minutes apart in the market are a second apart here, and less where this machine stood still for one:
# what has piled up is acted on at once, which is too many orders for a limit that counts real seconds.
rules: {{duplicate: {{within: 500ms}}, order_rate: {{per_second: 50, per_minute: 2000}}}}
"""
ORDERS = 2
"""Orders that have filled before each end of the engine."""


def trades(stage: Stage) -> list[dict[str, Any]]:
    """Return the executions of the front."""
    return [one["event"] for one in stage.entries("booked") if one["event"].get("x") == "TRADE"]


def filled(stage: Stage) -> int:
    """Return how many orders have filled."""
    return sum(one["X"] == "FILLED" for one in trades(stage))


def agree(stage: Stage) -> None:
    """Check the engine's journal against the front's log, execution by execution."""
    records = stage.journal()
    there = {f"{one['s']}/{one['t']}": one for one in trades(stage)}
    here: dict[str, Any] = {}
    for record in records:
        event = record["event"]
        if event["type"] == "Fill":
            # Told by an answer, by the stream and by a list: booked once.
            here.setdefault(f"{event['instrument']}/{event['exec_id']}", event)
    assert set(here) <= set(there)
    last = records[-1]["event"]["ts"] // 10**6
    assert [one for name, one in there.items() if name not in here and one["T"] < last - 1000] == []
    for name, event in here.items():
        one = there[name]
        told = (event["oid"], event["side"], Decimal(event["qty"]), Decimal(event["px"]))
        assert told == (one["c"], one["S"].lower(), Decimal(one["l"]), Decimal(one["L"]))
    sent = [one["asked"]["newClientOrderId"] for one in stage.entries("request") if one["method"] == "POST"]
    decided = [effect["oid"] for record in records for effect in record["effects"] if effect["type"] == "Submit"]
    assert len(sent) == len(set(sent)), "an order was sent twice"
    assert set(sent) <= set(decided), "an order left that was not written down"
    refused = [one for one in stage.entries("request") if one["method"] == "POST" and one["status"] != 200]
    assert refused == []
    assert refusals_of_truth(records) == []


@pytest.mark.slow
def test_F43_a_run_that_is_killed_goes_on_and_agrees_with_the_front_to_the_cent(tmp_path: Path) -> None:
    path = waves.write(tmp_path / "minutes", {"BTCUSDT": (60_000.0, 3), "ETHUSDT": (2_500.0, 4)}, minutes=400)
    stage = Stage(tmp_path, "binance", CONFIG, "--speed", "240x", "--data", str(path), "--commission", "0.001")
    stage.run_with_a_kill(lambda: filled(stage), ORDERS)
    agree(stage)
    # What is bought pays its fee in the coin: the account holds less than was executed, and the book the same.
    assert {one["N"] for one in trades(stage) if one["S"] == "BUY"} <= {"BTC", "ETH"}
    said = [effect["type"] for record in stage.journal() for effect in record["effects"]]
    assert ("Compared" in said, "Mismatch" in said) == (True, False)
    spec = json.loads(stage.journal()[0]["event"]["spec"])["instruments"]
    # The file says nothing of them: the steps are those that the front lists, and they are on record.
    assert {symbol: (one["kind"], one["lot"], one["min_notional"]) for symbol, one in spec.items()} == {
        "BTCUSDT": ("crypto", "0.00001", "5"), "ETHUSDT": ("crypto", "0.0001", "5"),
    }  # fmt: skip
