"""Seeds of layer 2 in every test run; `make sim-long` plays many more."""

import os
import subprocess
import sys

import pytest

from openbell.run.script import Reel
from openbell.run.shell import Shell
from tests.house.source import ROOT
from tests.loop.campaign import play_some
from tests.loop.trial import play

CHUNKS = 10
SEEDS = 20


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_F01_F41_F88_what_the_shell_and_the_venue_know_agrees_once_the_world_has_healed(chunk: int) -> None:
    outcomes = play_some(1 + chunk * SEEDS, SEEDS)
    assert {outcome.seed: outcome.wrong for outcome in outcomes if outcome.wrong} == {}
    assert sum(outcome.kills for outcome in outcomes) > 0
    assert sum(outcome.executions for outcome in outcomes) > SEEDS
    assert len({name for outcome in outcomes for name in outcome.faults}) > 8


def test_B32_a_seed_has_one_trace_in_processes_with_other_hash_seeds_zones_and_locales() -> None:
    words = "from tests.loop.trial import play; print(*[play(seed).trace for seed in (2, 6, 11, 17)])"
    others = ({"PYTHONHASHSEED": "1", "TZ": "Asia/Seoul"}, {"PYTHONHASHSEED": "77", "LC_ALL": "C", "TZ": "UTC"})
    path = {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    found = {
        subprocess.run([sys.executable, "-c", words], env={**os.environ, **path, **other}, cwd=ROOT, text=True,
                       capture_output=True, check=True).stdout
        for other in others
    }  # fmt: skip
    assert len(found) == 1
    assert len(set(next(iter(found)).split())) == 4
    assert play(6).trace in next(iter(found))


def test_the_tester_sees_a_fill_that_nobody_books(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shell, "_is_known", lambda shell, fill: fill.exec_id.endswith("1"))
    assert any("lost: " in what for what in play(1).wrong)


def test_the_tester_sees_a_state_that_cannot_be_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reel, "overtaken", lambda reel, event: iter(()))
    outcomes = play_some(1, 30)
    assert any("Different" in what for outcome in outcomes for what in outcome.wrong)
