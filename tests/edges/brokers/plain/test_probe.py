"""An account at the plain venue is asked for, and nothing is ordered or fenced."""

import asyncio
from pathlib import Path

from openbell.edges.brokers import plain
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.plain.probe import probe
from tests.edges.brokers.plain.test_guard import Place
from tests.wire.plain.stand import running

ASKED = (plain.LIMITS, Access(now=lambda: 0))


def test_a_venue_that_is_there_is_reached_and_its_engine_is_not_fenced(tmp_path: Path) -> None:
    async def scene() -> tuple[str, str, bool]:
        async with running(tmp_path) as (hands, _, _base):
            await hands.hello(1)
            good = await probe(Place(hands.base), "paper", *ASKED)
            other = await probe(Place(hands.base), "live", *ASKED)
            return good, other, (await hands.order("late"))["ok"]

    good, other, is_taken = asyncio.run(scene())
    assert (good, is_taken) == ("", True)
    assert other.startswith("the venue refuses us: ")


def test_a_venue_that_is_not_there_is_told() -> None:
    assert "Cannot connect" in asyncio.run(probe(Place("ws://127.0.0.1:9/v1"), "paper", *ASKED))
