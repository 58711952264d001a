"""Bounds what an account has in one instrument, sector, issuer.

Currency or from one source of signals.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from openbell.core.codes import Code
from openbell.core.exposure import Draft
from openbell.core.risk import Scene, cents
from openbell.core.types import ZERO
from openbell.parts.rules._limits import is_more, stage_params
from openbell.schema import PartConfig, Stage, format_fraction, parse_fraction

ID, WHEN, EFFECT, SOURCE = "D17", "before each order", "refuses", "founding documents"
APPLIES = "entry"
KEYS = ("instrument", "sector", "issuer", "currency", "source")


class Config(PartConfig):
    """Options: the largest share of equity in one of each, or `off`.

    Instruments whose sector or issuer is not known belong to none, and a deployment that decides for itself to no
    source.
    """

    instrument: Stage = parse_fraction("10%")
    sector: Stage = parse_fraction("30%")
    issuer: Stage = parse_fraction("10%")
    currency: Stage = None
    source: Stage = parse_fraction("20%")


class Facts(NamedTuple):
    """What it is told, in 1e-8 of the base currency.

    The worst case in each group that the order belongs to.
    """

    equity: int
    instrument: int
    sector: int
    issuer: int
    currency: int
    source: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return the worst cases with the order."""
    draft, exposure = scene.order
    equity = cents(scene.book.truth.accounts[draft.account].equity)
    own = scene.book.instrument(draft.instrument)
    sector, issuer, currency = (
        cents(_sum(scene, draft, key, getattr(own, key)) + exposure.instrument)
        if getattr(own, key) and params[2 * n]
        else 0
        for n, key in enumerate(KEYS[1:4], 1)
    )
    source = cents(sum(_from_source(scene, draft), ZERO))
    return Facts(equity, cents(exposure.instrument), sector, issuer, currency, source)


def _sum(scene: Scene, draft: Draft, key: str, value: str) -> Decimal:
    """Return the worst case in the other instruments of a group."""
    stakes, book = scene.book.stakes.by_symbol(draft.account), scene.book
    same = (s for s in stakes if s != draft.instrument and getattr(book.instrument(s), key) == value)
    return sum((stakes[symbol].gross for symbol in same), ZERO)


def _from_source(scene: Scene, draft: Draft) -> Iterator[Decimal]:
    """Yield what the deployments hold or enter that listen to the same source as the order's."""
    _, exposure = scene.order
    specs = scene.book.spec.deployments
    source = specs[draft.deployment].signals
    if source:
        used = scene.book.stakes.total(draft.account).used
        same = (n for n, s in specs.items() if s.signals == source and s.account == draft.account)
        for name in same:
            yield exposure.used if name == draft.deployment else used.get(name, ZERO)


def params(config: Config) -> tuple[int, ...]:
    """Return each share as numerator and denominator."""
    return tuple(part for key in KEYS for part in stage_params(getattr(config, key)))


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse above any share; exactly at it is allowed."""
    for n, value in enumerate(facts[1:]):
        if params[2 * n] and is_more(value, params[2 * n + 1], params[2 * n], facts.equity):
            return int(Code.CONCENTRATION)
    return 0


def text(config: Config) -> str:
    """Return the rule in words."""
    shares = ((key, getattr(config, key)) for key in KEYS)
    listed = ", ".join(f"{key} {format_fraction(share)}" for key, share in shares if share is not None)
    return f"of equity at most in one: {listed or 'anything'}"
