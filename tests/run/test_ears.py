"""All ways in which a run hears its operator."""

from pathlib import Path

import pytest

from openbell.core.effects import Alert, Effect
from openbell.core.events import Command
from openbell.edges.journal import Fenced, Journal, OsDisk, open_journal, take_lease
from openbell.run import state
from openbell.run.clock import FakeClock
from openbell.run.ears import LEASE_NS, Ears, ears_of
from openbell.run.pulse import read_pulse
from tests.core import build


class Run:
    """A journal, ears, and what was heard."""

    def __init__(self, folder: Path) -> None:
        state.make(folder)
        self.folder = folder
        self.journal: Journal = open_journal(state.journal(folder))[0]
        self.clock = FakeClock(10**18)
        self.heard: list[Command] = []
        self.signals: list[str] = []
        self.says: list[Effect] = []
        self.ears: Ears = ears_of(folder, self.journal, self.obey, self.clock, self.signals, build.book())

    def obey(self, command: Command) -> list[Effect]:
        self.heard.append(command)
        return self.says

    def close(self) -> None:
        self.ears.close()
        self.journal.close()


@pytest.fixture
def run(tmp_path: Path):  # type: ignore[no-untyped-def]  # a generator fixture
    made = Run(tmp_path / "s")
    yield made
    made.close()


def leave(run: Run, kind: str, **fields: object) -> None:
    made = Command(ts=0, id=f"{kind}-{len(run.heard)}", kind=kind, actor="me", **fields)  # type: ignore[arg-type]  # a command's own
    state.leave_command(run.folder, made)


def test_every_trigger_ends_as_a_command_that_names_it(run: Run) -> None:
    run.signals.append("SIGUSR2")
    (run.folder / "KILL").touch()
    leave(run, "kill")
    run.ears.listen()
    assert [(one.actor, one.tier) for one in run.heard] == [("signal SIGUSR2", 3), ("kill file", 2), ("me", None)]
    run.ears.listen()
    assert len(run.heard) == 3


def test_a_stop_is_remembered_with_what_it_asks_for(run: Run) -> None:
    leave(run, "stop", close=True)
    run.ears.listen()
    assert run.ears.stop is not None
    assert run.ears.stop.close


def test_it_gives_a_sign_of_life_and_a_last_one(run: Run) -> None:
    run.ears.listen()
    pulse = read_pulse(run.folder)
    assert pulse is not None
    assert (pulse.epoch, pulse.is_closed) == (run.journal.epoch, False)
    run.ears.close()
    pulse = read_pulse(run.folder)
    assert pulse is not None
    assert pulse.is_closed
    run.ears = ears_of(run.folder, run.journal, run.obey, run.clock, run.signals, build.book())


def test_B25_a_later_lease_ends_it_before_it_takes_another_word(run: Run) -> None:
    run.ears.listen()
    take_lease(OsDisk(state.journal(run.folder)))
    leave(run, "resume")
    run.clock.sleep(LEASE_NS)
    with pytest.raises(Fenced):
        run.ears.listen()
    assert run.heard == []


def test_a_kill_of_the_last_tier_is_taken_and_then_nothing_more(run: Run) -> None:
    leave(run, "kill", tier=4)
    with pytest.raises(Fenced):
        run.ears.listen()
    assert [one.tier for one in run.heard] == [4]
    assert not list((run.folder / "commands").glob("*.json"))


def test_the_socket_tells_what_came_of_a_command(run: Run) -> None:
    run.says = [Alert(level="error", key="enable/e1", text="enable of all is refused: no cause")]
    told = run.ears.take(Command(ts=0, id="e1", kind="enable", actor="me"))
    assert (told["told"], told["is_refused"]) == (["enable of all is refused: no cause"], True)
    run.says = []
    assert not run.ears.take(Command(ts=0, id="k1", kind="kill", actor="me"))["is_refused"]


def test_a_severing_word_by_the_socket_is_answered_and_ends_it_at_the_next_look(run: Run) -> None:
    assert run.ears.take(Command(ts=0, id="k", kind="kill", actor="me", tier=4))["told"] == []
    with pytest.raises(Fenced):
        run.ears.listen()


def test_without_a_socket_the_files_still_work(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("openbell.run.ears.Hatch", fail)
    ears = ears_of(run.folder, run.journal, run.obey, run.clock, run.signals, build.book())
    leave(run, "kill")
    ears.listen()
    assert (ears.hatch, len(run.heard)) == (None, 1)
