import pytest

from openbell.edges.brokers.failures import OutcomeUnknown
from openbell.edges.brokers.fields import SHOWN
from openbell.edges.brokers.reply import Reply, read


def test_an_answer_is_read_as_data_with_its_headers_in_lower_case() -> None:
    assert read(200, {"X-Y": "1"}, b'{"a":2}', "msg") == Reply(status=200, headers={"x-y": "1"}, body={"a": 2})
    assert read(204, {}, b"", "msg").body is None


def test_F58_a_yes_that_cannot_be_read_was_given_by_somebody_else() -> None:
    with pytest.raises(OutcomeUnknown, match="status 200, not JSON: <html>"):
        read(200, {}, b"<html>", "msg")


def test_a_refusal_that_is_no_data_is_the_vendors_words_and_not_all_of_them() -> None:
    assert read(502, {}, b"\xff" + b"x" * 10_000, "msg").body == {"msg": "\ufffd" + "x" * (SHOWN - 1)}


STREAM = {"Content-Type": "text/event-stream; charset=utf-8"}


def test_a_stream_of_events_that_has_ended_is_a_list() -> None:
    raw = b': hello\n\nid: 1\ndata: {"a": 1}\n\nid: 2\r\ndata:{"a":\r\ndata: 2}\r\n\r\n'
    assert read(200, STREAM, raw, "msg").body == [{"a": 1}, {"a": 2}]
    assert read(200, STREAM, b"", "msg").body == []


@pytest.mark.parametrize("said", [b": internal server error", b": you are reading too slowly, dropped 10000 messages"])
def test_F60_a_stream_that_was_cut_short_is_not_believed(said: bytes) -> None:
    with pytest.raises(OutcomeUnknown, match="not whole"):
        read(200, STREAM, b"data: 1\n\n" + said + b"\n\n", "msg")


def test_F58_a_stream_of_something_else_was_given_by_somebody_else() -> None:
    with pytest.raises(OutcomeUnknown, match="not JSON"):
        read(200, STREAM, b"data: <html>\n\n", "msg")
