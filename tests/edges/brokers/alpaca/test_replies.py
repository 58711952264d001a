from typing import Any

import pytest

from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.edges.brokers.alpaca import codec
from openbell.edges.brokers.alpaca.replies import judge, ordered
from openbell.edges.brokers.failures import AuthFailed, BadRequest, OutcomeUnknown, RateLimited
from openbell.edges.brokers.reply import Reply, read
from tests.edges.brokers.alpaca.frames import NAME, OID, VENUE, order, submit

SUBMIT, CANCEL = codec.submit(submit()), codec.cancel(OID, VENUE)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"code": 40010000, "message": "malformed"}, BadRequest),
        (401, {}, AuthFailed),
        (403, {"message": "forbidden."}, AuthFailed),
        (403, {"code": 40310000, "message": "insufficient buying power"}, BadRequest),
        (403, {"code": 1, "message": "who knows"}, OutcomeUnknown),
        (404, {"code": 40410000, "message": "order not found"}, BadRequest),
        (404, {"message": "no such page"}, OutcomeUnknown),
        (418, {"code": 40010000}, OutcomeUnknown),
        (422, {"code": 42210000, "message": "x"}, BadRequest),
        (422, {"code": "42210000", "message": "x"}, OutcomeUnknown),
        (429, {}, RateLimited),
        (500, {"code": 50010000, "message": "x"}, OutcomeUnknown),
        (504, None, OutcomeUnknown),
    ],
)
def test_F11_what_is_in_no_table_is_not_known(status: int, body: Any, kind: type[Exception]) -> None:
    assert type(judge(SUBMIT, Reply(status=status, body=body), 0)) is kind


@pytest.mark.parametrize(
    ("status", "number", "message", "code"),
    [
        (403, 40310000, "asset AAPL is not shortable", Code.SHORT_NOT_ALLOWED),
        (403, 40310000, "insufficient buying power", Code.BUYING_POWER),
        (422, 42210000, "fractional orders must be DAY orders", Code.OFF_LOT),
        (422, 42210000, "limit price must be > 0", Code.BAD_PRICE),
    ],
)
def test_a_refusal_says_by_its_words_what_the_list_may_say_by_now(
    status: int, number: int, message: str, code: Code
) -> None:
    failure = judge(SUBMIT, Reply(status=status, body={"code": number, "message": message}), 0)
    assert isinstance(failure, BadRequest)
    assert failure.code == code


def test_F54_a_pause_lasts_until_the_vendors_minute_is_over() -> None:
    def pause(reset: str) -> int:
        found = judge(SUBMIT, Reply(status=429, headers={"x-ratelimit-reset": reset}), 100 * NS)
        assert isinstance(found, RateLimited)
        return found.retry_ns

    assert [pause(text) // NS for text in ("130", "99", "9999", "soon")] == [31, 1, 90, 5]


def test_F58_a_yes_that_cannot_be_read_was_given_by_somebody_else() -> None:
    with pytest.raises(OutcomeUnknown):
        read(200, {}, b"<html>", "message")
    assert read(503, {"X-Y": "1"}, b"<html>", "message") == Reply(
        status=503, headers={"x-y": "1"}, body={"message": "<html>"}
    )
    assert read(204, {}, b"", "message").body is None


def test_what_an_answer_to_an_order_means() -> None:
    (yes,), _ = ordered(SUBMIT, Reply(status=200, body=order(status="accepted")), NAME, 0)
    assert (yes.happening, yes.venue_order) == ("accepted", VENUE)  # type: ignore[union-attr]  # an order's word
    assert ordered(CANCEL, Reply(status=204), NAME, 0) == ([], None)
    (no,), general = ordered(CANCEL, Reply(status=422, body={"code": 42210000, "message": "filled"}), NAME, 0)
    assert (no.happening, no.code, general) == ("cancel_refused", Code.TOO_LATE, None)  # type: ignore[union-attr]  # the same


def test_F01_an_order_that_is_there_already_is_asked_after() -> None:
    body = {"code": 40010001, "message": "client_order_id must be unique"}
    (lost,), _ = ordered(SUBMIT, Reply(status=422, body=body), NAME, 0)
    assert lost.happening == "lost"  # type: ignore[union-attr]  # an order's word


def test_F58_a_yes_without_the_order_leaves_it_unknown() -> None:
    (lost,), _ = ordered(SUBMIT, Reply(status=200, body={"id": VENUE}), NAME, 0)
    assert lost.happening == "lost"  # type: ignore[union-attr]  # an order's word
