"""`openbell orders`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said

Caller = Callable[..., Said]


def test_the_latest_orders_come_first(call: Caller, finished: Path) -> None:
    data = call("orders", finished, "--last", 5, "--json").data
    assert len(data["ended"]) == 5
    sent = [order["sent"] for order in data["ended"]]
    assert sent == sorted(sent, reverse=True)
    assert isinstance(data["ended"][0]["qty"], str)
    text = call("orders", finished, "--last", 5).out
    assert "=== ENDED ORDERS: the latest 5 of" in text
    assert len([line for line in text.splitlines() if " AURA " in line]) == 5 + len(data["open"])


def test_open_ones_only(call: Caller, finished: Path) -> None:
    assert call("orders", finished, "--open", "--json").data["ended"] == []
    assert "ENDED" not in call("orders", finished, "--open").out
