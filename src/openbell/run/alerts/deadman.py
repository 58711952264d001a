"""Calls an address while the engine is well; whoever watches that hears the silence."""

import asyncio
from collections.abc import Callable

from openbell.config.alerts import DeadMan
from openbell.core.types import NS
from openbell.edges.alerts.letter import Fault
from openbell.edges.alerts.posting import Post, post


class Pings:
    """Calls again and again.

    Attributes:
        why: Why the last call failed, empty where it did not. count: Calls that got through.
    """

    def __init__(self, terms: DeadMan, is_well: Callable[[], bool]) -> None:
        """Call as `terms` say, while `is_well`."""
        self.why, self.count = "", 0
        self._terms, self._is_well = terms, is_well

    async def run(self) -> None:
        """Call, for ever; a call that fails is simply followed by the next."""
        while True:
            if self._is_well():
                await self._call()
            await asyncio.sleep(self._terms.every / NS)

    async def _call(self) -> None:
        try:
            await post(Post(url=self._terms.url, method="GET"))
        except Fault as fault:
            self.why = str(fault)
        else:
            self.why, self.count = "", self.count + 1
