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


def test_a_warning_of_the_linter_is_told_and_explained(call: Caller, config: Path) -> None:
    text = config.read_text(encoding="utf-8").replace("stop_loss: 1%", "stop_loss: 1%, atr_period: 20")
    config.write_text(text, encoding="utf-8")
    said = call("check", config)
    assert said.code == 0
    assert said.err.endswith("add stop_atr, or delete atr_period [L305]\n")
    assert call("check", config, "--json").data["warnings"][0]["code"] == "L305"
    explained = call("check", "--explain", "l305")
    assert explained.out.startswith("L305 (warning): atr_period is set, and no exit is measured in true ranges.\n")
    assert call("check", "--explain", "L305", "--json").data["hint"] == "add stop_atr, or delete atr_period"


def test_what_is_no_rule_and_no_file_is_told(call: Caller) -> None:
    assert "'L999' is no rule of the linter" in call("check", "--explain", "L999").err
    said = call("check")
    assert (said.code, "no file is named" in said.err) == (2, True)
