"""`openbell positions`."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from tests.cli.process import Said

Caller = Callable[..., Said]


def test_what_is_held_is_listed(call: Caller, config: Path, tmp_path: Path) -> None:
    state = tmp_path / "s"
    for hour in range(2, 24):
        call("run", config, "--until", f"2024-01-02T{hour:02d}:00", "--state", state, "--json")
        data = call("positions", state, "--json").data
        if data["positions"]:
            break
    (held,) = data["positions"]
    assert (held["instrument"], held["deployment"], Decimal(held["qty"]) > 0) == ("AURA", "cross", True)
    text = call("positions", state).out
    assert "=== OPEN POSITIONS ===" in text
    assert "AURA       LONG" in text


def test_a_state_is_named_once(call: Caller, finished: Path, tmp_path: Path) -> None:
    said = call("positions", finished, "--state", tmp_path)
    assert (said.code, "two states are named" in said.err) == (2, True)
