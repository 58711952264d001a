"""What was at work: how long and how large positions were, how much was traded."""

from decimal import Decimal

import msgspec

from openbell.core.account import Account
from openbell.core.book import Book
from openbell.core.types import ZERO, as_float


class Share(msgspec.Struct, kw_only=True, frozen=True):
    """Holdings of an account at one moment as fractions of its equity.

    Attributes:
        gross: Sum of absolute market values. net: Longs less shorts.
        largest: Of the instrument with the largest absolute value. symbol: Which, empty for none.
        concentration: Sum of squared shares of gross (Herfindahl), 1 for a single instrument, 0 for none.
    """

    gross: float = 0.0
    net: float = 0.0
    largest: float = 0.0
    symbol: str = ""
    concentration: float = 0.0


_NOTHING = Share()


class Gauge:
    """Exposure of one account over time.

    It is read after each fill and at the end of each trading day, and taken to last until the next reading.

    Attributes:
        account: Whose. traded: Sum of absolute values of all fills, base currency.
        held_ns, seen_ns: How long anything was held, and in all. gross_ns: Gross exposure times its duration.
        now, most, widest: The latest reading, the one with the largest gross and the one with the largest instrument.
    """

    __slots__ = ("_ts", "account", "gross_ns", "held_ns", "most", "now", "seen_ns", "traded", "widest")

    def __init__(self, account: Account, ts: int) -> None:
        """Begin at `ts` (ns), 0 to begin with the first reading."""
        self.account = account
        self.traded = ZERO
        self.held_ns = self.seen_ns = 0
        self.gross_ns = 0.0
        self.now = self.most = self.widest = _NOTHING
        self._ts = ts

    def trade(self, value: Decimal, currency: str) -> None:
        """Count a fill's absolute value (in `currency`).

        Without an exchange rate it is not known and left out.
        """
        if currency == self.account.currency:
            self.traded += value
        elif currency in self.account.rates:
            self.traded += value * self.account.rates[currency]

    def read(self, book: Book, ts: int) -> None:
        """Read what the account holds at `ts` (ns)."""
        self.wait(ts)
        self.now = share_of(book, self.account)
        if self.now.gross > self.most.gross:
            self.most = self.now
        if self.now.largest > self.widest.largest:
            self.widest = self.now

    def wait(self, ts: int) -> None:
        """Let the latest reading last until `ts` (ns)."""
        if self._ts:
            passed = max(ts - self._ts, 0)
            self.seen_ns += passed
            self.held_ns += passed if self.now.gross > 0.0 else 0
            self.gross_ns += passed * self.now.gross
        self._ts = ts


def worth_of(book: Book, account: Account) -> dict[str, Decimal]:
    """Return what an account holds of each instrument, signed, at market value, base currency."""
    found: dict[str, Decimal] = {}
    for position in book.all_positions():
        if position.account == account.name and position.qty:
            symbol = position.instrument
            value = position.value * book.rate_of(account, book.instrument(symbol).currency)
            found[symbol] = found.get(symbol, ZERO) + value
    return found


def share_of(book: Book, account: Account) -> Share:
    """Return what an account holds as fractions of its equity; nothing where it has no equity."""
    values: dict[str, float] = {}
    for symbol, holders in book.holders.items():
        ours = [position for position in holders if position.account == account.name] if holders else None
        if ours:
            currency = book.instrument(symbol).currency
            rate = 1.0 if currency == account.currency else as_float(account.rates.get(currency, ZERO))
            value = ours[0].value if len(ours) == 1 else sum((position.value for position in ours), ZERO)
            values[symbol] = rate * as_float(value)
    if not values:
        return _NOTHING
    equity = as_float(account.equity)
    gross = sum(map(abs, values.values()))
    if equity <= 0.0 or gross <= 0.0:
        return _NOTHING
    symbol = max(values, key=lambda name: abs(values[name])) if len(values) > 1 else next(iter(values))
    return Share(
        gross=gross / equity,
        net=sum(values.values()) / equity,
        largest=abs(values[symbol]) / equity,
        symbol=symbol,
        concentration=sum((value / gross) ** 2 for value in values.values()),
    )
