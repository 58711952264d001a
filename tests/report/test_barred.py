"""What is kept out of instruments now is told in words, of all or of one."""

from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.report.barred import frozen, told
from tests.core import build as b


def test_a_halt_is_told_until_trading_goes_on() -> None:
    book = b.engine(b.run_spec(b.deployment_spec())).book
    assert told(book) == []
    apply_event(book, ev.Halt(ts=b.at(1), instrument="AAPL", is_halted=True, text="news pending"))
    assert (told(book), told(book, "AAPL"), told(book, "MSFT")) == (["AAPL: news pending"], ["AAPL: news pending"], [])
    apply_event(book, ev.Halt(ts=b.at(2), instrument="AAPL", is_halted=True))
    assert told(book) == ["AAPL: halted"]
    apply_event(book, ev.Halt(ts=b.at(3), instrument="AAPL", is_halted=False))
    assert told(book) == []


def test_what_waits_for_a_person_is_told() -> None:
    book = b.engine(b.run_spec(b.deployment_spec())).book
    assert frozen(book) == []
    book.truth.frozen["a"] = "A-9 executed 9 of 8"
    book.truth.mismatched["main/AAPL"] = "9 there, 8 here"
    assert frozen(book) == [
        "a: A-9 executed 9 of 8; openbell adopt or openbell release lets it trade again",
        "main/AAPL disagrees with the venue: 9 there, 8 here",
    ]
