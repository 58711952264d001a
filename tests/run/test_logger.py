"""Loggers of a program: rows, levels, folders, names."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from openbell.edges.logs.book import Options
from openbell.run.logger import get_component_logger, get_trade_logger, setup_logging
from tests.edges.logs.test_book import lines

pytest.importorskip("structlog")
CANARY = "canary-51c0e7aa90"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    get_component_logger("Test").close()


def test_orders_and_fills_are_rows_too(tmp_path: Path) -> None:
    setup_logging(tmp_path / "elsewhere")
    get_trade_logger().log_order("AAPL", "BUY", 10, 150.25, "X-1")
    get_trade_logger().log_fill("AAPL", "BUY", 10, 150.2, 1)
    with (tmp_path / "elsewhere" / "trades.log").open(encoding="utf-8", newline="") as file:
        found = [
            (row["kind"], row["quantity"], row["price"], row["fee"], row["order_id"]) for row in csv.DictReader(file)
        ]
    assert found == [("order", "10", "150.25", "", "X-1"), ("fill", "10", "150.2", "1", "")]


def test_the_console_has_a_level_of_its_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logger = setup_logging(options=Options(level="DEBUG", levels={"console": "WARNING"}))
    logger.debug("looked")
    logger.critical("stopped")
    assert [json.loads(line)["message"] for line in capfd.readouterr().err.splitlines()] == ["stopped"]
    assert len(lines(tmp_path / "logs", "TradingSystem_main.log")) == 2


def test_a_second_set_up_takes_the_loggers_along(tmp_path: Path) -> None:
    logger = setup_logging("first")
    setup_logging("second", level="ERROR", secrets=[CANARY])
    logger.warning("below the level")
    logger.error("it said %s", CANARY, token="xyz")
    assert not lines(tmp_path / "first", "TradingSystem_main.log")
    (line,) = lines(tmp_path / "second", "TradingSystem_main.log")
    assert (line["message"], line["openbell"]) == ("it said ***", {"token": "***"})


def test_without_a_set_up_the_folder_is_logs(tmp_path: Path) -> None:
    get_component_logger("Advisor").info("asked")
    assert [line["message"] for line in lines(tmp_path / "logs", "Advisor.log")] == ["asked"]


def test_an_exception_is_an_error_with_its_trace(tmp_path: Path) -> None:
    logger = setup_logging(console=False)
    try:
        int("nothing")
    except ValueError:
        logger.exception("it fell over", symbol="AAPL")
    (line,) = lines(tmp_path / "logs", "TradingSystem_errors.log")
    assert (line["log.level"], line["openbell"]) == ("error", {"symbol": "AAPL"})
    assert "invalid literal" in line["error.stack_trace"]


@pytest.mark.parametrize("name", ["../etc", "", "a b", "a/b"])
def test_a_component_is_a_plain_word(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a component"):
        get_component_logger(name)


def test_an_unknown_level_is_refused_with_the_list() -> None:
    with pytest.raises(ValueError, match="DEBUG, INFO, WARNING, ERROR, CRITICAL"):
        setup_logging(level="LOUD")
