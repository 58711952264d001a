"""Asking after one order, those that took its place, and all their executions. Pure."""

from openbell.core import events as ev
from openbell.edges.brokers.alpaca import codec, feed
from openbell.edges.brokers.alpaca.tables import SUPERSEDED
from openbell.edges.brokers.failures import OutcomeUnknown
from openbell.edges.brokers.fields import mapping, text
from openbell.edges.brokers.mail import Mail
from openbell.edges.brokers.reply import Reply
from openbell.edges.brokers.request import Body, Request

MOST_CHANGES = 50
"""Orders that one may have been changed into before the chain counts as endless."""


class Inquiry:
    """One question about one order, from its name to its last execution.

    Attributes:
        account, oid: Whose, and which. awaited: The request whose answer comes next.
        until: Corrections of its executions are asked for too, up to this instant (UTC ns); 0 for none.
    """

    def __init__(self, account: str, oid: str, mail: Mail) -> None:
        """Ask through `mail` for the order that we call `oid`."""
        self.account = account
        self.oid = oid
        self.until = 0
        self._mail = mail
        self._chain: list[Body] = []
        self._left: list[str] = []
        self._fills: list[ev.Event] = []
        self._ask(codec.ask("order", codec.BY_NAME, {"client_order_id": oid}, oid=oid))

    def _ask(self, request: Request) -> None:
        """Ask the next question: from now on this one's answer alone counts."""
        self.awaited = request
        self._mail.ask(request)

    def told(self, reply: Reply) -> list[ev.Event]:
        """Take the next answer, which is no failure; return everything once it is there.

        Raises:
            OutcomeUnknown: A field is missing, or is not what it should be.
        """
        if self.awaited.path.startswith(feed.FEED):
            return self._told_corrections(codec.rows(reply.body) if isinstance(reply.body, list) else [])
        if isinstance(reply.body, list):
            return self._told_fills(codec.rows(reply.body))
        order = mapping(reply.body)
        self._chain.append(order)
        if len(self._chain) > MOST_CHANGES:
            raise OutcomeUnknown(f"changed more than {MOST_CHANGES} times")
        if text(order, "status") == SUPERSEDED:
            path = f"{codec.ORDERS}/{text(order, 'replaced_by')}"
            self._ask(codec.ask("order", path, {}, oid=self.oid))
            return []
        self._left = [text(one, "id") for one in self._chain]
        self._ask_fills("")
        return []

    def _ask_fills(self, token: str) -> None:
        more = {"page_token": token} if token else {}
        query = {"order_id": self._left[0], "direction": "asc", "page_size": str(codec.PAGE), **more}
        self._ask(codec.ask("order", codec.ACTIVITIES, query, oid=self.oid))

    def _told_fills(self, rows: list[Body]) -> list[ev.Event]:
        self._fills += [codec.execution(row, self.account, self.oid) for row in rows]
        if len(rows) >= codec.PAGE:
            self._ask_fills(text(rows[-1], "id"))
            return []
        self._left = self._left[1:]
        if self._left:
            self._ask_fills("")
            return []
        if self.until:
            self._ask(feed.question(codec.instant(self._chain[0], "created_at"), self.until, self.oid))
            return []
        return self._whole()

    def _told_corrections(self, rows: list[Body]) -> list[ev.Event]:
        ours = {text(one, "id"): self.oid for one in self._chain}
        self._fills += [one for one in feed.corrected(rows, self.account, ours) if one.venue_order in ours]
        return self._whole()

    def _whole(self) -> list[ev.Event]:
        """Return everything that was told."""
        last = self._chain[-1]
        said = codec.order_event(last, self.account)
        found = [*self._fills, said]
        if said.happening == "accepted" and len(self._chain) > 1:
            found.append(codec.order_event(last, self.account, "replaced"))
        return found

    @property
    def venue_order(self) -> str:
        """The venue's id of the order that stands now, empty while none was told."""
        return text(self._chain[-1], "id") if self._chain else ""
