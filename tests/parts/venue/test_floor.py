"""The exchange's floor: answers in line by their time."""

from openbell.core.codes import Code
from openbell.parts.venue.floor import Floor
from openbell.parts.venue.options import VenueOptions
from tests.core import build as b
from tests.core.build import at, d
from tests.parts.venue.test_resting import resting


def floor(**options: object) -> Floor:
    return Floor("main", {"AAPL": b.instrument()}, VenueOptions(**options))


def test_answers_come_in_order_of_time_and_then_of_making() -> None:
    made = floor()
    for ts, oid in ((at(3), "c"), (at(1), "a"), (at(3), "d"), (at(2), "b")):
        made.say(ts, oid, "accepted", 0)
    assert made.speak(at(0)) == []
    assert [told.oid for told in made.speak(at(2))] == ["a", "b"]
    assert [told.oid for told in made.speak(at(9))] == ["c", "d"]
    assert made.speak(at(9)) == []


def test_between_bars_an_answer_takes_its_time() -> None:
    made = floor(latency=7)
    made.say(at(1), "a", "accepted", 0)
    made.playing = "AAPL"
    made.say(at(1), "b", "accepted", 0)
    assert [told.oid for told in made.speak(at(1))] == ["b"]
    assert [told.ts for told in made.speak(at(2))] == [at(1) + 7]


def test_what_is_not_there_can_be_taken_off() -> None:
    made = floor()
    stranger = resting()
    made.end(stranger, "cancelled", Code.OPERATOR, at(1))
    assert [told.happening for told in made.speak(at(1))] == ["cancelled"]
    assert made.held("AAPL") == 0


def test_half_a_spread_stands_on_each_side() -> None:
    assert floor(spread=d("0.002")).half_spread == 0.001
