"""Requests that were refused for certain, and for no fault of theirs, go once more. Pure.

A stamp that the venue's clock does not take, or a share of requests that is used up, says of an order only that it
was not carried out. An exit that ended there would be lost by a clock step; so it goes again, under its own id, and
not more often than told here. What may have been carried out never comes here. What waits longer than a moment is
looked after as well: it is not absent while it waits, and what adds risk does not wait for a venue that is shut.
"""

import msgspec

from openbell.core import events as ev
from openbell.edges.brokers.budget import CANCEL, ENTRY, EXIT
from openbell.edges.brokers.failures import BadRequest, Failure, RateLimited, Transient
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.words import refused, withdrawn

MOST_STAMPS, MOST_PAUSES = 1, 3
"""How often a request goes once more behind a stamp that was refused, and behind pauses that the venue asked for."""


class Again:
    """What waits in one connection, for the venue's time or for its leave."""

    def __init__(self, account: str, mail: Mail, visibility: int) -> None:
        """Line up in `mail` for the account that we call so.

        A new order may stay invisible at the venue for `visibility` (ns).
        """
        self._account = account
        self._mail = mail
        self._visibility = visibility
        self._held: list[tuple[Request, list[ev.Event]]] = []
        self._waiting: set[str] = set()
        self._left: dict[str, int] = {}

    @property
    def is_waiting(self) -> bool:
        """True while something waits for the venue's time."""
        return bool(self._held)

    def look(self, now: int) -> None:
        """Note at `now` (ns) which new orders have not left, and when those did that had to wait."""
        waiting = {one.oid for one in self._mail.waiting("submit")} | self._withheld()
        self._left |= dict.fromkeys(self._waiting - waiting, now)
        self._left = {oid: at for oid, at in self._left.items() if now - at < self._visibility}
        self._waiting = waiting

    def proves(self, told: ev.Event) -> bool:
        """Return False for the absence of an order that has not left yet, or has only just.

        The engine sent it long ago and counts from then; it left when its turn came.
        """
        if not isinstance(told, ev.OrderUpdate) or told.happening != "absent":
            return True
        doubted = self._waiting | self._left.keys() | self._withheld()
        return told.oid not in doubted and not self._mail.waits(told.oid, "submit")

    def takes(self, request: Request, failure: Failure | None, refusal: list[ev.Event]) -> bool:
        """Take a request that was refused; return False for one that ends with its `refusal`.

        Behind a stamp that was refused it waits for the venue's time. Behind a pause it waits in line like the rest,
        where it takes risk away: an entry of a minute ago is another one. What is to be cancelled goes nowhere.
        """
        is_unwanted = request.op == "submit" and self._mail.concerns(request.oid, "cancel")
        if request.op == "amend" or is_unwanted:
            return False
        if isinstance(failure, Transient) and request.refusals < MOST_STAMPS:
            self._held.append((request, refusal))
            return True
        is_paced = isinstance(failure, RateLimited) and (failure.is_shut or request.priority != CANCEL)
        if is_paced and request.priority in (CANCEL, EXIT) and request.refusals < MOST_PAUSES:
            self._line_up(request)
            return True
        return False

    def release(self, *, is_open: bool) -> list[ev.Event]:
        """Line up what waits, now that the venue's time is known.

        Return the refusals of what does not go.

        Args:
            is_open: What adds risk goes only where it is True: the line is up, and the clock not far off.
        """
        held, self._held = self._held, []
        found: list[ev.Event] = []
        for request, refusal in held:
            if request.op == "submit" and request.priority == ENTRY and not is_open:
                found += refusal
                continue
            try:
                self._line_up(request)
            except BadRequest:
                found += refusal
        return found

    def give_up(self) -> list[ev.Event]:
        """Return the refusals of all that waits for the time: nothing of it was carried out."""
        held, self._held = self._held, []
        return [event for _, refusal in held for event in refusal]

    def drop_entries(self, why: Failure) -> list[ev.Event]:
        """Take new orders that add risk out of the line, and return that they are refused."""
        entries = [one.oid for one in self._mail.waiting("submit") if one.priority == ENTRY]
        return [refused(self._account, oid, "submit", why) for oid in entries if self._mail.withdraw(oid)]

    def take_back(self, oid: str, now: int) -> list[ev.Event]:
        """Return the end at `now` (ns) of an order that has not left, nothing for any other."""
        if self._mail.withdraw(oid):
            return [withdrawn(self._account, oid, now)]
        ended = [row for row in self._held if (row[0].op, row[0].oid) == ("submit", oid)]
        self._held = [row for row in self._held if row not in ended]
        return [event for _, refusal in ended for event in refusal]

    def _withheld(self) -> set[str]:
        return {one.oid for one, _ in self._held if one.op == "submit"}

    def _line_up(self, request: Request) -> None:
        self._mail.ask(msgspec.structs.replace(request, refusals=request.refusals + 1))
