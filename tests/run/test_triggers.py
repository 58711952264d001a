"""What waits in a state directory: the kill file, commands, and kills by signal."""

from pathlib import Path

import pytest

from openbell.core.events import Command
from openbell.run import state, triggers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    state.make(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "tier", "reason"),
    [
        ("", 2, "kill file"),
        ("3", 3, "kill file"),
        ("3 the market fell over\n", 3, "the market fell over"),
        ("stop it now", 2, "stop it now"),
        ("7", 2, "7"),
        ("\x00\xff", 2, "\x00\xff"),
    ],
)
def test_a_kill_file_is_a_kill_whatever_it_holds(folder: Path, text: str, tier: int, reason: str) -> None:
    (folder / triggers.KILL_FILE).write_text(text, encoding="utf-8")
    found = triggers.kill_file(folder)
    assert found is not None
    command = found.command
    assert (command.kind, command.actor, command.tier, command.reason) == ("kill", "kill file", tier, reason)


def test_a_kill_file_that_was_taken_is_kept_under_another_name_and_asks_once(folder: Path) -> None:
    (folder / triggers.KILL_FILE).touch()
    (word,) = triggers.waiting(folder)
    word.done()
    assert list(triggers.waiting(folder)) == []
    assert (folder / "KILL.taken").exists()
    word.done()


def test_a_second_kill_file_is_another_command(folder: Path) -> None:
    (folder / triggers.KILL_FILE).touch()
    (first,) = triggers.waiting(folder)
    first.done()
    (folder / triggers.KILL_FILE).write_text("again", encoding="utf-8")
    (second,) = triggers.waiting(folder)
    assert first.command.id != second.command.id


def test_one_that_cannot_be_read_is_a_kill_too(folder: Path) -> None:
    (folder / triggers.KILL_FILE).mkdir()
    found = triggers.kill_file(folder)
    assert found is not None
    assert found.command.tier == 2
    assert "cannot be read" in found.command.reason


def test_the_kill_file_comes_before_commands_and_those_oldest_first(folder: Path) -> None:
    for name in ("2", "1"):
        state.leave_command(folder, Command(ts=0, id=name, kind="pause", actor="me"))
    (folder / triggers.KILL_FILE).touch()
    assert [word.command.kind for word in triggers.waiting(folder)] == ["kill", "pause", "pause"]
    words = list(triggers.waiting(folder))
    assert [word.command.id for word in words[1:]] == ["1", "2"]
    for word in words:
        word.done()
    assert list(triggers.waiting(folder)) == []


def test_a_command_that_cannot_be_read_is_set_aside(folder: Path) -> None:
    (folder / "commands" / "1.json").write_text("{", encoding="utf-8")
    assert list(triggers.waiting(folder)) == []
    assert (folder / "commands" / "1.unreadable").exists()


def test_each_signal_is_a_command_of_its_own_that_names_it() -> None:
    one, two = triggers.signalled(1, "SIGUSR1", 2), triggers.signalled(2, "SIGUSR1", 2)
    assert (one.kind, one.actor, one.tier, one.id != two.id) == ("kill", "signal SIGUSR1", 2, True)


def test_only_the_last_tier_severs() -> None:
    made = [Command(ts=0, id="x", kind="kill", actor="me", tier=tier) for tier in (None, 0, 3, 4)]
    assert [triggers.is_severing(command) for command in made] == [False, False, False, True]
    assert not triggers.is_severing(Command(ts=0, id="x", kind="stop", actor="me", tier=4))


def test_an_order_left_as_a_file_is_set_aside_and_never_sent(folder: Path) -> None:
    change = '{"symbol":"AAA","side":"buy","qty":"1"}'
    state.leave_command(folder, Command(ts=0, id="o", kind="order", actor="me", scope="deployment:a", change=change))
    assert list(triggers.waiting(folder)) == []
    assert [path.suffix for path in (folder / "commands").iterdir()] == [".unreadable"]
