"""Sessions, one-time codes, and how often somebody may ask.

All in memory: a restart ends every session.
"""

import hmac
import secrets
from collections.abc import Callable

import msgspec

from openbell.core.types import MINUTE_NS, NS
from openbell.paces import Pace

IDLE_NS, LONGEST_NS = 30 * MINUTE_NS, 720 * MINUTE_NS
"""A session ends when nobody used it for so long, or so long after it began."""
STEPPED_UP_NS = 5 * MINUTE_NS
"""How long a second proof of who it is counts."""
SETUP_NS = 15 * MINUTE_NS
TICKET_NS = 30 * NS
"""How long a ticket for the socket works; it works once."""
MOST_SESSIONS = 64
MOST_EACH = 5
"""Sockets, and tickets for them, of one session or token."""
MOST_SOURCES = 4096
"""Addresses whose questions are counted; the oldest are forgotten first."""


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has been let in: by a session, or (without one) by a token."""

    name: str
    scopes: tuple[str, ...]
    session: "Session | None" = None

    @property
    def key(self) -> str:
        """What is theirs alone is counted under this."""
        return self.session.id if self.session is not None else self.name


class Session(msgspec.Struct, kw_only=True):
    """One browser that has been let in; instants in UTC ns."""

    id: str
    csrf: str
    scopes: tuple[str, ...]
    began: int
    used: int
    stepped_up: int = 0


class Sessions:
    """Everybody who is in now."""

    def __init__(self, now: Callable[[], int]) -> None:
        """Begin with nobody; `now` tells UTC ns."""
        self._now = now
        self._open: dict[str, Session] = {}
        self._tickets: dict[str, tuple[int, Who]] = {}

    def begin(self, scopes: tuple[str, ...], *, is_stepped_up: bool) -> Session:
        """Let somebody in, under a new id; where there are too many, the one unused longest goes."""
        now = self._now()
        session = Session(
            id=secrets.token_urlsafe(32), csrf=secrets.token_urlsafe(32), scopes=scopes, began=now, used=now,
            stepped_up=now if is_stepped_up else 0,
        )  # fmt: skip
        if len(self._open) >= MOST_SESSIONS:
            del self._open[min(self._open.values(), key=lambda one: one.used).id]
        self._open[session.id] = session
        return session

    def find(self, key: str) -> Session | None:
        """Return the session of an id, used now; None where it is unknown or over."""
        session, now = self._open.get(key), self._now()
        if session is None:
            return None
        if now - session.used > IDLE_NS or now - session.began > LONGEST_NS:
            del self._open[key]
            return None
        session.used = now
        return session

    def end(self, key: str) -> None:
        """End a session."""
        self._open.pop(key, None)

    def end_all(self) -> None:
        """End every session and every ticket."""
        self._open.clear()
        self._tickets.clear()

    def is_stepped_up(self, session: Session) -> bool:
        """Return True if a session has proved who it is within the last minutes."""
        return bool(session.stepped_up) and self._now() - session.stepped_up <= STEPPED_UP_NS

    def step_up(self, session: Session) -> None:
        """Note that a session has just proved who it is."""
        session.stepped_up = self._now()

    def ticket(self, who: Who) -> str:
        """Return a ticket with which a socket is opened once."""
        now = self._now()
        self._tickets = {key: one for key, one in self._tickets.items() if now - one[0] <= TICKET_NS}
        # Each has its own: who asks for many takes nobody else's.
        mine = [key for key, (_, one) in self._tickets.items() if one.key == who.key]
        for key in mine[: max(len(mine) + 1 - MOST_EACH, 0)]:
            del self._tickets[key]
        ticket = secrets.token_urlsafe(32)
        self._tickets[ticket] = (now, who)
        return ticket

    def admit(self, ticket: str) -> Who | None:
        """Return whose ticket this is and take it back; None where it is unknown or too old."""
        since, who = self._tickets.pop(ticket, (0, None))
        return who if who is not None and self._now() - since <= TICKET_NS else None


class OneTimeCode:
    """A code that somebody at this machine reads and types; it works once, for a while."""

    def __init__(self, now: Callable[[], int], lasts: int = SETUP_NS) -> None:
        """Make one that lasts so long, ns."""
        self.text = secrets.token_urlsafe(18)
        self._now, self._until = now, now() + lasts
        self._is_used = False

    def again(self) -> "OneTimeCode":
        """Make it good once more, for as long as it was good before, and return it."""
        self._is_used = False
        return self

    def is_like(self, text: str) -> bool:
        """Return True if it is this one, in time, and was not taken yet."""
        is_right = hmac.compare_digest(self.text.encode(), text.encode())
        return is_right and not self._is_used and self._now() <= self._until

    def take(self, text: str) -> bool:
        """Return True if it is this one, in time, for the first time."""
        if not self.is_like(text):
            return False
        self._is_used = True
        return True


class Paces:
    """How often an address may ask, a window of one minute for each kind of question."""

    def __init__(self, now: Callable[[], int], most: dict[str, int]) -> None:
        """Allow `most` questions a minute by kind."""
        self._most = most
        self._asked = Pace(now, MOST_SOURCES)

    def wait(self, kind: str, source: str) -> int:
        """Return 0 and count the question, or how many seconds the address has to wait."""
        return self._asked.wait((kind, source), self._most[kind])
