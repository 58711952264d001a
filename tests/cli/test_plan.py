"""`openbell plan`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said

Caller = Callable[..., Said]


def test_the_plan_says_what_the_source_holds(call: Caller, config: Path) -> None:
    said = call("plan", config)
    assert "SYNTHETIC market data (invented prices): 2,880 bars of 1 instruments, 2024-01-02 to 2024-01-04" in said.out
    assert "Worst loss a day" in said.out
    data = call("plan", config, "--json").data
    assert (data["mode"], data["source"]["is_synthetic"]) == ("sim", True)
    assert data["disk_bytes_a_day"] == 1440 * 220


def test_a_file_without_a_source_is_planned_all_the_same(call: Caller, config: Path) -> None:
    lines = config.read_text(encoding="utf-8").splitlines()
    config.write_text("\n".join(line for line in lines if not line.startswith("source:")), encoding="utf-8")
    assert "chosen on the command line" in call("plan", config).out
