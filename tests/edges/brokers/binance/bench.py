"""Binance on the list that every broker passes: each situation played with its own answers and frames."""

import json
from typing import Any

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.brokers.binance.session import USER
from openbell.edges.brokers.failures import Failure
from openbell.edges.brokers.mail import Asked
from tests.edges.brokers.binance.frames import (
    NAME,
    OID,
    account,
    amend,
    made,
    order,
    refusal,
    report,
    submit,
    trade,
)
from tests.edges.brokers.binance.talk import Talk

REFUSALS: dict[str, tuple[int, Any]] = {
    "refused": (400, refusal(-2011, "Unknown order sent.")),
    "server error": (503, refusal(-1000, "An unknown error occurred while processing the request.")),
    "unknown code": (400, refusal(-9999, "consult your representative")),
    "too many": (429, refusal(-1003, "Too much request weight used.")),
    "fenced": (401, refusal(-2015, "Invalid API-key, IP, or permissions for action.")),
    "has it already": (400, refusal(-2010, "Duplicate order sent.")),
}
EFFECTS: dict[str, fx.Effect] = {
    "submit": submit(),
    "cancel": fx.Cancel(oid=OID, account=NAME),
    "amend": amend(),
    "order": fx.Query(account=NAME, oid=OID),
    "state": fx.Query(account=NAME),
}


class Binance:
    """The bench of Binance."""

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
                talk.session.memory.learn(order())
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
            self.hear(talk.greet(uid=123_456_789))
        elif situation == "clock off":
            talk.offset = 10**9
            self.hear(talk.open())
        elif situation == "mute data":
            talk.open()
            for _ in range(122):
                talk.event({"e": "balanceUpdate"})
                self.hear(talk.tick(1))
        else:
            talk.greet()
            try:
                for _ in range(11):
                    talk.frame(USER, {"subscriptionId": 0, "event": {"e": "balanceUpdate"}})
                    talk.tick(1)
            except Failure:
                self.told.append("line dead")

    def _answer(self, situation: str, asked: Asked) -> None:
        talk = self.talk
        if situation in REFUSALS:
            self.hear(talk.reply(asked, *REFUSALS[situation]))
        elif situation in ("taken", "taken twice"):
            for _ in range(1 + (situation == "taken twice")):
                self.hear(talk.reply(asked, 200, made()))
        elif situation in ("silence", "late"):
            self.hear(talk.tick(5.5))
            if situation == "late":
                self.hear(talk.reply(asked, 200, made()))
        elif situation == "line gone":
            self.hear(talk.session.end("cut", talk.now))
        elif situation == "web page":
            self.hear(talk.session.answered(asked.id, 200, {}, b"<html></html>", talk.now))
        elif situation.startswith("filled"):
            self.hear(talk.event(report()))
            if situation == "filled before taken":
                self.hear(talk.reply(asked, 200, made()))
        else:
            self._tell(situation, asked)

    def _tell(self, situation: str, asked: Asked) -> None:
        talk = self.talk
        if situation == "not known":
            self.hear(talk.reply(asked, 400, refusal(-2013, "Order does not exist.")))
            self.hear(talk.reply(talk.asked()[0], 200, []))
        elif situation == "known":
            self.hear(talk.reply(asked, 200, order(executedQty="0.00400000", status="PARTIALLY_FILLED")))
            self.hear(talk.reply(talk.asked()[0], 200, [trade()]))
        else:
            answers: list[Any] = [[trade()] * (situation == "whole"), [order()], account()]
            if situation == "half an answer":
                answers[2] = account(balances=None)
            for number, body in enumerate(answers):
                one = asked if number == 0 else next(iter(talk.asked()), None)
                if one is not None:
                    self.hear(talk.session.answered(one.id, 200, {}, json.dumps(body).encode(), talk.now))
