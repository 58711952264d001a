"""The same sweep by different back ends, each in processes of its own."""

import json
import os
import signal
from pathlib import Path
from typing import Any

from tests.cli.process import begin, config_of, until

GRID = ("--grid", "deployments.cross.strategy.fast=3:12:3", "deployments.cross.strategy.slow=10,20", "--json")
LONG = ("--grid", "deployments.cross.strategy.fast=2:21:1", "deployments.cross.strategy.slow=22:40:2", "--json")
PATIENCE_S = 150


def swept(folder: Path, *words: object, grid: tuple[str, ...] = GRID) -> dict[str, Any]:
    """Return what a sweep came to, made anew in a store of its own."""
    path = folder / "small.yaml"
    path.write_text(config_of(days=2), encoding="utf-8")
    process = begin(folder, "sweep", path, *grid, *words)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def agrees(folder: Path, *words: object) -> None:
    """Check that a back end comes to what one process does, run for run."""
    alone = swept(folder, "--jobs", "1", "--store", folder / "alone")
    other = swept(folder, *words, "--store", folder / "other")
    assert (other["made"], other["runs"], other["best"]) == (8, alone["runs"], alone["best"])


def ends_in_order(folder: Path, *words: object) -> None:
    """Check that Ctrl-C at a terminal ends a study in order, and that it goes on where it was."""
    path, store = folder / "small.yaml", folder / "store"
    path.write_text(config_of(days=3), encoding="utf-8")
    process = begin(folder, "sweep", path, *LONG, *words, "--store", store, is_terminal=True)
    until(lambda: any(file.stat().st_size for file in store.glob("*")), "the first runs")
    # A terminal sends it to all processes of the foreground.
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    data = json.loads(out)
    assert (process.returncode, data["is_complete"]) == (130, False), err
    assert 0 < data["runs"] < 200
    rest = swept(folder, "--jobs", "2", "--store", folder / "store", grid=LONG)
    assert rest["made"] in (200, 200 - data["runs"])
