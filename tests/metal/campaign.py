"""Kill the engine again and again, at moments drawn from a seed, and compare the two records at the end."""

import time
from pathlib import Path

import msgspec

from openbell.core import draw
from tests.metal.compare import Verdict, compare
from tests.metal.stage import Process, Stage

LONGEST_S = 1.0
"""An engine lives at most so long after it is ready, in seconds."""
EARLY = 5
"""One in so many is killed before it is ready."""


class Report(msgspec.Struct, kw_only=True):
    """How a campaign went: times from start to READY in seconds, open orders at each kill, and the verdict."""

    kills: int
    ready_s: list[float]
    working: list[int]
    verdict: Verdict

    def text(self) -> str:
        """Return the report in a line, the last one of a campaign."""
        ready, working, v = sorted(self.ready_s), sorted(self.working), self.verdict
        return (
            f"metal kills={self.kills} doubled={len(v.doubled)} lost={len(v.lost)} invented={len(v.invented)}"
            f" positions={len(v.positions)} orders={len(v.orders)} sent={v.sent} executions={v.executions}"
            f" working_median={working[len(working) // 2] if working else 0}"
            f" ready_s_median={ready[len(ready) // 2]:.2f} ready_s_max={ready[-1]:.2f}"
        )


def run(folder: Path, kills: int, seed: int) -> Report:
    """Kill an engine so many times, let a last one come to rest, and compare."""
    stage = Stage(folder)
    ready: list[float] = []
    working: list[int] = []
    try:
        warm_up(stage)
        for n in range(kills):
            engine = stage.engine()
            if draw.draw(seed, "metal/early", n) % EARLY:
                ready.append(engine.until("READY"))
                trade_on(stage, engine, LONGEST_S * draw.uniform(seed, "metal/life", n))
            else:
                linger(engine, 2.0 * draw.uniform(seed, "metal/life", n))
            working.append(sum(order["state"] in ("working", "partial") for order in stage.truth()["orders"]))
            engine.kill()
            # The market does not wait for a dead engine: its orders fill unseen.
            stage.play(1 + draw.draw(seed, "metal/gap", n) % 3)
        engine = stage.engine()
        ready.append(engine.until("READY"))
        linger(engine, 3.0)
        assert engine.end() == 0, engine.lines
        verdict = compare(folder / "venue.log", stage.state, stage.truth())
    finally:
        stage.close()
    return Report(kills=kills, ready_s=ready, working=working, verdict=verdict)


def warm_up(stage: Stage) -> None:
    """Let a first engine see enough of the market to hold something."""
    engine = stage.engine()
    engine.until("READY")
    for _ in range(14):
        stage.play(1)
        engine.hear(0.2)
    engine.end()


def trade_on(stage: Stage, engine: Process, span_s: float) -> None:
    """Let the market go on for a while, instant by instant."""
    end = time.perf_counter() + span_s
    while time.perf_counter() < end:
        stage.play(1)
        engine.hear(0.05)


def linger(engine: Process, span_s: float) -> None:
    """Let the engine be for a while, with the market at rest."""
    end = time.perf_counter() + span_s
    while (left := end - time.perf_counter()) > 0:
        engine.hear(left)
