"""`openbell check`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said

Caller = Callable[..., Said]


def test_a_right_file_can_be_run(call: Caller, config: Path) -> None:
    assert "can be run" in call("check", config).out
    data = call("check", config, "--json").data
    assert (data["is_valid"], data["deployments"], data["instruments"]) == (True, ["cross"], ["AURA"])


def test_warnings_are_told_and_do_no_harm(call: Caller, config: Path) -> None:
    text = config.read_text(encoding="utf-8").replace("stock, calendar: 24x7}}", "stock, calendar: 24x7}, BOLT: {}}")
    config.write_text(text, encoding="utf-8")
    said = call("check", config)
    assert (said.code, "no deployment trades it" in said.err, "1 warning" in said.out) == (0, True, True)


def test_the_demo_can_be_run(call: Caller) -> None:
    from openbell.cli.demo import CONFIG

    assert call("check", CONFIG).code == 0


def test_a_wrong_instrument_is_wrong_input(call: Caller, config: Path) -> None:
    text = config.read_text(encoding="utf-8").replace("kind: stock, calendar", "kind: future, calendar")
    config.write_text(text, encoding="utf-8")
    said = call("check", config)
    assert (said.code, "needs tick" in said.err) == (2, True)
