"""A file's instruments and what their vendor says of them. Pure.

What the file leaves open the vendor fills. What it states may be stricter, never looser: a price or a size that the
vendor would refuse is an error before anything runs.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from openbell.edges.instruments.load import Band, Config, stated

STEPS = ("tick", "lot")
LEASTS = ("min_qty", "min_notional")
SAME = ("kind", "currency", "base")
Word = str | bool
Said = Mapping[str, Word]


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """Instruments as they will be.

    Attributes:
        entries: By symbol, as `load` takes them.
        origins: Who says what: by symbol and field, `file` or `vendor`; what nobody says is missing.
        told: Where file and vendor differ, a sentence each.
    """

    entries: dict[str, dict[str, Any]]
    origins: dict[str, dict[str, str]]
    told: tuple[str, ...]


def settle(configured: Mapping[str, Config | Mapping[str, Any]], said: Mapping[str, Said]) -> Settled:
    """Return the instruments of a file with what their vendors say.

    Args:
        configured: The file's, by symbol.
        said: The vendors', by symbol, in the words of a file.

    Raises:
        ValueError: The file states what the vendor would refuse; the text names each, a line each.
    """
    errors: list[str] = []
    told: list[str] = []
    entries: dict[str, dict[str, Any]] = {}
    origins: dict[str, dict[str, str]] = {}
    for symbol in dict.fromkeys([*configured, *said]):
        given = configured.get(symbol, {})
        raw = given.model_dump(exclude_unset=True) if isinstance(given, Config) else dict(given)
        entries[symbol], origins[symbol] = raw, dict.fromkeys(raw, "file")
        own = stated(raw)
        if own is None:
            continue
        for name, value in said.get(symbol, {}).items():
            word = getattr(own, name) if name in raw else None
            error, remark = ("", "") if word is None else _compare(name, word, value)
            errors += [f"{symbol}: {error}"] if error else []
            told += [f"{symbol}: {remark}"] if remark else []
            if word is None or _counts(name, word, value):
                raw[name], origins[symbol][name] = value, "vendor"
        if origins[symbol].get("min_qty") == "vendor" and own.lot:
            # The vendor's least quantity stands on the vendor's steps, and the file's are coarser.
            short = Decimal(raw["min_qty"]) % own.lot
            raw["min_qty"] = f"{(Decimal(raw['min_qty']) + (own.lot - short if short else 0)).normalize():f}"
    if errors:
        raise ValueError("\n".join(errors))
    return Settled(entries=entries, origins=origins, told=tuple(told))


def _compare(name: str, own: Any, value: Word) -> tuple[str, str]:
    """Return what is wrong with the file's word beside the vendor's, and what should be told; empty for nothing."""
    if name in STEPS:
        steps = [band.tick for band in own] if isinstance(own, tuple) else [own]
        wrong = next((one for one in steps if one % Decimal(value)), None)
        if wrong is not None:
            words = f"{name} {wrong:f} is no multiple of {value}, the vendor's: its orders would be refused"
            return f"{words}; leave {name} out, or write a multiple", ""
        return "", "" if own == Decimal(value) else f"the file's {name} {_shown(own)} counts; the vendor takes {value}"
    if name in LEASTS:
        if own == Decimal(value):
            return "", ""
        words = f"{name} is {_shown(own)} in the file and {value} at the vendor"
        return "", f"{words}; the {'file' if own > Decimal(value) else 'vendor'}'s counts"
    if name in SAME and own != value:
        return f"{name} is {own} in the file and {value} at the vendor; leave it out", ""
    if name == "can_short" and own and not value:
        return "", "the file says can_short, and the vendor lends none of it: nothing is sold short"
    return "", ""


def _counts(name: str, own: Any, value: Word) -> bool:
    """Return True where the vendor's word counts although the file states another one."""
    return (name in LEASTS and own < Decimal(value)) or (name == "can_short" and not value)


def _shown(own: Decimal | tuple[Band, ...]) -> str:
    return f"{own:f}" if isinstance(own, Decimal) else ", ".join(f"{band.tick:f}" for band in own)
