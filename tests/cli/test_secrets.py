"""`openbell secrets`, and a configuration that asks the vault."""

import io
import json
from pathlib import Path

import pytest

from openbell.cli import perform
from tests.vaults import open_by


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a passphrase file."""
    open_by(tmp_path, monkeypatch)
    return tmp_path


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))


def test_a_secret_is_kept_listed_used_by_a_file_and_never_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "hush-hush-0815")
    assert perform(["secrets", "set", "ALPACA_SECRET"]) == 0
    assert perform(["secrets", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["names"] == ["ALPACA_SECRET"]
    file = home / "c.yaml"
    file.write_text(
        "mode: paper\n"
        "accounts:\n"
        '  main: {broker: alpaca, key: PKTEST, secret: "${vault:ALPACA_SECRET}", url: "http://127.0.0.1:9", cash: 1000 USD}\n'
        "instruments:\n  SPY: {kind: stock}\n"
        "deployments:\n  - {name: a, strategy: {kind: ema_cross}, instruments: [SPY], bars: 1m, account: main,\n"
        "     budget: {capital: 500 USD, per_position: 10%}}\n"
    )
    assert perform(["config", "show", str(file)]) == 0
    told = capsys.readouterr()
    assert "hush" not in told.out + told.err
    file.write_text(file.read_text().replace("ALPACA_SECRET", "OTHER"))
    assert perform(["check", str(file)]) == 2
    assert "the vault holds no OTHER" in capsys.readouterr().err


def test_another_passphrase_seals_everything_anew(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "hush")
    assert perform(["secrets", "set", "A"]) == 0
    typed(monkeypatch, "another long passphrase")
    assert perform(["secrets", "rotate"]) == 0
    assert perform(["secrets", "list"]) == 2
    assert "does not open it" in capsys.readouterr().err
    (home / "passphrase").write_text("another long passphrase")
    assert perform(["secrets", "list"]) == 0
    assert capsys.readouterr().out == "A\n"


@pytest.mark.parametrize(("name", "text", "word"), [("A-B", "x", "is not a name"), ("A", "", "an empty secret")])
def test_what_cannot_be_kept_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, text: str, word: str
) -> None:
    typed(monkeypatch, text)
    assert perform(["secrets", "set", name]) == 2
    assert word in capsys.readouterr().err
