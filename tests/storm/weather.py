"""A front in a storm, its operator, and engines that come and go."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from openbell.run import state as states
from openbell.run.pulse import read_pulse
from openbell.run.reading import read_book
from tests.cli import process
from tests.house.source import ROOT
from tests.ready import Ready
from tests.storm.compare import There, cash, differences, here, positions


class Side(NamedTuple):
    """A broker in a storm.

    Its front, a file for `openbell run` with {url} and {symbols}, how the front's log is read, and how the name of an
    execution is made of symbol and number.
    """

    front: str
    config: str
    there: Callable[[Path], There]
    named: Callable[[str, str], str]


class Played(NamedTuple):
    """What a front plays: where it stands, its symbols, how many bars, at what speed, in which storm.

    With `fills` it ends at so many executions, without at the last bar.
    """

    path: Path
    symbols: tuple[str, str]
    bars: int
    speed: str
    faults: Path
    fills: int = 0


def until(condition: Callable[[], bool], what: str, rounds: int = 1) -> None:
    """Wait for something, for so many times the usual patience."""
    for left in reversed(range(rounds)):
        try:
            process.until(condition, what)
        except AssertionError:
            if not left:
                raise
        else:
            return


class Storm:
    """A front in a storm and the run at it."""

    def __init__(self, folder: Path, side: Side, played: Played) -> None:
        self.side, self.played = side, played
        self.folder, self.log, self.state = folder, folder / "front.log", folder / "state"
        self.env = {
            **os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(folder / "home"), "BROKER_SECRET": "secret",
        }  # fmt: skip
        ready = folder / "ready"
        self.front = self.begin(
            "venue", side.front, "--port", "0", "--control-port", "0", "--speed", played.speed,
            "--symbols", ",".join(played.symbols), "--data", str(played.path), "--log", str(self.log), "--ready-file", str(ready),
            "--faults", str(played.faults),
        )  # fmt: skip
        until(ready.is_file, "the front")
        (folder / "storm.yaml").write_text(side.config.format(url=ready.read_text().strip(), symbols=played.symbols))

    def begin(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start a command of ours."""
        with (self.folder / f"{words[0]}.out").open("ab") as out:
            return Ready([sys.executable, "-m", "openbell", *words], env=self.env, stdout=out, stderr=out)

    def engine(self) -> "subprocess.Popen[bytes]":
        """Start a run: a supervisor with an engine and a guardian below it."""
        return self.begin("run", str(self.folder / "storm.yaml"), "--state", str(self.state))

    def arm(self, digits: str) -> None:
        """Arm the account, as a person does who knows its last digits."""
        words = ("arm", str(self.folder / "storm.yaml"), "--state", str(self.state), "--digits", digits)
        assert self.begin(*words).wait(timeout=120) == 0, (self.folder / "arm.out").read_text()

    def operator(self, path: str, body: Any = None) -> Any:
        """Ask the operator's port."""
        port = self.log.with_suffix(".ports").read_text().split()[1]
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.log.with_suffix('.token').read_text()}"},
        )  # fmt: skip
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def has_come(self, thirds: int) -> bool:
        """Return True once so many thirds of what is to come have come."""
        played, truth = self.played, self.operator("/truth")
        is_over = truth["bars"] >= played.bars
        if played.fills:
            return is_over or len(truth["executions"]) * 3 >= played.fills * thirds
        return is_over or bool(truth["bars"] * 3 >= played.bars * thirds)

    def pid(self) -> int:
        """Return the engine's own process, 0 before its first sign of life."""
        pulse = read_pulse(self.state)
        return pulse.pid if pulse is not None else 0

    def journal(self) -> str:
        """Return the journal as JSON lines."""
        return process.exported(self.state)

    def differences(self) -> list[str]:
        """Return where front and journal differ."""
        return differences(self.side.there(self.log), here(self.journal(), self.side.named))

    def end(self, one: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> None:
        """End a process and wait for it."""
        one.send_signal(number)
        one.wait(timeout=90)


def weathered(storm: Storm) -> dict[str, int]:
    """Trade through the storm, killed twice, and through the calm behind it; return what struck, how often."""
    run = storm.engine()
    try:
        for thirds in (1, 2):
            until(lambda thirds=thirds: storm.has_come(thirds), f"{thirds} thirds", 10)
            until(lambda: storm.pid() != 0, "an engine")
            killed = storm.pid()
            os.kill(killed, signal.SIGKILL)
            until(lambda killed=killed: storm.pid() not in (0, killed), "another engine", 2)
        until(lambda: storm.has_come(3), "the end", 15)
        struck: dict[str, int] = {}
        for fault in storm.operator("/faults")["faults"]:
            struck[fault["do"]] = struck.get(fault["do"], 0) + int(fault["struck"])
        storm.operator("/calm", {})
        for symbol in storm.played.symbols:
            # What is over does not go on while both sides are compared.
            storm.operator("/halt", {"symbol": symbol, "halted": True})
        try:
            until(lambda: storm.differences() == [], "an agreement", 2)
        except AssertionError as never:
            # What is left over, and what the run said last, are all there is to find out why.
            said = (storm.folder / "run.out").read_text(errors="replace")[-4_000:]
            raise AssertionError("\n".join(["they never agreed", *storm.differences(), said])) from never
        return struck
    finally:
        storm.end(run)


def hasty(config: str) -> str:
    """Return a file whose run waits less long for answers: most of a short storm would be waiting."""
    for usual, short in (
        ("timeout: 3s", "timeout: 1500ms"),
        ("silence: 6s", "silence: 3s"),
        ("reconcile: 4s", "reconcile: 2s"),
    ):
        assert usual in config
        config = config.replace(usual, short)
    return config


def agrees(storm: Storm, least: int) -> dict[str, int]:
    """Trade through a storm and compare both sides; return what struck, how often.

    At least so many executions must there be.
    """
    try:
        struck = weathered(storm)
        truth = storm.operator("/truth")
    finally:
        storm.end(storm.front)
    one, other = storm.side.there(storm.log), here(storm.journal(), storm.side.named)
    assert differences(one, other) == []
    assert (positions(one.deals), cash(one.deals)) == (positions(other.deals), cash(other.deals))
    held = {symbol: float(qty) for symbol, qty in truth["positions"].items()}
    assert {symbol: float(qty) for symbol, qty in positions(one.deals).items()} == held
    assert len(one.deals) >= least, "too little was traded to prove anything"
    assert read_book(states.journal(storm.state)).book.truth.counts.fills == len(one.deals), "the book counts each once"
    assert [entry for entry in storm.log.read_text().splitlines() if '"kind":"limited"' in entry] == []
    print(f"{len(one.deals)} executions, {len(one.taken)} requests for orders, struck: {struck}")
    return struck
