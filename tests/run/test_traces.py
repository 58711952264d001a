"""What a strategy raises is in the log of errors with its trace, its symbol, and the order that it was told of."""

import json
from pathlib import Path
from typing import Any

import pytest

from openbell.edges.logs.book import ERRORS
from openbell.run.live import Settings, live
from openbell.run.logbook import FOLDER
from openbell.run.traces import Traces
from tests.checklist.market import FAIL, FLAT, LONG, Market, config, deployment, rows

pytest.importorskip("structlog")
FALLS = '''\
"""Buys at the first bar, and falls over when it is told of the execution."""

import msgspec

from openbell.core.codes import Code
from openbell.core.effects import Intent
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


class State(msgspec.Struct):
    """Nothing."""

    bars: int = 0


def decide(config, state, bar, view):
    state.bars += 1
    return [Intent(instrument="AAA", target=1.0, reason=Code.SIGNAL_LONG)] if state.bars == 1 else []


def on_fill(config, state, fill, view):
    return {}[fill.oid]
'''


def errors(market: Market) -> list[dict[str, Any]]:
    text = (market.state / FOLDER / ERRORS).read_text(encoding="utf-8")
    return [line for line in map(json.loads, text.splitlines()) if line["log.logger"] == "Strategy"]


def test_S3_146_an_error_has_its_trace_component_symbol_and_order(tmp_path: Path) -> None:
    market = Market(tmp_path, config(deployments=[deployment(strategy="./falls.py")]), rows([100] * 5))
    (tmp_path / "falls.py").write_text(FALLS, encoding="utf-8")
    assert market.run() == 0
    (order,) = market.told.entered
    (line,) = errors(market)
    assert (line["log.level"], line["log.logger"]) == ("error", "Strategy")
    assert line["openbell"] == {"strategy": "alpha", "symbol": "AAA", "order_id": order.oid}
    trace = line["error.stack_trace"]
    assert trace.startswith("Traceback (most recent call last)") and trace.endswith(f"KeyError: '{order.oid}'")
    assert 'falls.py", line 26, in on_fill' in trace


@pytest.mark.parametrize("symbol", ["AAA", "BBB"])
def test_an_error_on_a_bar_has_its_trace_and_no_order(tmp_path: Path, symbol: str) -> None:
    path = {"AAA": [100] * 4, "BBB": [100] * 4} | {symbol: [(100, LONG), 100, (100, FAIL), 100]}
    bars = [bar for name, prices in path.items() for bar in rows(prices, name)]
    market = Market(tmp_path, config(deployments=[deployment(symbols="AAA, BBB")]), bars)
    assert market.run() == 0
    (line,) = errors(market)
    assert line["openbell"] == {"strategy": "alpha", "symbol": symbol}
    assert line["error.stack_trace"].endswith("ValueError: the strategy fell over")
    assert "wishes.py" in line["error.stack_trace"]


def test_decisions_are_the_same_with_a_log_and_without(tmp_path: Path) -> None:
    path = [(100, LONG), 101, (102, FLAT), 101, (100, LONG), 99, (98, FAIL), 97]
    market = Market(tmp_path, config(), rows(path))
    prepared, told = market.prepare()
    traces = Traces()
    with_log, without = (
        live(one, told, Settings(state=tmp_path / name))
        for name, one in (("a", traces.over(prepared)), ("b", prepared))
    )
    assert with_log.figures["orders_hash"] == without.figures["orders_hash"]
    assert with_log.figures["decisions_by_reason"] == without.figures["decisions_by_reason"]
    (raised,) = traces.found.values()
    assert (str(raised.error), raised.order) == ("the strategy fell over", "")
