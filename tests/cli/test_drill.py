"""`openbell drill`."""

from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from openbell.cli.drill import _maker
from openbell.cli.shell.failure import REFUSED, Wrong
from openbell.run import assemble
from tests.cli.process import CONFIG, Said, perform

Caller = Callable[..., Said]


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """Return a home in which everything was rehearsed once, and what was said of it."""
    home, told = tmp_path_factory.mktemp("drilled"), StringIO()
    file = home / "small.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told):
        patch.setenv("OPENBELL_HOME", str(home))
        code = perform(["drill", str(file), "--json"])
    return home, Said(code, told.getvalue(), "")


def test_each_trigger_is_rehearsed_and_status_shows_when(
    call: Caller, finished: Path, drilled: tuple[Path, Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = call("status", finished, "--json").data["drills"]
    assert {one["ts"] for one in before.values()} == {None}
    home, said = drilled
    assert (said.code, said.data["is_good"]) == (0, True)
    assert set(said.data["triggers"]) == set(before)
    monkeypatch.setenv("OPENBELL_HOME", str(home))
    config, state = home / "small.yaml", home / "state"
    call("run", config, "--state", state, "--json")
    drills = call("status", state, "--json").data["drills"]
    assert all(one["is_good"] and one["ts"] for one in drills.values())
    assert "kill triggers last rehearsed" in call("status", state).out


def test_a_lost_disk_is_rehearsed_and_the_doctor_says_when(
    call: Caller, config: Path, drilled: tuple[Path, Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [line for line in call("doctor", "quick", config).out.splitlines() if "backup: " in line]
    assert before[0].startswith("warn  backup: never restored")
    home, told = drilled
    said = told.data["restore"]
    assert (said["is_good"], "the same orders and money" in said["told"]) == (True, True)
    monkeypatch.setenv("OPENBELL_HOME", str(home))
    after = [line for line in call("doctor", "quick", home / "small.yaml").out.splitlines() if "backup: " in line]
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
