"""The invented market of a front: the minutes before its doors opened, and those to come."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from openbell.core.events import Bar
from openbell.core.types import NS
from openbell.edges.feeds import synthetic
from openbell.edges.feeds.merge import events as merged
from openbell.edges.feeds.table import BarTable, select
from openbell.run.venue import by_instant, request_of

HISTORY_DAYS, LEAST_DAYS, MOST_IN_ALL = 10, 2, 200
"""Days of invented minutes before the doors open: of each symbol, of each of very many, and of all together."""
OLDER_DAYS, OLDER_IN_ALL = 1_826, 20_000
"""Days of invented hours before those: of each symbol (five years), and of all together."""


class Past:
    """The minutes before the doors opened; a symbol's are made when they are asked for.

    Attributes:
        last: Where each symbol's prices stand in the end, as text: there the market goes on.
    """

    def __init__(self, symbols: tuple[str, ...], seed: int, now: int, prices: dict[str, str]) -> None:
        """Invent minutes up to `now` (UTC ns) that end at these prices; others end where their name says."""
        days = min(HISTORY_DAYS, max(MOST_IN_ALL // max(len(symbols), 1), LEAST_DAYS))
        start = datetime.fromtimestamp(now // NS, UTC).date() - timedelta(days=days - 1)
        known = {symbol: prices[symbol] for symbol in symbols if symbol in prices}
        given = {"seed": seed, "days": days, "start": start, "prices": known}
        self._config = synthetic.Config.model_validate(given)
        older = min(OLDER_DAYS, max(OLDER_IN_ALL // max(len(symbols), 1), LEAST_DAYS))
        given |= {"days": older, "start": start - timedelta(days=older), "interval": "1h"}
        self._older = synthetic.Config.model_validate(given)
        self._now = now
        self.last = {symbol: str(synthetic.start_price(self._config, symbol)) for symbol in symbols}

    def minutes(self, symbol: str) -> list[Bar]:
        """Return a symbol's minutes, oldest first."""
        (table,) = synthetic.load(self._config, request_of((symbol,)))
        return _ending(select(table, table.ts <= self._now), float(self.last[symbol]))

    def hours(self, symbol: str, price: float) -> list[Bar]:
        """Return a symbol's hours before its first minute, oldest first.

        The last one ends at `price`.
        """
        (table,) = synthetic.load(self._older, request_of((symbol,)))
        return _ending(table, price)


def _ending(table: BarTable, price: float) -> list[Bar]:
    bars = merged([synthetic.ending_at(table, price)]) if len(table) else ()
    return [bar for bar in bars if isinstance(bar, Bar)]


def invented(symbols: tuple[str, ...], seed: int, prices: dict[str, str]) -> Iterator[list[Bar]]:
    """Yield invented minutes for ever, those of one instant together, from these prices on."""
    while True:
        given = {"seed": seed, "days": 1, "prices": prices}
        tables = synthetic.load(synthetic.Config.model_validate(given), request_of(symbols))
        yield from by_instant(tables)
        prices = {table.symbol: str(table.close[-1].item()) for table in tables}
        seed += 1
