"""The control room in a terminal, driven key by key."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import DataTable, Static

from openbell.cli.shell.board import TABLES, Board, Sure, rows_of, will_of
from openbell.run import state as states
from openbell.run.clock import WallClock
from openbell.run.web.desk import OwnDesk, Unreachable
from tests.run.web.stage import home_with


def driven(board: Board, act: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (150, 50)) -> None:
    async def play() -> None:
        async with board.run_test(size=size) as pilot:
            await pilot.pause()
            await act(pilot)

    asyncio.run(play())


def cells(board: Board, name: str) -> list[list[str]]:
    table = board.query_one(f"#{name}", DataTable)
    return [[str(cell) for cell in table.get_row_at(n)] for n in range(table.row_count)]


def test_the_essentials_of_a_run_stand_on_one_screen(tmp_path: Path) -> None:
    board = Board(OwnDesk(home_with(tmp_path, "small") / "small", WallClock()))

    async def act(_: Pilot[None]) -> None:
        shown = board.shown
        (account,) = cells(board, "accounts")
        assert account[0] == "main" and account[1] == f"{shown['accounts']['main']['equity']} USD"
        head = str(board.query_one("#head", Static).render())
        assert "PAPER · SIMULATED" in head and "no engine runs it" in head
        assert len(cells(board, "limits")) == sum(one["state"] != "off" for one in shown["limits"].values()) > 3
        assert [row[1] for row in cells(board, "positions")] == [one["symbol"] for one in shown["positions"].values()]
        assert len(cells(board, "alerts")) == min(len(shown["alerts"]), 50)
        assert {name: len(board.query_one(f"#{name}", DataTable).columns) for name in TABLES} == {
            name: len(columns) for name, columns in TABLES.items()
        }
        drawn = board.export_screenshot()
        for word in ("Accounts", "Positions", "Orders", "Limits", "Alerts", "STOP", "Quit"):
            assert word in drawn

    driven(board, act)


def test_stop_needs_two_keys_and_says_before_what_it_does(tmp_path: Path) -> None:
    folder = home_with(tmp_path, "small") / "small"
    board = Board(OwnDesk(folder, WallClock()))

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("S")
        assert not isinstance(board.screen, Sure), "the second key alone does nothing"
        await pilot.press("s")
        assert isinstance(board.screen, Sure)
        said = str(board.screen.query_one("#sure-will", Static).render())
        assert said.replace("\n", " ") == will_of(board.shown)
        await pilot.press("s", "enter", "escape")
        assert not isinstance(board.screen, Sure) and not list(states.commands(folder))
        await pilot.press("s")
        await pilot.press("S")
        await board.workers.wait_for_complete()
        assert "kill" in str(board.query_one("#note", Static).render())

    driven(board, act)
    ((_, command),) = list(states.commands(folder))
    assert command is not None and (command.kind, command.tier, command.scope) == ("kill", 3, "all")
    assert command.actor.startswith("terminal ")


def test_what_cannot_be_had_is_said_and_old_figures_stay_marked_as_old(tmp_path: Path) -> None:
    class Gone:
        def __init__(self, desk: OwnDesk) -> None:
            self.is_gone, self._desk = False, desk

        def look(self) -> dict[str, Any]:
            if self.is_gone:
                raise Unreachable("the server does not answer")
            return self._desk.look()

        def stop(self) -> str:
            raise Unreachable("the server does not answer")

    desk = Gone(OwnDesk(home_with(tmp_path, "small") / "small", WallClock()))
    board = Board(desk)

    async def act(pilot: Pilot[None]) -> None:
        desk.is_gone = True
        await board.look()
        note = board.query_one("#note", Static)
        assert "NOT OF NOW: the server does not answer" in str(note.render()) and note.has_class("bad")
        assert cells(board, "accounts"), "the last figures stay"
        await pilot.press("s")
        await pilot.press("S")
        await board.workers.wait_for_complete()
        assert "openbell kill --close" in board.told

    driven(board, act)


def test_rows_have_as_many_cells_as_their_table(tmp_path: Path) -> None:
    shown = OwnDesk(home_with(tmp_path, "small") / "small", WallClock()).look()
    for name, rows in rows_of(shown).items():
        assert all(len(row) == len(TABLES[name]) for row in rows), name
