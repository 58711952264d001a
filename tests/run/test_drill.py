"""Rehearsals of kills: each trigger on a simulated run, what counts as passed, where results are kept."""

from pathlib import Path

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.run import drill
from openbell.run.drill import TRIGGERS, judge, rehearse
from tests.core import build as b
from tests.run.small import prepare, write

NOW = 1_700_000_000 * 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", list(TRIGGERS))
def test_every_trigger_passes_on_a_sound_run(folder: Path, name: str) -> None:
    outcome = rehearse(name, lambda: prepare(folder / "small.yaml"), folder / "scratch", NOW)
    assert outcome.is_good, outcome.told
    assert "none that adds risk behind it" in outcome.told


def test_S1_117_a_trigger_that_is_not_heard_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drill.triggers, "kill_file", lambda folder: None)
    outcome = rehearse("kill file", lambda: prepare(folder / "small.yaml"), folder / "scratch", NOW)
    assert not outcome.is_good
    assert "no kill by kill file is on record" in outcome.told


def test_risk_added_behind_a_kill_fails_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = b.submit("buy", 1)
    log = [(b.command("kill", n=1, actor="x"), []), (b.bar(2, 1.0), [entry])]
    told = [drill.entries.__globals__["Entry"](n + 1, *pair) for n, pair in enumerate(log)]
    monkeypatch.setattr(drill, "entries", lambda _: told)
    faults, _ = judge(tmp_path, "x")
    assert faults == [f"{entry.oid} added risk behind it", "it was not done by the end"]
    assert isinstance(log[0][0], ev.Command)
    assert not isinstance(entry, fx.Cancel)
