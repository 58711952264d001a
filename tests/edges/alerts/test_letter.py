"""A letter as people read it."""

from tests.edges.alerts.fakes import letter


def test_a_letter_begins_with_its_title() -> None:
    assert letter().plain == "[SIM] Small: order filled\nBUY 10 AAPL at $273.20, total $2,732.00"


def test_one_that_may_have_come_before_says_so() -> None:
    assert letter(is_again=True).plain.endswith("\n(this may have arrived before)")
