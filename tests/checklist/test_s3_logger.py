"""S3: the samples of the logger, as printed, and where their lines go."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openbell import (
    ComponentLogger,
    TradeLogger,
    TradingLogger,
    get_component_logger,
    get_trade_logger,
    setup_logging,
)
from openbell.edges.logs.book import COMPONENTS

pytest.importorskip("structlog")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    get_component_logger("Test").close()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_sample_of_the_main_logger_leaves_the_trace_in_the_log_of_errors(tmp_path: Path) -> None:
    try:
        int("the venue hung up")
    except ValueError:
        # As printed in the document.
        logger = setup_logging()
        logger.info("System started")
        logger.error("Error occurred", exc_info=True)  # noqa: G201  # the very sample
    (error,) = lines(tmp_path / "logs" / "TradingSystem_errors.log")
    assert error["message"] == "Error occurred"
    assert error["error.stack_trace"].startswith("Traceback (most recent call last)")
    assert "ValueError: invalid literal" in error["error.stack_trace"]
    main = lines(tmp_path / "logs" / "TradingSystem_main.log")
    assert [line["message"] for line in main] == ["System started", "Error occurred"]


def test_the_main_logger_is_called_as_its_files(tmp_path: Path) -> None:
    logger = setup_logging()
    assert (type(logger), logger.name) == (TradingLogger, "TradingSystem")
    logger.warning("once")
    assert [line["log.logger"] for line in lines(tmp_path / "logs" / "TradingSystem_main.log")] == ["TradingSystem"]
    # It is no component: it has no file beside the main one.
    assert {path.name for path in (tmp_path / "logs").iterdir()} == {
        "TradingSystem_main.log", "TradingSystem_errors.log", "TradingSystem_daily.log", "trades.log",
        *(f"{name}.log" for name in COMPONENTS),
    }  # fmt: skip


def test_the_sample_of_a_component_writes_its_own_file(tmp_path: Path) -> None:
    setup_logging()
    # As printed in the document.
    strategy_logger = get_component_logger("Strategy")
    strategy_logger.info("Signal generated")
    assert isinstance(strategy_logger, ComponentLogger)
    (own,) = lines(tmp_path / "logs" / "Strategy.log")
    assert (own["message"], own["log.logger"]) == ("Signal generated", "Strategy")
    assert lines(tmp_path / "logs" / "TradingSystem_main.log") == [own]
    assert not lines(tmp_path / "logs" / "Orders.log")


def test_the_sample_of_a_signal_is_exactly_one_row_with_five_values_and_a_time(tmp_path: Path) -> None:
    setup_logging()
    # As printed in the document.
    trade_logger = get_trade_logger()
    trade_logger.log_signal("AAPL", "BUY", "STRONG", 150.25, "EMA_Cross")
    assert isinstance(trade_logger, TradeLogger)
    with (tmp_path / "logs" / "trades.log").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    values = ["symbol", "action", "strength", "price", "strategy"]
    assert [row[name] for name in values] == ["AAPL", "BUY", "STRONG", "150.25", "EMA_Cross"]
    assert row["time"].endswith("Z")
    assert {name for name, value in row.items() if value} == {*values, "time", "kind"}


@pytest.mark.parametrize("console", [True, False])
def test_the_console_is_switched_on_and_off(console: bool, capfd: pytest.CaptureFixture[str]) -> None:
    logger = setup_logging(console=console)
    logger.info("System started")
    get_component_logger("Data").warning("late")
    said = [json.loads(line)["message"] for line in capfd.readouterr().err.splitlines()]
    assert said == (["System started", "late"] if console else [])
