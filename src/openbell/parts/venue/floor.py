"""The exchange's floor.

Its live orders, what it knows of hours and holdings, and the answers waiting to go out.
"""

from decimal import Decimal

import msgspec

from openbell.core.events import OrderUpdate
from openbell.core.types import ZERO, Instrument, as_float, changing
from openbell.parts.venue.options import VenueOptions
from openbell.parts.venue.resting import Hours, Resting

REMEMBERED_IDS = 10_000
"""Client order ids kept at least, twice as many at most, to recognise a second order under the same one."""


@changing
class ExchangeState(msgspec.Struct, kw_only=True):
    """Everything an exchange remembers, for snapshots.

    Attributes:
        orders: Live orders by client order id, oldest first. given: Venue order numbers given so far.
        net: Signed units held per instrument. hours: By calendar. seen: Client order ids taken, for duplicates.
        actions: Corporate actions taken, by id, with their instant (ns); each counts once.
        due: (instant in ns, number, answer) still to be delivered, in order. numbered: Answers made so far.
    """

    orders: dict[str, Resting] = {}
    given: int = 0
    net: dict[str, Decimal] = {}
    hours: dict[str, Hours] = {}
    seen: dict[str, int] = {}
    actions: dict[str, int] = {}
    due: list[tuple[int, int, OrderUpdate]] = []
    numbered: int = 0


class Floor:
    """State of one exchange with the few moves that everything else is made of.

    Attributes:
        account, instruments, options: Whose, what, how. state: What a snapshot holds.
        netting: True where an order that only reduces is not held to the account's position.
        by_symbol: Live orders of each instrument in order of arrival.
        half_spread: Share of the price between last and either side.
        playing: Symbol whose bar is being played, empty between bars.
        room: Units the bar's volume still lets fill; None for no bound.
    """

    def __init__(
        self, account: str, instruments: dict[str, Instrument], options: VenueOptions, *, netting: bool = False
    ) -> None:
        """Open an empty floor."""
        self.account = account
        self.instruments = instruments
        self.options = options
        self.netting = netting
        self.state = ExchangeState()
        self.by_symbol: dict[str, list[Resting]] = {symbol: [] for symbol in instruments}
        self.half_spread = as_float(options.spread) * 0.5
        self.playing = ""
        self.room: Decimal | None = None

    def adopt(self, state: ExchangeState) -> None:
        """Take over a stored state."""
        self.state = state
        self.by_symbol = {symbol: [] for symbol in self.instruments}
        # Arrival order decides who fills first.
        for order in sorted(state.orders.values(), key=lambda order: int(order.venue_order[1:])):
            self.by_symbol[order.instrument].append(order)

    def held(self, symbol: str) -> Decimal:
        """Return the signed units held of an instrument."""
        return self.state.net.get(symbol, ZERO)

    def remove(self, order: Resting) -> None:
        """Take an order off the floor."""
        self.state.orders.pop(order.oid, None)
        live = self.by_symbol[order.instrument]
        if order in live:
            live.remove(order)

    def end(self, order: Resting, happening: str, code: int, ts: int) -> None:
        """Take an order off the floor and say why."""
        self.remove(order)
        self.say(ts, order.oid, happening, code, order.venue_order)

    def say(self, ts: int, oid: str, happening: str, code: int, venue_order: str = "") -> None:
        """Queue an answer; between bars it takes the venue's latency to arrive."""
        delay = 0 if self.playing else self.options.latency
        self.queue(self.update(ts + delay, oid, happening, code, venue_order))

    def update(self, ts: int, oid: str, happening: str, code: int, venue_order: str) -> OrderUpdate:
        """Return an answer at `ts` (ns)."""
        return OrderUpdate(
            ts=ts, account=self.account, oid=oid, happening=happening, time=ts, venue_order=venue_order, code=code
        )

    def queue(self, update: OrderUpdate) -> None:
        """Line an answer up by its time."""
        state = self.state
        state.numbered += 1
        state.due.append((update.ts, state.numbered, update))
        if len(state.due) > 1 and state.due[-2][0] > update.ts:
            state.due.sort(key=lambda item: item[:2])

    def is_silent(self, ts: int) -> bool:
        """Return True if no answer is due at or before `ts` (ns)."""
        due = self.state.due
        return not due or due[0][0] > ts

    def speak(self, ts: int) -> list[OrderUpdate]:
        """Return and forget every answer due at or before `ts` (ns)."""
        if self.is_silent(ts):
            return []
        due = self.state.due
        if len(due) == 1:
            self.state.due = []
            return [due[0][2]]
        count = next((place for place, item in enumerate(due) if item[0] > ts), len(due))
        found, self.state.due = due[:count], due[count:]
        return [event for _, _, event in found]
