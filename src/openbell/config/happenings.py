"""What alerts can tell of: each happening with its kind, its usual level and its words.

Words are templates: `{name}` stands for a field, and nothing else is read in them.
"""

import re
from collections.abc import Mapping

import msgspec

LEVELS = ("info", "warning", "error", "critical")
"""From least to most."""
KINDS = ("signal", "order", "position", "risk", "system", "error", "performance", "fill")
ASKED_FOR = "fill"
"""A kind that goes to no channel which does not name it: programs book by it, people have it in `order`."""
_FIELD = re.compile(r"\{([a-z_]+)\}")


class Happening(msgspec.Struct, frozen=True):
    """One thing that is told.

    Attributes:
        kind: One of `KINDS`. level: One of `LEVELS`, unless what is told brings its own.
        words: Template of the text. fields: Names that a template may use.
    """

    kind: str
    level: str
    words: str
    fields: tuple[str, ...]


_ORDER = ("side", "qty", "symbol", "account", "deployment", "reason", "order")
_POSITION = ("symbol", "action", "side", "qty", "price", "deployment", "account", "reason")
_FILL = (
    "what", "execution", "corrects", "side", "qty", "symbol", "price", "currency", "fee", "fee_currency", "time",
    "order", "account", "deployment", "reason",
)  # fmt: skip
_TEXT = ("text", "key", "account")
_ERROR = ("text", "component", "trace", "key", "account")
_SAID = "{text} (said by a program)"

HAPPENINGS: Mapping[str, Happening] = {
    "signal": Happening(
        "signal", "info", "{signal} {symbol} at {price}: {reason} ({strength}, {strategy})",
        ("signal", "symbol", "price", "strength", "strategy", "reason", "deployment"),
    ),
    "order_submitted": Happening(
        "order", "info", "{side} {qty} {symbol} sent as a {type} order{at} ({reason})", (*_ORDER, "type", "at")
    ),
    "order_filled": Happening(
        "order", "info", "{side} {qty} {symbol} at {price}, total {total} in {account} ({reason}{parts})",
        (*_ORDER, "price", "total", "fee", "parts"),
    ),
    "fill": Happening(
        "fill", "info", "{what}: {side} {qty} {symbol} at {price} {currency}, fee {fee} {fee_currency} ({order})", _FILL
    ),
    "order_cancelled": Happening("order", "info", "{side} {symbol} cancelled, {qty} left ({reason})", _ORDER),
    "order_rejected": Happening(
        "order", "warning", "{side} {qty} {symbol} was not taken: {reason} {text}", (*_ORDER, "text")
    ),
    "position_opened": Happening("position", "info", "{action} {side} {qty} {symbol} at {price}", _POSITION),
    "position_closed": Happening(
        "position", "info", "{action} {side} {qty} {symbol} at {price}: {result} ({reason})",
        (*_POSITION, "result", "fees"),
    ),
    "stop_loss_triggered": Happening(
        "position", "warning", "stop of {symbol}: {side} {qty} left at {price}: {result}",
        (*_POSITION, "result", "fees"),
    ),
    "limit_warning": Happening("risk", "warning", "{text}", _TEXT),
    "limit_reached": Happening("risk", "critical", "{text}", _TEXT),
    "daily_loss_limit_reached": Happening("risk", "critical", "{text}", _TEXT),
    "kill_switch": Happening("risk", "critical", "Kill switch activated: {text}", _TEXT),
    "kill_finished": Happening("risk", "warning", "{text}", _TEXT),
    "risk": Happening("risk", "warning", "{text}", _TEXT),
    "engine_started": Happening(
        "system", "info", "Engine started: mode {mode}, {accounts}", ("mode", "accounts", "symbols")
    ),
    "engine_stopped": Happening("system", "info", "Engine stopped: equity {equity}", ("mode", "equity")),
    "engine_silent": Happening("error", "critical", "{text}", _ERROR),
    "line": Happening("system", "warning", "{text}", _TEXT),
    "notice": Happening("system", "info", "{text}", _TEXT),
    "channel_failed": Happening("system", "error", "alerts do not reach {channel}: {text}", ("channel", "text")),
    "channel_tried": Happening("system", "info", "{channel} tried by {actor}: {text}", ("channel", "actor", "text")),
    "control": Happening("system", "warning", "{text}", ("text", "actor")),
    "system_error": Happening("error", "error", "{text} ({component}, {trace})", _ERROR),
    "new_high": Happening(
        "performance", "info", "{account} ended {date} at its highest equity, {equity} ({result} today)",
        ("account", "date", "equity", "result"),
    ),
    "daily_summary": Happening(
        "performance", "info", "End-of-day summary {date}\n{summary}", ("date", "summary", "result", "equity")
    ),
    "weekly_report": Happening(
        "performance", "info", "Weekly report {first} to {last}\n{summary}",
        ("first", "last", "summary", "result", "equity"),
    ),
    "monthly_report": Happening(
        "performance", "info", "Monthly report {first} to {last}\n{summary}",
        ("first", "last", "summary", "result", "equity"),
    ),
    "program_signal": Happening(
        "signal", "info", _SAID, ("text", "symbol", "signal", "strength", "price", "strategy")
    ),
    "program_order": Happening("order", "info", _SAID, ("text", "symbol", "action", "qty", "price", "order")),
    "program_position": Happening("position", "info", _SAID, ("text", "symbol", "action", "qty", "price", "result")),
    "program_risk": Happening("risk", "warning", _SAID, ("text", "limit", "value")),
    "program_error": Happening("error", "error", _SAID, ("text", "component")),
    "program_performance": Happening("performance", "info", _SAID, ("text", "metric", "value")),
}  # fmt: skip
"""By name, as `events:` and `templates:` of a file say them."""


def unknown_fields(name: str, words: str) -> list[str]:
    """Return the names in a template that its happening has no field of."""
    return [field for field in _FIELD.findall(words) if field not in HAPPENINGS[name].fields]


def fill_in(words: str, fields: Mapping[str, str]) -> str:
    """Return a template with its fields filled in; one that is not known stays."""
    return _FIELD.sub(lambda found: fields.get(found[1], found[0]), words)
