"""One question about a whole account, asked in parts. Pure."""

from typing import Any, Protocol

from openbell.core import events as ev
from openbell.edges.brokers.failures import Failure, OutcomeUnknown
from openbell.edges.brokers.mail import Asked, Mail
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.words import failed_state

Step = tuple[list[ev.Event], Request | None]
"""What a part of the answer means, and what is asked next: None once the last event is the whole state."""


class Parts(Protocol):
    """What a broker's answer consists of."""

    def begin(self, now: int) -> Request:
        """Forget what was told and return the first part to ask for at `now` (ns)."""

    def told(self, asked: Asked, body: Any) -> Step:
        """Take the next part.

        Raises:
            OutcomeUnknown: It is not what was asked for.
        """


class Snapshot:
    """One question at a time."""

    def __init__(self, account: str, parts: Parts, mail: Mail) -> None:
        """Ask through `mail` for the account that we call so."""
        self._account = account
        self._parts = parts
        self._mail = mail
        self._asked_at = 0
        self._awaited: Request | None = None

    def _ask(self, request: Request | None) -> None:
        """Ask for the next part: from now on this one's answer alone counts."""
        self._awaited = request
        if request is not None:
            self._mail.ask(request)

    def begin(self, now: int) -> None:
        """Ask for everything at `now` (ns), unless that is under way."""
        if self._awaited is None:
            self._asked_at = now
            self._ask(self._parts.begin(now))

    def is_waiting_for(self, asked: Asked) -> bool:
        """Return True if the answer goes on with this one."""
        return asked.request is self._awaited

    def give_up(self, why: str) -> list[ev.Event]:
        """Say that the answer could not be had, if one was asked for."""
        if self._awaited is None:
            return []
        self._ask(None)
        return [failed_state(self._account, self._asked_at, why)]

    def told(self, asked: Asked, body: Any, failure: Failure | None = None) -> list[ev.Event]:
        """Take the next part of the answer, or why it was refused.

        A late answer to a question that was given up is no part of the one that was asked since.
        """
        if not self.is_waiting_for(asked):
            return []
        if failure is not None:
            return self.give_up(str(failure))
        try:
            found, following = self._parts.told(asked, body)
        except OutcomeUnknown as unknown:
            return self.give_up(str(unknown))
        self._ask(following)
        return found
