"""What the account's stream is told, and in which form."""

from collections.abc import Callable

from openbell.wire.binance.books import OrderList, Record, Trade
from openbell.wire.binance.events import balances, list_status, report
from openbell.wire.binance.forms import Json
from openbell.wire.binance.till import Till


class Herald:
    """Tells what happened.

    Attributes:
        tell: Called with each event.
    """

    def __init__(self, till: Till) -> None:
        """Tell of the account whose coins these are."""
        self.tell: Callable[[Json], None] = lambda _: None
        self._till = till
        self._told = 0

    def announce(self, record: Record, kind: str, now: int, done: Trade | None = None) -> None:
        """Tell what happened to an order at `now` (UTC ns): NEW, TRADE, CANCELED and so on."""
        self._told += 1
        self.tell(report(record, kind, self._told, now, done))

    def renumber(self) -> None:
        """Let the numbers of execution reports begin anew."""
        self._told = 0

    def tell_coins(self, record: Record, now: int) -> None:
        """Tell how the coins of an order stand."""
        self.tell(balances(self._till.rows(record), now))

    def tell_list(self, found: OrderList, now: int) -> None:
        """Tell how a list stands."""
        self.tell(list_status(found, [self._till.books.orders[name] for name in found.orders], now))

    def close_list(self, record: Record, now: int) -> None:
        """Tell that an order's list is done, once none of its orders is open."""
        books = self._till.books
        found = books.lists.get(record.list_id)
        if found is None or found.is_done or any(books.orders[name].is_open for name in found.orders):
            return
        found.is_done, found.time = True, now
        self.tell_list(found, now)
