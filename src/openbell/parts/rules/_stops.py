"""What a holding risks up to the stop that its deployment declares."""

from decimal import Decimal

from openbell.core.spec import ExitSpec
from openbell.core.types import ZERO


def stop_share(exits: ExitSpec) -> Decimal:
    """Return the distance of the nearest stop declared as a share of the price.

    A stop declared otherwise counts as the whole price: how far it is depends on the market. So does none at all.
    """
    found = [share for share in (exits.stop_loss, exits.trail_frac) if share > ZERO]
    return min(found, default=Decimal(1))
