"""A budget of weighted requests, with a reserve that only cancels may touch.

Its level is kept in a `pot`, which several processes may share; the caller tells the time.
"""

from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Protocol

from openbell.core.types import NS
from openbell.edges.brokers.failures import RateLimited
from openbell.edges.brokers.pot import Busy, Level, Own, Shared, place

CANCEL, OPENING, EXIT, ENTRY, QUERY, BULK = range(6)
"""Priorities, most urgent first; the last is for what can wait, such as history.

An opening may use what is kept for cancels: without a line there are none. Where the broker asked for a pause it waits
like the rest, because who goes on asking is shut out.
"""
_AGAIN_NS = NS // 100
_AHEAD_NS = 60 * NS
"""A level of a time so far ahead was kept by a clock that has been set back since."""
OTHERS = "this address was refused for asking too often, as another run was told"
"""Why nothing may be sent, where this process was not told itself."""


class Pot(Protocol):
    """Keeps a level."""

    def hold(self) -> AbstractContextManager[Level]:
        """Lend the level, to be read and changed by nobody else meanwhile."""


class Budget:
    """A bucket that fills at a steady rate.

    Attributes:
        rate: Requests a second. burst: Most that can be saved up. reserve: The part that only cancels may use.
        why: Why nothing at all may be sent, while that is so.
    """

    def __init__(self, rate: int, burst: int, reserve: int, pot: Pot | None = None, doubt: int = 0) -> None:
        """Begin full, or with what is left in `pot`.

        Where that cannot be read, nothing is sent for `doubt` (ns): nobody knows whether the broker has shut us out.
        """
        self.rate = rate
        self.burst = burst
        self.reserve = reserve
        # Counted in billionths of a request, so that refilling is exact.
        self._pot: Pot = pot if pot is not None else Own(burst * NS)
        self._doubt = doubt
        self.why = OTHERS
        # As of the last look, and what the level could not be told because another process held it.
        self._shut_until = self._untold = 0
        step = (burst - reserve) // 10
        self._floors = (0, 0, reserve, reserve + step, reserve + 2 * step, reserve + 4 * step)

    def wait(self, priority: int, now: int, weight: int = 1) -> int:
        """Return how long (ns) a request of some weight must wait at `now` (ns), 0 if it may go."""
        try:
            with self._pot.hold() as level:
                self._fill(level, now)
                return self._missing(level, priority, now, weight)
        except Busy:
            return self._unknown(priority, now)

    def take(self, priority: int, now: int, weight: int = 1) -> int:
        """Take a request out of the budget and return 0, or return how long (ns) it must wait.

        What others of this key do at the same instant is counted: between look and leap nobody else takes anything.
        """
        try:
            with self._pot.hold() as level:
                self._fill(level, now)
                missing = self._missing(level, priority, now, weight)
                if not missing:
                    level.left -= weight * NS
                return missing
        except Busy:
            return self._unknown(priority, now)

    def heed(self, left: int, now: int) -> None:
        """Go down to what the broker says is left: others may use this key."""
        # Where somebody hangs with the level in hand, the next answer says it again.
        with suppress(Busy), self._pot.hold() as level:
            self._fill(level, now)
            level.left = min(level.left, left * NS)

    def obey(self, failure: RateLimited, now: int) -> None:
        """Send nothing for as long as the broker said at `now` (ns), or nothing but cancels."""
        if failure.is_shut:
            self.shut(now + failure.retry_ns, str(failure))
        else:
            self.pause(now + failure.retry_ns)

    def pause(self, until: int) -> None:
        """Send nothing but cancels before `until` (ns), as the broker said."""
        with suppress(Busy), self._pot.hold() as level:
            level.closed_until = max(level.closed_until, until)

    def shut(self, until: int, why: str) -> None:
        """Send nothing before `until` (ns), in no process.

        The broker refuses everything, in words that are `why`, and shuts out for longer who goes on.
        """
        self.why = why
        self._untold = max(self._untold, until)
        with suppress(Busy), self._pot.hold() as level:
            self._tell(level)

    def shut_until(self, now: int) -> int:
        """Return until when (ns) nothing at all may be sent at `now` (ns), 0 where something may.

        Any process on this key may have been told so, or one before this.
        """
        with suppress(Busy), self._pot.hold() as level:
            self._fill(level, now)
        until = max(self._shut_until, self._untold)
        if until > now:
            return until
        self.why = OTHERS
        return 0

    def _missing(self, level: Level, priority: int, now: int, weight: int) -> int:
        # The less urgent leaves room for the more urgent, in other processes too.
        short = (self._floors[priority] + weight) * NS - level.left
        # Cancels try even where the broker takes no new orders for a while: it may have room for them.
        pause = 0 if priority == CANCEL else level.closed_until - now
        return max(-(-short // self.rate) if short > 0 else 0, pause, level.shut_until - now, 0)

    def _fill(self, level: Level, now: int) -> None:
        if level.spoilt:
            level.at, level.shut_until = now, now + self._doubt
            self.why, level.spoilt = level.spoilt, ""
        self._tell(level)
        if level.at - now > _AHEAD_NS:
            # Who is shut out stays so for as long as was left of it: to ask sooner would make it longer.
            level.shut_until = max(level.shut_until - (level.at - now), 0)
            level.at, level.closed_until = now, min(level.closed_until, now)
            self._shut_until = level.shut_until
        if now > level.at:
            if level.at:
                level.left = min(level.left + (now - level.at) * self.rate, self.burst * NS)
            level.at = now

    def _tell(self, level: Level) -> None:
        """Write down what the broker said while another process held the level; remember what others wrote."""
        if not level.spoilt:
            self._shut_until = level.shut_until = max(level.shut_until, self._untold)
            self._untold = 0

    def _unknown(self, priority: int, now: int) -> int:
        """Return the wait (ns) where nobody knows what is left: cancels go at once, but where we are shut out."""
        return max(0 if priority == CANCEL else _AGAIN_NS, max(self._shut_until, self._untold) - now)


def shared(limits: dict[str, int], folder: Path | None, broker: str, key: str) -> Budget:
    """Return the budget of a key: one for all processes where there is a folder for it.

    Args:
        limits: A broker's `LIMITS`; `doubt` is in seconds.
        folder: Of shared budgets, None to keep it in this process.
        broker: Its name.
        key: What the broker counts by.

    Raises:
        OSError: The shared file cannot be opened.
    """
    pot = Shared(place(folder, broker, key), limits["burst"] * NS) if folder is not None else None
    return Budget(limits["rate"], limits["burst"], limits["reserve"], pot, limits.get("doubt", 0) * NS)


def tell_shut(limits: dict[str, int], folder: Path, broker: str, key: str, until: int) -> None:
    """Let no process of this user send anything on a key before `until` (ns).

    For who has no budget of its own: what is shared is told, and not asked. The other arguments are those of `shared`.

    Raises:
        OSError: The shared file cannot be opened or written.
    """
    pot = Shared(place(folder, broker, key), limits["burst"] * NS)
    try:
        with pot.hold() as level:
            # Of a level that cannot be read nothing is left, so that it can be begun anew from here.
            level.spoilt, level.shut_until = "", max(level.shut_until, until)
    except Busy:
        raise OSError(f"what is left of the budget of {broker} is held by another process") from None
    finally:
        pot.close()
