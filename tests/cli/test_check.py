"""`openbell check`."""

from collections.abc import Callable
from pathlib import Path

import pytest

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


MISTAKES = [
    ("fast: 12", "fastt: 12", "9:33 deployments[0].strategy.fastt: unknown key, did you mean fast?"),
    (
        "kind: ema_cross",
        "kind: ema_cros",
        "9:22 deployments[0].strategy.kind: 'ema_cros' is not a known strategy, did you ",
    ),
    ("limit: 5%", "limit: 5", "18:29 rules[1].limit: 5 as a fraction would be 500%; write 5% or 0.05"),
    ("account: main", "account: mian", "12:14 deployments[0].account: there is no account 'mian', did you mean main?"),
    (
        "cash: 100000 USD",
        "cash: 100000",
        "6:29 accounts.main.cash: 100000 is not an amount of money; write for example 100",
    ),
    ("    exits:", "  exits:", "15:3: is indented unlike the lines above; align it with its siblings"),
    ("bars: 1m", "bars: 1", "11:11 deployments[0].bars: "),
]


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES, ids=[one[1].strip() for one in MISTAKES])
def test_a_mistake_in_a_first_file_is_told_with_its_place_and_what_was_meant(
    call: Caller, tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    file = tmp_path / "first.yaml"
    assert call("init", file, "--yes").code == 0
    text = file.read_text(encoding="utf-8")
    assert call("check", file).code == 0
    file.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    said = call("check", file)
    assert (said.code, "Traceback" in said.err) == (2, False)
    assert f"{file}:{told}" in said.err
    assert f"next: correct the file, then: openbell check {file}" in said.err


@pytest.mark.parametrize(
    ("mode", "host", "key", "told"),
    [
        ("paper", "https://api.alpaca.markets", "PKTEST", "api.alpaca.markets is the host of real money"),
        ("paper", "https://paper-api.alpaca.markets", "AKTEST", "the key is one of real money"),
        ("live", "https://paper-api.alpaca.markets", "AKTEST", "real money is at api.alpaca.markets"),
        ("paper", "https://paper-api.alpaca.markets", "PKTEST", ""),
    ],
)
def test_F73_a_mode_and_a_host_that_do_not_belong_together_are_refused_by_every_verb(
    call: Caller, config: Path, tmp_path: Path, mode: str, host: str, key: str, told: str
) -> None:
    text = config.read_text(encoding="utf-8").replace(
        "broker: sim", f'broker: alpaca, mode: {mode}, url: "{host}", key: {key}, secret: s, account: "123456789"'
    )
    if mode == "paper":
        text = text.replace(', account: "123456789"', "")
    config.write_text("\n".join(line for line in text.splitlines() if not line.startswith(("source", "speed"))) + "\n")
    checked = call("check", config)
    assert (checked.code, told in checked.err) == (2 if told else 0, True), checked.err
    if told:
        state = tmp_path / "s"
        run = call("run", config, "--state", state)
        assert (run.code, told in run.err, state.exists()) == (2, True, False)
