"""The venue's clock beside ours: both edges of what is traded at, and each change told once."""

import pytest

from openbell.edges.brokers.clocks import MAX_SKEW, compared
from openbell.edges.brokers.plain.snapshot import Memory


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("off", "is_apart"), [(MAX_SKEW - 1, False), (MAX_SKEW, False), (MAX_SKEW + 1, True)])
def test_D35_F57_the_clock_may_be_half_a_second_off_and_no_more(off: int, is_apart: bool, sign: int) -> None:
    memory = Memory(after=0, offset=sign * off)
    links = compared("main", memory)
    assert memory.is_apart is is_apart
    assert [(one.account, one.channel, one.is_up) for one in links] == [("main", "clock", False)] * is_apart


def test_a_change_is_told_once_with_the_difference() -> None:
    memory = Memory(after=0, offset=-704_000_000)
    (apart,) = compared("main", memory)
    assert apart.text == "the venue's clock is -704 ms off ours"
    assert compared("main", memory) == []
    memory.offset = 3_000_000
    (together,) = compared("main", memory)
    assert (together.is_up, together.text) == (True, "the venue's clock is 3 ms off ours")
    assert compared("main", memory) == []


def test_what_an_earlier_process_told_is_taken_back() -> None:
    assert [one.is_up for one in compared("main", Memory(after=0, is_apart=True))] == [True]
