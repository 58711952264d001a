"""A small recorded run, and a notifier for it whose channels are servers of this machine."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from openbell.config.alerts import Alerts
from openbell.edges.alerts.outbox import Outbox, Row
from openbell.run import assemble
from openbell.run.alerts.notifier import Notifier
from openbell.run.alerts.watch import Kept, Watch
from openbell.run.clock import FakeClock
from tests.checklist.market import FLAT, LONG, Market, config, rows

NOW = 1_700_000_000_000_000_000
TRADED = ((100, LONG), 100, (103, FLAT), 103, 103)
"""Opens, and closes with a gain of three."""


def market(folder: Path, alerts: str, bars: tuple[object, ...] = TRADED, **fields: object) -> Market:
    """Return a run that has ended, whose file has these alerts."""
    made = Market(folder, config(head=f"alerts: {alerts}", **fields), rows(list(bars)))
    made.live()
    return made


def terms(made: Market) -> Alerts:
    """Return what the file says of alerts."""
    return assemble.read(made.file, {})[0].config.alerts


def notifier(made: Market, clock: FakeClock | None = None) -> Notifier:
    """Return a notifier of a run."""
    loaded, found = assemble.read(made.file, {})
    return Notifier(made.state, loaded.config.alerts, found.channels, clock or FakeClock(NOW))


async def carried(made: Notifier, is_enough: Callable[[], bool] = lambda: True) -> None:
    """Let a notifier follow to the end and carry what is lined up."""

    def is_over() -> bool:
        return made.courier.is_done and is_enough()

    async with asyncio.timeout(30):
        await made.run(is_over)


def history(state: Path) -> list[Row]:
    """Return what was told, the oldest first."""
    with Outbox(state) as outbox:
        return outbox.history.rows(most=10_000)[::-1]


def watched(made: Market, most: int = 10_000) -> list[tuple[str, dict[str, str]]]:
    """Return happenings and fields that a run's journal tells."""
    watch = Watch(made.state, Kept())
    try:
        return [(one.event, one.fields) for one in watch.look(most)]
    finally:
        watch.close()
