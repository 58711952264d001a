from typing import Any

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.edges.brokers.failures import AuthFailed, RateLimited
from openbell.edges.brokers.plain.codec import encode
from openbell.edges.brokers.plain.replies import ordered
from tests.edges.brokers.plain.frames import NAME, submit

SUBMIT = encode(submit(), 1)
CANCEL = encode(fx.Cancel(oid="ABC123-1", account=NAME), 1)
AMEND = encode(fx.Amend(oid="ABC123-1", account=NAME, qty=submit().qty), 1)
TAKEN = {"ok": True, "cid": "ABC123-1", "order": "V1", "state": "working", "time": 5}


def said(request: Any, body: dict[str, Any]) -> list[tuple[str, int]]:
    return [(e.happening, e.code) for e in ordered(request, body, NAME)[0] if isinstance(e, ev.OrderUpdate)]


def test_what_was_taken_is_accepted_and_a_cancel_may_be_done_at_once() -> None:
    assert said(SUBMIT, TAKEN) == [("accepted", 0)]
    assert said(CANCEL, TAKEN) == said(AMEND, TAKEN) == []
    assert said(CANCEL, TAKEN | {"state": "cancelled"}) == [("cancelled", 0)]


@pytest.mark.parametrize(
    ("request_", "word"), [(SUBMIT, "rejected"), (CANCEL, "cancel_refused"), (AMEND, "replace_refused")]
)
def test_a_documented_refusal_is_final(request_: Any, word: str) -> None:
    assert said(request_, {"ok": False, "status": 422, "code": "too_late"}) == [(word, Code.TOO_LATE)]


@pytest.mark.parametrize(
    "body",
    [
        {"ok": False, "status": 503, "code": ""}, {"ok": False, "status": 422, "code": "E-9999"}, {}, {"ok": True},
        {"ok": True, "order": "V1", "state": "working", "time": "now"},
        {"ok": False, "status": 409, "code": "duplicate_cid", "order": "V1"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("request_", [SUBMIT, CANCEL])
def test_F01_F04_F10_F11_everything_else_leaves_the_order_unknown(request_: Any, body: dict[str, Any]) -> None:
    assert said(request_, body) == [("lost", 0)]


def test_F11_the_venues_own_words_are_kept() -> None:
    (update,) = ordered(SUBMIT, {"ok": False, "status": 422, "code": "E-9999", "text": "consult"}, NAME)[0]
    assert isinstance(update, ev.OrderUpdate)
    assert "E-9999" in update.text
    assert "consult" in update.text


def test_F54_too_many_requests_is_a_refusal_and_slows_us_down() -> None:
    found, failure = ordered(SUBMIT, {"ok": False, "status": 429, "code": "rate_limited"}, NAME)
    assert [getattr(event, "happening", "") for event in found] == ["rejected"]
    assert isinstance(failure, RateLimited)


def test_F72_being_fenced_ends_more_than_this_order() -> None:
    found, failure = ordered(SUBMIT, {"ok": False, "status": 403, "code": "fenced"}, NAME)
    assert [getattr(event, "happening", "") for event in found] == ["rejected"]
    assert isinstance(failure, AuthFailed)
