"""The address that goes red: at once, with what is unwell, and green again when it is well."""

import asyncio
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openbell.core.book import LatchState
from openbell.core.contact import Contact
from openbell.core.types import DAY_NS, NS
from openbell.edges.alerts.outbox import NAME, Outbox
from openbell.run import guardian
from openbell.run import state as states
from openbell.run.alerts import siren
from openbell.run.alerts.desk import acknowledge
from openbell.run.alerts.notifier import BEAT
from openbell.run.alerts.told import Told
from openbell.run.clock import FakeClock, WallClock
from openbell.run.pulse import Pulse, read_pulse, write_pulse
from openbell.run.web import wellbeing
from openbell.run.web.scene import Scene
from tests.run import test_shell
from tests.run.alerts.stage import NOW, market, notifier
from tests.run.test_shell import Rig, at_venue, until
from tests.run.web.stage import Stage, home_with, on_stage, played, running

REST = threading.Event()
STALE = LatchState(kind="stale", scope="instrument:AAA", release="evidence", reason="", ts=0)
CASES: dict[str, Callable[[Any], None]] = {
    "disk": lambda truth: setattr(truth, "is_disk_healthy", False),
    "line_down": lambda truth: truth.contacts.update(main=Contact(is_up=True, is_ready=False)),
    "clock": lambda truth: truth.contacts.update(main=Contact(is_up=True, is_ready=True, apart="the clock is off")),
    "data_stale": lambda truth: truth.latches.update({"stale/instrument:AAA": STALE}),
    "mismatch": lambda truth: truth.mismatched.update({"main/AAA": "it has 3, we 2"}),
    "unprotected": lambda truth: truth.exposed.update({"cross/AAA": 1}),
}


def now() -> int:
    return WallClock().now()


def sign(scene: Scene) -> int:
    """Return when the engine gave its last sign of life, UTC ns."""
    pulse = read_pulse(scene.folder)
    assert pulse is not None
    return pulse.ts


def what(scene: Scene, ts: int) -> list[str]:
    scene.feel()
    return [one["what"] for one in wellbeing.faults(scene, ts)]


@pytest.mark.parametrize("case", CASES)
def test_what_is_unwell_in_a_run_is_named(tmp_path: Path, case: str) -> None:
    scene = Scene(shutil.copytree(played(), tmp_path / "small"))
    with running(scene.folder):
        assert what(scene, sign(scene)) == []
        CASES[case](scene.follower.book.truth)
        assert what(scene, sign(scene)) == [case]
    # Where nobody runs it and it said farewell, what it last knew is no news.
    write_pulse(scene.folder, Pulse(pid=1, epoch=9, seq=1, count=2, ts=now(), is_closed=True))
    assert what(scene, now()) == []
    scene.close()


@pytest.mark.parametrize(("why", "text"), [("", ""), ("418 banned", ": 418 banned")])
def test_F55_a_line_that_is_down_says_why(tmp_path: Path, why: str, text: str) -> None:
    scene = Scene(shutil.copytree(played(), tmp_path / "small"))
    with running(scene.folder):
        scene.feel()
        scene.follower.book.truth.contacts["main"] = Contact(is_up=False, why=why)
        assert [one["text"] for one in wellbeing.faults(scene, sign(scene))] == [f"main: the order line is down{text}"]
    scene.close()


def test_an_engine_that_gives_no_sign_is_silent_and_one_that_died_is_gone(tmp_path: Path) -> None:
    scene = Scene(shutil.copytree(played(), tmp_path / "small"))
    with running(scene.folder):
        ts = sign(scene)
        assert what(scene, ts + wellbeing.SILENT_NS - 1) == []
        assert what(scene, ts + wellbeing.SILENT_NS) == ["engine_silent"]
    assert what(scene, now()) == ["engine_gone"]
    assert what(scene, now() + DAY_NS) == []
    scene.close()


def test_it_is_red_as_soon_as_the_line_is_cut_while_what_is_held_is_still_guarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small enough for the standard limits.
    monkeypatch.setattr(test_shell, "FILE", test_shell.FILE.replace("per_position: 20%", "per_position: 5%"))

    async def cut(rig: Rig) -> None:
        shell = rig.shell()

        async def play() -> None:
            await until(shell, lambda: shell.book.truth.contacts["main"].is_ready)
            while not any(one.qty for one in shell.book.all_positions()):
                bars = shell.loop.bars
                rig.market.play(1)
                await until(shell, lambda bars=bars: shell.loop.bars > bars)  # type: ignore[misc]  # bound early
            scene = Scene(rig.folder / "state")
            while scene.follower.look() or not any(one.qty for one in scene.follower.book.all_positions()):
                await asyncio.to_thread(WallClock().sleep, NS // 1000)
            held = [one.qty for one in scene.follower.book.all_positions()]
            assert what(scene, sign(scene)) == []
            rig.server.cut(rig.server.clients)
            # Record by record, for the line is soon up again: it is red at the very one that tells of the cut.
            while scene.follower.book.truth.contacts["main"].is_up:
                await asyncio.to_thread(WallClock().sleep, NS // 1000)
                scene.follower.look(1)
            assert "line_down" in what(scene, sign(scene))
            # Nothing has happened to the holding, and the engine still gives the sign that the guardian waits for.
            assert [one.qty for one in scene.follower.book.all_positions()] == held
            assert scene.follower.book.truth.exposed == {}
            scene.close()

        await rig.while_running(shell, play())

    at_venue(tmp_path, cut)


def test_without_its_guardian_a_run_at_a_venue_outside_is_unwell(tmp_path: Path) -> None:
    async def play(rig: Rig) -> None:
        shell = rig.shell()
        await rig.while_running(shell, until(shell, lambda: shell.book.truth.contacts["main"].is_ready))

    at_venue(tmp_path, play)
    scene = Scene(tmp_path / "state")
    while scene.follower.look():
        pass
    with running(scene.folder):
        assert "guardian_gone" not in what(scene, now())
        watch = guardian.Guardian(scene.folder, tmp_path / "leases", {}, lambda _: None, now)
        assert "guardian_gone" not in what(scene, now())
        watch.journal.close()
        assert "guardian_gone" in what(scene, now())
    scene.close()


def test_a_notifier_that_is_gone_and_a_siren_are_named_until_somebody_has_seen_it(tmp_path: Path) -> None:
    made = market(tmp_path, "[{url: 'http://127.0.0.1:1/x'}]")
    one = notifier(made, FakeClock(NOW))
    with one.outbox.change():
        one.desk.take(Told(event="kill_switch", level="critical", seq=1, index=1, ts=NOW, fields={"text": "x"}), NOW)
        one.outbox.keep(BEAT, str(NOW).encode())
    one.close()
    scene = Scene(made.state)

    def named(ts: int) -> list[str]:
        scene.feel()
        return [fault["what"] for fault in wellbeing.unheard(scene, ts)]

    with running(scene.folder):
        assert named(NOW + NS) == []
        assert named(NOW + wellbeing.SILENT_NS) == ["notifier_gone"]
        assert named(NOW + siren.AFTER_NS) == ["notifier_gone", "siren"]
        with Outbox(made.state) as outbox:
            outbox.keep(BEAT, str(NOW + siren.AFTER_NS).encode())
            acknowledge(outbox, (), "me", NOW)
        assert named(NOW + siren.AFTER_NS) == []
    scene.close()


def test_S2_099_the_address_answers_503_and_names_what_is_unwell_to_who_may_read_alone(tmp_path: Path) -> None:
    home = home_with(tmp_path, "small")

    async def looked(stage: Stage) -> None:
        status, body, _ = await stage.ask("GET", "/health", None, {})
        assert (status, body) == (200, {"status": "green", "faults": []})
        # An engine that was killed leaves its last sign of life, and no farewell.
        write_pulse(home / "small", Pulse(pid=os.getpid(), epoch=9, seq=1, count=3, ts=now()))
        assert not states.runner(home / "small")
        while (await stage.ask("GET", "/health", None, {}))[0] == 200:
            await asyncio.to_thread(REST.wait, 0.25)
        status, body, _ = await stage.ask("GET", "/health", None, {})
        assert (status, body) == (503, {"status": "red", "faults": []})
        await stage.come_in()
        status, body, _ = await stage.ask("GET", "/health")
        (fault,) = body["faults"]
        assert (status, fault["state"], fault["what"]) == (503, "small", "engine_gone")

    on_stage(home, looked)


def test_messages_that_cannot_be_read_are_unwell_and_nothing_else_is(tmp_path: Path) -> None:
    made = market(tmp_path, "[{url: 'http://127.0.0.1:1/x'}]")
    (made.state / NAME).write_bytes(b"not a database" * 100)
    scene = Scene(made.state)
    with running(scene.folder):
        scene.feel()
        (fault,) = wellbeing.unheard(scene, NOW)
        assert fault["what"] == "notifier_gone"
        assert fault["text"] == f"nobody carries its messages: {NAME} cannot be used: file is not a database"
    scene.close()
