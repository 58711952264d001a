"""`openbell replay`."""

from collections.abc import Callable
from pathlib import Path

import openbell.parts.strategies.ema_cross as stock
from tests.cli.process import Said, config_of

Caller = Callable[..., Said]


def test_a_replay_agrees(call: Caller, finished: Path) -> None:
    said = call("replay", finished)
    assert (said.code, "equal" in said.out) == (0, True)
    data = call("replay", finished, "--json").data
    status = call("status", finished, "--json").data
    assert (data["is_equal"], data["orders_hash"]) == (True, status["orders_hash"])
    assert data["equity_end"] == {"main": status["equity_end"]} or float(data["equity_end"]["main"]) == float(
        status["equity_end"]
    )


def test_an_edited_strategy_is_a_difference_named_by_seq(call: Caller, tmp_path: Path) -> None:
    source = Path(stock.__file__).read_text(encoding="utf-8")
    (tmp_path / "my.py").write_text(source, encoding="utf-8")
    config = tmp_path / "private.yaml"
    config.write_text(config_of(strategy="{kind: ./my.py, fast: 12, slow: 26}"), encoding="utf-8")
    state = tmp_path / "s"
    assert call("run", config, "--state", state, "--json").code == 0
    assert call("replay", state).code == 0
    edited = source.replace("above = 1 if fast > slow else 0", "above = 1 if fast > slow + 0.01 else 0")
    assert edited != source
    (tmp_path / "my.py").write_text(edited)
    said = call("replay", state)
    assert (said.code, "DIFFERENT at seq" in said.out) == (4, True)
    data = call("replay", state, "--json").data
    assert (data["is_equal"], data["seq"] > 0, bool(data["difference"])) == (False, True, True)
    assert call("status", state, "--json").data["bars"] == 2880
