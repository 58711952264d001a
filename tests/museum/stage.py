"""The stage of every scenario: a venue that knows the truth, and tells a bot only what the scenario lets through.

Time is in seconds. One instrument, whole units, one price. What a bot asks is answered at once from the truth unless
the scenario says otherwise; what it orders is only written down: the scenario decides what becomes of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

FULL = 10
"""Units of the one position that a signal asks for."""


class Crash(Exception):
    """The bot's process dies here."""


class Message(NamedTuple):
    """What a venue says: `kind` is accepted, rejected, cancelled, cancel_refused, replaced, lost, absent, fill, link
    or state."""

    kind: str
    oid: str = ""
    venue_order: str = ""
    exec_id: str = ""
    side: str = ""
    qty: int = 0
    filled: int | None = None
    is_up: bool = True


class Ticket:
    """An order as it is at the venue."""

    def __init__(self, oid: str, side: str, qty: int, kind: str) -> None:
        self.oid, self.side, self.qty, self.kind = oid, side, qty, kind
        self.venue_order = ""
        self.filled = 0
        self.is_live = False
        self.executions: list[Message] = []

    @property
    def signed(self) -> int:
        return self.filled if self.side == "buy" else -self.filled


class Bot(Protocol):
    """What a scenario can do with a bot."""

    def wants(self, target: int, age: int = 0) -> None:
        """Let its strategy want 1 (a full position) or 0, on a bar that closed `age` seconds ago."""

    def moves(self) -> None:
        """Let its strategy want the working entry at another price."""

    def hears(self, message: Message) -> None:
        """Take what the venue says."""

    def waits(self, seconds: int) -> None:
        """Let time pass."""

    def restart(self) -> None:
        """Die, and start again from what was kept."""

    def holds(self) -> int:
        """Return the position it believes in."""


class Stage:
    """A venue and one bot."""

    def __init__(self, make: Callable[["Stage"], Bot], **options: Any) -> None:
        self.now = 0
        self.tickets: dict[str, Ticket] = {}
        self.requests: list[tuple[int, str, str]] = []
        self.executions: list[Message] = []
        self.options = options
        self.is_up = True
        self.hidden_until = 0
        self.refuses_cancels = False
        self.crashes_on_send = False
        self.is_mute = False
        self.unprotected = 0
        self.numbers = 0
        self._said: list[Message] = []
        self.bot = make(self)
        self.pump()

    # --- what a bot does ------------------------------------------------------------------------------------------

    def submit(self, oid: str, side: str, qty: int, kind: str) -> None:
        self.requests.append((self.now, "submit", oid))
        # A venue that does not refuse a second order under one id would take both; this one does refuse.
        self.tickets.setdefault(oid, Ticket(oid, side, qty, kind))
        if self.crashes_on_send:
            raise Crash

    def amend(self, oid: str, qty: int) -> None:
        self.requests.append((self.now, "amend", oid))
        if oid in self.tickets:
            self.tickets[oid].qty = qty

    def cancel(self, oid: str) -> None:
        self.requests.append((self.now, "cancel", oid))
        if self.refuses_cancels:
            self.say("cancel_refused", oid)

    def query(self, oid: str) -> None:
        """Answer what is known of an order: its executions, then its state."""
        if not self.is_up or self.is_mute:
            return
        ticket = self.tickets.get(oid)
        if ticket is None or not ticket.venue_order or self.now < self.hidden_until:
            self.say("absent", oid)
            return
        self._said += ticket.executions
        ended = "filled" if ticket.filled >= ticket.qty else "cancelled"
        self.say("accepted" if ticket.is_live or ended == "filled" else ended, oid, filled=ticket.filled)

    def query_all(self) -> None:
        """Answer all executions, then position and open orders."""
        if self.is_up and not self.is_mute:
            self._said += self.executions
            self._said.append(Message("state", qty=self.position))

    # --- what happens at the venue --------------------------------------------------------------------------------

    @property
    def last(self) -> Ticket:
        return list(self.tickets.values())[-1]

    @property
    def position(self) -> int:
        return sum(ticket.signed for ticket in self.tickets.values())

    @property
    def live(self) -> list[Ticket]:
        return [ticket for ticket in self.tickets.values() if ticket.is_live]

    def accept(self, ticket: Ticket, venue_order: str = "") -> Ticket:
        """Take an order; nothing is said."""
        self.numbers += 1
        ticket.venue_order, ticket.is_live = venue_order or f"V{self.numbers}", True
        return ticket

    def execute(self, ticket: Ticket, qty: int = 0, exec_id: str = "") -> Message:
        """Execute an order, all of it unless `qty` says less; return the frame, which is not said."""
        self.numbers += 1
        qty = qty or ticket.qty - ticket.filled
        ticket.filled += qty
        ticket.is_live = ticket.filled < ticket.qty
        oid, side, place = ticket.oid, ticket.side, ticket.venue_order
        frame = Message("fill", oid, place, exec_id or f"E{self.numbers}", side, qty, ticket.filled)
        ticket.executions.append(frame)
        self.executions.append(frame)
        return frame

    def end(self, ticket: Ticket) -> None:
        """Cancel an order at the venue; nothing is said."""
        ticket.is_live = False

    def fill(self, ticket: Ticket, qty: int = 0) -> None:
        """Execute and say so."""
        self.tell(self.execute(ticket, qty))

    # --- what is said ---------------------------------------------------------------------------------------------

    def say(self, kind: str, oid: str = "", **fields: Any) -> None:
        """Put a word about an order in line."""
        ticket = self.tickets.get(oid)
        place = ticket.venue_order if ticket is not None and kind != "lost" else ""
        self._said.append(Message(kind, oid, **{"venue_order": place, **fields}))

    def tell(self, *frames: Message) -> None:
        """Let the bot hear frames now."""
        self._said += frames
        self.pump()

    def told(self, kind: str, ticket: Ticket, **fields: Any) -> None:
        """Say a word about an order and let the bot hear it now."""
        self.say(kind, ticket.oid, **fields)
        self.pump()

    def link(self, *, is_up: bool) -> None:
        """Take the line down, or bring it up."""
        self.is_up = is_up
        self.tell(Message("link", is_up=is_up))

    def pump(self) -> None:
        """Let the bot hear all that is in line, and what its hearing brings."""
        while self._said:
            message, self._said = self._said[0], self._said[1:]
            self.bot.hears(message)
            self.watch()

    def watch(self) -> None:
        """Count the moments in which something is held and no stop stands at the venue."""
        self.unprotected += self.position > 0 and not any(ticket.kind == "stop" for ticket in self.live)

    def wants(self, target: int = 1, age: int = 0) -> None:
        self.bot.wants(target, age)
        self.pump()

    def moves(self) -> None:
        self.bot.moves()
        self.pump()

    def waits(self, seconds: int) -> None:
        """Let time pass, a second at a time."""
        for _ in range(seconds):
            self.now += 1
            self.bot.waits(1)
            self.pump()

    def restart(self) -> None:
        self._said = []
        self.crashes_on_send = False
        self.bot.restart()
        self.pump()

    def entered(self) -> Ticket:
        """Let the bot enter, be accepted and filled; return the entry."""
        self.wants()
        ticket = self.accept(self.last)
        self.told("accepted", ticket)
        self.fill(ticket)
        return ticket

    @contextmanager
    def dying(self) -> Iterator[None]:
        """Let the bot's process die at its next order."""
        self.crashes_on_send = True
        try:
            yield
        except Crash:
            return
        raise AssertionError("nothing was sent, so nothing died")

    # --- the verdict ----------------------------------------------------------------------------------------------

    def count(self, kind: str) -> int:
        return sum(request[1] == kind for request in self.requests)

    def problems(self, wanted: int = FULL) -> list[str]:
        """Return what is wrong: belief against truth, and more at stake than was wanted."""
        found = []
        if self.bot.holds() != self.position:
            found.append(f"it believes in {self.bot.holds()} and holds {self.position}")
        stake = self.position + sum(t.qty - t.filled for t in self.live if t.side == "buy")
        if stake > wanted:
            found.append(f"{stake} units are held or on order, {wanted} were wanted")
        return found
