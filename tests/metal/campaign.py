"""Kill the engine again and again, at moments drawn from a seed, and compare the two records at each of them."""

import time
from pathlib import Path

import msgspec

from openbell.core import draw
from openbell.run import state
from tests.metal.compare import WORKING, Sides
from tests.metal.nursery import Nursery
from tests.metal.stage import PATIENCE_S, Process, Stage

A_ROUND = 50
"""Kills of one journal: then a new one begins, so that all of them stay small."""
EARLY = 5
"""One in so many is killed before it is ready."""
START_S = 0.4
"""About as long as a start takes: an early kill falls anywhere within."""
MOST_INSTANTS = 12
"""Instants of the market that an engine sees at most, beside those it needs to have orders out."""
WORK_S = 0.03
"""About as long as an engine works on one instant of the market: a kill falls within, or just behind."""
PACED, CALM_S = 60, 1.0
"""Instants of the market behind which an engine that still has too few orders gets more time for each, seconds."""
ENOUGH = 20
"""Orders that work at the venue when an engine is killed."""


class Report(msgspec.Struct, kw_only=True):
    """How a campaign went.

    Attributes:
        seeds: Of each round. kills: In all. early: Of these before READY. ready_s: From start to READY, seconds.
        working: Orders at the venue at each kill. unsent: Orders that the journal held and the venue had not got, over
            all kills. untold: Executions that the venue had made and the journal did not hold.
        sent, executions: Orders that the venue took, executions that it made. wrong: What did not agree, in words.
    """

    seeds: list[int] = []
    kills: int = 0
    early: int = 0
    ready_s: list[float] = []
    working: list[int] = []
    unsent: int = 0
    untold: int = 0
    sent: int = 0
    executions: int = 0
    wrong: list[str] = []

    def add(self, other: "Report") -> None:
        """Take in what another round found."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def text(self) -> str:
        """Return the report in a line, the last one of a campaign."""
        ready, working = sorted(self.ready_s), sorted(self.working)
        kinds = ("doubled", "lost", "invented", "positions", "orders")
        counts = " ".join(f"{kind}={sum(f' {kind}: ' in what for what in self.wrong)}" for kind in kinds)
        return (
            f"metal kills={self.kills} early={self.early} {counts} sent={self.sent} executions={self.executions}"
            f" unsent={self.unsent} untold={self.untold} working_min={working[0]}"
            f" working_median={working[len(working) // 2]}"
            f" ready_s_median={ready[len(ready) // 2]:.2f} ready_s_max={ready[-1]:.2f}"
        )


def play_round(folder: Path, kills: int, seed: int) -> Report:
    """Kill an engine so many times, let a last one come to rest, and compare at each kill and at rest."""
    nursery = Nursery()
    stage = Stage(nursery, folder)
    report = Report(seeds=[seed])
    sides = Sides(state.journal(stage.state))
    try:
        for n in range(kills):
            asked = live(stage, report, seed, n)
            judge(stage, sides, report, f"seed {seed} kill {n}", asked)
            # The market does not wait for a dead engine: its orders fill unseen.
            stage.play(draw.draw(seed, "metal/gap", n) % 3)
        come_to_rest(stage, sides, report, seed)
    finally:
        stage.close()
        nursery.close()
    report.sent, report.executions = len(sides.taken), len(sides.made)
    return report


def live(stage: Stage, report: Report, seed: int, n: int) -> set[str]:
    """Start an engine, let it trade and kill it; return the executions that it must hold."""
    engine = stage.engine()
    moment = draw.uniform(seed, "metal/moment", n)
    report.kills += 1
    if n and not draw.draw(seed, "metal/early", n) % EARLY:
        report.early += 1
        linger(engine, START_S * moment)
        _end(stage, report, engine)
        return set()
    report.ready_s.append(engine.until("READY"))
    asked = {done["exec"] for done in stage.truth()["executions"]}
    end, instants = time.perf_counter() + PATIENCE_S, 0
    # The first has no orders from before, and waits for them however slow this machine is.
    while _working(stage) < ENOUGH and (instants < MOST_INSTANTS or (n == 0 and time.perf_counter() < end)):
        stage.play(1)
        # One that lags adds no risk until it has kept pace for a while.
        linger(engine, WORK_S if instants < PACED else CALM_S)
        instants += 1
    for _ in range(1 + draw.draw(seed, "metal/instants", n) % MOST_INSTANTS):
        stage.play(1)
        linger(engine, WORK_S * draw.uniform(seed, "metal/pause", n))
    stage.play(1)
    linger(engine, WORK_S * moment)
    _end(stage, report, engine)
    return asked


def _end(stage: Stage, report: Report, engine: Process) -> None:
    engine.kill()
    report.working.append(_working(stage))


def _working(stage: Stage) -> int:
    return sum(order["state"] in WORKING for order in stage.truth()["orders"])


def judge(stage: Stage, sides: Sides, report: Report, where: str, asked: set[str]) -> None:
    """Compare behind a kill, and count what the kill fell between."""
    before = set(sides.submits)
    sides.read(stage.logged())
    if not sides.submits:
        return
    report.wrong += [f"{where} {what}" for what in sides.compare(stage.truth(), asked).words()]
    report.unsent += len(sides.submits - before - set(sides.taken))
    report.untold += len(set(sides.made) - set(sides.fills))


def come_to_rest(stage: Stage, sides: Sides, report: Report, seed: int) -> None:
    """Let a last engine learn everything, end it in good order, and compare all of it."""
    engine = stage.engine()
    report.ready_s.append(engine.until("READY"))
    end = time.perf_counter() + PATIENCE_S
    is_at_rest = False
    while not is_at_rest and time.perf_counter() < end:
        linger(engine, 0.1)
        sides.read(stage.logged())
        is_at_rest = sides.is_answered and sides.compare_at_rest(stage.truth()).is_clean
    code = engine.end()
    sides.read(stage.logged())
    found = sides.compare_at_rest(stage.truth()).words()
    report.wrong += [f"seed {seed} at rest {what}" for what in found]
    if code:
        report.wrong.append(f"seed {seed} at rest orders: exit code {code}: {engine.lines}")


def linger(engine: Process, span_s: float) -> None:
    """Let the engine be for a while."""
    end = time.perf_counter() + span_s
    while (left := end - time.perf_counter()) > 0:
        engine.hear(left)
