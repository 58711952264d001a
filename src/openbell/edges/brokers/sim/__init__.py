"""The simulated broker: options of the embedded exchange, for accounts with `broker: sim`.

It needs no connection: the exchange runs in the engine's own process and answers in virtual time. May import core
and schema; the exchange itself is handed over by `run/assemble`.
"""

from typing import Literal

from pydantic import Field

from openbell.core.types import ZERO, Caps
from openbell.schema import Fraction, Number, PartConfig, Span


class Fees(PartConfig):
    """What executions cost.

    Attributes:
        kind: none, per_share, per_notional or maker_taker.
        rate: Quote currency for each unit (per_share), or a share of the value (per_notional).
        maker, taker: Shares of the value for resting and for taking orders (maker_taker).
        minimum: Least fee of one execution, quote currency. maximum: Largest as a share of its value, 0 for none.
    """

    kind: Literal["none", "per_share", "per_notional", "maker_taker"] = "none"
    rate: Number = Field(default=ZERO, ge=0)
    maker: Fraction = ZERO
    taker: Fraction = ZERO
    minimum: Number = Field(default=ZERO, ge=0)
    maximum: Fraction = Field(default=ZERO, ge=0)


class Config(PartConfig):
    """Options of the embedded exchange.

    Attributes:
        fees: What executions cost.
        spread: Distance of bid and ask as a share of the price, where the data have no sides of their own.
        slippage: What market and stop orders pay beyond it, share of the price.
        latency: Delay of acknowledgements, cancels and changes.
        late_slippage: What a market order pays on top because of that delay, share of the price.
        participation: Share of a bar's volume that can be filled, 0 for all that is asked.
        path: Order of high and low inside a bar.
        limit_fill: `touch` fills a limit order when its price is reached, `through` when it is passed.
    """

    fees: Fees = Fees()
    spread: Fraction = Field(default=ZERO, ge=0)
    slippage: Fraction = Field(default=ZERO, ge=0)
    latency: Span = 0
    late_slippage: Fraction = Field(default=ZERO, ge=0)
    participation: Fraction = Field(default=ZERO, ge=0)
    path: Literal["pessimistic", "low_first", "high_first"] = "pessimistic"
    limit_fill: Literal["touch", "through"] = "touch"


CAPS = Caps()
"""The embedded exchange can do everything the engine knows to ask for."""
LIMITS: dict[str, int] = {}
"""Calls a second by kind of call: none are counted in process."""
