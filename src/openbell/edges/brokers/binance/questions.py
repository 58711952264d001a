"""What is asked about single orders.

Where they are, their fate, their changes and ends. Pure.
"""

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.inquiry import Inquiry
from openbell.edges.brokers.binance.snapshot import Memory
from openbell.edges.brokers.binance.tables import NO_ORDER
from openbell.edges.brokers.failures import BadRequest, Failure, OutcomeUnknown
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.reply import Reply
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.words import lost


class Questions:
    """The questions of one connection.

    Attributes:
        changing: Orders of which a change is asked for and not answered.
    """

    def __init__(self, account: str, symbols: tuple[str, ...], memory: Memory, mail: Mail, now: int) -> None:
        """Ask through `mail` for the account that we call so; stamps begin at `now` (ns)."""
        self._account = account
        self._symbols = symbols
        self._memory = memory
        self._mail = mail
        self._stamp = now
        self._inquiries: dict[str, Inquiry] = {}
        self._waiting: dict[str, list[fx.Amend | fx.Cancel]] = {}
        self.changing: set[str] = set()

    def inquire(self, oid: str) -> None:
        """Ask what became of an order, unless that is asked already."""
        if oid not in self._inquiries:
            known = self._memory.orders.get(oid)
            places = tuple((symbol, oid) for symbol in self._symbols)
            if known is not None:
                places = ((known["symbol"], known["clientOrderId"]),)
            self._inquiries[oid] = Inquiry(self._account, oid, places, self._mail)

    def change(self, effect: fx.Amend | fx.Cancel, now: int) -> None:
        """Ask for a change or a cancel; where the order is has to be known for that."""
        known = self._memory.orders.get(effect.oid)
        if known is None:
            self._waiting.setdefault(effect.oid, []).append(effect)
            self.inquire(effect.oid)
        elif isinstance(effect, fx.Cancel):
            self._mail.ask(codec.cancel(effect.oid, known["symbol"], known["clientOrderId"]))
        else:
            self._stamp = max(self._stamp + 1, now)
            self.changing.add(effect.oid)
            self._mail.ask(codec.amend(effect, known, self._stamp))

    def looked_up(self, request: Request, reply: Reply, failure: Failure | None, now: int) -> list[ev.Event]:
        """Take a part of the answer about an order, and return all of it once it is there.

        A late answer to a question that was given up is none to the one that was asked since.
        """
        op, oid = request.op, request.oid
        inquiry = self._inquiries.get(oid)
        if inquiry is None or request is not inquiry.awaited:
            return []
        body = reply.body if isinstance(reply.body, dict) else {}
        is_missing = isinstance(failure, BadRequest) and op == "order" and body.get("code") == NO_ORDER
        if failure is not None and not is_missing:
            self.forget(oid)
            return [lost(self._account, oid, f"asked, but: {failure}")]
        try:
            found = inquiry.missing() if is_missing else inquiry.told(op, reply)
            if found and inquiry.order is not None:
                self._memory.learn(inquiry.order)
        except OutcomeUnknown as unknown:
            self.forget(oid)
            return [lost(self._account, oid, f"asked, but: {unknown}")]
        if inquiry.is_absent:
            is_wanted = oid in self._waiting
            self.forget(oid)
            if is_wanted:
                return [lost(self._account, oid, "there is nothing to change or to cancel under this name")]
            return [ev.OrderUpdate(ts=0, account=self._account, oid=oid, happening="absent", time=now)]
        if found:
            del self._inquiries[oid]
            for effect in self._waiting.pop(oid, []):
                self.change(effect, now)
        return found

    def forget(self, oid: str) -> None:
        """Give up what was asked about an order: a new question begins anew."""
        self._inquiries.pop(oid, None)
        self._waiting.pop(oid, None)
        self.changing.discard(oid)
