import asyncio
from types import SimpleNamespace

import pytest

from openbell.edges.brokers.failures import AuthFailed
from openbell.run.lines import LineRefused, demand_lines


def look(end: BaseException | None, failed: Exception | None = None) -> None:
    """Look at a line whose task has ended so."""

    async def line() -> None:
        if end is not None:
            raise end

    async def quiet() -> None:
        await asyncio.Event().wait()

    async def scene() -> None:
        task, running = asyncio.create_task(line()), asyncio.create_task(quiet())
        await asyncio.wait([task])
        try:
            demand_lines({"main": SimpleNamespace(failed=failed)}, [running, task])
        finally:
            running.cancel()
            task.exception()

    asyncio.run(scene())


def test_lines_that_are_open_or_ended_in_good_order_are_well() -> None:
    look(None)


def test_a_line_that_broke_by_a_fault_of_ours_is_not_taken_for_a_quiet_one() -> None:
    with pytest.raises(IndexError, match="ours"):
        look(IndexError("ours"))


def test_a_venue_that_does_not_accept_us_ends_the_run() -> None:
    with pytest.raises(LineRefused, match="main: wrong key"):
        look(None, AuthFailed("wrong key"))
