"""Requests that the venue has refused for certain, and for no fault of theirs: they go once more. Pure.

A stamp that the venue's clock does not take, or a share of requests that is used up, says of an order only that it
was not carried out. An exit that ended there would be lost by a clock step; so it goes again, under its own id, and
not more often than told here. What may have been carried out never comes here.
"""

import msgspec

from openbell.core import events as ev
from openbell.edges.brokers.budget import CANCEL, ENTRY, EXIT
from openbell.edges.brokers.failures import BadRequest, Failure, RateLimited, Transient
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.words import withdrawn

MOST_STAMPS, MOST_PAUSES = 1, 3
"""How often a request goes once more behind a stamp that was refused, and behind pauses that the venue asked for."""


class Again:
    """What was refused for certain in one connection, and waits for the venue's time before it goes once more."""

    def __init__(self, account: str, mail: Mail) -> None:
        """Line up in `mail` for the account that we call so."""
        self._account = account
        self._mail = mail
        self._held: list[tuple[Request, list[ev.Event]]] = []

    @property
    def is_waiting(self) -> bool:
        """True while something waits for the venue's time."""
        return bool(self._held)

    def proves(self, told: ev.Event) -> bool:
        """Return False for the absence of an order that has not left yet."""
        if not isinstance(told, ev.OrderUpdate) or told.happening != "absent":
            return True
        held = (one for one, _ in self._held)
        return not self._mail.waits(told.oid, "submit") and all(one.oid != told.oid for one in held)

    def takes(self, request: Request, failure: Failure | None, refusal: list[ev.Event]) -> bool:
        """Take a request that was refused; return False for one that ends with its `refusal`.

        Behind a stamp that was refused it waits for the venue's time. Behind a pause it waits in line like the rest,
        where it takes risk away: an entry of a minute ago is another one.
        """
        if request.op == "amend":
            return False
        if isinstance(failure, Transient) and request.refusals < MOST_STAMPS:
            self._held.append((request, refusal))
            return True
        is_paced = isinstance(failure, RateLimited) and (failure.is_shut or request.priority != CANCEL)
        if is_paced and request.priority in (CANCEL, EXIT) and request.refusals < MOST_PAUSES:
            self._line_up(request)
            return True
        return False

    def release(self, *, is_up: bool) -> list[ev.Event]:
        """Line up what waits, now that the venue's time is known; return the refusals of what does not go.

        Args:
            is_up: What adds risk goes only where the line is up: a clock that is far off takes it down.
        """
        held, self._held = self._held, []
        found: list[ev.Event] = []
        for request, refusal in held:
            if request.op == "submit" and request.priority == ENTRY and not is_up:
                found += refusal
                continue
            try:
                self._line_up(request)
            except BadRequest:
                found += refusal
        return found

    def give_up(self) -> list[ev.Event]:
        """Return the refusals of all that waits: nothing of it was carried out."""
        held, self._held = self._held, []
        return [event for _, refusal in held for event in refusal]

    def take_back(self, oid: str, now: int) -> list[ev.Event]:
        """Return the end of an order that has not left, or was refused, at `now` (ns); nothing for one that has."""
        if self._mail.withdraw(oid):
            return [withdrawn(self._account, oid, now)]
        found = [event for one, refusal in self._held if (one.op, one.oid) == ("submit", oid) for event in refusal]
        self._held = [row for row in self._held if (row[0].op, row[0].oid) != ("submit", oid)]
        return found

    def _line_up(self, request: Request) -> None:
        self._mail.ask(msgspec.structs.replace(request, refusals=request.refusals + 1))
