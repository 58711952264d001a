"""What a position's size counts as the price of entering and leaving."""

from openbell.core.spec import Costs
from openbell.core.types import ZERO
from openbell.parts.venue.options import FeeModel


def costs_of(model: FeeModel) -> Costs:
    """Return what the fees of entering and leaving come to at most."""
    share = {"per_notional": model.rate, "maker_taker": max(model.maker, model.taker, ZERO)}.get(model.kind, ZERO)
    unit = model.rate if model.kind == "per_share" else ZERO
    fixed = model.minimum if model.kind != "none" else ZERO
    return Costs(share=2 * share, unit=2 * unit, fixed=2 * fixed)
