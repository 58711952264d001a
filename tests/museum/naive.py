"""The reference bot: what many first bots look like. It trades well as long as nothing goes wrong.

It keeps an order by its id, believes every word and every silence at once, and saves its state when it thinks of it.
Each of its habits is a bug that somebody paid for; the scenarios name them.
"""

from tests.museum.stage import FULL, Message, Stage

RETRY_S = 5
"""A request without an answer is sent again after so long, as a new order."""


class Naive:
    """One instrument, one strategy, no journal."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.position = 0
        self.orders: dict[str, str] = {}
        self.amounts: dict[str, tuple[str, int]] = {}
        self.by_venue: dict[str, str] = {}
        self.retries: dict[str, int] = {}
        self.saved: tuple[int, dict[str, str]] = (0, {})
        self.target = 0
        self.counter = 0
        self.stop = ""
        self.wish = 0

    # --- the strategy ---------------------------------------------------------------------------------------------

    def wants(self, target: int, age: int = 0) -> None:
        """Buy when nothing is held, sell what is held; a signal is a signal, however old its bar."""
        self.target = target
        if target and self.position < FULL:
            self.send("buy", FULL)
        elif not target:
            for oid, status in list(self.orders.items()):
                if status == "working":
                    self.stage.cancel(oid)
                    self.orders[oid] = "cancelling"
            if self.position > 0:
                self.send("sell", self.position)

    def moves(self) -> None:
        """Take the working order back and send another at the new price at once."""
        for oid, status in list(self.orders.items()):
            if status == "working":
                self.orders[oid] = "replacing"
                self.stage.cancel(oid)
                self.send("buy", FULL)

    # --- orders ---------------------------------------------------------------------------------------------------

    def send(self, side: str, qty: int, kind: str = "market") -> None:
        """Send an order, then remember it, then save."""
        self.counter += 1
        # The clock makes the id, so that it cannot repeat.
        oid = f"n{self.stage.now}-{self.counter}"
        self.stage.submit(oid, side, qty, kind)
        self.orders[oid] = "sent"
        self.amounts[oid] = (side, qty)
        if kind == "stop":
            self.stop = oid
        self.save()

    def save(self) -> None:
        """Write the state to the database; when it is locked there is always a next time."""
        if not self.stage.options.get("locked"):
            self.saved = (self.position, dict(self.orders))

    # --- what comes in --------------------------------------------------------------------------------------------

    def hears(self, message: Message) -> None:
        """Believe it."""
        oid = message.oid or self.by_venue.get(message.venue_order, "")
        if message.kind == "fill":
            self._fill(message)
        elif message.kind == "accepted":
            self.orders[oid] = "working"
            self.by_venue.setdefault(message.venue_order, oid)
        elif message.kind == "lost":
            self.retries[oid] = self.stage.now + RETRY_S
            self.stage.query(oid)
        elif message.kind == "absent":
            # Nothing there, so it failed: again, at once.
            self.retries.pop(oid, None)
            self.orders[oid] = "failed"
            self.send(*self.amounts.get(oid, ("buy", FULL)))
        elif message.kind == "cancel_refused":
            self.orders[oid] = "working" if self.stage.options.get("stubborn") else "failed"
        elif message.kind in ("cancelled", "rejected"):
            self.orders[oid] = message.kind
            if self.wish:
                wish, self.wish = self.wish, 0
                self.send("sell", wish, "stop")
        elif message.kind == "replaced":
            self.orders[oid] = "working"

    def _fill(self, message: Message) -> None:
        """Book a fill of a working order; others are somebody else's."""
        oid = self.by_venue.get(message.venue_order, message.oid)
        if self.orders.get(oid) not in ("sent", "working", "cancelling", "filled"):
            return
        self.position += message.qty if self.amounts[oid][0] == "buy" else -message.qty
        self.orders[oid] = "filled" if message.filled == self.amounts[oid][1] else "working"
        if self.stage.options.get("protects") and message.side == "buy":
            self._protect()
        self.save()

    def _protect(self) -> None:
        """Put a stop under what is held; a stop of another size is taken back first."""
        if self.stop and self.orders.get(self.stop) == "working":
            self.wish = self.position
            self.stage.cancel(self.stop)
        else:
            self.send("sell", self.position, "stop")

    def waits(self, seconds: int) -> None:
        """Send again what was not answered in time, and cancel again what lives on."""
        for oid, due in list(self.retries.items()):
            if self.stage.now >= due:
                del self.retries[oid]
                self.send(*self.amounts[oid])
        if self.target == 0:
            for oid, status in list(self.orders.items()):
                if status == "working" and oid != self.stop:
                    self.stage.cancel(oid)

    def restart(self) -> None:
        """Load what was saved."""
        position, orders = self.saved
        self.position, self.orders = position, dict(orders)
        self.retries = {}

    def holds(self) -> int:
        """Return the position it believes in."""
        return self.position
