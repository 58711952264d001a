"""Sessions of calendars, as the `Schedule` events tell them. The core reads no calendar."""

import msgspec

from openbell.core.events import Schedule


class Session(msgspec.Struct, kw_only=True):
    """The latest session of one calendar.

    Attributes:
        calendar: Which. date: Session date, ISO, empty before the first.
        open, close: Bounds, ns. is_open: False once its closing event has passed.
        goes_on: True where the next session begins the moment this one ends.
    """

    calendar: str
    date: str = ""
    open: int = 0
    close: int = 0
    is_open: bool = False
    goes_on: bool = False

    def holds(self, open_ts: int) -> bool:
        """Return True if a bar that opens at `open_ts` (ns) belongs to this session."""
        return self.open <= open_ts < self.close

    def is_auction(self, open_ts: int) -> bool:
        """Return True for the row stamped at the close: the closing auction."""
        return open_ts == self.close and self.date != ""


def apply_schedule(session: Session, event: Schedule) -> bool:
    """Take over what a `Schedule` says and return True when a new session begins."""
    begins = event.is_open and event.date != session.date
    if not event.is_open and event.date != session.date:
        return False  # The end of a session that another one has already followed.
    session.date, session.open, session.close = event.date, event.open, event.close
    session.is_open, session.goes_on = event.is_open, event.goes_on
    return begins
