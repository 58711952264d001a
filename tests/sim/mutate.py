"""Plants each mutant in a copy of the package and counts how many seeds it takes to find it (RELIABILITY C7).

A mutant is a small search and replace in `mutants/`. It counts as found at the first seed that fails with it and
passes with the intact package, so that a bug that is there anyway finds no mutant. The one that only leaks the order
of a set is found by two processes with other hash seeds whose traces differ. Those of the layers that the simulation
does not run are found by the test they name, which has to fail within a minute with them and to pass without.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
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
PLANTED_FIRST = 80_000
"""First seed of the hunt for bugs of another mind."""
TEST_SECONDS = 60.0
"""How long a named test may take to find a mutant."""
PROVEN = ROOT / "tests" / "sim" / "mutants" / "found.json"


class Mutant(msgspec.Struct):
    """One planted bug: its number, what it is, the layer that can see it, by what, and the changes that make it."""

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


def find_by_test(mutant: Mutant) -> tuple[float, str]:
    """Return after how many seconds the named test found a mutant, and which; (0, why not) where it did not."""
    name = mutant.by.rpartition("::")[2]
    if _fails(mutant.by, ROOT / "src") is not False:
        return 0, f"{name} does not pass with the intact package"
    with tempfile.TemporaryDirectory() as folder:
        plant(mutant, Path(folder))
        begin = time.monotonic()
        is_found = _fails(mutant.by, Path(folder))
        return (round(time.monotonic() - begin, 1), name) if is_found else (0, f"{name} passes with it")


def _fails(test: str, source: Path) -> bool | None:
    """Return True if a test fails with the package of a folder, None where it was not run or took too long."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-o",
        f"pythonpath={source} {ROOT}",
        test,
    ]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=TEST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    return {0: False, 1: True}.get(done.returncode)


def campaign(numbers: list[int], ranges: int, seeds: int, jobs: int) -> int:
    """Hunt all mutants, keep and print what was found, and return how many were not."""
    told = json.loads(PROVEN.read_text(encoding="utf-8")) if PROVEN.exists() else {}
    wanted = [m for m in mutants() if not numbers or m.number in numbers]
    tasks = [(m, first) for m in wanted for first in (RANGES[:ranges] if m.layer == 1 else (0,))]
    missed = 0
    print(f"{'no':>2} {'bug planted':45} {'from':>6} {'found':>8} seen as")
    with ThreadPoolExecutor(jobs) as pool:
        results = pool.map(lambda task: _hunted(task[0], task[1], seeds), tasks)
        for (mutant, first), (count, by) in zip(tasks, results, strict=True):
            is_right = (count == 0) == (mutant.number == 0)
            missed += not is_right
            found = f"{count} s" if first == 0 else str(count)
            print(
                f"{mutant.number:2} {mutant.title:45} {first or 'test':>6} {found if count else '-':>8} {by[:90]}",
                flush=True,
            )
            told.setdefault(str(mutant.number), {})[str(first)] = [count, by[:90]]
    PROVEN.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"mutants={len(wanted)} ranges={ranges} seeds={seeds} missed={missed}")
    return missed


def planted() -> list[Mutant]:
    """Return the bugs of another mind that can be planted again, by their place in the table."""
    told = tomllib.loads((HERE / "planted.toml").read_text(encoding="utf-8"))["bug"]
    return [
        Mutant(place, bug["what"], 1, "campaign", bug["change"]) for place, bug in enumerate(told) if "change" in bug
    ]


def hunt_planted(numbers: list[int], seeds: int) -> int:
    """Hunt bugs of another mind and print after how many seeds each was found; return how many were not."""
    missed = 0
    for bug in planted():
        if not numbers or bug.number in numbers:
            count, by = find(bug, PLANTED_FIRST, seeds)
            missed += not count
            print(f"{bug.number:2} {bug.title:70} {count or '-':>6} {by[:110]}", flush=True)
    return missed


def _hunted(mutant: Mutant, first: int, seeds: int) -> tuple[float, str]:
    return find(mutant, first, seeds) if mutant.layer == 1 else find_by_test(mutant)
