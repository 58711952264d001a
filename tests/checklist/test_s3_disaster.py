"""S3, disaster recovery: a state that was lost comes back from its backup and agrees with the venue before it trades."""

import shutil
from pathlib import Path

import pytest

from openbell.core import events as ev
from openbell.run.backup import backup, restore
from tests.checklist.market import Told
from tests.run import test_shell
from tests.run.test_shell import Rig, at_venue, until


def test_a_restored_state_compares_itself_with_the_venue_and_orders_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small enough for the standard limits.
    monkeypatch.setattr(test_shell, "FILE", test_shell.FILE.replace("per_position: 20%", "per_position: 5%"))

    async def scene(rig: Rig) -> None:
        first = rig.shell()

        async def trade() -> None:
            await until(first, lambda: first.book.truth.contacts["main"].is_ready)
            for _ in range(20):
                bars = first.loop.bars
                rig.market.play(1)
                await until(first, lambda bars=bars: first.loop.bars > bars)  # type: ignore[misc]  # bound early
                if any(p.qty for p in first.book.all_positions()):
                    return

        await rig.while_running(first, trade())
        state = rig.folder / "state"
        backup(state, rig.folder / "a.backup")
        before = Told(state / "journal")
        held = {p.instrument: p.qty for p in before.book.all_positions() if p.qty}
        assert held
        # The disk is gone.
        shutil.rmtree(state)
        restore(rig.folder / "a.backup", rig.folder / "again")
        second = rig.shell("again")

        async def compare() -> None:
            await until(second, lambda: second.book.truth.contacts["main"].is_ready)

        await rig.while_running(second, compare())
        after = Told(rig.folder / "again" / "journal")
        answers = [e.event for e in after.entries[len(before.entries) :] if isinstance(e.event, ev.BrokerState)]
        # The venue was asked, its answer is what the book has, and nothing was sent again.
        assert answers
        assert {symbol: qty for symbol, qty in answers[-1].positions.items() if qty} == held
        assert (after.book.truth.mismatched, len(after.orders)) == ({}, len(before.orders))
        assert {fill.exec_id for fill in after.fills} == {fill.exec_id for fill in before.fills}

    at_venue(tmp_path, scene)
