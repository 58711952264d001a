"""Entries only while the instrument's session runs, and not too close to its bounds."""

from openbell.core.codes import Code
from openbell.core.risk import Facts
from openbell.schema import PartConfig, Span, format_span

SESSION_HOURS = int(Code.SESSION_HOURS)


class Config(PartConfig):
    """Options: `after_open` and `before_close`.

    They are lengths of time at both ends of the session without entries.
    """

    after_open: Span = 0
    before_close: Span = 0


APPLIES = "entry"
TIGHTER = "more"


def params(config: Config) -> tuple[int, ...]:
    """Return the options as integers: both lengths in ns."""
    return config.after_open, config.before_close


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse outside the session and inside the margins; exactly at a margin's end is allowed."""
    if facts.is_in_session == 0 or facts.since_open < params[0] or facts.to_close < params[1]:
        return SESSION_HOURS
    return 0


def text(config: Config) -> str:
    """Return the rule in words."""
    margins = [
        f"{format_span(span)} {where}"
        for span, where in ((config.after_open, "after the open"), (config.before_close, "before the close"))
        if span
    ]
    return "entries only in session" + (", none " + " and ".join(margins) if margins else "")
