"""Alpaca on the list that every broker passes: each situation played with its own answers and frames."""

import json
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.brokers.alpaca.session import ACCOUNT
from openbell.edges.brokers.failures import Failure
from openbell.edges.brokers.mail import Asked
from tests.edges.brokers.alpaca.frames import (
    NAME,
    OID,
    VENUE,
    account,
    activity,
    amend,
    order,
    partial,
    position,
    submit,
)
from tests.edges.brokers.alpaca.talk import Talk

REFUSALS: dict[str, tuple[int, Any]] = {
    "refused": (422, {"code": 42210000, "message": "order is not open"}),
    "server error": (503, {"message": "upstream"}),
    "unknown code": (422, {"code": 99999999, "message": "consult your representative"}),
    "too many": (429, {"message": "rate limit exceeded"}),
    "fenced": (401, {"code": 40110000, "message": "request is not authorized"}),
    "has it already": (422, {"code": 40010001, "message": "client_order_id must be unique"}),
}
EFFECTS: dict[str, fx.Effect] = {
    "submit": submit(),
    "cancel": fx.Cancel(oid=OID, account=NAME),
    "amend": amend(),
    "order": fx.Query(account=NAME, oid=OID),
    "state": fx.Query(account=NAME),
}


class Alpaca:
    """The bench of Alpaca."""

    def __init__(self) -> None:
        self.talk = Talk()
        self.told: list[str] = []

    def hear(self, events: list[ev.Event]) -> None:
        """Note what was told, in short."""
        for event in events:
            if isinstance(event, ev.OrderUpdate):
                self.told.append(event.happening)
            elif isinstance(event, ev.Link):
                channel = "link" if event.channel == "orders" else "data"
                self.told.append(f"{channel} {'up' if event.is_up else 'down'}")
            elif isinstance(event, ev.BrokerState):
                self.told.append("state failed" if event.failed else "state")
            else:
                self.told.append(type(event).__name__.lower())

    def play(self, situation: str, request: str) -> tuple[str, ...]:
        """Send a request into a situation and return what was told."""
        talk = self.talk
        if request in ("hello", "nothing") or situation == "before the hello":
            self._opening(situation)
        else:
            talk.open()
            if request in ("cancel", "amend", "state"):
                talk.session.memory.learn(OID, VENUE)
            self.hear(talk.session.take(EFFECTS[request], talk.now))
            try:
                self._answer(situation, talk.asked()[0])
            except Failure as failure:
                self.hear(talk.session.end(str(failure), talk.now))
        if talk.session.failure is not None:
            self.told.append("given up")
        return tuple(self.told)

    def _opening(self, situation: str) -> None:
        talk = self.talk
        if situation == "before the hello":
            self.hear(talk.session.take(EFFECTS["submit"], talk.now))
        elif situation == "another mode":
            self.hear(talk.greet(account_number="123456789"))
        elif situation == "clock off":
            talk.offset = 10**9
            self.hear(talk.open())
        elif situation == "mute data":
            talk.open()
            for _ in range(122):
                talk.frame(ACCOUNT, {"stream": "other"})
                self.hear(talk.tick(1))
        else:
            talk.greet()
            try:
                for _ in range(11):
                    talk.frame(ACCOUNT, {"stream": "other"})
                    talk.tick(1)
            except Failure:
                self.told.append("line dead")

    def _answer(self, situation: str, asked: Asked) -> None:
        talk = self.talk
        if situation in REFUSALS:
            self.hear(talk.reply(asked, *REFUSALS[situation]))
        elif situation in ("taken", "taken twice"):
            for _ in range(1 + (situation == "taken twice")):
                self.hear(talk.reply(asked, 200, order(status="accepted")))
        elif situation in ("silence", "late"):
            self.hear(talk.tick(5.5))
            if situation == "late":
                self.hear(talk.reply(asked, 200, order(status="accepted")))
        elif situation == "line gone":
            self.hear(talk.session.end("cut", talk.now))
        elif situation == "web page":
            self.hear(talk.session.answered(asked.id, 200, {}, b"<html></html>", talk.now))
        elif situation.startswith("filled"):
            self.hear(talk.frame(ACCOUNT, partial()))
            if situation == "filled before taken":
                self.hear(talk.reply(asked, 200, order(status="accepted")))
        else:
            self._tell(situation, asked)

    def _tell(self, situation: str, asked: Asked) -> None:
        talk = self.talk
        if situation == "not known":
            self.hear(talk.reply(asked, 404, {"code": 40410000, "message": "order not found"}))
        elif situation == "known":
            self.hear(talk.reply(asked, 200, order(filled_qty="4", status="partially_filled")))
            self.hear(talk.reply(talk.asked()[0], 200, [activity()]))
        else:
            answers: list[Any] = [[activity()] * (situation == "whole"), [order()], [position()], account()]
            if situation == "half an answer":
                answers[2] = None
            for number, body in enumerate(answers):
                one = asked if number == 0 else next(iter(talk.asked()), None)
                if one is not None:
                    self.hear(talk.session.answered(one.id, 200, {}, json.dumps(body).encode(), talk.now))
