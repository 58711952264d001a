"""Carries letters: one worker for each target, so that one that hangs delays no other."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import ModuleType
from typing import Any

import msgspec

from openbell.config.alerts import Channel
from openbell.core.types import DAY_NS, NS
from openbell.edges.alerts.letter import Fault, Never, NotNow
from openbell.edges.alerts.outbox import DROPPED, REFUSED, SENDING, SENT, WAITING, Item, Outbox
from openbell.run.alerts.desk import lane_of
from openbell.run.clock import Clock

FIRST_WAIT_NS, LONGEST_WAIT_NS = NS, 300 * NS
"""After a failure; it doubles with each further one."""
EXPIRED_NS = 3 * DAY_NS
"""What could not be sent for so long is dropped, and the history says so."""
LONGEST_S = 120.0
"""Longest time for one try, whatever a channel's own limit says, seconds."""
_NAP_S = 0.5


class Reach(msgspec.Struct, frozen=True):
    """One target: its channel's name, how that sends, its options, and the target itself."""

    name: str
    module: ModuleType
    options: Any
    target: str

    @property
    def lane(self) -> str:
        """What stands for the target in the outbox."""
        return lane_of(self.target)


class Health(msgspec.Struct, kw_only=True):
    """How a channel is.

    Since when it fails (UTC ns, 0 while it works), why, and whether that was told.
    """

    since: int = 0
    why: str = ""
    is_told: bool = False


def reaches(channels: Mapping[str, Channel], module_of: Callable[[str], ModuleType]) -> list[Reach]:
    """Return every target of every channel."""
    found = []
    for name, channel in channels.items():
        module = module_of(channel.kind)
        found += [Reach(name, module, channel.options, target) for target in module.targets(channel.options)]
    return found


class Courier:
    """Sends what is lined up, in order for each target.

    Attributes:
        health: By channel.
    """

    def __init__(self, outbox: Outbox, targets: list[Reach], clock: Clock) -> None:
        """Carry what an outbox holds to targets."""
        self.health = {one.name: Health() for one in targets}
        self._outbox, self._targets, self._clock = outbox, targets, clock
        self._bells = [asyncio.Event() for _ in targets]

    def ring(self) -> None:
        """Say that there may be something to send."""
        for bell in self._bells:
            bell.set()

    @property
    def is_done(self) -> bool:
        """True when nothing waits that could be sent now."""
        now = self._clock.now()
        first = (self._outbox.queue.first(one.name, one.lane) for one in self._targets)
        return not any(item is not None and item.next <= now for item in first)

    async def run(self) -> None:
        """Carry, for ever."""
        async with asyncio.TaskGroup() as group:
            for reach, bell in zip(self._targets, self._bells, strict=True):
                group.create_task(self._work(reach, bell))

    async def _work(self, reach: Reach, bell: asyncio.Event) -> None:
        while True:
            bell.clear()
            item = self._outbox.queue.first(reach.name, reach.lane)
            now = self._clock.now()
            if item is None or item.next > now:
                await _nap(bell)
                continue
            if now - item.wall > EXPIRED_NS:
                self._put_down(item, DROPPED, f"not sent within {EXPIRED_NS // DAY_NS} days: {item.why}")
                continue
            await self._try(reach, item)

    async def _try(self, reach: Reach, item: Item) -> None:
        # Found as one that is being sent, it was begun by a process that did not live to see its end.
        item.again = item.again or item.state == SENDING
        item.state, item.tries = SENDING, item.tries + 1
        self._outbox.queue.change(item)
        letter = msgspec.structs.replace(item.letter, is_again=item.again)
        health = self.health[reach.name]
        try:
            async with asyncio.timeout(LONGEST_S):
                await reach.module.send(reach.options, letter, reach.target)
        except Never as fault:
            self._put_down(item, REFUSED, str(fault))
        except NotNow as fault:
            self._wait(item, health, str(fault), fault.wait_s)
        except (Fault, TimeoutError) as fault:
            item.again = True
            self._wait(item, health, str(fault) or "no answer in time", None)
        except Exception as error:  # noqa: BLE001  # guard: a channel can raise anything, and must not end the others
            item.again = True
            self._wait(item, health, f"the channel failed ({type(error).__name__})", None)
        else:
            self._put_down(item, SENT, "")
            self.health[reach.name] = Health()

    def _put_down(self, item: Item, state: str, why: str) -> None:
        item.state, item.why, item.done = state, why, self._clock.now()
        self._outbox.queue.change(item)

    def _wait(self, item: Item, health: Health, why: str, wait_s: float | None) -> None:
        now = self._clock.now()
        usual = min(FIRST_WAIT_NS << min(item.tries - 1, 20), LONGEST_WAIT_NS)
        item.state, item.why = WAITING, why
        item.next = now + (int(wait_s * NS) if wait_s is not None else usual)
        self._outbox.queue.change(item)
        health.since, health.why = health.since or now, why


async def _nap(bell: asyncio.Event) -> None:
    """Wait for a bell, and not for long."""
    # Not `wait_for`: before Python 3.12 it swallows a cancel that comes together with the bell.
    with suppress(TimeoutError):
        async with asyncio.timeout(_NAP_S):
            await bell.wait()
