"""The account's stream of one connection: what it tells of our orders. Pure."""

from typing import Any

from openbell.core import events as ev
from openbell.core.types import parse_order_id
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.questions import Questions
from openbell.edges.brokers.binance.snapshot import Memory
from openbell.edges.brokers.binance.tables import ENDED_STREAM, STRANGER
from openbell.edges.brokers.failures import AuthFailed, Transient
from openbell.edges.brokers.fields import mapping

SUBSCRIBE = "userDataStream.subscribe.signature"


class User:
    """What is heard on the websocket API.

    Attributes:
        is_confirmed: The venue has taken the subscription. failure: It does not accept who we are.
    """

    def __init__(self, account: str, memory: Memory, questions: Questions) -> None:
        """Hear for the account that we call so; what is left open is asked by `questions`."""
        self.is_confirmed = False
        self.failure: AuthFailed | None = None
        self._account = account
        self._memory = memory
        self._questions = questions

    def hear(self, frame: dict[str, Any]) -> list[ev.Event]:
        """Take a frame and return what it means.

        Raises:
            Transient: The stream is of no use for now.
            OutcomeUnknown: A field is missing, or is not what it should be.
        """
        if "event" not in frame:
            self._answered(frame)
            return []
        event = mapping(frame["event"])
        if event.get("e") in ENDED_STREAM:
            raise Transient(f"the account's stream: {event['e']}")
        return self._report(event) if event.get("e") == "executionReport" else []

    def _answered(self, frame: dict[str, Any]) -> None:
        if frame.get("status") == 200:
            self.is_confirmed = True
            return
        error = mapping(frame.get("error"))
        said = f"the account's stream: {error.get('code')} {error.get('msg')}"
        if error.get("code") not in STRANGER:
            raise Transient(said)
        self.failure = AuthFailed(said)

    def _report(self, event: dict[str, Any]) -> list[ev.Event]:
        """Return what a report means to us.

        What a change does on its way means nothing, and what is not ours to hear.
        """
        found, name = codec.decode(event, self._account), codec.name_in(event)
        told = {"clientOrderId": name, "symbol": event.get("s"), "side": event.get("S"), "type": event.get("o"),
                "orderId": event.get("i")}  # fmt: skip
        known = self._memory.orders.get(found.oid)
        if isinstance(found, ev.Fill):
            if known is None:
                self._memory.learn(told)
            return [found]
        if parse_order_id(found.oid) is None:
            return []
        if found.happening == "lost":
            self._questions.inquire(found.oid)
            return []
        if found.oid in self._questions.changing or (known is not None and known["clientOrderId"] != name):
            return []
        self._memory.learn(told)
        return [found]
