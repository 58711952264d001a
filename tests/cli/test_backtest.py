"""`openbell backtest`: the orders that a run has."""

import re
from collections.abc import Callable
from pathlib import Path

from openbell.cli import backtest
from openbell.cli.shell.interrupt import Interrupt
from tests.cli.process import Said, begin, config_of
from tests.parts.kernels.build import CACHE, compiled_once

Caller = Callable[..., Said]


def test_a_backtest_and_a_run_agree(call: Caller, config: Path, tmp_path: Path) -> None:
    run = call("run", config, "--state", tmp_path / "s", "--json").data
    said = call("backtest", config, "--json")
    data = said.data
    assert (said.code, said.err, data["mode"], data["engine"], data["state"]) == (0, "", "backtest", "plain", None)
    assert (data["journal_head"], data["recovered_seq"]) == (None, None)
    assert [data[name] for name in ("orders_hash", "equity_end")] == [
        run[name] for name in ("orders_hash", "equity_end")
    ]
    assert Path(data["report"]).parent == tmp_path / "home" / "reports"


def test_with_a_state_it_is_journaled(call: Caller, config: Path, tmp_path: Path) -> None:
    config.write_text(config_of(speed="1x"), encoding="utf-8")
    data = call("backtest", config, "--state", tmp_path / "s", "--until", "2024-01-02", "--json").data
    assert (data["mode"], data["bars"], data["recovered_seq"]) == ("backtest", 1440, 0)
    assert call("replay", tmp_path / "s").code == 0


def test_the_report_goes_where_it_is_asked_to(call: Caller, config: Path, tmp_path: Path) -> None:
    said = call("backtest", config, "--until", "2024-01-02T12:00", "--report", tmp_path / "r.html")
    assert (said.code, f"Report: {tmp_path / 'r.html'}" in said.out, (tmp_path / "r.html").is_file()) == (0, True, True)
    assert "State:" not in said.out


def test_an_interrupted_backtest_keeps_what_it_has(config: Path) -> None:
    from openbell.cli.shell.begin import Asked
    from openbell.cli.shell.begin import begin as prepared

    config.write_text(config_of(days=15), encoding="utf-8")
    interrupt = Interrupt()
    interrupt.is_set = True
    result = backtest.carry_out(*prepared(Asked(file=config)), ("plain", interrupt), is_shown=False)
    assert (result.is_complete, 0 < result.figures["bars"] < 15 * 1440) == (False, True)


def test_progress_goes_to_standard_error(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(config_of(), encoding="utf-8")
    out, err = begin(tmp_path, "backtest", config).communicate(timeout=180)
    assert "SESSION METRICS" in out
    assert "\x1b" not in err


def test_verify_compares_the_compiled_twin(call: Caller, config: Path, tmp_path: Path) -> None:
    compiled_once()
    (tmp_path / "home" / "cache").mkdir(parents=True)
    (tmp_path / "home" / "cache" / "numba").symlink_to(CACHE)
    said = call("backtest", config, "--verify", "--json")
    assert (said.code, said.data["equal"]) == (0, True)


def test_where_there_is_no_twin_nothing_is_called_equal(call: Caller) -> None:
    example = Path(__file__).parents[2] / "examples" / "demo" / "config.yaml"
    said = call("backtest", example, "--verify", "--json")
    assert (said.code, said.data["equal"]) == (0, None)
    assert "free strategy" in said.data["reason"]
    assert "not compared" in call("backtest", example, "--verify").out


def test_the_figures_name_the_limit_of_trades_a_day_that_is_in_force(call: Caller, config: Path) -> None:
    config.write_text(f"{config_of()}  daily_trades: {{limit: 7}}\n", encoding="utf-8")
    assert re.search(r"^Daily Trades: \d/7$", call("backtest", config).out, re.MULTILINE)
    config.write_text(config_of(), encoding="utf-8")
    assert re.search(r"^Daily Trades: \d+/no limit$", call("backtest", config).out, re.MULTILINE)
