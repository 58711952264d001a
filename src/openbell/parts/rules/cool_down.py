"""Refuses a new entry of a strategy in an instrument for a while after it has left it.

What is still held may be added to, and exits always pass.
"""

from typing import Literal, NamedTuple

from pydantic import Field

from openbell.core.codes import Code
from openbell.core.conduct import Trade
from openbell.core.risk import Scene
from openbell.core.types import DAY_NS, MINUTE_NS
from openbell.parts.rules.stop_outs import STOPS
from openbell.schema import PartConfig, Span, format_span

ID, WHEN, EFFECT, SOURCE = "D28", "before each order", "refuses", "freqtrade's protections"
APPLIES = "entry"
TIGHTER = ""
AFTER = ("loss", "stop", "exit")


class Config(PartConfig):
    """Options: `wait`, how long, at most a day.

    `after`, what it begins with: an exit at a loss (fees counted), a stop, or any exit.
    """

    wait: Span = Field(default=30 * MINUTE_NS, ge=1, le=DAY_NS)
    after: Literal["loss", "stop", "exit"] = "loss"


class Facts(NamedTuple):
    """What it is told: time since such an exit, ns, -1 for none.

    And 1 where something is still held.
    """

    since: int
    is_held: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return how long ago the order's strategy has left its instrument."""
    (draft, _), truth = scene.order, scene.book.truth
    conduct = truth.conduct.get(draft.deployment)
    trades = reversed(conduct.trades) if conduct is not None else ()
    last = next((t.ts for t in trades if t.instrument == draft.instrument and _begins(params[1], t)), None)
    is_held = bool(scene.book.position(draft.deployment, draft.instrument).qty)
    return Facts(-1 if last is None else scene.ts - last, int(is_held))


def _begins(after: int, trade: Trade) -> bool:
    if AFTER[after] == "loss":
        return trade.is_exit and trade.gain < 0
    return trade.is_exit and (AFTER[after] == "exit" or trade.reason in STOPS)


def params(config: Config) -> tuple[int, ...]:
    """Return the time in ns, and the number of what it begins with."""
    return config.wait, AFTER.index(config.after)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse before the time is over; exactly when it is over an entry is allowed."""
    return int(Code.COOL_DOWN) if 0 <= facts.since < params[0] and not facts.is_held else 0


def text(config: Config) -> str:
    """Return the rule in words."""
    begin = {"loss": "an exit at a loss", "stop": "a stop", "exit": "an exit"}[config.after]
    return f"no new entry in an instrument for {format_span(config.wait)} after {begin}"
