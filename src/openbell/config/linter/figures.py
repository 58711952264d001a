"""Sizes, stops and limits of a configuration as money, as far as the file tells them."""

from collections.abc import Mapping
from decimal import Decimal

from openbell.config.choose import Part
from openbell.config.deployment import Deployment
from openbell.config.model import Account, Configuration
from openbell.core.types import ZERO, Rounding, div
from openbell.schema import Amount, format_amount

CENT = Decimal("0.01")


def equity(config: Configuration, account: str) -> Decimal:
    """Return the opening cash of an account in its base currency, 0 where it is not known."""
    found: Account = config.accounts[account]
    return sum((amount.value for amount in found.cash if amount.currency == found.base), ZERO)


def count(deployment: Deployment) -> int:
    """Return how many positions a deployment can have at once."""
    return min(deployment.budget.positions or len(deployment.instruments), len(deployment.instruments))


def stop(deployment: Deployment) -> Decimal | None:
    """Return the distance of the nearest stop, a fraction; None where prices decide it."""
    trailing = deployment.exits.trailing.fraction if deployment.exits.trailing is not None else None
    known = [distance for distance in (deployment.exits.stop_loss, trailing) if distance is not None]
    return min(known, default=None)


def weights(deployment: Deployment) -> list[Decimal]:
    """Return the share of a full position that each can be; 1 where there are no weights."""
    given = getattr(deployment.strategy.options, "weights", None)
    if not isinstance(given, Mapping):
        return [Decimal(1)] * count(deployment)
    even = div(Decimal(1), Decimal(len(deployment.instruments)), CENT, Rounding.FLOOR)
    return [abs(share) for share in given.values()] or [even] * len(deployment.instruments)


def total(deployment: Deployment) -> Decimal | None:
    """Return the value of all positions of a deployment together, None where prices decide it."""
    one = _full(deployment)
    return None if one is None else cents(one * sum(weights(deployment), ZERO))


def position(deployment: Deployment) -> Decimal | None:
    """Return the value of the largest position in the account's base currency.

    None where prices decide it.
    """
    one = _full(deployment)
    return None if one is None else cents(one * max(weights(deployment)))


def _full(deployment: Deployment) -> Decimal | None:
    size, capital = deployment.size, deployment.budget.capital.value
    if size is None:
        return cents(capital * deployment.budget.per_position)
    if size.notional is not None:
        return size.notional.value
    if size.weight is not None:
        return cents(capital * size.weight)
    distance = stop(deployment)
    if size.risk is not None and distance:
        return div(capital * size.risk, distance, CENT, Rounding.HALF_EVEN)
    return None


def limit_of(rule: Part, option: str, config: Configuration, account: str) -> Decimal | None:
    """Return a limit of a rule as money of an account, None where it is off or not known."""
    value = getattr(rule.options, option, None)
    if isinstance(value, Amount):
        return value.value
    whole = equity(config, account)
    return cents(value * whole) if isinstance(value, Decimal) and whole else None


def cents(value: Decimal) -> Decimal:
    """Return money to a hundredth of its currency."""
    return div(value, Decimal(1), CENT, Rounding.HALF_EVEN)


def shown(value: Decimal, config: Configuration, account: str) -> str:
    """Return money of an account for people."""
    return format_amount(Amount(value, config.accounts[account].base))


def grouped(amount: Amount) -> str:
    """Return money for people: `50,000 USD`."""
    text = f"{amount.value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} {amount.currency}"


def where_size(deployment: Deployment, index: int) -> tuple[str | int, ...]:
    """Return the path of what tells the size of a full position of a deployment."""
    head = ("deployments", index)
    if deployment.size is not None:
        key = next(k for k in ("quantity", "notional", "weight", "risk") if getattr(deployment.size, k) is not None)
        return (*head, "size", key)
    key = "per_position" if "per_position" in deployment.budget.model_fields_set else "capital"
    return (*head, "budget", key)
