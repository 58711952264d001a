"""A long journal: an engine trades at the venue until it has so many records, and is then killed again and again."""

from pathlib import Path

from openbell.run import state
from openbell.run.pulse import read_pulse
from tests.metal.campaign import Report, come_to_rest, judge, live
from tests.metal.compare import Sides
from tests.metal.nursery import Nursery
from tests.metal.stage import SYMBOLS, Stage

AT_ONCE = 150
"""Instants played before the engine is waited for: fewer bars than its inbox may hold."""
LONGEST_S = 10.0
"""Seconds from start to READY that a journal of a million records may cost."""


def play_big(folder: Path, records: int, kills: int, seed: int) -> Report:
    """Let a journal grow to so many records, then kill the engine so many times and compare at each kill."""
    nursery = Nursery()
    stage = Stage(nursery, folder, cash="1000000 USD")
    report = Report(seeds=[seed])
    sides = Sides(state.journal(stage.state))
    try:
        grow(stage, records)
        for n in range(1, kills + 1):
            asked = live(stage, report, seed, n)
            judge(stage, sides, report, f"seed {seed} kill {n}", asked)
        come_to_rest(stage, sides, report, seed)
    finally:
        stage.close()
        nursery.close()
    report.sent, report.executions = len(sides.taken), len(sides.made)
    return report


def grow(stage: Stage, records: int) -> None:
    """Let an engine trade until its journal has so many records, then kill it."""
    engine = stage.engine()
    engine.until("READY")
    while (seq := _seq(stage)) < records:
        stage.play(AT_ONCE)
        while _seq(stage) < seq + AT_ONCE * len(SYMBOLS) and engine.hear(0.1):
            pass
    engine.kill()


def _seq(stage: Stage) -> int:
    pulse = read_pulse(stage.state)
    return pulse.seq if pulse is not None else 0
