"""Asking for a whole account.

The executions that may be missing, page by page, then the state behind them. Pure.
"""

import msgspec

from openbell.core import events as ev
from openbell.edges.brokers.failures import Failure, OutcomeUnknown
from openbell.edges.brokers.fields import whole
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.plain import codec
from openbell.edges.brokers.request import Body, Request
from openbell.edges.brokers.words import failed_state

PAGE = 500
"""Executions asked for at once."""
_MOST_ROUNDS = 5
"""Times executions are asked for again because some came between the two halves."""


class Memory(msgspec.Struct, kw_only=True):
    """What outlives a connection.

    Attributes:
        after: Executions before this instant (ns) are not asked for. seen: Number of the last one behind no gap.
        offset: The venue's clock less ours, ns, as last measured.
    """

    after: int
    seen: int = 0
    offset: int = 0


class Snapshot:
    """One question about a whole account at a time."""

    def __init__(self, name: str, memory: Memory, mail: Mail) -> None:
        """Ask through `mail` for the account that we call `name`."""
        self.name = name
        self.memory = memory
        self.mail = mail
        self._asked_at = 0
        self._rounds = 0

    def begin(self, now: int, *, is_known: bool) -> list[ev.Event]:
        """Ask for everything at `now` (ns), unless that is under way.

        A line that is not known yet has no answer.
        """
        if not is_known:
            return [failed_state(self.name, now, "the line is not up")]
        if not self._asked_at:
            self._asked_at, self._rounds = now, 0
            self._ask_executions()
        return []

    def _ask_executions(self) -> None:
        body = {"since": self.memory.seen, "after": self.memory.after, "limit": PAGE}
        self.mail.ask(Request(op="executions", body=body))

    def give_up(self, why: str) -> list[ev.Event]:
        """Say that the answer could not be had, if one was asked for."""
        asked_at, self._asked_at = self._asked_at, 0
        return [failed_state(self.name, asked_at, why)] if asked_at else []

    def told(self, asked: Asked, body: Body, failure: Failure | None) -> list[ev.Event]:
        """Take half of a snapshot: the executions, page by page, or the state behind them."""
        if not self._asked_at:
            return []
        if failure is not None:
            return self.give_up(str(failure))
        try:
            if asked.request.op == "executions":
                return self._told_executions(body)
            return self._told_state(asked, body)
        except OutcomeUnknown as unknown:
            return self.give_up(str(unknown))

    def _told_executions(self, body: Body) -> list[ev.Event]:
        done, following, is_more = body.get("executions"), whole(body, "next"), body.get("more")
        if not isinstance(done, list) or not isinstance(is_more, bool):
            raise OutcomeUnknown("executions without a list")
        found: list[ev.Event] = [codec.execution(item, self.name) for item in done if isinstance(item, dict)]
        if len(found) != len(done):
            raise OutcomeUnknown("executions that are none")
        self.memory.seen = max(self.memory.seen, following)
        if is_more:
            self._ask_executions()
        else:
            self.mail.ask(Request(op="state", body={"nested": True}))
        return found

    def _told_state(self, asked: Asked, body: Body) -> list[ev.Event]:
        # By our clock: not before the venue says it was so, and not later than we asked.
        as_of = min(asked.sent, whole(body, "as_of") - self.memory.offset)
        last = whole(body, "last_execution")
        state = codec.listed(body, self.name, as_of)
        if last > self.memory.seen and self._rounds < _MOST_ROUNDS:
            # Executions came between the two halves.
            self._rounds += 1
            self._ask_executions()
            return []
        self._asked_at = 0
        return [state]
