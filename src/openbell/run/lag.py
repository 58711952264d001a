"""The event loop's lag: how much later than planned a pause ends.

A loop that lags must add no risk.
"""

import asyncio

from openbell.core.types import NS

STEP_S = 0.05
LIMIT_NS = NS // 4
"""More lag than this stops new risk."""
CALM_NS = 2 * NS
"""So long without such a lag, and the loop counts as well again."""


class Lag:
    """Watches the running loop.

    Attributes:
        worst: Longest lag so far, ns. strained: The lag (ns) that began the strain that lasts; 0 while all is well.
    """

    def __init__(self, limit: int = LIMIT_NS) -> None:
        """Allow a lag of `limit` ns."""
        self.limit = limit
        self.worst = 0
        self.strained = 0
        self._calm = 0

    def note(self, lag: int, span: int) -> bool:
        """Note a lag (ns) at the end of a pause of `span` (ns).

        Return True where the strain began or ended.
        """
        self.worst = max(self.worst, lag)
        if lag > self.limit:
            self._calm = 0
            begins = not self.strained
            self.strained = self.strained or lag
            return begins
        self._calm += span
        if self.strained and self._calm >= CALM_NS:
            self.strained = 0
            return True
        return False

    async def step(self) -> bool:
        """Pause once, and note how late the pause ended."""
        loop = asyncio.get_running_loop()
        due = loop.time() + STEP_S
        await asyncio.sleep(STEP_S)
        return self.note(int((loop.time() - due) * NS), int(STEP_S * NS))
