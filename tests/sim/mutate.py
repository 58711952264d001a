"""Plants each mutant in a copy of the package and counts how many seeds it takes to find it (RELIABILITY C7).

A mutant is a small search and replace in `mutants/`. It counts as found at the first seed that fails with it and
passes with the intact package, so that a bug that is there anyway finds no mutant. The one that only leaks the order
of a set is found by two processes with other hash seeds whose traces differ.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from tests.sim.one import play

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SEEDS = 2000
RANGES = (20_000, 40_000, 60_000)
"""First seeds of three ranges that share no seed."""
PROVEN = ROOT / "tests" / "sim" / "mutants" / "found.json"


class Mutant(msgspec.Struct):
    """One planted bug: its number, what it is, the layer that can see it, and the changes that make it."""

    number: int
    title: str
    layer: int
    by: str
    changes: list[dict[str, str]]


def mutants() -> list[Mutant]:
    """Return all mutants by number."""
    found = []
    for file in sorted((HERE / "mutants").glob("*.toml")):
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        found.append(Mutant(int(file.name[:2]), told["title"], told["layer"], told["by"], told.get("change", [])))
    return found


def plant(mutant: Mutant, folder: Path) -> None:
    """Copy the package into a folder and change the copy.

    Raises:
        LookupError: What is to be changed is not there any more, or is there twice.
    """
    shutil.copytree(ROOT / "src" / "openbell", folder / "openbell", ignore=shutil.ignore_patterns("__pycache__"))
    for change in mutant.changes:
        file = folder / "openbell" / change["file"]
        text = file.read_text(encoding="utf-8")
        count = text.count(change["search"])
        if count == 0 or (count > 1 and not change.get("all")):
            raise LookupError(f"mutant {mutant.number}: {count} places in {change['file']}")
        file.write_text(text.replace(change["search"], change["replace"]), encoding="utf-8")


def hunt(first: int, seeds: int) -> None:
    """Print each failing seed, and the trace of the others; runs inside the mutated process."""
    for seed in range(first, first + seeds):
        _, outcome = play(seed)
        print(json.dumps([seed, outcome.code, outcome.text[:120], outcome.trace]), flush=True)


def _told(folder: Path, first: int, seeds: int, hash_seed: str = "0") -> Iterator[list[str]]:
    """Yield what a process with the package of a folder finds."""
    text = f"from tests.sim.mutate import hunt; hunt({first}, {seeds})"
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", text]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True
    ) as run:
        assert run.stdout is not None
        try:
            for line in run.stdout:
                yield json.loads(line)
        finally:
            run.kill()


def find(mutant: Mutant, first: int, seeds: int = SEEDS) -> tuple[int, str]:
    """Return after how many seeds a mutant was found and by what; (0, why not) where it was not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plant(mutant, folder)
        if mutant.by == "hash":
            return _find_leak(folder, first, seeds)
        for seed, code, text, _ in _told(folder, first, seeds):
            if code and not play(int(seed))[1].code:
                return int(seed) - first + 1, f"{code}: {text}"
    return 0, "not found"


def _find_leak(folder: Path, first: int, seeds: int) -> tuple[int, str]:
    pairs = zip(_told(folder, first, seeds, "1"), _told(folder, first, seeds, "4711"), strict=False)
    for one, other in pairs:
        if one[3] != other[3]:
            return int(one[0]) - first + 1, "B32: traces differ with another hash seed"
    return 0, "not found"


def campaign(numbers: list[int], ranges: int, seeds: int, jobs: int) -> int:
    """Hunt all mutants of layer 1, keep what was found, and return how many were not."""
    told = json.loads(PROVEN.read_text(encoding="utf-8")) if PROVEN.exists() else {}
    wanted = [m for m in mutants() if m.layer == 1 and (not numbers or m.number in numbers)]
    tasks = [(m, first) for m in wanted for first in RANGES[:ranges]]
    missed = 0
    with ThreadPoolExecutor(jobs) as pool:
        for (mutant, first), (count, by) in zip(tasks, pool.map(lambda t: find(t[0], t[1], seeds), tasks), strict=True):
            is_right = (count == 0) == (mutant.number == 0)
            missed += not is_right
            print(f"{mutant.number:2} {mutant.title:45} range {first}: {count or '-'} {by[:90]}", flush=True)
            told.setdefault(str(mutant.number), {})[str(first)] = [count, by[:90]]
    PROVEN.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"mutants={len(wanted)} ranges={ranges} seeds={seeds} missed={missed}")
    return missed
