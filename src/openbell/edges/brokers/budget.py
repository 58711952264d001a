"""A budget of weighted requests, with a reserve that only cancels may touch.

Pure; the caller tells the time.
"""

from openbell.core.types import NS

CANCEL, EXIT, ENTRY, QUERY = 0, 1, 2, 3
"""Priorities, most urgent first."""


class Budget:
    """A bucket that fills at a steady rate.

    Attributes:
        rate: Requests a second. burst: Most that can be saved up. reserve: The part that only cancels may use.
    """

    def __init__(self, rate: int, burst: int, reserve: int) -> None:
        """Begin full."""
        self.rate = rate
        self.burst = burst
        self.reserve = reserve
        # Counted in billionths of a request, so that refilling is exact.
        self._level = burst * NS
        self._at = 0
        self._closed_until = 0

    def wait(self, priority: int, now: int, weight: int = 1) -> int:
        """Return how long (ns) a request of some weight must wait at `now` (ns), 0 if it may go."""
        self._fill(now)
        need = (weight if priority == CANCEL else self.reserve + weight) * NS
        short = need - self._level
        # Cancels try even where the broker asked for a pause: it may have room for them.
        pause = 0 if priority == CANCEL else self._closed_until - now
        return max(-(-short // self.rate) if short > 0 else 0, pause, 0)

    def spend(self, now: int, weight: int = 1) -> None:
        """Take a request of some weight out of the budget."""
        self._fill(now)
        self._level -= weight * NS

    def pause(self, until: int) -> None:
        """Send nothing but cancels before `until` (ns), because the broker said so."""
        self._closed_until = max(self._closed_until, until)

    def _fill(self, now: int) -> None:
        if now > self._at:
            if self._at:
                self._level = min(self._level + (now - self._at) * self.rate, self.burst * NS)
            self._at = now
