"""S4, the section `logging`: each key does what it says, and nothing else."""

import csv
import json
from pathlib import Path

import pytest

from tests.checklist.market import FLAT, LONG, Market, config, rows
from tests.cli.process import perform

pytest.importorskip("structlog")


def ran(folder: Path, section: str, *words: str) -> Path:
    """Run a trade of two orders with a section; return the folder of the log files."""
    folder.mkdir(exist_ok=True)
    head = f"logging: {{{section}}}"
    market = Market(folder, config(head=head), rows([100, (100, LONG), 100, (101, FLAT), 101, 101]))
    assert market.run(*words) == 0
    return market.state / "logs"


def messages(logs: Path) -> list[str]:
    text = (logs / "TradingSystem_main.log").read_text(encoding="utf-8")
    return [json.loads(line)["message"] for line in text.splitlines()]


def kinds(logs: Path) -> list[str]:
    with (logs / "trades.log").open(encoding="utf-8", newline="") as file:
        return [row["kind"] for row in csv.DictReader(file)]


def test_the_level_decides_what_is_written(tmp_path: Path) -> None:
    levels: dict[str, set[str]] = {}
    for level in ("DEBUG", "INFO", "WARNING"):
        logs = ran(tmp_path / level, f"level: {level}")
        text = (logs / "TradingSystem_main.log").read_text(encoding="utf-8")
        levels[level] = {json.loads(line)["log.level"] for line in text.splitlines()}
    assert levels == {"DEBUG": {"debug", "info"}, "INFO": {"info"}, "WARNING": set()}
    # What the command line says comes first.
    assert messages(ran(tmp_path / "word", "level: WARNING", "--log-level", "INFO"))


@pytest.mark.parametrize("is_wanted", [True, False])
def test_trades_are_written_or_not(tmp_path: Path, is_wanted: bool) -> None:
    logs = ran(tmp_path / "t", f"trades: {str(is_wanted).lower()}")
    told = [text for text in messages(logs) if text.startswith(("order BUY", "order SELL", "fill "))]
    assert [text.split()[0] for text in told] == (["order", "fill", "order", "fill"] if is_wanted else [])
    assert [kind for kind in kinds(logs) if kind != "signal"] == (["order", "fill"] * 2 if is_wanted else [])
    # Signals stay.
    assert kinds(logs).count("signal") == 2


@pytest.mark.parametrize("is_wanted", [True, False])
def test_signals_are_written_or_not(tmp_path: Path, is_wanted: bool) -> None:
    logs = ran(tmp_path / "s", f"signals: {str(is_wanted).lower()}")
    assert sum(text.startswith("signal ") for text in messages(logs)) == (2 if is_wanted else 0)
    assert kinds(logs).count("signal") == (2 if is_wanted else 0)
    assert kinds(logs).count("fill") == 2


@pytest.mark.parametrize("is_wanted", [True, False])
def test_the_portfolio_is_written_behind_each_fill_or_not(tmp_path: Path, is_wanted: bool) -> None:
    logs = ran(tmp_path / "p", f"portfolio: {str(is_wanted).lower()}")
    told = [text for text in messages(logs) if text.startswith("portfolio of main")]
    assert told == (
        [
            "portfolio of main: equity 100000 USD, cash 90000, held 100 AAA",
            "portfolio of main: equity 100100 USD, cash 100100, held nothing",
        ]
        if is_wanted
        else []
    )


def test_the_files_appear_in_the_folder_that_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logs = ran(tmp_path / "f", "path: logs/live_trading/")
    named = tmp_path / "f" / "logs" / "live_trading"
    assert {"TradingSystem_main.log", "TradingSystem_errors.log", "TradingSystem_daily.log", "trades.log"} <= {
        file.name for file in named.iterdir()
    }
    assert messages(named) == messages(logs)
    assert messages(named)
    # The verb finds them there too.
    capfd.readouterr()
    assert perform(["logs", str(tmp_path / "f" / "s")]) == 0
    assert "fill BUY 100 AAA" in capfd.readouterr().out


@pytest.mark.parametrize(("wrong", "what"), [("level: LOUD", "level"), ("trade: true", "trade")])
def test_what_is_wrong_in_it_has_its_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], wrong: str, what: str
) -> None:
    market = Market(tmp_path, config(head=f"logging: {{{wrong}}}"), rows([100]))
    assert perform(["check", str(market.file)]) == 2
    err = capfd.readouterr().err
    assert "c.yaml:2:" in err
    assert f"logging.{what}" in err
