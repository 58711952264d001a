"""Campaigns that add up over runs, in a file: seed range, commit, faults, violations."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.sim.campaign import Sums, run
from tests.sim.matrix import unhit

BEGIN = 1_000_000
"""First seed of long campaigns: none of `make sim` is run again."""


def go_on(file: Path, minutes: float, jobs: int) -> tuple[Sums, dict[str, Any]]:
    """Go on where the file ends, for so many minutes, and add what was found to it."""
    told: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {"next": BEGIN, "runs": [], "cells": []}
    sums = run(told["next"], 10**9, minutes * 60, jobs)
    # A campaign that is stopped leaves a few chunks half done: they are passed over, never counted.
    end = told["next"] + sums.seeds + 4 * 20 * jobs
    told["runs"].append(
        {
            "first": told["next"],
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
    return sums, told


def commit() -> str:
    """Return the commit that was run, `unknown` outside a repository."""
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def total(told: dict[str, Any]) -> str:
    """Return the sum over all runs."""
    runs = told["runs"]
    faults, effective = sum(r["faults"] for r in runs), sum(r["effective"] for r in runs)
    bad = sum(len(r["violations"]) for r in runs)
    cells = len(unhit({tuple(cell) for cell in told["cells"]}))  # type: ignore[misc]
    return f"sim-long seeds={sum(r['seeds'] for r in runs)} faults={faults} effective={effective} violations={bad} cells_unhit={cells}"
