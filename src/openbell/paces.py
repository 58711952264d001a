"""How often something may happen: one rule for whoever counts."""

from collections import deque
from collections.abc import Callable, Hashable

from openbell.core.types import MINUTE_NS, NS


class Pace:
    """A window of one minute for each name."""

    def __init__(self, now: Callable[[], int], most_names: int) -> None:
        """Count nothing yet; `now` tells ns. Of more than `most_names` the one that came least lately is forgotten."""
        self._now, self._most_names = now, most_names
        self._times: dict[Hashable, deque[int]] = {}

    def wait(self, name: Hashable, most: int) -> int:
        """Return 0 and count once more, or how many seconds are left until it may happen again.

        Args:
            name: Of what happens.
            most: How often it may in a minute.
        """
        now = self._now()
        times = self._times.pop(name, None) or deque()
        while times and now - times[0] >= MINUTE_NS:
            times.popleft()
        # Put back at the end: who comes often stays known the longest.
        self._times[name] = times
        if len(self._times) > self._most_names:
            del self._times[next(iter(self._times))]
        if len(times) >= most:
            return max(1, -(-(MINUTE_NS - (now - times[0])) // NS))
        times.append(now)
        return 0
