"""The table of names known from elsewhere: each right-hand name is there and runs."""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

import openbell
from openbell.run.web.serve import nowhere
from tests.checklist.market import LONG, Market, config, rows
from tests.cli.process import CONFIG, Said
from tools.tree import ROOT

Caller = Callable[..., Said]
TABLE = (ROOT / "docs" / "reference" / "names.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.*?) \| `(openbell[ .].*?)` \| .* \|$", TABLE, re.MULTILINE)
NAMES = [name for _, name in ROWS if name.startswith("openbell.")]
VERBS = [name.removeprefix("openbell ") for _, name in ROWS if name.startswith("openbell ")]


def here(elsewhere: str) -> str:
    """Return what the table says is here in place of a name known from elsewhere."""
    (found,) = [name for words, name in ROWS if f"`{elsewhere}`" in words]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_imported(name: str) -> None:
    place, _, word = name.rpartition(".")
    assert callable(getattr(import_module(place), word))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_there(call: Caller, verb: str) -> None:
    said = call(verb, "--help")
    assert (said.code, f"openbell {verb}" in said.out) == (0, True)


def test_nothing_of_the_table_is_left_out() -> None:
    assert len(ROWS) == len(NAMES) + len(VERBS) == TABLE.count("\n| ") - 1 == 20


@pytest.mark.parametrize(
    ("module", "name", "ours"),
    [
        ("execution/order_manager.py", "OrderManager", "openbell.OrderManager"),
        ("execution/position_tracker.py", "PositionTracker", "openbell.connect"),
        ("execution/live_engine.py", "LiveTradingEngine", "openbell.LiveTradingEngine"),
        ("monitoring/alert_system.py", "AlertSystem", "openbell.AlertSystem"),
        ("utils/logger.py", "TradingLogger", "openbell.setup_logging"),
        ("live_trading_service.py", "LiveTradingService", "openbell.LiveTradingService"),
    ],
)
def test_each_module_known_from_elsewhere_has_its_place(module: str, name: str, ours: str) -> None:
    assert here(module) == here(name) == ours
    assert callable(getattr(openbell, ours.partition(".")[2]))


def test_S5_050_the_module_of_the_endpoints_is_imported_and_has_them() -> None:
    assert here("api.py") == "openbell.edges.web.app.Server"
    paths = nowhere().document()["paths"]
    assert {"/api/trading/deploy", "/api/trading/stop/{id}", "/api/trading/emergency-stop"} <= set(paths)
    assert isinstance(nowhere(), import_module("openbell.edges.web.app").Server)


def test_the_tracker_of_positions_runs(tmp_path: Path) -> None:
    assert here("execution/position_tracker.py") == here("PositionTracker") == "openbell.connect"
    market = Market(tmp_path, config(), rows([100, (100, LONG), 100, 102]))
    assert market.run() == 0
    (held,) = openbell.connect(market.state).positions().to_dicts()
    assert (held["instrument"], held["side"], int(held["qty"])) == ("AAA", "long", 100)
    assert (float(held["entry"]), float(held["current"]), float(held["unrealised"])) == (100.0, 102.0, 200.0)


def test_the_logger_runs(tmp_path: Path) -> None:
    pytest.importorskip("structlog")
    assert here("utils/logger.py") == "openbell.setup_logging"
    logger = openbell.setup_logging(tmp_path, console=False)
    logger.info("System started")
    logger.close()
    assert "System started" in (tmp_path / "TradingSystem_main.log").read_text(encoding="utf-8")


def test_the_test_script_runs_as_four_words(call: Caller, tmp_path: Path) -> None:
    assert here("test_live_trading.py") == "openbell doctor"
    file = tmp_path / "c.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    for word, part in (
        ("quick", "account main: connected"), ("data", "bars of AURA"), ("signals", "signal cross on AURA"),
        ("full", "started, traded and stopped"),
    ):  # fmt: skip
        said = call("doctor", word, file)
        assert (word, said.code, f"ok    {part}" in said.out) == (word, 0, True), said.out


def test_the_import_of_the_script_works_as_written() -> None:
    namespace: dict[str, object] = {}
    exec("from live_trading_engine import LiveTradingEngine, LiveTradingConfig, TradingMode", namespace)
    for name in ("LiveTradingEngine", "LiveTradingConfig", "TradingMode"):
        assert namespace[name] is getattr(openbell, name)
    config = namespace["LiveTradingConfig"](kis_account_no="12345678")  # type: ignore[operator]  # it is a class
    assert isinstance(openbell.LiveTradingEngine(config=config), openbell.LiveTradingEngine)
