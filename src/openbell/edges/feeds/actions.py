"""What happens to companies, as a folder of recorded bars tells it.

Splits, dividends, spin-offs, other names and ends.

A store keeps splits and dividends that came with a vendor's bars. Whatever else is known stands in `actions.csv` beside
the bars, written by hand or by another program: columns symbol, kind, ts or date, and as the kind needs them numerator,
denominator, amount and into.
"""

import hashlib
from collections.abc import Mapping, Sequence
from csv import DictReader
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from openbell.core.events import CorporateAction
from openbell.core.types import NS
from openbell.edges.feeds import store

FILE = "actions.csv"
KINDS = ("split", "dividend", "spinoff", "rename", "delisting")
FINEST = 1000
"""Largest number of old units in a split ratio that a vendor states as a float."""


def read(folder: Path | None) -> list[CorporateAction]:
    """Return what a folder tells, by time; nothing for a single file or none.

    Args:
        folder: Of a feed's bars.

    Raises:
        ValueError: A row of `actions.csv` cannot be read; the text names the line and what to write.
        OSError: A file cannot be read.
    """
    if folder is None or not folder.is_dir():
        return []
    return sorted([*_stored(folder), *_written(folder / FILE)], key=lambda one: one.ts)


def fingerprint(tables: str, actions: Sequence[CorporateAction]) -> str:
    """Return the digest of a source, in hex: that of its tables where nothing happens."""
    if not actions:
        return tables
    return hashlib.sha256("\n".join([tables, *map(repr, actions)]).encode()).hexdigest()


def _stored(folder: Path) -> list[CorporateAction]:
    found: list[CorporateAction] = []
    if not (folder / store.ACTIONS).is_file():
        return found
    for row in store.actions(folder).iter_rows(named=True):
        symbol, ts = str(row["symbol"]), int(row["ts"].replace(tzinfo=UTC).timestamp()) * NS
        # Prices that are adjusted for a split already have the factor one: nothing happens in them.
        if row["split"] > 0.0 and row["split_factor"] != 1.0:
            ratio = Fraction(row["split"]).limit_denominator(FINEST)
            found.append(
                CorporateAction(
                    ts=ts, instrument=symbol, kind="split", id=_name(symbol, "split", ts),
                    numerator=ratio.numerator, denominator=ratio.denominator,
                )
            )  # fmt: skip
        if row["dividend"] > 0.0:
            amount, name = Decimal(str(row["dividend"])), _name(symbol, "dividend", ts)
            found.append(CorporateAction(ts=ts, instrument=symbol, kind="dividend", id=name, amount=amount))
    return found


def _written(path: Path) -> list[CorporateAction]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = DictReader(lines)
        return [_action(row, f"{path}:{rows.line_num}") for row in rows]


def _action(row: Mapping[Any, Any], where: str) -> CorporateAction:
    told = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
    kind, symbol, into = (told.get(name, "") for name in ("kind", "symbol", "into"))
    if kind not in KINDS or not symbol:
        raise ValueError(f"{where}: kind {kind!r} of symbol {symbol!r}; write a symbol and one of {', '.join(KINDS)}")
    if kind in ("spinoff", "rename") and not into:
        raise ValueError(f"{where}: a {kind} needs the other symbol under `into`")
    try:
        ts = _instant(told.get("ts") or told.get("date", ""))
        numerator, denominator = (int(told.get(name) or 1) for name in ("numerator", "denominator"))
        amount = Decimal(told.get("amount") or 0)
    except (ValueError, InvalidOperation) as error:
        raise ValueError(f"{where}: {error}; write dates as 2024-06-10 and plain numbers") from error
    if min(numerator, denominator) < 1 or amount < 0 or (kind == "spinoff" and not 0 < amount < 1):
        raise ValueError(f"{where}: ratios are whole numbers from 1 on, a spin-off's amount its share between 0 and 1")
    return CorporateAction(
        ts=ts, instrument=symbol, kind=kind, id=_name(symbol, kind, ts), numerator=numerator, denominator=denominator,
        amount=amount, into=into,
    )  # fmt: skip


def _instant(text: str) -> int:
    """Return a date's beginning, or an instant, in UTC ns."""
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * NS


def _name(symbol: str, kind: str, ts: int) -> str:
    return f"{symbol}/{kind}/{datetime.fromtimestamp(ts // NS, UTC):%Y-%m-%d}"
