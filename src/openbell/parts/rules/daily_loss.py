"""Stops new risk for the day when the day's result falls to minus the limit.

Realised and unrealised results and fees count, deposits do not; gains never stop anything. A warning comes before,
and where `flatten` is set everything is sold at that loss.
"""

from typing import Literal

from openbell.core.codes import Code
from openbell.core.risk import FLATTEN, HOLD, NOTHING, WARN, Facts
from openbell.parts.rules._limits import is_more, reached, stage_params
from openbell.schema import LimitShare, PartConfig, Stage, format_fraction, parse_fraction

ID, WHEN, SOURCE = "D25", "every event", "15c3-5 capital threshold, founding documents"
EFFECT = "warns; holds the account and cancels its entries; sells everything"
DAILY_LOSS = int(Code.DAILY_LOSS)


class Config(PartConfig):
    """Options.

    `limit` is a fraction of the equity at session open. `warn` and `flatten` are the stages before and after it, or
    `off`. `release` says when the gate opens again: with the next session, or `manual`, only by `openbell resume`.
    """

    limit: LimitShare = parse_fraction("2%")
    warn: Stage = parse_fraction("1%")
    flatten: Stage = None
    release: Literal["session", "manual"] = "session"


APPLIES = "entry"
TIGHTER = "ratio"
WATCH = True


def params(config: Config) -> tuple[int, ...]:
    """Return the limit as numerator and denominator.

    Then those of the warning and the flattening where one is on.
    """
    stages = (*stage_params(config.warn), *stage_params(config.flatten))
    limit = config.limit.as_integer_ratio()
    return (*limit, *stages) if config.warn is not None or config.flatten is not None else limit


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse when the loss since session open has reached the limit."""
    lost = facts.session_equity + facts.session_flows - facts.equity
    is_reached = lost > 0 and not is_more(params[0], facts.session_equity, lost, params[1])
    return DAILY_LOSS if is_reached else 0


def stages(params: tuple[int, ...], facts: Facts, ease: tuple[int, int]) -> int:
    """Return how far the limit has been passed.

    `ease` is what the warning's share is multiplied by.
    """
    lost, whole = facts.session_equity + facts.session_flows - facts.equity, facts.session_equity
    if len(params) > 2 and reached(lost, whole, (params[4], params[5])):
        return FLATTEN
    if check(params, facts):
        return HOLD
    is_close = len(params) > 2 and reached(lost, whole, (params[2] * ease[0], params[3] * ease[1]))
    return WARN if is_close else NOTHING


def text(config: Config) -> str:
    """Return the rule in words."""
    again = "until the next session" if config.release == "session" else "until resumed by hand"
    also = "" if config.flatten is None else f", everything sold at {format_fraction(config.flatten)}"
    return f"no new risk {again} after losing {format_fraction(config.limit)} in a day{also}"
