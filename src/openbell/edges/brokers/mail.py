"""Requests on their way: what waits for the budget, what waits for its answer.

What is remembered for a late one.

Pure; the caller tells the time.
"""

import heapq
from collections import OrderedDict

import msgspec

from openbell.core.codes import Code
from openbell.edges.brokers.budget import ENTRY, Budget
from openbell.edges.brokers.failures import BadRequest
from openbell.edges.brokers.request import Request

LATE = 2_000
"""Unanswered requests that are remembered after their time-out, so that a late answer still counts."""
MOST = 100
"""Orders that wait for the budget, beyond which none that adds risk is lined up; exits and cancels always are."""
ONCE = ("cancel", "clock")
"""Requests that are not lined up twice about the same: who has to wait for long asks again and again."""
_IDLE_NS = 1_000_000_000


class Asked(msgspec.Struct, kw_only=True):
    """A request with its id. `sent` is when it left, ns; 0 while it waits for the budget."""

    id: int
    request: Request
    sent: int = 0


class Mail:
    """The requests of one connection."""

    def __init__(self, budget: Budget) -> None:
        """Pace by `budget`."""
        self.budget = budget
        self._number = 0
        self._queue: list[tuple[int, int, Asked]] = []
        self._asked: dict[int, Asked] = {}
        self._late: OrderedDict[int, Asked] = OrderedDict()

    def ask(self, request: Request) -> None:
        """Line a request up, the most urgent first and among equals the oldest.

        Raises:
            BadRequest: It is a new order that adds risk, and too many wait already; it has not left.
        """
        if request.op in ONCE and self.waits(request.oid, request.op):
            return
        is_entry = request.op == "submit" and request.priority == ENTRY
        if is_entry and sum(priority <= ENTRY for priority, _, _ in self._queue) >= MOST:
            text = f"{MOST} orders wait for the rate budget already; this one was not sent"
            raise BadRequest(text, Code.ORDER_RATE)
        if request.op == "amend":
            self._forget(request)
        self._number += 1
        heapq.heappush(self._queue, (request.priority, self._number, Asked(id=self._number, request=request)))

    def _forget(self, request: Request) -> None:
        """Let go of what was asked of the same kind about the same order before.

        What became of that has been asked about since: its answer would be taken for the answer to this.
        """
        for table in (self._asked, self._late):
            before = [no for no, one in table.items() if (one.request.op, one.request.oid) == (request.op, request.oid)]
            for number in before:
                del table[number]

    def waiting(self, op: str) -> list[Request]:
        """Return the requests of one kind that have not left, in the order in which they will."""
        return [one.request for _, _, one in sorted(self._queue, key=lambda row: row[:2]) if one.request.op == op]

    def waits(self, oid: str, op: str) -> bool:
        """Return True while such a request about an order has not left."""
        return any((one.request.oid, one.request.op) == (oid, op) for _, _, one in self._queue)

    def concerns(self, oid: str, op: str) -> bool:
        """Return True while such a request about an order has not left, or has no answer."""
        under_way = (one.request for one in self._asked.values())
        return self.waits(oid, op) or any((one.oid, one.op) == (oid, op) for one in under_way)

    def withdraw(self, oid: str) -> bool:
        """Take a new order out of the line; return False where none of this name waits in it."""
        kept = [row for row in self._queue if (row[2].request.op, row[2].request.oid) != ("submit", oid)]
        if len(kept) == len(self._queue):
            return False
        heapq.heapify(kept)
        self._queue = kept
        return True

    def next_out(self, now: int) -> Asked | None:
        """Return the next request to send, None while there is none that may go."""
        if not self._queue:
            return None
        request = self._queue[0][2].request
        if self.budget.take(request.priority, now, request.weight) > 0:
            return None
        _, _, asked = heapq.heappop(self._queue)
        asked.sent = now
        self._asked[asked.id] = asked
        return asked

    def wait(self, now: int) -> int:
        """Return how long (ns) until a waiting request may go, a second where none waits."""
        if not self._queue:
            return _IDLE_NS
        request = self._queue[0][2].request
        return self.budget.wait(request.priority, now, request.weight)

    def is_late(self, number: int) -> bool:
        """Return True for a request whose answer was given up, and would still be recognised."""
        return number in self._late

    def answered(self, number: int) -> Asked | None:
        """Return what an answer belongs to, once.

        None for the second copy of it, or for one to nothing we asked.
        """
        return self._asked.pop(number, None) or self._late.pop(number, None)

    def overdue(self, before: int) -> list[Asked]:
        """Return what left before that instant (ns) and has no answer.

        A late one will still be recognised.
        """
        found = [asked for asked in self._asked.values() if asked.sent < before]
        for asked in found:
            del self._asked[asked.id]
            self._late[asked.id] = asked
        while len(self._late) > LATE:
            self._late.popitem(last=False)
        return found

    def clear(self) -> list[Asked]:
        """Forget everything and return what was neither answered nor given up."""
        found = [*self._asked.values(), *(asked for _, _, asked in sorted(self._queue, key=lambda item: item[:2]))]
        self._asked.clear()
        self._queue.clear()
        self._late.clear()
        return found
