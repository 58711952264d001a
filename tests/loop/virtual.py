"""An event loop whose time passes only where nothing else is left to do.

It is asyncio's own loop with another selector: where that would wait for the system, time jumps to the next timer. So a
run takes as long as its work, and the same work is done in the same order every time.
"""

import asyncio
import math
import selectors
from typing import Any

from openbell.core.types import NS

EPOCH = 1_700_000_000 * NS
"""UTC time (ns) at which every run begins."""


class Stuck(Exception):
    """Nothing will ever happen any more, and something still waits."""


class _Jumps(selectors.SelectSelector):
    """Waits for nothing; tells how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck(f"at {self.at} ns")
        if timeout > 0:
            self.at += max(math.ceil(timeout * NS), 1)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop.

    Attributes:
        network: Carries what is connected here; set before anything is.
        troubles: What nobody caught, in words.
    """

    network: Any

    def __init__(self) -> None:
        """Begin at 0."""
        self._jumps = _Jumps()
        super().__init__(self._jumps)
        self.troubles: list[str] = []
        self.set_exception_handler(lambda _, context: self.troubles.append(_words(context)))

    @property
    def at(self) -> int:
        """Time since the run began, ns."""
        return self._jumps.at

    def time(self) -> float:
        """Return the time since the run began, seconds."""
        return self._jumps.at / NS

    def now(self) -> int:
        """Return UTC time, ns."""
        return EPOCH + self._jumps.at

    def stall(self, span: int) -> None:
        """Let time (ns) go by in which nothing runs, as a call that blocks does."""
        self._jumps.at += span

    async def pause(self, span: int) -> None:
        """Wait for `span` ns."""
        done = self.create_future()
        timer = self.call_later(max(span, 1) / NS, lambda: done.done() or done.set_result(None))
        try:
            await done
        finally:
            timer.cancel()

    async def sock_connect(self, sock: Any, address: Any) -> None:
        """Reach an address of the simulated network; the socket itself is never used."""
        await self.network.reach(address)

    async def create_connection(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        """Join a protocol to what listens at the address reached last."""
        options["sock"].close()
        protocol = protocol_factory()
        return self.network.join(protocol), protocol


def _words(context: dict[str, Any]) -> str:
    error = context.get("exception")
    return f"{context['message']}: {type(error).__name__} {error}" if error is not None else str(context["message"])
