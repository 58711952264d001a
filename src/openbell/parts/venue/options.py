"""How the simulated exchange fills.

Spread, slippage, latency, fees, liquidity and the path inside a bar.
"""

from decimal import Decimal

import msgspec

from openbell.core.types import ZERO, money


class FeeModel(msgspec.Struct, frozen=True, kw_only=True):
    """What an execution costs, in the quote currency, rounded half-even to 1e-8.

    Attributes:
        kind: none, per_share, per_notional or maker_taker.
        rate: Per unit (per_share) or share of the value (per_notional).
        maker, taker: Share of the value for resting and for taking orders (maker_taker); negative is a rebate.
        minimum: Least fee of one execution. maximum: Largest as a share of its value, 0 for none.
    """

    kind: str = "none"
    rate: Decimal = ZERO
    maker: Decimal = ZERO
    taker: Decimal = ZERO
    minimum: Decimal = ZERO
    maximum: Decimal = ZERO


def fee(model: FeeModel, qty: Decimal, value: Decimal, *, is_maker: bool) -> Decimal:
    """Return the fee of one execution.

    Args:
        model: How it is charged.
        qty: Units, positive.
        value: Value in quote currency, positive.
        is_maker: True when the order was resting.
    """
    if model.kind == "none":
        return ZERO
    if model.kind == "per_share":
        cost = money(qty * model.rate)
    elif model.kind == "per_notional":
        cost = money(value * model.rate)
    else:
        cost = money(value * (model.maker if is_maker else model.taker))
    if model.maximum:
        cost = min(cost, money(value * model.maximum))
    return max(cost, model.minimum) if model.minimum else cost


class VenueOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of one simulated venue.

    Attributes:
        fees: What executions cost.
        spread: Distance of bid and ask as a share of the price, where the data have no sides of their own.
        slippage: What market and stop orders pay beyond it, share of the price.
        latency: Delay of acknowledgements, cancels and changes, ns.
        late_slippage: What a market order pays on top, share of the price, when latency is not zero.
        participation: Share of a bar's volume that can be filled; 0 for all we ask for.
        path: Order of high and low inside a bar: pessimistic, low_first or high_first.
        limit_fill: touch fills a limit order when its price is reached, through when it is passed.
    """

    fees: FeeModel = FeeModel()
    spread: Decimal = ZERO
    slippage: Decimal = ZERO
    latency: int = 0
    late_slippage: Decimal = ZERO
    participation: Decimal = ZERO
    path: str = "pessimistic"
    limit_fill: str = "touch"
