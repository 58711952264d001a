"""What goes into which file, in which form."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from openbell.edges.logs.book import COMPONENTS, DAILY, ERRORS, LEVELS, MAIN, NS, TRADES, Logs, Options, stamp

pytest.importorskip("structlog")
TS = 1_719_927_000 * NS
CANARY = "canary-7f3a9c21e4"


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def test_every_file_is_there_from_the_start(tmp_path: Path) -> None:
    Logs(tmp_path / "logs").close()
    names = {path.name for path in (tmp_path / "logs").iterdir()}
    assert names == {MAIN, ERRORS, DAILY, TRADES, *(f"{name}.log" for name in COMPONENTS)}
    assert (MAIN, ERRORS, DAILY, TRADES) == (
        "TradingSystem_main.log", "TradingSystem_errors.log", "TradingSystem_daily.log", "trades.log",
    )  # fmt: skip


def test_a_line_is_in_the_main_file_the_daily_one_and_its_components(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    logs.component("Strategy").info("signal", ts=TS, symbol="AAPL")
    logs.component("Orders").error("lost", ts=TS)
    logs.close()
    assert [line["message"] for line in lines(tmp_path, MAIN)] == ["signal", "lost"]
    assert lines(tmp_path, DAILY) == lines(tmp_path, MAIN)
    assert [line["message"] for line in lines(tmp_path, "Strategy.log")] == ["signal"]
    assert [line["message"] for line in lines(tmp_path, "Orders.log")] == ["lost"]
    assert lines(tmp_path, "Risk.log") == []


def test_thirty_days_of_the_daily_file_stay(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    for day in range(31):
        logs.component("Engine").info(f"day {day}", ts=TS + day * 24 * 3600 * NS)
    logs.close()
    kept = sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(DAILY))
    assert len(kept) == 30
    # The first day of the 31 is gone, the last is in the file that is written.
    assert [line["message"] for line in lines(tmp_path, kept[1])] == ["day 1"]
    assert [line["message"] for line in lines(tmp_path, DAILY)] == ["day 30"]
    assert len(lines(tmp_path, MAIN)) == 31


def test_errors_and_nothing_else_are_in_the_file_of_errors(tmp_path: Path) -> None:
    logs = Logs(tmp_path, Options(level="DEBUG"))
    for level in LEVELS:
        getattr(logs.component("Engine"), level.lower())(level, ts=TS)
    logs.close()
    assert [line["message"] for line in lines(tmp_path, MAIN)] == list(LEVELS)
    assert [line["message"] for line in lines(tmp_path, ERRORS)] == ["ERROR", "CRITICAL"]


@pytest.mark.parametrize("least", LEVELS)
@pytest.mark.parametrize("name", [MAIN, DAILY, "Engine", "console"])
def test_each_level_can_be_set_for_each_file(tmp_path: Path, least: str, name: str) -> None:
    said: list[str] = []
    logs = Logs(tmp_path, Options(level="DEBUG", levels={name: least}), console=said.append)
    for level in LEVELS:
        getattr(logs.component("Engine"), level.lower())(level, ts=TS)
    logs.close()
    wanted = list(LEVELS)[list(LEVELS).index(least) :]
    found = {"Engine": "Engine.log"}.get(name, name)
    held = [json.loads(line) for line in said] if name == "console" else lines(tmp_path, found)
    assert [line["message"] for line in held] == wanted
    other = DAILY if name == MAIN else MAIN
    assert len(lines(tmp_path, other)) == len(LEVELS)


def test_below_the_least_level_nothing_is_written_anywhere(tmp_path: Path) -> None:
    logs = Logs(tmp_path, Options(level="WARNING"))
    logs.component("Engine").info("quiet", ts=TS)
    logs.component("Engine").warning("loud", ts=TS)
    logs.close()
    assert [line["message"] for line in lines(tmp_path, MAIN)] == ["loud"]


def test_the_fields_are_those_that_collectors_know(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    logs.component("Orders").warning("order rejected", ts=TS + 1_500_000, trace="ABCDEF-7", order_id="ABCDEF-1")
    logs.close()
    (line,) = lines(tmp_path, MAIN)
    assert line == {
        "@timestamp": "2024-07-02T13:30:00.001500Z", "log.level": "warning", "message": "order rejected",
        "ecs.version": "8.11.0", "service.name": "openbell", "log.logger": "Orders", "trace.id": "ABCDEF-7",
        "openbell": {"order_id": "ABCDEF-1"},
    }  # fmt: skip
    assert stamp(TS) == "2024-07-02T13:30:00.000000Z"


def test_an_exception_leaves_its_trace_in_the_file_of_errors(tmp_path: Path) -> None:
    logs = Logs(tmp_path, secrets=[CANARY])
    try:
        int(CANARY)
    except ValueError:
        logs.component("Engine").error("it fell over", ts=TS, exc_info=True, symbol="AAPL", order_id="ABCDEF-1")
    logs.close()
    (line,) = lines(tmp_path, ERRORS)
    assert "Traceback" in line["error.stack_trace"] and "ValueError: invalid literal" in line["error.stack_trace"]
    assert CANARY not in line["error.stack_trace"]
    assert line["openbell"] == {"symbol": "AAPL", "order_id": "ABCDEF-1"} and line["log.logger"] == "Engine"


def test_no_canary_is_in_any_file(tmp_path: Path) -> None:
    logs = Logs(tmp_path, Options(level="DEBUG"), secrets=[CANARY])
    for level in LEVELS:
        log = logs.component("Engine").bind(url=f"wss://u:{CANARY}@x/")
        getattr(log, level.lower())(f"said {CANARY}", ts=TS, api_key=CANARY, deep={"why": [CANARY]})
    logs.close()
    for path in tmp_path.iterdir():
        assert CANARY not in path.read_text(encoding="utf-8"), path.name
    assert all("***" in json.dumps(line) for line in lines(tmp_path, MAIN))


def test_a_signal_is_one_row_with_five_values_and_a_time(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    values = {"symbol": "AAPL", "action": "BUY", "strength": "STRONG", "price": "150.25", "strategy": "EMA_Cross"}
    logs.trade("2024-07-02", {"time": stamp(TS), "kind": "signal", **values})
    logs.close()
    with (tmp_path / TRADES).open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert [row[name] for name in ("symbol", "action", "strength", "price", "strategy")] == [
        "AAPL", "BUY", "STRONG", "150.25", "EMA_Cross",
    ]  # fmt: skip
    assert row["time"] == "2024-07-02T13:30:00.000000Z"


def test_twenty_five_megabytes_leave_files_put_aside(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    log, text = logs.component("Engine"), "x" * 9_900
    for _ in range(2_600):
        log.info(text, ts=TS)
    logs.close()
    for name in (MAIN, "Engine.log"):
        sizes = [path.stat().st_size for path in tmp_path.glob(f"{name}*")]
        assert len(sizes) == 3 and max(sizes) <= 10 * 1024 * 1024 and sum(sizes) > 25_000_000


def test_a_component_of_ones_own_has_a_file_of_its_own(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    logs.component("Advisor").info("asked", ts=TS)
    logs.close()
    assert lines(tmp_path, "Advisor.log") == lines(tmp_path, MAIN)


def test_a_disk_that_takes_nothing_loses_lines_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no room")

    logs = Logs(tmp_path)
    monkeypatch.setattr(logs._main, "write", refuse)
    logs.component("Engine").info("lost", ts=TS)
    assert logs.lost == 1
    assert [line["message"] for line in lines(tmp_path, DAILY)] == ["lost"]
    logs.close()
