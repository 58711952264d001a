"""The writer thread: runs one piece of work when it is woken or when its time has come."""

import threading
from collections.abc import Callable

GROUP_S = 0.02
"""How long records wait for others to share their sync, in seconds, when nobody asks for them."""


class Beat:
    """A thread that works when it is woken.

    It calls `work` once in each `GROUP_S` while that returns True, and else sleeps until `wake`.
    """

    def __init__(self, work: Callable[[], bool]) -> None:
        """Start the thread, asleep."""
        self._work = work
        self._condition = threading.Condition()
        self._is_urgent = False
        self._is_stopped = False
        self.is_idle = True
        """True while nobody has announced work since the last began; read without a lock."""
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def wake(self, *, now: bool) -> None:
        """End the sleep: work at once with `now`, else after the time of one group."""
        with self._condition:
            self.is_idle = False
            self._is_urgent = self._is_urgent or now
            self._condition.notify()

    def stop(self) -> None:
        """End the thread after the work in hand and wait for it."""
        with self._condition:
            self._is_stopped = True
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        has_more = False
        while self._sleep(has_more=has_more):
            # Set before the work looks for records: one that it misses finds this set and wakes.
            self.is_idle = True
            has_more = self._work()

    def _sleep(self, *, has_more: bool) -> bool:
        """Wait for a wake unless there is more to do, then for one group's time; False when stopped."""
        with self._condition:
            if not has_more:
                self._condition.wait_for(lambda: self._is_stopped or not self.is_idle)
            self._condition.wait_for(lambda: self._is_stopped or self._is_urgent, GROUP_S)
            self._is_urgent = False
            return not self._is_stopped
