"""What is promised of each instrument's data: cadence and maximum age."""

from collections.abc import Iterable

from openbell.config.deployment import Deployment
from openbell.core.spec import Subscription
from openbell.core.types import NS

LEAST_SLACK = 15 * NS
"""Data may be late by a fifth of their bar, and by so much at least."""


def subscriptions_of(deployments: Iterable[Deployment], outside: frozenset[str]) -> tuple[Subscription, ...]:
    """Return the subscriptions of a run, in configuration order.

    Where several deployments take the same bars, the shortest age counts. A recorded source tells what there was, so
    that it is never late; its deployments are watched only where the file states an age.

    Args:
        deployments: Of the configuration.
        outside: Accounts whose venue is another process.
    """
    ages: dict[tuple[str, int], int] = {}
    for one in deployments:
        if one.max_age is None and one.account not in outside:
            continue
        age = one.max_age or one.heard + max(one.heard // 5, LEAST_SLACK)
        for symbol in one.instruments:
            key = (symbol, one.heard)
            ages[key] = min(ages.get(key, age), age)
    return tuple(
        Subscription(instrument=symbol, interval=interval, cadence=interval, max_age=age)
        for (symbol, interval), age in ages.items()
    )
