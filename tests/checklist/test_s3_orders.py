"""S3: what became of the orders of a run, in figures."""

from collections.abc import Callable
from pathlib import Path

import pytest

from openbell import OrderManager
from tests.checklist.market import FLAT, FREE, LONG, Market, config, deployment, row, rows, stamp
from tests.cli.process import Said

Caller = Callable[..., Said]


@pytest.fixture
def market(tmp_path: Path) -> Market:
    """An entry that waits 100 s for its limit, an exit at the market, and an entry that is cancelled unfilled."""
    entry = deployment(more="order: {type: limit}\n    size: {quantity: 100}")
    path = [100, (101, 102, 100.5, 101), (101, 102, 99, 101), 101, (102, 103, 101, 102), 102, *(103,) * 6]
    wishes = {0: LONG, 3: FLAT, 5: LONG}
    made = config(
        deployments=[entry],
        account="cash: 100000 USD, slippage: 0.1%",
        rules=(*FREE, "{kind: order_timeout, after: 3m}"),
    )
    return Market(tmp_path, made, [row(stamp(n), px, wishes.get(n, 1)) for n, px in enumerate(path)])


def test_orders_are_counted_with_their_fill_rate_time_and_slippage(call: Caller, market: Market) -> None:
    assert market.run() == 0
    told = call("report", market.state, "--json").data["of_orders"]
    for group, (orders, filled, cancelled) in {
        "all": (3, 2, 1), "entries": (2, 1, 1), "exits": (1, 1, 0), "limit": (2, 1, 1), "market": (1, 1, 0),
    }.items():  # fmt: skip
        found = told[group]
        assert (found["orders"], found["filled"], found["cancelled"]) == (orders, filled, cancelled), group
        assert found["fill_rate"] == pytest.approx(filled / orders, abs=1e-6), group
        assert found["rejected"] == found["expired"] == found["open"] == found["in_doubt"] == 0
    # The first was sent at 00:01 and met its limit at two thirds of the bar of 00:02; the exit at once.
    assert (told["entries"]["time_to_fill_s"], told["exits"]["time_to_fill_s"]) == (100.0, 0.0)
    assert (told["all"]["time_to_fill_s"], told["all"]["longest_to_fill_s"]) == (50.0, 100.0)
    # The entry got its price; the exit was sent at 101 and sold at 102 less 0.1 %: better by 0.898 in 101.
    assert told["entries"]["slippage_bps"] == 0.0
    assert told["exits"]["slippage_bps"] == pytest.approx(-0.898 / 101 * 10_000, abs=1e-3)
    assert told["all"]["worst_slippage_bps"] == 0.0
    (line,) = [line for line in call("report", market.state).out.splitlines() if "Fill rate" in line]
    assert line.split()[2:] == ["66.67%", "50.00%", "50.00%", "100.00%", "100.00%"]
    assert "Mean time to fill in s" in (market.state / "report.html").read_text(encoding="utf-8")


def test_a_program_gets_the_same_figures(call: Caller, tmp_path: Path) -> None:
    entry = deployment(strategy="manual", symbols="AAA")
    market = Market(tmp_path, config(deployments=[entry]), rows([100, 100]))
    assert market.run() == 0
    told = OrderManager(market.state).get_statistics()
    assert told == call("report", market.state, "--json").data["of_orders"]["all"]
    assert (told["orders"], told["fill_rate"]) == (0, None)


def test_what_the_venue_rejects_is_counted_as_that(call: Caller, tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([100, (100, LONG), 100]))
    assert market.run("--mode", "dry_run") == 0
    told = call("report", market.state, "--json").data["of_orders"]["all"]
    assert (told["orders"], told["rejected"], told["fill_rate"], told["slippage_bps"]) == (1, 1, 0.0, None)
