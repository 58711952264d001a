"""Asking for a whole account.

The executions that may be missing, page by page, then the state behind them. Pure.
"""

from typing import Any

import msgspec

from openbell.core import events as ev
from openbell.edges.brokers.failures import OutcomeUnknown
from openbell.edges.brokers.fields import whole
from openbell.edges.brokers.mail import Asked
from openbell.edges.brokers.plain import codec
from openbell.edges.brokers.request import Body, Request
from openbell.edges.brokers.snapshot import Step

PAGE = 500
"""Executions asked for at once."""
_MOST_ROUNDS = 5
"""Times executions are asked for again because some came between the two halves."""


class Memory(msgspec.Struct, kw_only=True):
    """What outlives a connection.

    Attributes:
        after: Executions before this instant (ns) are not asked for. seen: Number of the last one behind no gap.
        offset: The venue's clock less ours, ns, as last measured. is_apart: As in `Clocks`. deaf: As in `Hearing`.
    """

    after: int
    seen: int = 0
    offset: int = 0
    is_apart: bool = False
    deaf: int = 0


class Parts:
    """The parts of one answer."""

    def __init__(self, account: str, memory: Memory) -> None:
        """Read answers about the account that we call so."""
        self._account = account
        self._memory = memory
        self._rounds = 0

    def begin(self, now: int) -> Request:
        """Forget what was told and return the first part to ask for at `now` (ns)."""
        self._rounds = 0
        return self._executions()

    def _executions(self) -> Request:
        body = {"since": self._memory.seen, "after": self._memory.after, "limit": PAGE}
        return Request(op="executions", body=body)

    def told(self, asked: Asked, body: Any) -> Step:
        """Take the executions, page by page, or the state behind them.

        Raises:
            OutcomeUnknown: It is not what was asked for.
        """
        return self._told_executions(body) if asked.request.op == "executions" else self._told_state(asked, body)

    def _told_executions(self, body: Body) -> Step:
        done, following, is_more = body.get("executions"), whole(body, "next"), body.get("more")
        if not isinstance(done, list) or not isinstance(is_more, bool):
            raise OutcomeUnknown("executions without a list")
        found: list[ev.Event] = [codec.execution(item, self._account) for item in done if isinstance(item, dict)]
        if len(found) != len(done):
            raise OutcomeUnknown("executions that are none")
        self._memory.seen = max(self._memory.seen, following)
        return found, self._executions() if is_more else Request(op="state", body={"nested": True})

    def _told_state(self, asked: Asked, body: Body) -> Step:
        # By our clock: not before the venue says it was so, and not later than we asked.
        as_of = min(asked.sent, whole(body, "as_of") - self._memory.offset)
        last = whole(body, "last_execution")
        state = codec.listed(body, self._account, as_of)
        if last > self._memory.seen and self._rounds < _MOST_ROUNDS:
            # Executions came between the two halves.
            self._rounds += 1
            return [], self._executions()
        return [state], None
