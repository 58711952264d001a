"""Whose quotes a live run asks its venues for."""

from openbell.core.strategy import FreeStrategy
from openbell.run.assemble import Prepared


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
