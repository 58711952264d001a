"""The guardian beside a real engine that hangs, by the clock of the machine and with a shorter patience than usual."""

import os
import signal
from pathlib import Path

import pytest

from openbell.run.pulse import read_pulse
from tests.metal.campaign import ENOUGH, linger
from tests.metal.compare import WORKING
from tests.metal.nursery import Nursery
from tests.metal.stage import CONFIG, Gone, Process, Stage

HASTY = CONFIG + "kill: {{guardian: {{alert: 4s, pull: 12s}}}}\n"
"""A start on a busy machine is still over long before."""


def working(stage: Stage) -> list[str]:
    return [order["cid"] for order in stage.truth()["orders"] if order["state"] in WORKING]


@pytest.mark.slow
def test_F72_B25_a_hanging_engine_loses_its_orders_to_the_guardian_and_is_fenced_when_it_wakes(tmp_path: Path) -> None:
    nursery = Nursery()
    stage = Stage(nursery, tmp_path, config=HASTY)
    run = Process(nursery, tmp_path, "run", str(stage.file), "--state", str(stage.state), "--json")
    try:
        run.until("READY")
        while len(working(stage)) < ENOUGH:
            stage.play(1)
            linger(run, 0.05)
        pulse = read_pulse(stage.state)
        assert pulse is not None
        epoch = stage.truth()["epoch"]
        os.kill(pulse.pid, signal.SIGSTOP)
        run.until("none is open")
        assert working(stage) == []
        assert stage.truth()["epoch"] == epoch + 1
        taken = len(stage.truth()["orders"])
        os.kill(pulse.pid, signal.SIGCONT)
        with pytest.raises(Gone):
            run.until("a word that nobody says")
        stage.play(5)
        assert len(stage.truth()["orders"]) == taken
        assert any("superseded" in line for line in run.lines), run.lines
        assert run.end() == 3
    finally:
        stage.close()
        nursery.close()
