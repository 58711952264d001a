"""Binance on the list that every broker passes: each situation played with its own answers and frames."""

from typing import Any

from openbell.core import effects as fx
from openbell.edges.brokers.mail import Asked
from tests.edges.brokers.bench import RestBench, Script
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


def _tell(bench: RestBench, situation: str, asked: Asked) -> None:
    talk = bench.talk
    if situation == "not known":
        bench.hear(talk.reply(asked, 400, refusal(-2013, "Order does not exist.")))
        bench.hear(talk.reply(talk.asked()[0], 200, []))
    elif situation == "known":
        bench.hear(talk.reply(asked, 200, order(executedQty="0.00400000", status="PARTIALLY_FILLED")))
        bench.hear(talk.reply(talk.asked()[0], 200, [trade()]))
    else:
        answers: list[Any] = [[trade()] * (situation == "whole"), [order()], account()]
        if situation == "half an answer":
            answers[2] = account(balances=None)
        bench.told_in_parts(asked, answers)


SCRIPT = Script(
    effects=EFFECTS,
    refusals=REFUSALS,
    taken=made(),
    alien={"uid": 123_456_789},
    learn=lambda talk: talk.session.memory.learn(order()),
    idle=lambda talk: talk.event({"e": "balanceUpdate"}),
    fill=lambda talk: talk.event(report()),
    tell=_tell,
)


def bench() -> RestBench:
    """Return the bench of Binance."""
    return RestBench(Talk(), SCRIPT)
