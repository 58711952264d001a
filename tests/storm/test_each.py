"""Each named fault for itself: `openbell run` at a front that has one fault at a time goes on trading, and both agree.

STORM_EACH=all, or names between commas. `mute_socket` and `overfill` are apart: a deaf line takes minutes to come back,
and who has executed more than was ordered waits for a person.
"""

import os
import signal
from pathlib import Path

import pytest

from openbell.wire.alpaca import hands as alpaca
from openbell.wire.binance import hands as binance
from openbell.wire.script import KINDS, Ground
from tests.edges.brokers import waves
from tests.storm import test_alpaca, test_binance
from tests.storm.weather import Played, Side, Storm, hasty, until

EACH = tuple(filter(None, os.environ.get("STORM_EACH", "").split(",")))
APART = ("mute_socket", "overfill")
OPTIONS = {"lasts": "1s", "after": "700ms", "by": "700ms"}
FRONTS = {
    "alpaca": (test_alpaca.SIDE, alpaca.GROUND, {"AAPL": (190.0, 7), "SPY": (560.0, 9)}),
    "binance": (test_binance.SIDE, binance.GROUND, {"BTCUSDT": (60_000.0, 7), "ETHUSDT": (2_500.0, 9)}),
}


def faults(ground: Ground) -> list[dict[str, object]]:
    """Return each fault that was asked for, at its usual place, at every second occurrence."""
    names = [name for name in ground.faults if (name in EACH or "all" in EACH) and name not in APART]
    found = [{"do": name, "every": 2, "times": 2} for name in names]
    return [one | {key: OPTIONS[key] for key in KINDS[str(one["do"])].options if key in OPTIONS} for one in found]


def deals(storm: Storm) -> int:
    """Return how many executions there were."""
    return len(storm.operator("/truth")["executions"])


def play(storm: Storm, fault: dict[str, object]) -> int:
    """Let one fault strike, or pass its place a while; trading must go on behind it. Return how often it struck."""
    begin = deals(storm)
    storm.operator("/fault", fault)

    def struck() -> int:
        return sum(int(one["struck"]) for one in storm.operator("/faults")["faults"])

    until(lambda: struck() >= 2 or deals(storm) > begin + 12, f"{fault['do']} strikes", 2)
    count = struck()
    storm.operator("/calm", {})
    after = deals(storm)
    until(lambda: deals(storm) > after + 1, f"trades behind {fault['do']}", 4)
    return count


@pytest.mark.slow
@pytest.mark.skipif(not EACH, reason="takes minutes: STORM_EACH=all")
@pytest.mark.parametrize("name", sorted(FRONTS))
def test_F01_F25_F43_a_run_goes_on_behind_each_fault_and_agrees_to_the_cent(name: str, tmp_path: Path) -> None:
    signal.alarm(0)  # It lasts as long as there are faults, and has a patience of its own.
    side, ground, prices = FRONTS[name]
    none = tmp_path / "none.yaml"
    none.write_text("faults: []\n")
    path = waves.write(tmp_path / "minutes", prices, 20_000)
    storm = Storm(
        tmp_path, Side(*side)._replace(config=hasty(side.config)), Played(path, tuple(prices), 0, "400x", none)
    )
    run = storm.engine()
    try:
        until(lambda: deals(storm) >= 2, "the first trades", 2)
        struck = {str(fault["do"]): play(storm, fault) for fault in faults(ground)}
        for symbol in prices:
            storm.operator("/halt", {"symbol": symbol, "halted": True})
        until(lambda: storm.differences() == [], "an agreement", 2)
        print(f"{name}: {deals(storm)} executions, struck: {struck}")
    finally:
        storm.end(run)
        storm.end(storm.front)
    assert any(struck.values())
