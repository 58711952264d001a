"""What all fronts behind a door lend alike; each front's own tests show the rest of it at work."""

import pytest

from openbell.wire.lent import Announcer
from openbell.wire.mischief import Frame


def frame(text: str) -> Frame:
    return Frame(stream="orders", body=text)


def test_what_an_act_sets_off_comes_behind_its_own_frame_and_everything_else_at_once() -> None:
    told: list[Frame] = []
    made = Announcer()
    made.publish = told.append
    made.announce(frame("before"))

    def act() -> Frame:
        made.announce(frame("set off"))
        return frame("own")

    assert made.collect(act) == [frame("own"), frame("set off")]
    assert made.collect(lambda: made.announce(frame("alone"))) == [frame("alone")]
    made.announce(frame("behind"))
    assert told == [frame("before"), frame("behind")]


def test_an_act_that_fails_keeps_nothing_back() -> None:
    told: list[Frame] = []
    made = Announcer()
    made.publish = told.append
    with pytest.raises(ZeroDivisionError):
        made.collect(lambda: frame(str(1 // 0)))
    made.announce(frame("behind"))
    assert told == [frame("behind")]
