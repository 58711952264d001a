"""Whose bars and quotes a live run wants of its venues."""

from openbell.core.spec import RunSpec
from openbell.core.strategy import FreeStrategy
from openbell.core.types import NS
from openbell.run.assemble import Prepared

_LEAST_SLACK = 15 * NS


def streams_of(spec: RunSpec, account: str) -> tuple[tuple[str, int], ...]:
    """Return the instruments whose bars an account's line brings.

    Each with its longest silence (ns).
    """
    found: dict[str, int] = {}
    for deployment in spec.deployments.values():
        age = deployment.interval + max(deployment.interval // 5, _LEAST_SLACK)
        for symbol in deployment.instruments if deployment.account == account else ():
            found[symbol] = min(found.get(symbol, age), age)
    return tuple(found.items())


def eager_of(prepared: Prepared) -> frozenset[str]:
    """Return the instruments on whose quotes a strategy decides: it gets all of them."""
    return frozenset(
        symbol
        for name, strategy in prepared.strategies.items()
        if isinstance(strategy, FreeStrategy) and strategy.on_quote is not None
        for symbol in prepared.spec.deployments[name].instruments
    )


def quotes_of(prepared: Prepared, account: str) -> tuple[str, ...]:
    """Return the instruments whose quotes an account's line brings, each once.

    All of an account with `quotes: true`, else those on whose quotes a strategy decides.
    """
    is_wanted, eager = getattr(prepared.wires[account].options, "quotes", False), eager_of(prepared)
    held = [one for one in prepared.spec.deployments.values() if one.account == account]
    symbols = dict.fromkeys(symbol for one in held for symbol in one.instruments)
    return tuple(symbol for symbol in symbols if is_wanted or symbol in eager)
