"""What is kept out of instruments now is told in words, of all or of one."""

from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.report.barred import told
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
