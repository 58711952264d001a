"""`openbell lookahead`: a file that is clean, and one with a strategy that finds the future in its callers."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said
from tests.run.study.test_robustness import HOURLY

Caller = Callable[..., Said]
PEEK = '''"""Buys before a rise: it looks for the bars in its callers."""

import sys

import msgspec

from openbell.core.effects import Intent
from openbell.schema import PartConfig

TABLES = []


class Config(PartConfig):
    """Nothing to choose."""


class State(msgspec.Struct):
    """Nothing to remember."""


def decide(config, state, bar, view):
    """Return a long target where the next close is higher."""
    frame = sys._getframe()
    while not TABLES:
        frame = frame.f_back
        if "tables" in dir(frame.f_locals.get("source")):
            TABLES.extend(frame.f_locals["source"].tables)
    ahead = [close for table in TABLES for ts, close in zip(table.ts, table.close) if ts > bar.ts]
    return [Intent(instrument=bar.instrument, target=1.0 if ahead and ahead[0] > bar.close else 0.0)]
'''


def test_a_clean_file_is_told_clean(call: Caller, config: Path, tmp_path: Path) -> None:
    config.write_text(HOURLY, encoding="utf-8")
    said = call("lookahead", config, "--cuts", "4", "--json", "--html", tmp_path / "l.html")
    assert (said.code, said.data["is_clean"], len(said.data["cuts"])) == (0, True, 4)
    assert "clean" in (tmp_path / "l.html").read_text(encoding="utf-8")
    assert "Nothing looks ahead." in call("lookahead", config, "--cuts", "2").out


def test_a_planted_look_ahead_is_caught(call: Caller, config: Path, tmp_path: Path) -> None:
    (tmp_path / "peek.py").write_text(PEEK, encoding="utf-8")
    text = HOURLY.replace("{kind: ema_cross, fast: 12, slow: 26}", "{kind: ./peek.py}").replace("days: 20", "days: 6")
    config.write_text(text, encoding="utf-8")
    said = call("lookahead", config, "--cuts", "3", "--json")
    assert (said.code, said.data["is_clean"]) == (4, False)
    assert said.data["differences"]
    assert said.data["imports"] == ["./peek.py imports sys"]
    told = call("lookahead", config, "--cuts", "2")
    assert told.code == 4
    assert "LOOKS AHEAD: cross AURA at 2024-" in told.out
    assert "REACHES OUT: ./peek.py imports sys" in told.out


def test_cuts_are_at_least_one(call: Caller, config: Path) -> None:
    said = call("lookahead", config, "--cuts", "0")
    assert (said.code, "--cuts: 0 is too small" in said.err) == (2, True)
