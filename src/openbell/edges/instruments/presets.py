"""What an instrument of a kind usually looks like; configuration corrects single numbers."""

from collections.abc import Callable
from decimal import Decimal

from openbell.core.types import E8, ZERO, Instrument, TickBand

_ONE = Decimal(1)
_CENT = Decimal("0.01")
_FINE = Decimal("0.0001")
_QUOTES = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USD", "EUR", "GBP", "JPY", "KRW", "BTC", "ETH", "BNB")
_COINS = ("BTC", "ETH")
_MINOR_UNITS_ZERO = ("JPY", "KRW")


def stock(symbol: str) -> Instrument:
    """Return a US stock: whole shares, NYSE hours.

    Ticks are 0.01 USD, and 0.0001 USD below 1 USD (Regulation NMS, rule 612).
    """
    bands = (TickBand(above=ZERO, tick=_FINE), TickBand(above=_ONE, tick=_CENT))
    return Instrument(symbol=symbol, currency="USD", quantum=_FINE, bands=bands, lot=_ONE, calendar="NYSE")


def krx(symbol: str) -> Instrument:
    """Return a Korean stock: whole shares, no short sales, KRX hours.

    The table of ticks is that in force since January 2023.
    """
    table = ((0, 1), (2_000, 5), (5_000, 10), (20_000, 50), (50_000, 100), (200_000, 500), (500_000, 1_000))
    bands = tuple(TickBand(above=Decimal(above), tick=Decimal(tick)) for above, tick in table)
    return Instrument(
        symbol=symbol, currency="KRW", quantum=_ONE, bands=bands, lot=_ONE, calendar="KRX", can_short=False
    )


def fx(symbol: str) -> Instrument:
    """Return a currency pair such as EURUSD, EUR/USD or EUR_USD.

    Ticks are a tenth of a pip, lots 1000 units. Fills are ten times finer than the tick, so that the middle of bid
    and ask is on the grid.

    Raises:
        ValueError: The symbol does not consist of two currency codes.
    """
    letters = _letters(symbol)
    if len(letters) != 6 or not letters.isalpha():
        raise ValueError(f"{symbol}: not a currency pair; write it like EURUSD, or give it another kind")
    tick = Decimal("0.001") if letters[3:] in _MINOR_UNITS_ZERO else Decimal("0.00001")
    return Instrument(
        symbol=symbol,
        currency=letters[3:],
        quantum=tick / 10,
        bands=(TickBand(above=ZERO, tick=tick),),
        lot=Decimal(1000),
        calendar="fx",
    )


def crypto(symbol: str) -> Instrument:
    """Return a spot coin: no short sales, open always.

    The quote currency is the symbol's end, USD if none fits. Bitcoin and ether in a currency have ticks of 0.01 and
    lots of 1e-8. Other coins are often worth cents: ticks and lots of 0.0001. Pairs quoted in a coin have ticks of
    1e-8 and lots of 0.0001.
    """
    letters = _letters(symbol)
    quote = next((code for code in _QUOTES if letters.endswith(code) and letters != code), "USD")
    base = letters.removesuffix(quote)
    tick, lot = _FINE, _FINE
    if quote in (*_COINS, "BNB"):
        tick = E8
    elif base.startswith(_COINS) or base == "XBT":
        tick, lot = _CENT, E8
    bands = (TickBand(above=ZERO, tick=tick),)
    return Instrument(
        symbol=symbol, currency=quote, quantum=tick, bands=bands, lot=lot, calendar="24x7", can_short=False
    )


def future(symbol: str) -> Instrument:
    """Return a future on the CME's hours in whole contracts; prices may be negative.

    Its tick and multiplier must be configured.
    """
    return Instrument(symbol=symbol, currency="USD", quantum=_CENT, lot=_ONE, calendar="CMES", positive=False)


KINDS: dict[str, Callable[[str], Instrument]] = {
    "stock": stock,
    "fx": fx,
    "crypto": crypto,
    "krx": krx,
    "future": future,
}
"""Presets by the word that configuration uses."""
REQUIRED = {"future": ("tick", "multiplier")}
"""Fields without a sensible default: guessing them would misstate every profit."""
FINEST_FILL = {"stock": _FINE}
"""Fills of a kind are at least this fine, whatever the order tick."""


def _letters(symbol: str) -> str:
    return "".join(c for c in symbol.upper() if c.isalnum())
