"""A test message through every channel, at once and past the outbox: does it get through?"""

import asyncio
from collections.abc import Callable, Sequence
from types import ModuleType

import msgspec

from openbell.config.alerts import Channel
from openbell.edges.alerts.letter import Fault, Letter
from openbell.run.alerts.courier import LONGEST_S, Reach, reaches


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
    whys = await asyncio.gather(*(_one(reach, title, now) for reach in found))
    tried: list[Tried] = []
    for reach, why in zip(found, whys, strict=True):
        number = sum(one.channel == reach.name for one in tried) + 1
        tried.append(Tried(channel=reach.name, kind=channels[reach.name].kind, number=number, why=why))
    return tried


async def _one(reach: Reach, title: str, now: int) -> str:
    letter = Letter(
        mark=f"test-{now}-{reach.lane}", number=0, ts=now, level="info", kind="system", event="test",
        title=f"[TEST] {title}: test", text=f"A test of {reach.name}: this channel works.",
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST_S):
            await reach.module.send(reach.options, letter, reach.target)
    except Fault as fault:
        return str(fault)
    except TimeoutError:
        return "no answer in time"
    return ""
