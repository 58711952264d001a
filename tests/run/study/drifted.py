"""A market that changed under a run: long waves for forty days, then short ones that the run's averages follow too late."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from openbell.core.draw import draw
from tests.cli.process import perform

FAST, SLOW = "deployments.cross.strategy.fast", "deployments.cross.strategy.slow"
CALM, WILD = 40, 20
GRID = (f"{FAST}=3,12", f"{SLOW}=8,26")
TEXT = """\
# What was chosen on the long waves.
title: Waves
source: {kind: csv, path: bars.csv, interval: 1h}
instruments: {default: {kind: stock, calendar: 24x7}}
accounts:
  main: {broker: sim, cash: 10000 USD}
deployments:
  - name: cross
    strategy: {kind: ema_cross, fast: 12, slow: 26}
    instruments: [AAA]
    bars: 1h
    account: main
    budget: {capital: 10000 USD, per_position: 50%}  # half
rules: {preset: none, kill: {}, session_hours: {}, max_position: {limit: 60%}}
"""


def bars(calm: int = CALM, wild: int = WILD) -> str:
    """Return so many days of long waves and of short ones, as CSV."""
    lines, at, phase, before = ["ts,symbol,open,high,low,close,volume"], datetime(2024, 1, 1, tzinfo=UTC), 0.0, 100.0
    for n in range(24 * (calm + wild)):
        phase += 2.0 * math.pi / (120.0 if n < 24 * calm else 22.0)
        noise = (draw(7, "drifted", n) / 2**64 - 0.5) * 0.004
        close = 100.0 * math.exp(0.05 * math.sin(phase) + noise)
        high, low = max(before, close), min(before, close)
        lines.append(f"{at:%Y-%m-%d %H:%M},AAA,{before:.2f},{high:.2f},{low:.2f},{close:.2f},1000")
        before, at = round(close, 2), at + timedelta(hours=1)
    return "\n".join(lines) + "\n"


def run(folder: Path, text: str = TEXT, *, calm: int = CALM, wild: int = WILD) -> Path:
    """Run such a market to its end and return the state."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bars.csv").write_text(bars(calm, wild), encoding="utf-8")
    (folder / "c.yaml").write_text(text, encoding="utf-8")
    words = ["run", str(folder / "c.yaml"), "--speed", "max", "--state", str(folder / "state"), "--json"]
    assert perform(words) == 0
    return folder / "state"


def run_apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run it in a folder and a home of its own."""
    folder = tmp_path_factory.mktemp("drifted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENBELL_HOME", str(folder / "home"))
        return run(folder)
