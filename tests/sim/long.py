"""Campaigns that add up over runs, in a file: seed range, commit, faults, violations.

Half of the time goes to the canonical scenarios until each has been stopped at every boundary, then round again. What
the file holds is put into the table that is committed by `python -m tests.sim keep`.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.sim import canon
from tests.sim.campaign import Sums, run
from tests.sim.matrix import unhit
from tests.sim.table import end_of_table


def go_on(
    file: Path, minutes: float, jobs: int, start: int | None = None
) -> tuple[Sums, canon.Covered, dict[str, Any]]:
    """Go on for so many minutes from seed `start`, else where the file ends, else behind the table that is committed."""
    told: dict[str, Any] = {"next": end_of_table(), "runs": [], "cells": []}
    if file.exists():
        told = json.loads(file.read_text())
    if start is not None:
        told["next"] = start
    covered = _cover(told, minutes * 30, jobs)
    sums = run(told["next"], 10**9, minutes * 60 - covered.seconds, jobs)
    # A campaign that is stopped leaves a few chunks half done: they are passed over, never counted.
    end = told["next"] + sums.seeds + 4 * 20 * jobs
    told["runs"].append(
        {
            "first": told["next"],
            "end": end,
            "seeds": sums.seeds,
            "faults": sums.faults,
            "effective": sums.effective,
            "seconds": round(sums.seconds),
            "commit": commit(),
            "violations": [[o.seed, o.code, o.text[:200]] for o in sums.failures],
        }
    )
    told["next"] = end
    told["cells"] = sorted({*map(tuple, told["cells"]), *sums.cells})
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(told, indent=1))
    return sums, covered, told


def _cover(told: dict[str, Any], seconds: float, jobs: int) -> canon.Covered:
    """Go on through the canonical scenarios, each stopped at every boundary, and add what was found."""
    kept = told.setdefault("canon", {"done": 0, "rounds": 0, "stops": 0, "double_stops": 0, "violations": []})
    covered = canon.run(1, seconds, jobs, kept["done"])
    rounds, kept["done"] = divmod(kept["done"] + covered.scenarios, len(canon.SCENARIOS))
    kept["rounds"] += rounds
    kept["stops"] += covered.single
    kept["double_stops"] += covered.double
    kept["violations"] += [[o.seed, stops, o.code, o.text[:200]] for o, stops in covered.failures]
    return covered


def commit() -> str:
    """Return the commit that was run, with `-dirty` where files differ from it; `unknown` outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def total(told: dict[str, Any]) -> str:
    """Return the sum over all runs."""
    runs = told["runs"]
    faults, effective = sum(r["faults"] for r in runs), sum(r["effective"] for r in runs)
    kept = told["canon"]
    bad = sum(len(r["violations"]) for r in runs) + len(kept["violations"])
    cells = len(unhit({tuple(cell) for cell in told["cells"]}))  # type: ignore[misc]
    seeds, stops = sum(r["seeds"] for r in runs), kept["stops"] + kept["double_stops"]
    return (
        f"sim-long seeds={seeds} faults={faults} effective={effective} stops={stops} rounds={kept['rounds']} "
        f"violations={bad} cells_unhit={cells}"
    )
