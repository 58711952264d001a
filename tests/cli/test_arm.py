"""`openbell arm`: real money needs a person, digits and an end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.run import state as states
from openbell.run.clock import WallClock
from tests.cli.process import Said

Caller = Callable[..., Said]
LIVE = """
accounts:
  main: {broker: alpaca, mode: live, account: PA3K9ZQ1L7XY, key: PKTEST, secret: "${SECRET}", url: "http://127.0.0.1:9",
         cash: 100000 USD}
instruments: {SPY: {kind: stock, calendar: 24x7}}
deployments:
  - {name: cross, strategy: ema_cross, instruments: [SPY], bars: 1m, account: main, budget: {capital: 50000 USD}}
"""


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SECRET", "secret")
    path = tmp_path / "live.yaml"
    path.write_text(LIVE.replace("strategy: ema_cross", "strategy: {kind: ema_cross}"))
    return path


def waiting(state: Path) -> list[str]:
    return [command.kind for _, command in states.commands(state) if command is not None]


def test_S1_020_a_live_run_that_nobody_armed_ends_before_anything_is_asked_of_the_broker(
    call: Caller, live: Path, tmp_path: Path
) -> None:
    said = call("run", live, "--state", tmp_path / "s", "--no-confirm")
    assert (said.code, "account main trades real money and is not armed" in said.err) == (3, True)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("digits", ["1234", "", "L7X", "PA3K9ZQ1L7XY"])
def test_other_digits_are_refused_and_nothing_is_left_for_the_engine(
    call: Caller, live: Path, tmp_path: Path, digits: str
) -> None:
    said = call("arm", live, "--state", tmp_path / "s", "--digits", digits)
    assert (said.code, "not the last four of account main" in said.err) == (3, True)
    assert waiting(tmp_path / "s") == []


def test_without_a_terminal_nobody_is_asked_and_nothing_is_armed(call: Caller, live: Path, tmp_path: Path) -> None:
    said = call("arm", live, "--state", tmp_path / "s")
    assert (said.code, "nobody is here to type" in said.err) == (3, True)
    assert call("arm", live, "--state", tmp_path / "s", "--json").code == 3
    assert waiting(tmp_path / "s") == []


def test_the_right_digits_wait_for_the_first_start_with_their_end(call: Caller, live: Path, tmp_path: Path) -> None:
    before = WallClock().now()
    said = call("arm", live, "--state", tmp_path / "s", "--digits", "L7XY", "--for", "30m", "--reason", "go")
    assert (said.code, "it will be taken first at the next start" in said.out) == (0, True)
    ((_, command),) = states.commands(tmp_path / "s")
    assert command is not None
    assert (command.kind, command.digits, command.reason, bool(command.actor)) == ("arm", "L7XY", "go", True)
    assert 1800 * 10**9 <= command.until - before < 1900 * 10**9
    assert states.read_origin(tmp_path / "s").file == str(live)


@pytest.mark.parametrize(("lasts", "word"), [("0s", "no time"), ("soon", "--for")])
def test_an_end_that_is_none_is_wrong_input(call: Caller, live: Path, lasts: str, word: str) -> None:
    said = call("arm", live, "--digits", "L7XY", "--for", lasts)
    assert (said.code, word in said.err) == (2, True)


def test_a_run_without_real_money_has_nothing_to_arm(call: Caller, config: Path, finished: Path) -> None:
    assert "there is nothing to arm" in call("arm", config, "--digits", "1").err
    assert call("arm", finished, "--digits", "1").code == 2


def test_F73_no_mode_on_the_command_line_makes_money_real_and_each_takes_it_back(
    call: Caller, config: Path, live: Path
) -> None:
    said = call("run", config, "--mode", "live")
    assert (said.code, "mode: live of its own" in said.err) == (3, True)
    plan = call("plan", live, "--mode", "dry_run", "--json").data
    assert [account["mode"] for account in plan["accounts"]] == ["dry_run"]


def test_X30_a_file_of_real_money_is_backtested_at_the_simulated_exchange(
    call: Caller, live: Path, tmp_path: Path
) -> None:
    rows = ["ts,open,high,low,close,volume"]
    for n in range(120):
        px = 100 + (n % 40 if n % 80 < 40 else 40 - n % 40) / 10
        rows.append(f"2024-01-08T{15 + n // 60:02d}:{n % 60:02d}:00Z,{px},{px + 0.5},{px - 0.5},{px},6000")
    (tmp_path / "bars").mkdir()
    (tmp_path / "bars" / "SPY.csv").write_text("\n".join(rows) + "\n")
    figures = call("backtest", live, "--data", tmp_path / "bars", "--json").data
    assert (figures["orders"] > 0, figures["fills"] > 0) == (True, True)
