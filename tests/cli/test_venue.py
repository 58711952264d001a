from pathlib import Path

import pytest

from openbell.cli import perform


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--symbols", "AAA:bond"], "AAA"),
        (["--bars", "1"], "length of time"),
        (["--cash", "1000"], "amount of money"),
        (["--speed", "fast"], "is not a speed"),
    ],
)
def test_a_wrong_word_ends_with_2_and_says_what_is_wrong(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert perform(["venue", "plain", "--port", "0", "--log", str(tmp_path / "v.log"), *words]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "v.log").exists()


def test_a_wrong_fault_script_is_told_with_its_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text("faults:\n  - {do: mut}\n")
    assert perform(["venue", "plain", "--port", "0", "--log", str(tmp_path / "v.log"), "--faults", str(script)]) == 2
    assert f"{script}:2: do:" in capsys.readouterr().err


def test_without_a_verb_it_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert perform(["venue"]) == 0
    assert "plain" in capsys.readouterr().out


PAPER = """
mode: paper
accounts:
  main: {broker: plain, cash: 1000 USD}
deployments:
  - {name: x, strategy: {kind: ema_cross}, instruments: [AAA], bars: 1m, account: main, budget: {capital: 1000 USD, per_position: 5%}}
"""


@pytest.mark.parametrize("words", [["--data", "."], ["--until", "2024-01-02"]])
def test_a_live_run_takes_no_recorded_data(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "paper.yaml"
    file.write_text(PAPER)
    assert perform(["run", str(file), "--state", str(tmp_path / "state"), *words]) == 2
    assert "takes live data" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


def test_F74_what_needs_a_broker_that_cannot_be_reached_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "live.yaml"
    file.write_text(PAPER.replace("mode: paper", "mode: sim").replace("cash:", "mode: live, cash:"))
    assert perform(["run", str(file), "--state", str(tmp_path / "state")]) == 3
    assert "arm" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--faults", "nowhere.yaml"], "nowhere.yaml: No such file"),
        (["--cash", "1000 EUR"], "keeps accounts in USD"),
        (["--speed", "fast"], "is not a speed"),
        (["--symbols", "X/Y/Z", "--cash", "5"], "amount of money"),
        (["--key", "two words"], "a key has"),
        (["--account", "two words"], "a name has"),
    ],
)
def test_the_alpaca_front_says_what_is_wrong(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert perform(["venue", "alpaca", "--port", "0", "--log", str(tmp_path / "v.log"), *words]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "v.log").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--symbols", "BTC/USDT"], "like BTCUSDT"),
        (["--commission", "much"], "is no share"),
        (["--cash", "5 USDT,x"], "amount of money"),
        (["--secret", "two words"], "a secret has"),
        (["--account", "0"], "lies between"),
        (["--speed", "fast"], "is not a speed"),
    ],
)
def test_the_binance_front_says_what_is_wrong(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert perform(["venue", "binance", "--port", "0", "--log", str(tmp_path / "v.log"), *words]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "v.log").exists()


ALPACA = """
mode: paper
accounts:
  main: {broker: alpaca, key: "${ALPACA_KEY}", secret: "${ALPACA_SECRET}", cash: 1000 USD}
deployments:
  - {name: x, strategy: {kind: ema_cross}, instruments: [AAA], bars: 1m, account: main, budget: {capital: 1000 USD, per_position: 5%}, exits: {stop_loss: 2%}}
"""


@pytest.mark.parametrize(
    ("found", "changed", "code", "told"),
    [
        ("[AAA], bars", "[BTC/USD], bars", 3, "coins have no stop orders here"),
        ("bars: 1m", "bars: 5m", 3, "bars come in minutes"),
        ("cash:", "url: https://api.alpaca.markets, cash:", 2, "host of real money"),
        ("mode: paper", "mode: live", 2, "live"),
    ],
)
def test_F73_what_alpaca_cannot_trade_is_refused_before_anything_is_sent(
    found: str,
    changed: str,
    code: int,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALPACA_KEY", "PKTEST")
    monkeypatch.setenv("ALPACA_SECRET", "secret")
    file = tmp_path / "paper.yaml"
    file.write_text(ALPACA.replace(found, changed, 1))
    assert perform(["run", str(file), "--state", str(tmp_path / "state")]) == code
    assert told in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


def test_a_fault_script_with_mistakes_is_told_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "storm.yaml"
    script.write_text("faults:\n  - {do: bann}\n  - {do: bust}\n  - {do: stall, lasts: 5}\n")
    assert perform(["venue", "binance", "--port", "0", "--log", str(tmp_path / "v.log"), "--faults", str(script)]) == 2
    told = capsys.readouterr().err
    assert f"{script}:2: do: no fault is called 'bann', did you mean 'ban'?" in told
    assert f"{script}:3: do: 'bust' cannot be played here" in told
    assert f"{script}:4: lasts: '5' is not a length of time" in told
