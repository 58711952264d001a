import json

import pytest

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.edges.brokers.binance import codec
from openbell.edges.brokers.binance.replies import judge, ordered
from openbell.edges.brokers.failures import AuthFailed, BadRequest, OutcomeUnknown, RateLimited, Transient
from openbell.edges.brokers.reply import read
from tests.edges.brokers.binance.frames import NAME, amend, cancelled, made, order, refusal, submit

SUBMIT = codec.submit(submit())
AMEND, CANCEL = codec.amend(amend(), order(), 1), codec.cancel("ABC123-1", "BTCUSDT", "ABC123-1")


def failure(status: int, code: int, msg: str = "", **headers: str) -> object:
    return judge(read(status, headers, json.dumps(refusal(code, msg)).encode(), "msg"))


@pytest.mark.parametrize(
    ("status", "code", "msg", "kind"),
    [
        (401, -2015, "", AuthFailed), (401, -2014, "", AuthFailed), (400, -1022, "", AuthFailed),
        (429, -1003, "", RateLimited), (418, -1003, "", RateLimited), (400, -1015, "", RateLimited), (400, -1008, "", RateLimited),
        (400, -1021, "", Transient), (400, -1013, "", BadRequest), (400, -2013, "", BadRequest),
        (500, -1013, "", OutcomeUnknown), (503, -1008, "", OutcomeUnknown), (400, -1006, "", OutcomeUnknown),
        (400, -1007, "", OutcomeUnknown), (409, -2021, "", OutcomeUnknown), (403, 0, "", OutcomeUnknown),
    ],
)  # fmt: skip
def test_F11_only_documented_refusals_are_final(status: int, code: int, msg: str, kind: type) -> None:
    assert type(failure(status, code, msg)) is kind


@pytest.mark.parametrize(
    ("code", "msg", "ours"),
    [
        (-2010, "Account has insufficient balance for requested action.", Code.BUYING_POWER),
        (-2010, "Market is closed.", Code.HALTED), (-2010, "Order would immediately match and take.", Code.BAD_PRICE),
        (-2010, "Duplicate order sent.", Code.DUPLICATE_ID), (-1013, "Filter failure: LOT_SIZE", Code.OFF_LOT),
        (-1013, "Filter failure: NOTIONAL", Code.BELOW_MINIMUM), (-1013, "Filter failure: PRICE_FILTER", Code.OFF_TICK),
        (-2011, "Unknown order sent.", Code.TOO_LATE),
    ],
)  # fmt: skip
def test_the_words_say_what_a_code_leaves_open(code: int, msg: str, ours: Code) -> None:
    found = failure(400, code, msg)
    assert isinstance(found, BadRequest)
    assert found.code == ours


def test_F54_the_venue_says_how_long_to_wait() -> None:
    waits = [failure(429, -1003, "", **{"Retry-After": "7"}), failure(429, -1003), failure(418, -1003)]
    assert [one.retry_ns for one in waits if isinstance(one, RateLimited)] == [7 * NS, 60 * NS, 120 * NS]


def test_F58_a_page_that_says_all_is_well_is_somebody_elses() -> None:
    with pytest.raises(OutcomeUnknown):
        read(200, {}, b"<html></html>", "msg")
    assert isinstance(judge(read(410, {}, b"<html></html>", "msg")), OutcomeUnknown)


def happenings(request: codec.Request, status: int, body: object) -> list[str]:
    found, _ = ordered(request, read(status, {}, json.dumps(body).encode(), "msg"), NAME)
    return [one.happening if isinstance(one, ev.OrderUpdate) else "fill" for one in found]


def test_a_yes_brings_executions_and_what_is_in_force() -> None:
    assert happenings(SUBMIT, 200, made(2, status="PARTIALLY_FILLED")) == ["fill", "fill", "accepted"]
    assert happenings(SUBMIT, 200, made(1, status="EXPIRED")) == ["fill", "expired"]
    assert happenings(CANCEL, 200, cancelled()) == ["cancelled"]
    both = {
        "cancelResult": "SUCCESS",
        "newOrderResult": "SUCCESS",
        "newOrderResponse": made(clientOrderId="ABC123-1_A"),
    }
    assert happenings(AMEND, 200, both) == ["replaced"]
    ended = both | {"newOrderResponse": made(1, status="EXPIRED", clientOrderId="ABC123-1_A")}
    assert happenings(AMEND, 200, ended) == ["fill", "replaced", "expired"]


def test_a_yes_that_cannot_be_read_leaves_the_order_unknown() -> None:
    for request, body in ((SUBMIT, {}), (AMEND, {"newOrderResponse": None}), (CANCEL, {"status": 5}), (SUBMIT, [])):
        assert happenings(request, 200, body) == ["lost"]


def test_half_a_change_is_asked_after() -> None:
    assert happenings(AMEND, 409, refusal(-2021, "partially failed")) == ["lost"]
    assert happenings(AMEND, 400, refusal(-2022, "failed")) == ["replace_refused"]


@pytest.mark.parametrize(
    ("halves", "told"),
    [
        ({}, "cancelled"),
        # What may have come after all, or is not said, is asked after.
        ({"newOrderResponse": refusal(-1007, "Timeout waiting for response.")}, "lost"),
        ({"newOrderResponse": refusal(-2010, "Duplicate order sent.")}, "lost"),
        ({"newOrderResponse": None}, "lost"),
        ({"newOrderResult": "NOT_ATTEMPTED"}, "lost"),
        ({"cancelResult": "FAILURE"}, "lost"),
        ({"cancelResponse": refusal(-2011, "Unknown order sent.")}, "lost"),
    ],
)
def test_F33_an_order_that_was_taken_back_for_one_that_is_refused_has_ended(halves: dict, told: str) -> None:
    refused = {
        "cancelResult": "SUCCESS", "newOrderResult": "FAILURE", "cancelResponse": cancelled(),
        "newOrderResponse": refusal(-2010, "Order would trigger immediately."),
    }  # fmt: skip
    body = refusal(-2021, "Order cancel-replace partially failed.") | {"data": refused | halves}
    assert happenings(AMEND, 409, body) == [told]
    assert happenings(SUBMIT, 409, body) == ["lost"]


def test_a_failure_that_concerns_more_than_its_order_is_handed_on() -> None:
    for status, code, kind in ((429, -1003, RateLimited), (401, -2015, AuthFailed), (400, -1021, Transient)):
        found, general = ordered(SUBMIT, read(status, {}, json.dumps(refusal(code, "")).encode(), "msg"), NAME)
        assert isinstance(found[0], ev.OrderUpdate)
        assert (found[0].happening, found[0].code, type(general)) == ("rejected", Code.NOT_READY, kind)
