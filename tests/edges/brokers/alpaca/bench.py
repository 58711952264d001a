"""Alpaca on the list that every broker passes: each situation played with its own answers and frames."""

from typing import Any

from openbell.core import effects as fx
from openbell.edges.brokers.alpaca.session import ACCOUNT
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
from tests.edges.brokers.bench import RestBench, Script

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


def _tell(bench: RestBench, situation: str, asked: Asked) -> None:
    talk = bench.talk
    if situation == "not known":
        bench.hear(talk.reply(asked, 404, {"code": 40410000, "message": "order not found"}))
    elif situation == "known":
        bench.hear(talk.reply(asked, 200, order(filled_qty="4", status="partially_filled")))
        bench.hear(talk.reply(talk.asked()[0], 200, [activity()]))
    else:
        answers: list[Any] = [[activity()] * (situation == "whole"), [], [order()], [position()], account()]
        if situation == "half an answer":
            answers[3] = None
        bench.told_in_parts(asked, answers)


SCRIPT = Script(
    effects=EFFECTS,
    refusals=REFUSALS,
    taken=order(status="accepted"),
    alien={"account_number": "123456789"},
    learn=lambda talk: talk.session.memory.learn(OID, VENUE),
    idle=lambda talk: talk.frame(ACCOUNT, {"stream": "other"}),
    fill=lambda talk: talk.frame(ACCOUNT, partial()),
    tell=_tell,
)


def bench() -> RestBench:
    """Return the bench of Alpaca."""
    return RestBench(Talk(), SCRIPT)
