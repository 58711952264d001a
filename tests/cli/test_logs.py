"""`openbell logs`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.process import Said

pytest.importorskip("structlog")
Caller = Callable[..., Said]


def test_the_latest_lines_of_a_run(call: Caller, finished: Path) -> None:
    data = call("logs", finished, "--last", 7, "--json").data
    assert len(data["lines"]) == 7 and data["file"].endswith("TradingSystem_main.log")
    text = call("logs", finished, "--last", 7).out.splitlines()
    assert len(text) == 7
    assert all(line["message"] in shown for line, shown in zip(data["lines"], text, strict=True))


def test_lines_are_chosen_by_component_level_and_text(call: Caller, finished: Path) -> None:
    orders = call("logs", finished, "--component", "Orders", "--last", 9999, "--json").data["lines"]
    assert orders and {line["log.logger"] for line in orders} == {"Orders"}
    fills = call("logs", finished, "--grep", "fill BUY", "--last", 9999, "--json").data["lines"]
    assert fills and all(line["message"].startswith("fill BUY") for line in fills)
    worse = call("logs", finished, "--level", "warning", "--last", 9999, "--json").data["lines"]
    assert all(line["log.level"] in {"warning", "error", "critical"} for line in worse)
    assert call("logs", finished, "--grep", "nothing has this").out == "no such line\n"


def test_files_put_aside_are_read_first_and_a_cut_line_is_passed_over(
    call: Caller, config: Path, tmp_path: Path
) -> None:
    call("run", config, "--speed", "max", "--state", tmp_path / "s", "--json")
    file = tmp_path / "s" / "logs" / "TradingSystem_main.log"
    whole = call("logs", tmp_path / "s", "--last", 99_999, "--json").data["lines"]
    text = file.read_text(encoding="utf-8").splitlines(keepends=True)
    for name, part in ((".2", text[:5]), (".1", text[5:9]), ("", text[9:])):
        file.with_name(file.name + name).write_text("".join(part) + ('{"cut' if name else ""), encoding="utf-8")
    assert call("logs", tmp_path / "s", "--last", 99_999, "--json").data["lines"] == whole


@pytest.mark.parametrize(
    ("words", "told"),
    [(("--level", "loud"), "known: debug, info"), (("--component", "Weather"), "TradingSystem_main")],
)
def test_a_mistake_is_told(call: Caller, finished: Path, words: tuple[str, ...], told: str) -> None:
    said = call("logs", finished, *words)
    assert said.code == 2 and told in said.err


@pytest.mark.parametrize("level", ["DEBUG", "WARNING"])
def test_the_level_of_a_run_holds_for_its_files(call: Caller, config: Path, tmp_path: Path, level: str) -> None:
    call("run", config, "--speed", "max", "--state", tmp_path / "s", "--log-level", level)
    found = {line["log.level"] for line in call("logs", tmp_path / "s", "--last", 99_999, "--json").data["lines"]}
    assert ("debug" in found, "info" in found) == (level == "DEBUG", level == "DEBUG")
