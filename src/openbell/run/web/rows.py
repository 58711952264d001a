"""A book as rows for a page. Pure.

Money, prices and quantities are exact text, instants text of nanoseconds since 1970 UTC.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from openbell.core.account import Account
from openbell.core.book import Book
from openbell.core.effects import Ask
from openbell.core.exposure import Draft
from openbell.core.kill import summary
from openbell.core.order import Order
from openbell.core.position import Position
from openbell.core.protect import is_protected
from openbell.core.session import Session
from openbell.core.types import ZERO, OrderType
from openbell.parts.rules.armed import armed_until
from openbell.report.exposure import share_of, worth_of
from openbell.report.figures import code_label, exact, price_digits, ratio, utc
from openbell.run.people import waiting

Row = dict[str, Any]
Rows = dict[str, Row]
"""By a key that stays the same for the life of what it tells of."""
KEPT_ENDED = 200
"""Ended orders that are shown: the newest."""
_STOPS = (OrderType.STOP, OrderType.TRAILING)


def accounts(book: Book, realised: Mapping[str, Decimal], late: Mapping[str, str]) -> Rows:
    """Return a row for each account.

    `realised` is what its closed round trips made after fees, and `late` why its prices are not of now: no book keeps
    either.
    """
    found = {}
    for name, account in book.truth.accounts.items():
        worth = worth_of(book, account).values()
        made = account.equity - account.equity_start - account.net_flows
        contact = book.truth.contacts.get(name)
        held, open_result = share_of(book, account), unrealised(book, account)
        found[name] = {
            "name": name,
            "broker": book.spec.accounts[name].venue,
            "number_end": book.spec.accounts[name].digits,
            "is_real": book.spec.accounts[name].is_real,
            "is_simulated": book.spec.accounts[name].is_simulated,
            "armed_until_ts": str(until) if (until := armed_until(book, name)) else None,
            "currency": account.currency,
            "equity": exact(account.equity),
            "cash": exact(account.cash.get(account.currency, ZERO)),
            "day_pnl": exact(account.session_result),
            "day_pnl_share": share(account.session_result, account.session_equity),
            "pnl": exact(made),
            "pnl_share": share(made, account.equity_start + account.net_flows),
            "realised": exact(realised[name]),
            "other": exact(made - realised[name] - open_result),
            "drawdown": _fall(account),
            "max_drawdown": float(account.max_drawdown),
            "gross": exact(sum(map(abs, worth), ZERO)),
            "net": exact(sum(worth, ZERO)),
            "unrealised": exact(open_result),
            "concentration": held.largest,
            "largest": held.symbol,
            "line": None
            if contact is None
            else {
                "is_up": contact.is_up and contact.is_ready,
                "text": "; ".join(filter(None, (_line(contact), late.get(name)))),
            },
        }
    return found


def unrealised(book: Book, account: Account) -> Decimal:
    """Return the result of what an account holds at the latest prices, base currency."""
    held = (position for position in book.all_positions() if position.account == account.name)
    return sum((p.unrealised * book.rate_of(account, book.instrument(p.instrument).currency) for p in held), ZERO)


def _line(contact: Any) -> str:
    if not contact.is_up:
        return f"the line is down: {contact.why}" if contact.why else "the line is down"
    if not contact.is_ready:
        return "connected; what the venue holds is being compared"
    return f"connected; no entries: {contact.apart}" if contact.apart else "connected"


def _fall(account: Account) -> float:
    return share(max(account.peak - account.equity, ZERO), account.peak) or 0.0


def share(part: Decimal, whole: Decimal) -> float | None:
    """Return `part / whole`, None where there is no whole."""
    return float(ratio(part, whole)) if whole > 0 else None


def positions(book: Book) -> Rows:
    """Return a row for each holding."""
    found = {}
    for position in book.all_positions():
        if position.qty:
            key = f"{position.deployment}/{position.instrument}"
            found[key] = {"key": key, **_position(book, position)}
    return found


def _position(book: Book, position: Position) -> Row:
    instrument = book.instrument(position.instrument)
    px = book.mark_px(position.instrument)
    stop, target = _protection(book, position)
    spec = book.spec.deployments.get(position.deployment)
    return {
        "deployment": position.deployment,
        "account": position.account,
        "symbol": position.instrument,
        "side": "long" if position.qty > 0 else "short",
        "qty": exact(abs(position.qty)),
        "entry_px": exact(position.average(instrument)),
        "px": exact(px) if px is not None else None,
        "value": exact(position.value),
        "pnl": exact(position.unrealised),
        "pnl_share": share(position.unrealised, abs(position.cost)),
        "opened_ts": str(position.opened_ts),
        "stop_px": stop,
        "target_px": target,
        "is_exposed": key_of(position) in book.truth.exposed
        or (spec is not None and is_protected(spec.exits, position) and stop is None and target is None),
        "currency": instrument.currency,
        "digits": price_digits(instrument),
    }


def key_of(position: Position) -> str:
    """Return how the book names a holding."""
    return f"{position.deployment}/{position.instrument}"


def _protection(book: Book, position: Position) -> tuple[str | None, str | None]:
    """Return the prices of the working stop and target of a holding."""
    stop = target = None
    for order in book.pair_orders(position.deployment, position.instrument):
        if order.reduce_only and order.type in _STOPS and order.stop is not None:
            stop = exact(order.stop)
        elif order.reduce_only and order.limit is not None:
            target = exact(order.limit)
    return stop, target


def orders(book: Book) -> Rows:
    """Return a row for each open order, and for the newest of those that have ended.

    An entry that waits for a person is no order yet: its row is named as the question is, with the status `held`.
    """
    ended = [order for order in book.truth.orders.values() if not order.is_open][-KEPT_ENDED:]
    shown = [*ended, *(order for found in book.open_orders.values() for order in found.values())]
    found = {order.oid: _order(book, order) for order in sorted(shown, key=lambda one: one.index)}
    return {**found, **{ask.id: _held(book, ask) for ask in waiting(book, book.truth.ts)}}


def _held(book: Book, ask: Ask) -> Row:
    draft = msgspec.json.decode(ask.question, type=Draft)
    instrument, since = book.instrument(draft.instrument), ask.id.rpartition("/")[2]
    return {
        "oid": ask.id,
        "deployment": draft.deployment,
        "account": draft.account,
        "symbol": draft.instrument,
        "side": str(draft.side),
        "type": str(draft.type),
        "tif": str(draft.tif),
        "qty": exact(draft.qty),
        "filled": "0",
        "limit_px": _text(draft.limit),
        "stop_px": _text(draft.stop),
        "avg_px": None,
        "status": "held",
        "is_open": True,
        "reason": code_label(draft.reason),
        "is_exit": False,
        "ts": since,
        "changed_ts": since,
        "text": f"waits for a person until {utc(ask.deadline)}",
        "currency": instrument.currency,
        "digits": price_digits(instrument),
    }


def _order(book: Book, order: Order) -> Row:
    instrument = book.instrument(order.instrument)
    paid = sum((one.qty * one.px for one in order.executions.values()), ZERO)
    return {
        "oid": order.oid,
        "deployment": order.deployment,
        "account": order.account,
        "symbol": order.instrument,
        "side": str(order.side),
        "type": str(order.type),
        "tif": str(order.tif),
        "qty": exact(order.qty),
        "filled": exact(order.filled),
        "limit_px": _text(order.limit),
        "stop_px": _text(order.stop),
        "avg_px": exact(ratio(paid, order.filled)) if order.filled else None,
        "status": str(order.status),
        "is_open": order.is_open,
        "reason": code_label(order.reason),
        "is_exit": order.reduce_only,
        "ts": str(order.sent_ts),
        "changed_ts": str(order.changed_ts),
        "text": code_label(order.code) if order.code else "",
        "currency": instrument.currency,
        "digits": price_digits(instrument),
    }


def _text(number: Decimal | None) -> str | None:
    return exact(number) if number is not None else None


class Times(Protocol):
    """Zones and openings of calendars."""

    def zone(self, calendar: str, ts: int) -> str:
        """Return the zone of a calendar at an instant (UTC ns), empty for unknown."""

    def next_open(self, calendar: str, ts: int) -> int | None:
        """Return when a calendar opens after an instant, both UTC ns; None for unknown."""


def instruments(book: Book, times: Times) -> Rows:
    """Return a row for each instrument: its latest price, how old, whether it may be believed."""
    found = {}
    for symbol, instrument in book.spec.instruments.items():
        mark, session = book.truth.marks[symbol], book.truth.sessions[instrument.calendar]
        px = book.mark_px(symbol)
        latest = max(mark.ts, mark.quote_ts)
        found[symbol] = {
            "symbol": symbol,
            "currency": instrument.currency,
            "digits": price_digits(instrument),
            "tick": exact(instrument.tick_at(px if px is not None else ZERO)),
            "px": _text(px),
            "bid": _known(mark.bid),
            "ask": _known(mark.ask),
            "ts": str(latest) if latest else None,
            "is_stale": f"stale/instrument:{symbol}" in book.truth.latches,
            "why_halted": book.truth.halted.get(symbol) or book.truth.mismatched.get(symbol) or "",
            "session": _session(book, session, times),
        }
    return found


def _session(book: Book, session: Session, times: Times) -> Row:
    now = book.truth.ts
    coming = None if session.is_open else times.next_open(session.calendar, now)
    return {
        "is_open": session.is_open,
        "close_ts": str(session.close) if session.is_open else None,
        "next_ts": str(coming) if coming is not None else None,
        "zone": times.zone(session.calendar, now),
    }


def _known(price: float) -> float | None:
    return price if price == price else None


def latches(book: Book) -> Rows:
    """Return a row for each closed gate."""
    return {
        key: {"key": key, "kind": one.kind, "scope": one.scope, "reason": one.reason, "ts": str(one.ts),
              "release": one.release}
        for key, one in book.truth.latches.items()
    }  # fmt: skip


def kills(book: Book) -> Rows:
    """Return a row for each kill in force: how far it is, and what is left and why."""
    return {
        state.scope: {
            "scope": state.scope,
            "tier": state.tier,
            "stage": str(state.stage),
            "actor": state.actor,
            "reason": state.reason,
            "ts": str(state.ts),
            "is_done": not state.waits,
            "text": summary(book, state),
            "held": len(state.held),
            "left": [f"{one.deployment} {one.instrument} {one.qty:f}: {one.why}" for one in state.left],
        }
        for state in book.truth.kills.values()
    }


def numbers(names: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return explained numbers that JSON can hold."""
    return {name: value if value is not None and value == value else None for name, value in names.items()}
