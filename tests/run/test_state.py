import os
import stat

import pytest

from openbell.core.events import Command
from openbell.run import state


def test_home_is_the_variable_or_a_folder_in_the_user_s_home(tmp_path):
    assert state.home({"OPENBELL_HOME": str(tmp_path)}) == tmp_path
    assert state.home({"HOME": "/somewhere"}).parts[-1] == ".openbell"


def test_newest_is_the_state_whose_journal_was_written_last(tmp_path):
    environment = {"OPENBELL_HOME": str(tmp_path)}
    with pytest.raises(state.NoState, match="openbell demo"):
        state.newest(environment)
    for age, name in enumerate(("old", "new")):
        folder = state.journal(tmp_path / name)
        folder.mkdir(parents=True)
        os.utime(folder, ns=(age * 10**9, age * 10**9))
    assert state.newest(environment).name == "new"


def test_existing_says_what_to_do_when_nothing_is_there(tmp_path):
    with pytest.raises(state.NoState, match="--state"):
        state.existing(tmp_path)
    state.journal(tmp_path).mkdir()
    assert state.existing(tmp_path) == tmp_path


def test_create_never_hands_out_the_same_directory_twice_and_lets_nobody_else_in(tmp_path):
    environment = {"OPENBELL_HOME": str(tmp_path)}
    one = state.create(environment, "demo", 5 * 10**9)
    two = state.create(environment, "demo", 5 * 10**9)
    assert (one.name, two.name) == ("demo-5", "demo-6")
    assert stat.S_IMODE(one.stat().st_mode) == 0o700


def test_origin_is_written_once(tmp_path):
    assert state.read_origin(tmp_path) == state.Origin()
    state.write_origin(tmp_path, state.Origin(file="a.yaml", folder="f", started=1))
    state.write_origin(tmp_path, state.Origin(file="b.yaml"))
    assert state.read_origin(tmp_path).file == "a.yaml"


def test_commands_wait_in_order_and_an_unreadable_one_is_named(tmp_path):
    for name in ("2", "1"):
        state.leave_command(tmp_path, Command(ts=0, id=name, kind="kill", actor="me", reason="why", close=True))
    (tmp_path / "commands" / "3.json").write_text("{half")
    found = list(state.commands(tmp_path))
    assert [path.stem for path, _ in found] == ["1", "2", "3"]
    assert found[0][1] == Command(ts=0, id="1", kind="kill", actor="me", reason="why", close=True)
    assert found[2][1] is None


def test_no_commands_folder_means_no_commands(tmp_path):
    assert list(state.commands(tmp_path / "nowhere")) == []
