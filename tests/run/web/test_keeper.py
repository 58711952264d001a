"""States come, go, and are sometimes none."""

import shutil
from pathlib import Path

import pytest

from openbell.edges.web.ports import UnknownState
from openbell.run import state as states
from openbell.run.web.keeper import Keeper
from tests.run.web.stage import home_with


def test_states_are_found_and_forgotten(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "none")
    keeper.find()
    assert keeper.scenes == {}
    keeper = Keeper(home_with(tmp_path, "a"))
    keeper.find()
    (tmp_path / "notes.txt").write_text("not a state", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    home_with(tmp_path, "b")
    keeper.find()
    first = keeper.scene("a")
    assert set(keeper.scenes) == {"a", "b"}
    keeper.find()
    assert keeper.scene("a") is first
    shutil.rmtree(tmp_path / "b")
    keeper.find()
    assert set(keeper.scenes) == {"a"}
    keeper.feel()
    keeper.tick()
    keeper.close()


def test_named_states_alone_are_shown(tmp_path: Path) -> None:
    home_with(tmp_path, "a", "b")
    keeper = Keeper(tmp_path, (tmp_path / "b",))
    keeper.find()
    assert set(keeper.scenes) == {"b"}
    with pytest.raises(UnknownState, match="there is no state 'a'; there are: b"):
        keeper.scene("a")
    keeper.close()


def test_a_journal_that_cannot_be_read_is_told_as_such(tmp_path: Path) -> None:
    states.journal(tmp_path / "odd").mkdir(parents=True)
    keeper = Keeper(tmp_path)
    keeper.find()
    with pytest.raises(UnknownState, match="no first record"):
        keeper.scene("odd")
