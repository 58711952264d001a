"""What lasts for a while at a front, and how far its clock is off."""

from collections.abc import Callable

from openbell.wire.log import Log
from openbell.wire.mischief import LASTING, Outcome


class Windows:
    """Faults that last, by a front's own clock.

    Attributes:
        log: Each beginning is written down. skew: The front's clock is so far ahead, ns. lag: Of announcements, ns.
    """

    def __init__(self, log: Log, now: Callable[[], int]) -> None:
        """Begin with none; `now` tells UTC time in ns."""
        self.log = log
        self.skew = 0
        self._now = now
        self._until = dict.fromkeys((*LASTING, "lags"), 0)
        self._lag = 0

    @property
    def time(self) -> int:
        """The front's clock, UTC ns."""
        return self._now() + self.skew

    @property
    def lag(self) -> int:
        """How much later announcements come, ns."""
        return self._lag if self.is_during("lags") else 0

    def is_during(self, what: str) -> bool:
        """Return True while a fault of that kind lasts: one of `LASTING`, or lags."""
        return self._now() < self._until[what]

    def left(self, what: str) -> int:
        """Return how long (ns) it still lasts."""
        return max(self._until[what] - self._now(), 0)

    def open(self, outcome: Outcome) -> None:
        """Begin what an outcome brings."""
        for what in self._until:
            span = getattr(outcome, what)
            if span:
                self._until[what] = self._now() + span
                self.log.write(self.time, "fault", {"what": what, "lasts": span})
        self._lag = outcome.lag or self._lag
        self.skew += outcome.skew

    def close(self) -> None:
        """End everything that lasts, and set the clock right."""
        self._until = dict.fromkeys(self._until, 0)
        self.skew = 0
