"""`make bench-peers`: the cross of two averages by this engine and by others, on the same bars in the same run.

Every other one runs by a script of this folder in an environment of its own, outside the project, made when it is
missing. They take turns with us, and medians of processor time are compared: what it takes from bars that are laid out
as an engine wants them to the last fill. For us laying out is told as well, and all that a backtest makes of it. Where
another one fills as we do, its fills and its end must be ours; where it does not, the line says so.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from openbell.core.types import use_money_context
from openbell.run.compiled import Twin, compiled_backtest, use_cache
from tests.bench import data
from tests.parts.kernels.build import CACHE, CODE, workload

HERE = Path(__file__).parent


class Peer(NamedTuple):
    """Another engine: its script, what to install, the floor and the target of the ratio, and why it ends elsewhere."""

    script: str
    packages: tuple[str, ...]
    floor: float
    target: float
    apart: str = ""


PEERS = {
    "vectorbt (Rust)": Peer("on_vectorbt", ("vectorbt[rust]==1.2.0",), 1, 2),
    "NautilusTrader 2": Peer(
        "on_nautilus", ("nautilus_trader==2.0.0rc6", "numpy"), 70, 120, "fills at the close of the bar that decides"
    ),
    "backtesting.py": Peer("on_backtesting", ("backtesting==0.6.6",), 80, 150),
}
NEWEST = ("python3.13", "python3.12", "python3.11")


def main() -> int:
    """Print a line for each; the answer is 1 where one that fills as we do ends elsewhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "openbell-peers")
    parser.add_argument("--bars", type=int, default=1_000_000, help="at most a million")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    pythons = {name: installed(options.folder, peer) for name, peer in PEERS.items()}
    use_money_context()
    use_cache(CACHE, CODE)
    bars = data.one(options.bars)
    place = options.folder / f"bars-{options.bars}.npz"
    np.savez(place, **bars)
    run = workload("W1", bars)
    Twin(*workload("W1", data.one(64))).run()
    ours: dict[str, list[float]] = {"loop": [], "laid": [], "whole": []}
    theirs: dict[str, list[dict[str, Any]]] = {name: [] for name in PEERS}
    for _ in range(options.rounds):
        ours["loop"].append(loop(run))
        ours["laid"].append(timed(lambda: Twin(*run).run()))
        ours["whole"].append(timed(lambda: compiled_backtest(*run)))
        for name, peer in PEERS.items():
            theirs[name].append(told(pythons[name], peer, place))
    result = compiled_backtest(*run)
    if isinstance(result, str):
        raise SystemExit(f"there is no compiled twin: {result}")
    end = (int(result.figures["fills"]), float(result.figures["equity_end"]))
    return show(options.bars, ours, theirs, end)


def installed(folder: Path, peer: Peer) -> Path:
    """Return the Python of a peer's environment, which is made where it is missing."""
    place = folder / peer.script
    python = place / "bin" / "python"
    if (place / "ready").exists():
        return python
    newest = next((found for name in NEWEST if (found := shutil.which(name)) and _works(found)), sys.executable)
    print(f"installing {', '.join(peer.packages)} in {place}", flush=True)
    subprocess.run([newest, "-m", "venv", "--clear", str(place)], check=True)
    words = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *peer.packages]
    subprocess.run(words, check=True)
    (place / "ready").touch()
    return python


def _works(python: str) -> bool:
    """Return True for a Python that starts; a name may stand for one that is not there."""
    return subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0


def loop(run: Any) -> float:
    """Return the seconds of the compiled loop, with the bars laid out already."""
    twin = Twin(*run)
    return timed(twin.run)


def timed(work: Any) -> float:
    """Return the seconds of processor time of a call."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def told(python: Path, peer: Peer, bars: Path) -> dict[str, Any]:
    """Return what a peer says of one run: seconds of processor time, fills, end, version."""
    words = [str(python), str(HERE / f"{peer.script}.py"), str(bars)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def show(
    bars: int, ours: dict[str, list[float]], theirs: dict[str, list[dict[str, Any]]], end: tuple[int, float]
) -> int:
    """Print medians and ratios."""
    mine = {name: statistics.median(seconds) for name, seconds in ours.items()}
    print(f"W1, {bars:,} bars, processor time, medians of {len(ours['loop'])} rounds in turn")
    names = {"loop": "the loop, bars laid out", "laid": "with laying them out", "whole": "with digest and all figures"}
    for name, words in names.items():
        print(f"  openbell, {words:27} {mine[name] / bars * 1e9:10.1f} ns/bar  {end[0]} fills {end[1]:.5f}")
    is_same = True
    for name, peer in PEERS.items():
        seconds = statistics.median(one["seconds"] for one in theirs[name])
        one = theirs[name][0]
        does_agree = one["fills"] == end[0] and abs(one["equity"] - end[1]) < 1e-6 * end[1]
        verdict = peer.apart or ("same fills, same end" if does_agree else "ENDS ELSEWHERE")
        is_same = is_same and (does_agree or bool(peer.apart))
        print(f"  {name + ' ' + str(one['version']):37} {seconds / bars * 1e9:10.1f} ns/bar  {one['fills']} fills "
              f"{one['equity']:.5f}, {verdict}")  # fmt: skip
        print(f"    ratio {seconds / mine['loop']:.1f} of the loop, {seconds / mine['laid']:.1f} with laying out, "
              f"{seconds / mine['whole']:.1f} with all figures "
              f"(floor {peer.floor:g}, target {peer.target:g})", flush=True)  # fmt: skip
    return int(not is_same)


if __name__ == "__main__":
    sys.exit(main())
