"""Playing a bar: phases, volume, and what is sent back in between."""

from decimal import Context, Inexact, localcontext

import pytest

from openbell.core import events as ev
from openbell.core.effects import Submit
from openbell.parts.venue.player import capacity
from tests.core import build as b
from tests.core.build import at, bar, d, exchange, submit


@pytest.mark.parametrize(
    ("participation", "volume", "lot", "wanted"),
    [("0", 100.0, "1", None), ("0.1", 105.0, "1", 10), ("0.1", 1.05, "0.001", d("0.105")), ("1", float("nan"), "1", 0)],
)
def test_how_much_a_bar_lets_us_fill(participation: str, volume: float, lot: str, wanted: object) -> None:
    floor = exchange(b.instrument(lot=d(lot)), participation=d(participation)).floor
    assert capacity(floor, bar(1, 100.0, volume)) == wanted


def test_a_volume_of_more_digits_than_money_has_is_no_trouble() -> None:
    floor = exchange(b.instrument(lot=d("0.00000001")), participation=d("0.125")).floor
    with localcontext(Context(prec=60, traps=[Inexact])):
        assert capacity(floor, bar(1, 100.0, 0.00012345)) == d("0.00001543")


def test_market_exits_of_one_group_are_for_units_of_their_own() -> None:
    fields = {"reduce_only": True, "oco": "g"}
    venue = exchange()
    venue.floor.state.net["AAPL"] = d(20)
    for index, qty in enumerate((4, 6), 1):
        venue.take(submit("sell", qty, index=index, **fields), at(0))
    assert b.fills(b.play(venue, bar(1, 100.0))) == [("sell", "4", "100"), ("sell", "6", "100")]


def test_what_a_resting_exit_takes_is_taken_from_the_market_exits_together() -> None:
    # Eight of ten go at the limit; of four and six on their way out two are left to go.
    fields = {"reduce_only": True, "oco": "g"}
    venue = exchange(participation=d("0.5"), path="high_first")
    venue.floor.state.net["AAPL"] = d(20)
    venue.take(submit("sell", limit=100, index=1, **fields), at(0))
    for index, qty in enumerate((4, 6), 2):
        venue.take(submit("sell", qty, index=index, **fields), at(0))
    assert b.fills(b.play(venue, bar(1, 100.0, 16.0))) == [("sell", "8", "100")]
    assert b.fills(b.play(venue, bar(2, 100.0, 99.0))) == [("sell", "2", "100")]
    assert (venue.floor.held("AAPL"), venue.floor.state.orders) == (10, {})


def test_a_bar_has_four_phases() -> None:
    venue = exchange()
    venue.take(submit("buy", limit=50), at(0))
    assert len(list(venue.work(bar(1, 100.0)))) == 4


def test_what_is_sent_in_between_is_live_in_the_next_phase() -> None:
    # Bought at the open; the answer is a stop; the low of the same bar takes it.
    venue = exchange()
    venue.take(submit("buy"), at(0))

    def protect(event: ev.Event) -> list[Submit]:
        is_entry = isinstance(event, ev.Fill) and event.oid == f"{b.TAG}-1"
        return [submit("sell", stop=98, index=2, reduce_only=True)] if is_entry else []

    found = b.play(venue, bar(1, 101.0, open=100.0, high=102.0, low=97.0), protect)
    assert b.fills(found) == [("buy", "10", "100"), ("sell", "10", "98")]
    assert b.said(found) == ["accepted", "accepted"]


def test_what_is_sent_after_the_last_phase_waits_for_the_next_open() -> None:
    venue = exchange(path="low_first")
    venue.take(submit("sell", limit=101), at(0))
    found = []
    for phase in venue.work(bar(1, 102.0, open=100.0)):
        found += phase
        if any(isinstance(event, ev.Fill) for event in phase) and len(venue.floor.state.seen) == 1:
            venue.take(submit("buy", index=2), at(1))
    assert b.fills(found) == [("sell", "10", "101"), ("buy", "10", "102")]
    assert venue.floor.playing == ""
    venue.take(submit("buy", index=3), at(1))
    assert b.fills(b.play(venue, bar(2, 103.0))) == [("buy", "10", "103")]


def test_answers_that_were_due_come_first() -> None:
    venue = exchange(latency=b.MINUTE_NS)
    venue.take(submit("buy"), at(0))
    found = b.play(venue, bar(1, 100.0))
    assert [type(event).__name__ for event in found] == ["OrderUpdate", "Fill"]
