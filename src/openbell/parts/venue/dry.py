"""The venue of a dry run.

Every order is answered REJECTED, so nothing is ever sent anywhere.
"""

from collections.abc import Iterator

from openbell.core.codes import Code
from openbell.core.effects import Effect, Submit
from openbell.core.events import Bar, Event, OrderUpdate
from openbell.parts.venue.exchange import FAR


class DryVenue:
    """Says no to every order, at once."""

    def __init__(self, account: str) -> None:
        """Answer for `account`."""
        self.account = account
        self._due: list[OrderUpdate] = []

    @property
    def due(self) -> int:
        """Next instant (ns) at which there is something to say, `FAR` for none."""
        return self._due[0].ts if self._due else FAR

    def speak(self, ts: int) -> list[Event]:
        """Return and forget every answer."""
        found, self._due = self._due, []
        return list(found)

    def is_touched(self, bar: Bar) -> bool:
        """Return False: nothing ever rests here."""
        return False

    def take(self, effect: Effect, ts: int) -> None:
        """Refuse an order; there is nothing to change or cancel."""
        if isinstance(effect, Submit):
            update = OrderUpdate(
                ts=ts, account=self.account, oid=effect.oid, happening="rejected", time=ts, code=Code.DRY_RUN
            )
            self._due.append(update)

    def heed(self, event: Event) -> None:
        """Sessions mean nothing here."""

    def work(self, bar: Bar) -> Iterator[list[Event]]:
        """Yield nothing: no order rests here."""
        yield from ()

    def snapshot(self) -> bytes:
        """Return nothing: there is no state."""
        return b""

    def restore(self, stored: bytes) -> None:
        """Take over nothing."""
