"""A test message through a channel, at once and past the outbox: does it get through?"""

import asyncio
from collections.abc import Callable, Sequence
from types import ModuleType

import msgspec

from openbell.config.alerts import Channel
from openbell.core.types import NS
from openbell.edges.alerts.letter import Fault, Letter
from openbell.edges.alerts.outbox import Outbox, Wish
from openbell.run.alerts.courier import LONGEST_S, Reach, reaches
from openbell.run.alerts.desk import Desk
from openbell.run.alerts.told import At
from openbell.run.clock import Clock

WISH_NS = 30 * NS
"""A wish that nobody took up for so long was meant for another moment."""
TRIED_S = 20.0
"""Longest time for one try that somebody waits for, seconds."""
_LOOK_S = 0.2


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel did.

    `number` is that of its target, from 1; `why` is empty where it was taken.
    """

    channel: str
    kind: str
    number: int
    why: str = ""


def try_out(channels: dict[str, Channel], module_of: Callable[[str], ModuleType], title: str, now: int) -> list[Tried]:
    """Send a test to every target of some channels, all at the same time; return how each did.

    Args:
        channels: By name.
        module_of: Returns the module of a kind.
        title: Of the run whose file this is.
        now: Wall time, UTC ns.
    """
    return asyncio.run(_all(reaches(channels, module_of), channels, title, now))


async def _all(found: Sequence[Reach], channels: dict[str, Channel], title: str, now: int) -> list[Tried]:
    first_line = f"[TEST] {title}: test"
    whys = await asyncio.gather(*(_one(reach, first_line, now, LONGEST_S) for reach in found))
    tried: list[Tried] = []
    for reach, why in zip(found, whys, strict=True):
        number = sum(one.channel == reach.name for one in tried) + 1
        tried.append(Tried(channel=reach.name, kind=channels[reach.name].kind, number=number, why=why))
    return tried


async def _one(reach: Reach, title: str, now: int, longest_s: float) -> str:
    """Return why a target did not take a test, empty where it did."""
    letter = Letter(
        mark=f"test-{now}-{reach.lane}", number=0, ts=now, level="info", kind="system", event="test",
        title=title, text=f"A test of {reach.name}: this channel works.",
    )  # fmt: skip
    try:
        async with asyncio.timeout(longest_s):
            await reach.module.send(reach.options, letter, reach.target)
    except Fault as fault:
        return str(fault)
    except TimeoutError:
        return "no answer in time"
    return ""


class Trying:
    """Tries what somebody wants tried from elsewhere, and writes down what came of it."""

    def __init__(self, outbox: Outbox, targets: Sequence[Reach], desk: Desk, clock: Clock) -> None:
        """Try the targets of a notifier."""
        self._outbox, self._targets, self._desk, self._clock = outbox, targets, desk, clock

    async def run(self) -> None:
        """Look for wishes and grant them, for ever; one that hangs delays no other."""
        begun = frozenset[int]()
        async with asyncio.TaskGroup() as group:
            while True:
                wishes = self._outbox.wishes.open(self._clock.now() - WISH_NS)
                new, begun = [one for one in wishes if one.id not in begun], frozenset(one.id for one in wishes)
                for wish in new:
                    group.create_task(self._grant(wish))
                await asyncio.sleep(_LOOK_S)

    async def _grant(self, wish: Wish) -> None:
        now, title = self._clock.now(), self._desk.title("test", "info")
        found = [one for one in self._targets if one.name == wish.channel]
        whys = await asyncio.gather(*(_one(reach, title, now, TRIED_S) for reach in found))
        wish.answer = msgspec.json.encode(whys).decode()
        wish.done = self._clock.now()
        text = "; ".join(f"target {n}: {why or 'taken'}" for n, why in enumerate(whys, 1)) or "there is no such channel"
        fields = {"channel": wish.channel, "actor": wish.actor, "text": text}
        with self._outbox.change():
            self._outbox.wishes.answer(wish)
            self._desk.note(At(0, now).told("channel_tried", fields, mark=f"tried-{wish.id}"), now)
