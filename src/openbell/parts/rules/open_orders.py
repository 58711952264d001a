"""Bounds the orders that are open at once; those in doubt count."""

from typing import NamedTuple

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.risk import Scene
from openbell.schema import PartConfig

ID, WHEN, EFFECT, SOURCE = "D12", "before each order", "refuses", "FIA"
APPLIES = "entry"


class Config(PartConfig):
    """Options: `instrument` and `account`, the most open orders in each."""

    instrument: int = Field(default=5, ge=1)
    account: int = Field(default=50, ge=1)


class Facts(NamedTuple):
    """What it is told: open orders of the instrument and of the account, with this one."""

    instrument: int
    account: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return how many orders would be open."""
    _, exposure = scene.order
    return Facts(exposure.orders_here, exposure.orders)


def params(config: Config) -> tuple[int, ...]:
    """Return both limits."""
    return config.instrument, config.account


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse the order that would be one too many."""
    return int(Code.OPEN_ORDERS) if facts.instrument > params[0] or facts.account > params[1] else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"at most {config.instrument} open orders in an instrument and {config.account} in the account"
