"""Asking after one order.

It is asked for in every symbol that it could be in, under the name it has now, with its executions. Pure.

That an order does not exist is believed only where the list of orders does not have it either.
"""

from openbell.core import events as ev
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.fields import mapping, number, text, whole
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.reply import Reply
from openbell.edges.brokers.request import Body, Request

ALL_ORDERS, TRADES = f"{codec.V3}/allOrders", f"{codec.V3}/myTrades"


class Inquiry:
    """One question about one order, from its name to its last execution.

    Attributes:
        oid: Ours. order: As the venue knows it, None while it does not. is_absent: It is nowhere.
        awaited: The request whose answer comes next, None once there is nothing left to ask.
    """

    def __init__(self, account: str, oid: str, places: tuple[tuple[str, str], ...], mail: Mail) -> None:
        """Ask through `mail` for the order that we call `oid`.

        The `places` are pairs of symbol and name, one after the other.
        """
        self.account = account
        self.oid = oid
        self.order: Body | None = None
        self.is_absent = False
        self.awaited: Request | None = None
        self._mail = mail
        self._places = list(places)
        self._symbols = [symbol for symbol, _ in places]
        self._is_changed = False
        self._ask_next()

    def _ask(self, request: Request) -> None:
        """Ask the next question: from now on this one's answer alone counts."""
        self.awaited = request
        self._mail.ask(request)

    def _ask_next(self) -> None:
        if self._places:
            symbol, name = self._places.pop(0)
            body = {"symbol": symbol, "origClientOrderId": name}
            self._ask(codec.ask("order", codec.ORDER, body, oid=self.oid))
        elif self._symbols:
            self._look(self._symbols.pop(0), {"limit": codec.LOOKED})
        else:
            self.is_absent = True

    def _look(self, symbol: str, more: Body) -> None:
        self._ask(codec.ask("looked", ALL_ORDERS, {"symbol": symbol, **more}, oid=self.oid))

    def missing(self) -> list[ev.Event]:
        """Take note that the order is not where it was asked for last."""
        self._ask_next()
        return []

    def told(self, op: str, reply: Reply) -> list[ev.Event]:
        """Take the next answer, which is no failure; return everything once it is there.

        Raises:
            OutcomeUnknown: A field is missing, or is not what it should be.
        """
        if op == "order":
            return self._found(mapping(reply.body))
        if op == "looked":
            return self._looked(codec.rows(reply.body))
        return self._told_fills(codec.rows(reply.body))

    def _found(self, order: Body) -> list[ev.Event]:
        self.order = order
        if text(order, "status") == "CANCELED" and not number(order, "executedQty") and not self._is_changed:
            # It may have been taken back for another one: that has a later number and our name with a stamp.
            self._look(text(order, "symbol"), {"orderId": whole(order, "orderId"), "limit": codec.PAGE})
            return []
        body = {"symbol": text(order, "symbol"), "orderId": whole(order, "orderId"), "limit": codec.PAGE}
        self._ask(codec.ask("fills", TRADES, body, oid=self.oid))
        return []

    def _looked(self, rows: list[Body]) -> list[ev.Event]:
        ours = [row for row in rows if codec.oid_of(text(row, "clientOrderId")) == self.oid]
        self._is_changed = self._is_changed or self.order is not None
        if self.order is None and not ours:
            self._ask_next()
            return []
        return self._found(ours[-1] if ours else mapping(self.order))

    def _told_fills(self, rows: list[Body]) -> list[ev.Event]:
        order = mapping(self.order)
        found: list[ev.Event] = [codec.execution(row, self.account, self.oid) for row in rows]
        said = codec.order_event(order, self.account, "updateTime")
        found.append(said)
        if said.happening == "accepted" and text(order, "clientOrderId") != self.oid:
            found.append(codec.replaced(order, self.account, "updateTime"))
        return found
