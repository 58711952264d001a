"""`openbell drill`."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from openbell.cli.drill import _maker
from openbell.cli.shell.failure import REFUSED, Wrong
from openbell.run import assemble
from tests.cli.process import Said

Caller = Callable[..., Said]


def test_each_trigger_is_rehearsed_and_status_shows_when(call: Caller, config: Path, finished: Path) -> None:
    before = call("status", finished, "--json").data["drills"]
    assert {one["ts"] for one in before.values()} == {None}
    said = call("drill", config, "--json")
    assert (said.code, said.data["is_good"]) == (0, True)
    assert set(said.data["triggers"]) == set(before)
    state = config.parent / "drilled"
    call("run", config, "--state", state, "--json")
    drills = call("status", state, "--json").data["drills"]
    assert all(one["is_good"] and one["ts"] for one in drills.values())
    assert "kill triggers last rehearsed" in call("status", state).out


def test_a_lost_disk_is_rehearsed_and_the_doctor_says_when(call: Caller, config: Path) -> None:
    before = [line for line in call("doctor", "quick", config).out.splitlines() if "backup: " in line]
    assert before[0].startswith("warn  backup: never restored")
    said = call("drill", config, "--json").data["restore"]
    assert (said["is_good"], "the same orders and money" in said["told"]) == (True, True)
    after = [line for line in call("doctor", "quick", config).out.splitlines() if "backup: " in line]
    assert after[0].startswith("ok    backup: restored in a rehearsal on 20")


def test_real_money_is_refused_without_a_flag(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = SimpleNamespace(mode="live")
    loaded = SimpleNamespace(config=SimpleNamespace(accounts={"main": account}))
    monkeypatch.setattr(assemble, "read", lambda *_: (loaded, None))
    with pytest.raises(Wrong, match="trades real money") as refused:
        _maker(config, may_be_live=False)
    assert refused.value.code == REFUSED


def test_a_state_that_names_no_file_cannot_be_rehearsed(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    said = call("drill", tmp_path)
    assert (said.code, "name a file" in said.err) == (2, True)
