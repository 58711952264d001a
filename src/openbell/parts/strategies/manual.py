"""Orders by hand, or by a program: it passes on what it is given and wants nothing itself.

Each order comes as an answer that nobody asked for (`openbell.OrderManager` sends it), so it is recorded, counts once,
passes every limit, and is protected like any other. A full position is the most that all orders together may hold.
"""

from decimal import Decimal

import msgspec

from openbell.core.codes import Code
from openbell.core.effects import Intent
from openbell.core.events import Answer, Bar
from openbell.core.strategy import View
from openbell.core.types import E8, OrderType, Side, Tif
from openbell.schema import PartConfig

PREFIX = "order/"
"""How the name of an answer begins that is an order."""
KEPT = 256
"""So many orders are remembered, so that one that comes twice counts once."""


class Config(PartConfig):
    """No options."""


class State(msgspec.Struct):
    """Memory of the strategy: names of the orders it was given, oldest first."""

    seen: list[str] = []


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order as given.

    Attributes:
        symbol: Instrument. side: What to do. qty: Units, positive; 0 takes back what is working.
        type, tif: How. limit, stop: Quote currency, where the type has them.
        stop_loss, take_profit: Prices at which the holding is left, quote currency.

    Raises:
        ValueError: `qty` is no number, or finer than any that can be booked.
    """

    symbol: str
    side: Side
    qty: Decimal
    type: OrderType = OrderType.MARKET
    tif: Tif = Tif.GTC
    limit: float | None = None
    stop: float | None = None
    stop_loss: float | None = None
    take_profit: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no book could hold: it would end the engine, not the order."""
        is_short = self.qty.is_finite() and len(self.qty.as_tuple().digits) + abs(self.qty.adjusted()) < _DIGITS
        if not is_short or self.qty % E8:
            raise ValueError(f"quantity {self.qty} is finer than {E8:f}, or has too many digits")


_DIGITS = 20
"""Of a quantity and of its power of ten, together: it is taken apart without rounding."""


def decide(config: Config, state: State, bar: Bar, view: View) -> list[Intent]:
    """Want nothing of a bar."""
    return []


def on_answer(config: Config, state: State, answer: Answer, view: View) -> list[Intent]:
    """Take an order, once; what is none is left alone."""
    if not answer.ask.startswith(PREFIX) or answer.ask in state.seen:
        return []
    state.seen = [*state.seen[1 - KEPT :], answer.ask]
    try:
        wish = msgspec.json.decode(answer.value, type=Wish)
    except msgspec.MsgspecError:
        return []
    return [intent_of(wish, view.qty(wish.symbol))] if wish.symbol in view.instruments else []


def intent_of(wish: Wish, held: Decimal) -> Intent:
    """Return what an order means to a holding of `held` signed units.

    Against the holding it gives back so many units, all of them, or turns it.
    """
    sign = 1 if wish.side is Side.BUY else -1
    against = -sign * held
    target, qty = 1.0 * sign, wish.qty
    if not wish.qty:
        # Nothing more is wanted than what is held: what is working is taken back.
        target, qty = 1.0 if held > 0 else -1.0 if held < 0 else 0.0, Decimal(0)
    elif against > wish.qty:
        target, qty = -1.0 * sign, -wish.qty
    elif against > 0:
        target, qty = (0.0, against) if against == wish.qty else (target, wish.qty - against)
    return Intent(
        instrument=wish.symbol, target=target, reason=Code.MANUAL, type=wish.type, limit=wish.limit,
        stop=wish.stop, tif=wish.tif, rebalance=True, qty=qty, stop_loss=wish.stop_loss, take_profit=wish.take_profit,
    )  # fmt: skip
