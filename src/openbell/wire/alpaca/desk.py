"""Orders in: submit, replace, cancel, close. No sockets and no clock."""

from decimal import Decimal
from typing import Any

import msgspec

from openbell.core.types import ZERO, Instrument, Rounding, div
from openbell.parts.venue.options import VenueOptions
from openbell.wire.alpaca.auction import Sessions, due, ends
from openbell.wire.alpaca.books import Record
from openbell.wire.alpaca.checks import check, check_change, intent_of, promised, units
from openbell.wire.alpaca.clerk import AUCTIONS, Clerk
from openbell.wire.alpaca.forms import Json, identity
from openbell.wire.alpaca.refusal import DUPLICATE, Refused, invalid, not_found, unprocessable
from openbell.wire.alpaca.ticket import TIFS, Ticket, amount, check_increment, client_id, read, word
from openbell.wire.alpaca.views import Switches, asset_id, is_crypto, order_view

_LASTING = ("day", "gtc")
"""A change goes from the one to the other alone: all else decides at once, or waits for an auction."""
_CHANGEABLE = ("new", "partially_filled", "held")
_HUNDRED = Decimal(100)
_UNIT = Decimal("0.000000001")


class Desk:
    """One account at the exchange.

    Attributes:
        clerk, books: Who keeps it, what happened. switches: What its owner has switched.
        sessions: The exchange's hours between two instants (UTC ns).
    """

    def __init__(self, instruments: dict[str, Instrument], options: VenueOptions, cash: Decimal) -> None:
        """Open with `cash` (USD) and nothing else."""
        self.clerk = Clerk(instruments, options, cash)
        self.books = self.clerk.books
        self.switches = Switches()
        self.sessions: Sessions = lambda *_: []
        self._days: dict[bool, tuple[int, int]] = {}

    # --- what there is ------------------------------------------------------------------------------------------

    def symbol_of(self, text: str) -> str:
        """Return the symbol meant by a symbol, with or without its slash, or by an id.

        Raises:
            Refused: Nothing here is called so.
        """
        for symbol in self.clerk.instruments:
            if text in (symbol, symbol.replace("/", ""), asset_id(symbol)):
                return symbol
        raise not_found(f"asset not found for {text}")

    def _is_coin(self, text: str) -> bool:
        """Return True for a pair of coins, with or without its slash."""
        known = (symbol for symbol in self.clerk.instruments if is_crypto(symbol))
        return is_crypto(text) or any(text == symbol.replace("/", "") for symbol in known)

    def order(self, order_id: str) -> Record:
        """Return an order by the vendor's id.

        Raises:
            Refused: There is none.
        """
        record = self.books.orders.get(order_id.lower())
        if record is None:
            raise not_found(f"order not found for {order_id}")
        return record

    def named(self, cid: str) -> Record:
        """Return an order by the client's id.

        Raises:
            Refused: There is none.
        """
        record = self.books.by_client.get(cid)
        if record is None:
            raise not_found(f"order not found for {cid}")
        return record

    def view(self, record: Record, *, is_nested: bool) -> Json:
        """Return an order as JSON, with its legs where asked."""
        legs = [order_view(self.books.orders[leg]) for leg in record.legs] if is_nested else None
        for leg in legs or ():
            # When a leg ends its parent says.
            leg.pop("expires_at", None)
        return order_view(record, legs)

    # --- new orders ---------------------------------------------------------------------------------------------

    def submit(self, body: Any, now: int) -> Json:
        """Take an order and return it as it stood when it was taken; it is at work already.

        Raises:
            Refused: It is not taken.
        """
        symbol = body.get("symbol") if isinstance(body, dict) else None
        ticket = read(body, is_crypto=isinstance(symbol, str) and self._is_coin(symbol))
        if ticket.client_order_id and ticket.client_order_id in self.books.by_client:
            raise invalid(DUPLICATE)
        try:
            ticket = msgspec.structs.replace(ticket, symbol=self.symbol_of(ticket.symbol))
        except Refused:
            raise unprocessable(f'asset "{ticket.symbol}" not found') from None
        qty = units(ticket, self.clerk.mark(ticket.symbol))
        self._check_legs(ticket)
        at = due(ticket.tif, self.sessions, now) if ticket.tif in AUCTIONS else 0
        check(self.clerk, ticket, qty, self.switches)
        records = self._records(ticket, qty, now)
        if ticket.tif == "day":
            at = self._ends(now, is_extended=ticket.extended_hours)
        for record in records:
            record.due = at
            self.books.add(record)
        for leg in records[1:]:
            leg.status = "held"
        told = self.view(records[0], is_nested=True)
        self.clerk.work(records[0], now)
        if ticket.order_class == "oco":
            for leg in records[1:]:
                self.clerk.work(leg, now)
        return told

    def _ends(self, now: int, *, is_extended: bool) -> int:
        """Return when an order for a day taken at `now` ends, both UTC ns."""
        since, until = self._days.get(is_extended, (0, 0))
        if not since <= now < until:
            until = ends(self.sessions, now, is_extended=is_extended)
            self._days[is_extended] = now, until
        return until

    def _check_legs(self, ticket: Ticket) -> None:
        """Check that exits stand on the right side of the price that the order begins at.

        Raises:
            Refused: One does not.
        """
        target, stop = ticket.take_profit, ticket.stop_loss
        base = ticket.limit or ticket.stop or self.clerk.mark(ticket.symbol)
        sign = 1 if (ticket.side == "buy") != (ticket.order_class == "oco") else -1
        if (
            ticket.order_class != "oco"
            and target is not None
            and target.limit is not None
            and sign * (target.limit - base) <= 0
        ):
            word = ">" if sign > 0 else "<"
            raise unprocessable(f"take_profit.limit_price must be {word} base_price")
        if stop is not None and stop.stop is not None and sign * (base - stop.stop) < Decimal("0.01"):
            word = "<= base_price - 0.01" if sign > 0 else ">= base_price + 0.01"
            raise unprocessable(f"stop_loss.stop_price must be {word}")

    def _records(self, ticket: Ticket, qty: Decimal, now: int) -> list[Record]:
        """Return an order and its legs."""
        cid = ticket.client_order_id or identity("client", str(len(self.books.orders)), str(now))
        intent = intent_of(ticket.side, self.books.held(ticket.symbol))
        head = Record(
            id=identity("order", cid), client_order_id=cid, symbol=ticket.symbol, side=ticket.side, type=ticket.type,
            tif=ticket.tif, order_class=ticket.order_class, qty=ticket.qty, notional=ticket.notional,
            limit=ticket.limit, stop=ticket.stop, trail_price=ticket.trail_price, trail_percent=ticket.trail_percent,
            extended_hours=ticket.extended_hours, intent=intent, size=qty,
            created=now, updated=now,
        )  # fmt: skip
        if ticket.order_class == "simple":
            return [head]
        head.group = identity("group", head.id)
        head.role = "take_profit" if ticket.order_class == "oco" else "entry"
        legs = [head]
        exit_side = ticket.side if ticket.order_class == "oco" else ("sell" if ticket.side == "buy" else "buy")
        if ticket.take_profit is not None and ticket.order_class != "oco":
            legs.append(_leg(head, exit_side, "take_profit", ticket.take_profit.limit, None))
        if ticket.stop_loss is not None:
            legs.append(_leg(head, exit_side, "stop_loss", ticket.stop_loss.limit, ticket.stop_loss.stop))
        head.legs = [leg.id for leg in legs[1:]]
        return legs

    # --- changes ------------------------------------------------------------------------------------------------

    def replace(self, order_id: str, body: Any, now: int) -> Json:
        """Put another order to work in the place of one, and return it.

        Raises:
            Refused: It stays as it is.
        """
        old = self.order(order_id)
        if not isinstance(body, dict):
            raise Refused(400, 40010000, "request body format is invalid")
        if old.status not in _CHANGEABLE:
            raise unprocessable(f'cannot replace order in status "{old.status}"')
        cid = client_id(body) or identity("client", old.id, str(now))
        if cid in self.books.by_client:
            raise invalid(DUPLICATE)
        new = _changed(old, body, cid, now)
        self._check_change(old, new)
        if new.tif in _LASTING:
            new.due = self._ends(now, is_extended=new.extended_hours) if new.tif == "day" else 0
        self.books.add(new)
        told = self.view(new, is_nested=True)
        self.clerk.supersede(old, new, now)
        return told

    def _check_change(self, old: Record, new: Record) -> None:
        if new.size <= 0:
            raise unprocessable("qty must be greater than the quantity filled already")
        for name, px in (("limit_price", new.limit), ("stop_price", new.stop)):
            check_increment(name, px)
        held = self.books.held(old.symbol)
        if new.side == "sell" and held > 0 and not new.group:
            bound = promised(self.clerk, old.symbol, old.side) - old.leaves
            if new.size > held - bound:
                raise Refused(403, 40310000, "insufficient qty available for order", symbol=old.symbol)
        check_change(self.clerk, old, new)

    def cancel(self, order_id: str, now: int) -> None:
        """Take an order back.

        Raises:
            Refused: There is none, or it has ended.
        """
        record = self.order(order_id)
        if not record.is_open:
            raise unprocessable(f'order is already in "{record.status}" state')
        self.clerk.take_back(record, now)

    def cancel_all(self, now: int, symbol: str = "") -> list[Record]:
        """Take every open order back, of one symbol or of all, and return them."""
        records = self.books.open_orders(symbol)
        for record in records:
            if record.is_open:
                self.clerk.take_back(record, now)
        return records

    def close(self, symbol: str, part: tuple[str, str], now: int) -> Json:
        """Send the order that closes a position, or the part of it in `qty` or `percentage`.

        Raises:
            Refused: There is no position, or the order is not taken.
        """
        held = self.books.held(symbol)
        if not held:
            raise not_found(f"position does not exist: {symbol}")
        qty, body = abs(held), {"qty": part[0] or None, "percentage": part[1] or None}
        if body["qty"]:
            qty = amount(body, "qty") or ZERO
        elif body["percentage"]:
            share = amount(body, "percentage") or ZERO
            qty = div(qty * share, _HUNDRED, _UNIT if is_crypto(symbol) else Decimal(1), Rounding.FLOOR)
        side = "sell" if held > 0 else "buy"
        tif = "gtc" if is_crypto(symbol) else "day"
        order = {"symbol": symbol, "qty": qty, "side": side, "type": "market", "time_in_force": tif}
        return self.submit(order, now)


def _leg(head: Record, side: str, role: str, limit: Decimal | None, stop: Decimal | None) -> Record:
    kind = "limit" if stop is None else "stop" if limit is None else "stop_limit"
    return Record(
        id=identity("order", head.id, role), client_order_id=identity("client", head.id, role), symbol=head.symbol,
        side=side, type=kind, tif=head.tif, order_class=head.order_class, qty=head.qty, notional=None, limit=limit,
        stop=stop, trail_price=None, trail_percent=None, extended_hours=False, intent=f"{side}_to_close",
        size=head.size, created=head.created, updated=head.updated, group=head.group, role=role, parent=head.id,
    )  # fmt: skip


def _changed(old: Record, body: Json, cid: str, now: int) -> Record:
    """Return an order with what a change names; its quantity is the total, what is filled included."""
    qty = amount(body, "qty")
    is_part = not is_crypto(old.symbol) and old.qty is not None and bool(old.qty % 1)
    if old.notional is not None or (qty is not None and is_part):
        raise unprocessable("quantity of fractional and notional orders cannot be replaced")
    if old.order_class != "simple" and qty not in (None, old.filled + old.leaves):
        # Of these the prices alone may be changed: its legs would close another quantity than is entered.
        raise unprocessable(f"quantity of {old.order_class} orders cannot be replaced")
    trail, limit, stop = amount(body, "trail"), amount(body, "limit_price"), amount(body, "stop_price")
    if (limit and old.limit is None) or (stop and old.stop is None) or (trail and old.type != "trailing_stop"):
        raise unprocessable(f"{old.type} orders have no such price")
    tif = word(body, "time_in_force", TIFS) if body.get("time_in_force") else old.tif
    if tif != old.tif and (tif not in _LASTING or old.tif not in _LASTING or is_crypto(old.symbol) or is_part):
        raise unprocessable(f"time_in_force cannot be changed from {old.tif} to {tif}")
    total = qty if qty is not None else old.filled + old.leaves
    named = (qty, limit, stop, trail, tif)
    if all(new in (None, *was) for new, was in zip(named, _stands(old), strict=True)):
        raise unprocessable("order parameters are not changed")
    return msgspec.structs.replace(
        old, id=identity("order", cid), client_order_id=cid, created=now, updated=now, replaces=old.id,
        replaced_by="", qty=total, limit=limit or old.limit, stop=stop or old.stop,
        trail_price=trail if trail and old.trail_percent is None else old.trail_price,
        trail_percent=trail if trail and old.trail_percent is not None else old.trail_percent,
        tif=tif, status="accepted", size=total - old.filled, worked=ZERO,
    )  # fmt: skip


def _stands(old: Record) -> tuple[tuple[object, ...], ...]:
    """Return what an order has now of what a change can name."""
    return (old.filled + old.leaves,), (old.limit,), (old.stop,), (old.trail_price, old.trail_percent), (old.tif,)
