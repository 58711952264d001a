"""Orders in: new ones, cancels, replacements, smaller quantities.

No sockets and no clock.
"""

from decimal import Decimal

from openbell.core.types import Instrument
from openbell.wire.binance import views
from openbell.wire.binance.books import Amendment, OrderList, Record
from openbell.wire.binance.checks import check, check_money, check_name, check_start, units
from openbell.wire.binance.clerk import Clerk
from openbell.wire.binance.fields import Fields
from openbell.wire.binance.forms import Json, name_of
from openbell.wire.binance.listing import known
from openbell.wire.binance.refusal import NOT_CANCELLED, UNKNOWN_ORDER, Refused, neither
from openbell.wire.binance.ticket import Ticket, read, read_sor

MODES = ("STOP_ON_FAILURE", "ALLOW_FAILURE")
RESTRICTIONS = ("ONLY_NEW", "ONLY_PARTIALLY_FILLED")
_RESTRICTED = {"ONLY_NEW": "NEW", "ONLY_PARTIALLY_FILLED": "PARTIALLY_FILLED"}
_UNKNOWN = "Unknown order sent."


class Desk:
    """One account at the exchange.

    Attributes:
        clerk, books: Who keeps it, what happened.
    """

    def __init__(self, instruments: dict[str, Instrument], coins: dict[str, Decimal], rate: Decimal) -> None:
        """Open with these coins and nothing else.

        `rate` is the commission, share of what is received.
        """
        self.clerk = Clerk(instruments, coins, rate)
        self.books = self.clerk.books

    # --- what there is --------------------------------------------------------------------------------------------

    def find(self, fields: Fields, code: int, prefix: str = "") -> Record:
        """Return the order that a request names by our id or by the client's.

        Raises:
            Refused: It names none, or there is none; `code` is the vendor's for that.
        """
        symbol = known(self.clerk.listings, fields.text("symbol")).symbol
        words = ("orderId", "origClientOrderId") if not prefix else (f"{prefix}OrderId", f"{prefix}OrigClientOrderId")
        number, name = fields.whole(words[0]), fields.maybe(words[1])
        if number is None and not name:
            mixed = Refused(-1128, "Combination of optional parameters invalid.")
            raise mixed if prefix else neither(words[1], words[0])
        record = self.books.orders.get(number) if number is not None else self.books.by_name.get((symbol, name))
        if record is None or record.symbol != symbol or (name and record.client_id != name):
            words_of = {UNKNOWN_ORDER: "Order does not exist.", NOT_CANCELLED: _UNKNOWN}
            raise Refused(code, words_of[code])
        return record

    # --- new orders -----------------------------------------------------------------------------------------------

    def submit(self, fields: Fields, now: int) -> Json:
        """Take an order and return what became of it at once.

        Raises:
            Refused: It is not taken.
        """
        ticket = read(fields)
        fields.end()
        return self.place(ticket, now)

    def submit_sor(self, fields: Fields, now: int) -> Json:
        """Take an order that may be carried out in several books, as `submit`.

        Raises:
            Refused: It is not taken.
        """
        ticket = read_sor(fields)
        fields.end()
        return self.place(ticket, now)

    def place(self, ticket: Ticket, now: int) -> Json:
        """Take an order that was read.

        Raises:
            Refused: It is not taken.
        """
        record = self.admit(ticket, now)
        check_start(self.clerk, ticket)
        check_money(self.clerk, record)
        self.books.add(record)
        self.clerk.begin(record, now)
        if ticket.answer == "FULL":
            return views.full(record, self.books.trades_of(record.id))
        return views.ack(record) if ticket.answer == "ACK" else views.result(record)

    def test(self, fields: Fields, now: int) -> Json:
        """Check an order as if it were taken.

        Raises:
            Refused: It would not be.
        """
        return self._tested(read(fields), fields, now)

    def test_sor(self, fields: Fields, now: int) -> Json:
        """Check an order for several books as if it were taken.

        Raises:
            Refused: It would not be.
        """
        return self._tested(read_sor(fields), fields, now)

    def _tested(self, ticket: Ticket, fields: Fields, now: int) -> Json:
        is_asked = fields.maybe("computeCommissionRates").lower() == "true"
        fields.end()
        check_start(self.clerk, ticket)
        check_money(self.clerk, self.admit(ticket, now))
        rates = {"maker": f"{self.clerk.rate:.8f}", "taker": f"{self.clerk.rate:.8f}"}
        return {"standardCommissionForOrder": rates, "taxCommissionForOrder": dict.fromkeys(rates, "0.00000000"),
                "discount": _NO_DISCOUNT} if is_asked else {}  # fmt: skip

    def admit(self, ticket: Ticket, now: int, role: str = "", place: int = 0) -> Record:
        """Return a ticket as the order that it would be.

        Args:
            ticket: As asked for.
            now: UTC ns.
            role: In its list, empty for an order of its own.
            place: How many orders of its list come before it.

        Raises:
            Refused: Its symbol is unknown, its name is taken, or it does not pass a filter.
        """
        listing = known(self.clerk.listings, ticket.symbol)
        qty = units(self.clerk, listing, ticket)
        check(self.clerk, ticket, qty)
        check_name(self.clerk, ticket.symbol, ticket.client_id)
        number = self.books.last + 1 + place
        return Record(
            id=number, client_id=ticket.client_id or name_of("order", str(number), str(now)), symbol=ticket.symbol,
            side=ticket.side, type=ticket.type, tif=ticket.tif, qty=qty, quote_qty=ticket.quote_qty,
            price=ticket.price, stop=ticket.stop, trail=ticket.trail, iceberg=ticket.iceberg, stp=ticket.stp,
            strategy_id=ticket.strategy_id, strategy_type=ticket.strategy_type, created=now, updated=now, role=role,
            peg=ticket.peg, is_rest=ticket.is_rest, is_sor=ticket.is_sor,
        )  # fmt: skip

    # --- ends and changes -----------------------------------------------------------------------------------------

    def cancel(self, fields: Fields, now: int) -> Json:
        """Take an order back; with it goes its whole list.

        Raises:
            Refused: There is none, it has ended, or it is not in the state that was asked for.
        """
        record = self.find(fields, NOT_CANCELLED)
        name = fields.client_id("newClientOrderId")
        wanted = fields.word("cancelRestrictions", RESTRICTIONS, -1145) if fields.has("cancelRestrictions") else ""
        fields.end()
        return self._cancelled(record, name, wanted, now)

    def _cancelled(self, record: Record, name: str, wanted: str, now: int) -> Json:
        if not record.is_open:
            raise Refused(NOT_CANCELLED, _UNKNOWN)
        if wanted and record.status != _RESTRICTED[wanted]:
            raise Refused(NOT_CANCELLED, "Order was not canceled due to cancel restrictions.")
        self.clerk.take_back(record, name or name_of("cancel", record.oid, str(now)), now)
        return views.cancelled(record)

    def told_list(self, found: OrderList, ended: list[Record]) -> Json:
        """Return a list that was taken back, with the orders that ended by it."""
        orders = [self.books.orders[name] for name in found.orders]
        return views.list_view(found, orders, [views.cancelled(one) for one in ended])

    def cancel_all(self, fields: Fields, now: int) -> list[Json]:
        """Take every open order of a symbol back.

        Raises:
            Refused: There is none.
        """
        symbol = known(self.clerk.listings, fields.text("symbol")).symbol
        fields.end()
        records = self.books.open_orders(symbol)
        if not records:
            raise Refused(NOT_CANCELLED, _UNKNOWN)
        told = []
        for record in records:
            if record.is_open:
                ended = self.clerk.take_back(record, name_of("cancel", record.oid, str(now)), now)
                found = self.books.lists.get(record.list_id)
                told.append(views.cancelled(record) if found is None else self.told_list(found, ended))
        return told

    def cancel_replace(self, fields: Fields, now: int) -> Json:
        """Take an order back and put another one in its place.

        Executions in between are nobody's fault.

        Raises:
            Refused: One half failed, or both.
        """
        mode = fields.word("cancelReplaceMode", MODES, -1102)
        for name in ("cancelOrderId", "cancelOrigClientOrderId", "cancelNewClientOrderId", "cancelRestrictions",
                     "orderRateLimitExceededMode"):  # fmt: skip
            fields.has(name)
        ticket = read(fields)
        fields.end()
        halves: Json = {"cancelResult": "SUCCESS", "newOrderResult": "NOT_ATTEMPTED", "cancelResponse": None,
                        "newOrderResponse": None}  # fmt: skip
        try:
            record = self.find(fields, NOT_CANCELLED, "cancel")
            wanted = fields.word("cancelRestrictions", RESTRICTIONS, -1145) if fields.has("cancelRestrictions") else ""
            halves["cancelResponse"] = self._cancelled(record, fields.client_id("cancelNewClientOrderId"), wanted, now)
        except Refused as refused:
            halves["cancelResult"], halves["cancelResponse"] = "FAILURE", refused.body
        if halves["cancelResult"] == "SUCCESS" or mode == "ALLOW_FAILURE":
            try:
                halves["newOrderResponse"] = self.place(ticket, now)
                halves["newOrderResult"] = "SUCCESS"
            except Refused as refused:
                halves["newOrderResult"], halves["newOrderResponse"] = "FAILURE", refused.body
        done = [halves[name] == "SUCCESS" for name in ("cancelResult", "newOrderResult")]
        if all(done):
            return halves
        if any(done):
            raise Refused(-2021, "Order cancel-replace partially failed.", 409, halves)
        raise Refused(-2022, "Order cancel-replace failed.", 400, halves)

    def amend(self, fields: Fields, now: int) -> Json:
        """Make an open order smaller.

        Raises:
            Refused: It has ended, or would not be smaller.
        """
        record, qty = self.find(fields, UNKNOWN_ORDER), fields.need("newQty")
        name = fields.client_id("newClientOrderId")
        fields.end()
        self.clerk.listings[record.symbol].check_qty(qty)
        if not record.is_open or not record.filled < qty < record.qty:
            raise Refused(-2038, "Order amend request was rejected.")
        before = record.client_id, record.qty
        if name and name != record.client_id:
            check_name(self.clerk, record.symbol, name)
            record.client_id = name
            self.books.by_name[record.symbol, name] = record
        self.clerk.shrink(record, qty, now)
        made = Amendment(
            id=len(self.books.amendments) + 1, order=record.id, name=before[0], new_name=record.client_id,
            qty=before[1], new_qty=qty, time=now,
        )  # fmt: skip
        self.books.amendments.append(made)
        told = views.detail(record)
        return {
            "transactTime": views.ack(record)["transactTime"], "executionId": made.id,
            "amendedOrder": {
                "symbol": record.symbol, "orderId": record.id, "orderListId": record.list_id,
                "origClientOrderId": made.name, "clientOrderId": record.client_id, "price": told["price"],
                "qty": told["origQty"], "executedQty": told["executedQty"], "preventedQty": "0.00000000",
                "quoteOrderQty": told["origQuoteOrderQty"], "cumulativeQuoteQty": told["cummulativeQuoteQty"],
                "status": record.status, "timeInForce": record.tif, "type": record.type, "side": record.side,
                "workingTime": told["workingTime"], "selfTradePreventionMode": record.stp,
            },
        }  # fmt: skip


_NO_DISCOUNT = {"enabledForAccount": False, "enabledForSymbol": False, "discountAsset": "BNB", "discount": "0.00000000"}
