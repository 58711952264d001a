"""Limits with their use: how near each account is to what stops it."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from openbell.core.account import Account
from openbell.core.book import Book
from openbell.core.spec import RunSpec
from openbell.core.types import ZERO
from openbell.run.assemble import STANDARD
from openbell.run.needs import lacking
from openbell.run.parts import PartError, Shelf
from openbell.run.web.rows import Row, Rows, share
from openbell.schema import Amount, PartConfig


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a run: its kind, its id in the table of controls, its options and its words."""

    kind: str
    id: str
    options: PartConfig
    text: str


class Off(msgspec.Struct, frozen=True, kw_only=True):
    """A standard rule that is not in force: its kind, its id among the controls, and why."""

    kind: str
    id: str
    why: str


def bounds(options: Mapping[str, Any], shelf: Shelf) -> list[Bound]:
    """Return the rules of a run from recorded options; what cannot be read is left out."""
    found = []
    for kind, given in options.items():
        if not isinstance(given, dict):
            continue
        try:
            module = shelf.module(kind)
            made = module.Config(**given)
            found.append(Bound(kind=kind, id=getattr(module, "ID", ""), options=made, text=module.text(made)))
        except (KeyError, PartError, ImportError, ValueError):
            continue
    return found


def unbound(spec: RunSpec, found: list[Bound], shelf: Shelf) -> list[Off]:
    """Return the standard rules that are not in force in a run, and why."""
    in_force = {bound.kind for bound in found}
    modules = {kind: shelf.module(kind) for kind in STANDARD if kind not in in_force}
    why = lacking(spec, modules)
    return [
        Off(kind=kind, id=getattr(module, "ID", ""), why=why.get(kind, "the file leaves it out"))
        for kind, module in modules.items()
    ]


def rows(book: Book, found: list[Bound], off: Sequence[Off] = ()) -> Rows:
    """Return a row for each limit and account; those that are off stand last."""
    accounts = book.truth.accounts
    made = {f"{name}/{one.kind}": _row(book, account, one) for name, account in accounts.items() for one in found}
    return made | {f"{name}/{one.kind}": _off(name, one) for name in accounts for one in off}


def _off(account: str, off: Off) -> Row:
    return {
        "key": f"{account}/{off.kind}", "id": off.id, "name": off.kind, "account": account,
        "scope": f"account:{account}", "text": "", "used": None, "limit": None, "unit": "", "share": None,
        "state": "off", "why": "", "why_off": off.why,
    }  # fmt: skip


def _row(book: Book, account: Account, bound: Bound) -> Row:
    scopes = ("all", f"account:{account.name}")
    closed = [one for one in book.truth.latches.values() if one.kind == bound.kind and one.scope in scopes]
    warned = any(name.partition(":")[0] == bound.kind for name in book.truth.stages)
    measure = _MEASURES.get(bound.kind)
    used, limit = measure(book, account, bound.options) if measure is not None else (None, None)
    filled = None if used is None or not limit else min(max(used / limit, 0.0), 1.0)
    near = warned or (filled is not None and filled >= 0.8)
    return {
        "key": f"{account.name}/{bound.kind}",
        "id": bound.id,
        "name": bound.kind,
        "account": account.name,
        "scope": f"account:{account.name}",
        "text": bound.text,
        "used": used,
        "limit": limit,
        "unit": _UNITS.get(bound.kind, ""),
        "share": filled,
        "state": "hit" if closed else "near" if near else "ok",
        "why": "; ".join(latch.reason for latch in closed),
        "why_off": "",
    }


Use = tuple[float | None, float | None]


def _loss(lost: Decimal, whole: Decimal, options: Any) -> Use:
    return share(max(lost, ZERO), whole), float(options.limit)


def _daily(book: Book, account: Account, options: Any) -> Use:
    return _loss(-account.session_result, account.session_equity, options)


def _weekly(book: Book, account: Account, options: Any) -> Use:
    return _loss(account.week.equity + account.week.flows - account.equity, account.week.equity, options)


def _monthly(book: Book, account: Account, options: Any) -> Use:
    return _loss(account.month.equity + account.month.flows - account.equity, account.month.equity, options)


def _fall(book: Book, account: Account, options: Any) -> Use:
    return _loss(account.peak - account.equity, account.peak, options)


def _positions(book: Book, account: Account, options: Any) -> Use:
    return float(book.stakes.total(account.name).pairs), float(options.limit)


def _largest(book: Book, account: Account, options: Any) -> Use:
    most = max((stake.gross for stake in book.stakes.by_symbol(account.name).values()), default=ZERO)
    worth = share(options.worth.value, account.equity) if options.worth is not None else None
    limit = float(options.limit)
    return share(most, account.equity), limit if worth is None else min(limit, worth)


def _gross(book: Book, account: Account, options: Any) -> Use:
    return _valued(book.stakes.total(account.name).gross, account, options.limit)


def _net(book: Book, account: Account, options: Any) -> Use:
    stake = book.stakes.total(account.name)
    return _valued(max(abs(stake.upper), abs(stake.lower)), account, options.limit)


def _leverage(book: Book, account: Account, options: Any) -> Use:
    return share(book.stakes.total(account.name).gross, account.equity), float(options.limit)


def _valued(value: Decimal, account: Account, limit: Decimal | Amount) -> Use:
    """Return a value against a limit that is a share of equity or an amount of money."""
    if isinstance(limit, Amount):
        return float(value), float(limit.value)
    return share(value, account.equity), float(limit)


def _entries(book: Book, account: Account, options: Any) -> Use:
    return float(account.entries), float(options.limit)


def _orders(book: Book, account: Account, options: Any) -> Use:
    return float(book.stakes.total(account.name).orders), float(options.account)


_MEASURES: dict[str, Callable[[Book, Account, Any], Use]] = {
    "daily_loss": _daily,
    "weekly_loss": _weekly,
    "monthly_loss": _monthly,
    "drawdown": _fall,
    "max_positions": _positions,
    "max_position": _largest,
    "gross_exposure": _gross,
    "net_exposure": _net,
    "leverage": _leverage,
    "daily_trades": _entries,
    "open_orders": _orders,
}
_UNITS = {
    **dict.fromkeys(("daily_loss", "weekly_loss", "monthly_loss", "drawdown", "max_position"), "share"),
    **dict.fromkeys(("gross_exposure", "net_exposure"), "share or money"),
    "leverage": "times",
    "max_positions": "positions",
    "daily_trades": "entries",
    "open_orders": "orders",
}
