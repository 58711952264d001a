"""What is asked about single orders: their ids, their fate, their changes and ends. Pure."""

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.alpaca.inquiry import Inquiry
from openbell.edges.brokers.alpaca.snapshot import Memory
from openbell.edges.brokers.budget import CANCEL
from openbell.edges.brokers.failures import BadRequest, Failure, OutcomeUnknown
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.reply import Reply
from openbell.edges.brokers.request import Request
from openbell.edges.brokers.words import lost


class Questions:
    """The questions of one connection."""

    def __init__(self, account: str, memory: Memory, mail: Mail, now: int) -> None:
        """Ask through `mail` for the account that we call so; stamps begin at `now` (ns)."""
        self._account = account
        self._memory = memory
        self._mail = mail
        self._stamp = now
        self._inquiries: dict[str, Inquiry] = {}
        self._waiting: dict[str, list[fx.Amend | fx.Cancel]] = {}

    def inquire(self, oid: str, until: int = 0) -> None:
        """Ask what became of an order, unless that is asked already.

        With `until` (UTC ns, of the venue's clock) ask too what was corrected up to then.
        """
        if oid not in self._inquiries:
            self._inquiries[oid] = Inquiry(self._account, oid, self._mail)
        self._inquiries[oid].until = max(self._inquiries[oid].until, until)

    def change(self, effect: fx.Amend | fx.Cancel, now: int) -> None:
        """Ask for a change or a cancel; the venue's id of an order has to be known for that."""
        venue_order = self._memory.ids.get(effect.oid)
        if venue_order is None:
            if effect.oid not in self._waiting:
                query = {"client_order_id": effect.oid}
                self._mail.ask(codec.ask("find", codec.BY_NAME, query, oid=effect.oid, priority=CANCEL))
            self._waiting.setdefault(effect.oid, []).append(effect)
        elif isinstance(effect, fx.Cancel):
            self._mail.ask(codec.cancel(effect.oid, venue_order))
        else:
            self._stamp = max(self._stamp + 1, now)
            self._mail.ask(codec.amend(effect, venue_order, self._stamp))

    def found(self, oid: str, reply: Reply, failure: Failure | None, now: int) -> list[ev.Event]:
        """Carry out what waited for the venue's id of an order."""
        waiting = self._waiting.pop(oid, [])
        if isinstance(failure, BadRequest) and reply.status == 404:
            return [self._absent(oid, now)]
        if failure is not None or not isinstance(reply.body, dict) or not isinstance(reply.body.get("id"), str):
            return [lost(self._account, oid, f"its id at the venue is not known: {failure}")]
        self._memory.learn(oid, reply.body.get("replaced_by") or reply.body["id"])
        for effect in waiting:
            self.change(effect, now)
        return []

    def looked_up(self, request: Request, reply: Reply, failure: Failure | None, now: int) -> list[ev.Event]:
        """Take a part of the answer about an order, and return all of it once it is there.

        A late answer to a question that was given up is none to the one that was asked since.
        """
        oid = request.oid
        inquiry = self._inquiries.get(oid)
        if inquiry is None or request is not inquiry.awaited:
            return []
        if isinstance(failure, BadRequest) and reply.status == 404 and not inquiry.venue_order:
            del self._inquiries[oid]
            return [self._absent(oid, now)]
        if failure is not None:
            del self._inquiries[oid]
            return [lost(self._account, oid, f"asked, but: {failure}")]
        try:
            found = inquiry.told(reply)
        except OutcomeUnknown as unknown:
            del self._inquiries[oid]
            return [lost(self._account, oid, f"asked, but: {unknown}")]
        if found:
            del self._inquiries[oid]
            self._memory.learn(oid, inquiry.venue_order)
        return found

    def _absent(self, oid: str, now: int) -> ev.OrderUpdate:
        """Return the word for an order that the venue does not know: whoever asked, it is an answer."""
        return ev.OrderUpdate(ts=0, account=self._account, oid=oid, happening="absent", time=now)

    def forget(self, oid: str) -> None:
        """Give up what was asked about an order: a new question begins anew."""
        self._inquiries.pop(oid, None)
        self._waiting.pop(oid, None)
