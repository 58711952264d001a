"""Instants in microseconds, for who asks for them.

Everything is written in ms; what is told is turned behind that, so a microsecond is never finer than its millisecond.
"""

from typing import Any

from openbell.wire.binance.refusal import Refused, illegal

UNITS = ("MILLISECOND", "MICROSECOND")
_WORDS = frozenset({
    "serverTime", "time", "updateTime", "transactTime", "transactionTime", "workingTime", "trailingTime", "openTime",
    "closeTime", "authorizedSince", "connectedSince",
})  # fmt: skip
_SIGNS = {
    "executionReport": "ETOW", "outboundAccountPosition": "Eu", "balanceUpdate": "ET", "listStatus": "ET",
    "trade": "ET", "aggTrade": "ET", "avgPrice": "ET",
}  # fmt: skip
"""Names of instants by the kind of an event; a ticker has E, O and C, every other one E alone."""
_FINE, _END = 1000, 999
_ROW, _CLOSE = 12, 6
"""Length of a bar's row, and the place of its end: the last instant that belongs to it."""


def is_micro(text: str, name: str) -> bool:
    """Return True if a unit of time is that of microseconds; empty is milliseconds.

    Raises:
        Refused: There is no such unit; `name` is where it was sent.
    """
    unit = text.upper() or UNITS[0]
    if unit not in UNITS:
        raise illegal(name, "|".join(UNITS))
    return unit == UNITS[1]


def unit_of(text: str) -> bool | None:
    """Return True for microseconds, None where there is no such unit."""
    try:
        return is_micro(text, "timeUnit")
    except Refused:
        return None


def fine(body: Any) -> Any:
    """Return what is told with its instants in microseconds."""
    if isinstance(body, list):
        if len(body) == _ROW and isinstance(body[0], int):
            return [_scaled(body[0]), *body[1:_CLOSE], _scaled(body[_CLOSE]) + _END, *body[_CLOSE + 1 :]]
        return [fine(one) for one in body]
    if not isinstance(body, dict):
        return body
    signs = _signs(body)
    found = {name: _told(name, value, signs) for name, value in body.items()}
    if isinstance(body.get("k"), dict):
        bar = body["k"]
        found["k"] = bar | {"t": _scaled(bar["t"]), "T": _scaled(bar["T"]) + _END}
    return found


def _told(name: str, value: Any, signs: str) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return _scaled(value) if name in _WORDS or name in signs else value
    return fine(value)


def _signs(body: dict[str, Any]) -> str:
    kind = body.get("e")
    if kind is None:
        # A trade among those put together has no kind where it is asked for.
        return "T" if {"a", "f", "l", "T"} <= body.keys() else ""
    if kind.endswith("Ticker") and not kind.endswith("MiniTicker"):
        return "EOC"
    return _SIGNS.get(kind, "E")


def _scaled(value: int) -> int:
    return value * _FINE if value > 0 else value
