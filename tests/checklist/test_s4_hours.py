"""S4, hours of the market in the file: both ends to the minute, zones by their names and by their old ones."""

from pathlib import Path

import pytest

from tests.checklist.market import LONG, Market, clock, config, deployment, row
from tests.cli.process import perform

CASES = (("09:28", False), ("09:29", True), ("15:58", True), ("15:59", False))
"""When the bar opens that wants an entry, a minute before the decision, and whether that is within 09:30 to 16:00."""


def entered(folder: Path, zone: str, day: str) -> list[str]:
    """Return New York's times at which entries were ordered, in a market that never closes."""
    folder.mkdir()
    symbols = ["SA", "SB", "SC", "SD"]
    bars = [row(f"{day} {at}", 100, LONG, symbol) for symbol, (at, _) in zip(symbols, CASES, strict=True)]
    bars += [row(f"{day} 18:00", 100, 1, symbol) for symbol in symbols]
    entry = deployment(symbols=", ".join(symbols), budget="capital: 100000 USD, per_position: 1%")
    rules = ("{max_position: off}", "{daily_loss: off}", "{max_positions: off}",
             f"{{kind: trading_hours, hours: '09:30-16:00 {zone}'}}")  # fmt: skip
    market = Market(folder, config(tz=zone, deployments=[entry], rules=rules), bars)
    assert market.run() == 0
    told = market.told
    return sorted(clock(e.event.ts)[11:] for e in told.entries for order in told.entered if order in e.effects)


def test_an_entry_is_taken_inside_the_hours_and_refused_outside(tmp_path: Path) -> None:
    assert entered(tmp_path / "a", "America/New_York", "2024-01-02") == ["09:30", "15:59"]


@pytest.mark.parametrize("zone", ["US/Eastern", "America/New_York", "EST5EDT"])
@pytest.mark.parametrize("day", ["2024-01-02", "2024-07-02"])
def test_a_zone_is_known_by_each_of_its_names(tmp_path: Path, zone: str, day: str) -> None:
    assert entered(tmp_path / "z", zone, day) == ["09:30", "15:59"]


def test_a_zone_that_is_none_is_refused_with_its_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rules = ("{max_position: off}", "{kind: trading_hours, hours: '09:30-16:00 US/Gotham'}")
    market = Market(tmp_path, config(rules=rules), [row("2024-01-02 10:00", 100)])
    assert perform(["check", str(market.file)]) == 2
    err = capfd.readouterr().err
    assert "US/Gotham" in err
    assert "c.yaml:" in err
