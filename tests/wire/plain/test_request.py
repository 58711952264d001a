import msgspec
import pytest

from openbell.wire.plain import request as rq
from tests.wire.plain.stand import d, submit


def test_every_request_is_known_by_its_word() -> None:
    frames = {
        "hello": {"version": 1, "account": "A", "mode": "paper"},
        "subscribe": {"stream": "bars", "symbol": "AAA"},
        "amend": {"epoch": 1, "cid": "x", "qty": "5"},
        "cancel": {"epoch": 1, "cid": "x"},
        "order": {"cid": "x"},
        "executions": {"since": 3},
        "state": {"nested": True},
        "ping": {},
    }
    for op, fields in frames.items():
        request = rq.parse(msgspec.json.encode({"op": op, "id": 7, **fields}))
        assert (rq.op_of(request), request.id) == (op, 7)
    assert set(frames) | {"submit"} == set(rq.OPS)


def test_prices_are_read_as_they_stand() -> None:
    assert submit("x", limit="100.10").limit == d("100.10")


@pytest.mark.parametrize("qty", ["NaN", "Infinity", "1e30", "0.000000001"])
def test_a_number_that_no_order_has_is_refused(qty: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="qty"):
        submit("x", qty=qty)


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"op": "dance", "id": 1}', '{"op": "cancel", "id": 1}'])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(msgspec.MsgspecError):
        rq.parse(text)
