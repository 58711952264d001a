"""The simulated broker's options: what is taken, what is refused, and that the exchange gets what was written."""

from decimal import Decimal
from pathlib import Path

import pydantic
import pytest

from openbell.core.types import Caps
from openbell.edges.brokers.sim import CAPS, LIMITS, Config, Fees
from openbell.run import assemble

FILE = """
source: {{kind: synthetic, seed: 1, days: 1, interval: 1m, start: 2024-01-02}}
accounts:
  main: {{broker: sim, cash: 1000 USD, {options}}}
instruments:
  AAA: {{kind: stock, calendar: NYSE}}
deployments:
  - {{name: one, strategy: {{kind: ema_cross}}, instruments: [AAA], bars: 1m, account: main,
      budget: {{capital: 1000 USD, per_position: 10%}}}}
"""


def test_nothing_given_costs_nothing_and_reads_bars_against_us():
    given = Config()
    assert (given.fees, given.spread, given.slippage, given.latency, given.participation) == (Fees(), 0, 0, 0, 0)
    assert (given.path, given.limit_fill) == ("pessimistic", "touch")


def test_it_can_do_all_that_the_engine_asks_for_and_counts_no_calls():
    assert Caps() == CAPS
    assert not LIMITS


@pytest.mark.parametrize("name", ["spread", "slippage", "late_slippage", "participation"])
@pytest.mark.parametrize(("value", "is_taken"), [("-0.01%", False), ("0%", True), ("0.01%", True)])
def test_shares_begin_at_zero(name: str, value: str, is_taken: bool):
    if is_taken:
        assert getattr(Config(**{name: value}), name) == Decimal(value[:-1]) / 100
    else:
        with pytest.raises(pydantic.ValidationError):
            Config(**{name: value})


@pytest.mark.parametrize(
    "wrong",
    [{"path": "lucky"}, {"limit_fill": "never"}, {"fees": {"kind": "free"}}, {"fees": {"rate": -1}}, {"speed": 1}],
)
def test_what_it_does_not_know_is_refused(wrong: dict):
    with pytest.raises(pydantic.ValidationError):
        Config(**wrong)


def test_the_exchange_gets_what_the_file_says(tmp_path: Path):
    path = tmp_path / "c.yaml"
    fees = "fees: {kind: maker_taker, maker: -0.01%, taker: 0.05%}"
    path.write_text(FILE.format(options=f"{fees}, spread: 0.02%, path: low_first, latency: 2s, participation: 10%"))
    loaded, shelves = assemble.read(path, {})
    options = assemble.prepare(loaded, shelves).venues["main"]
    assert (options.fees.maker, options.fees.taker) == (Decimal("-0.0001"), Decimal("0.0005"))
    assert (options.spread, options.path, options.latency) == (Decimal("0.0002"), "low_first", 2 * 10**9)
    assert options.participation == Decimal("0.1")
