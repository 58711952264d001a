import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core.types import NS
from openbell.edges.brokers.budget import BULK, CANCEL, ENTRY, EXIT, OPENING, OTHERS, QUERY, Budget, shared, tell_shut
from openbell.edges.brokers.failures import RateLimited
from openbell.edges.brokers.pot import Shared, place


def spent(budget: Budget, count: int, now: int) -> Budget:
    for _ in range(count):
        assert budget.take(CANCEL, now) == 0
    return budget


def test_B19_a_full_budget_lets_everything_go() -> None:
    assert [Budget(10, 10, 3).wait(priority, NS) for priority in (CANCEL, EXIT, ENTRY, QUERY)] == [0, 0, 0, 0]


def test_F54_the_reserve_is_for_cancels_alone() -> None:
    budget = spent(Budget(10, 10, 3), 7, NS)
    assert budget.wait(CANCEL, NS) == 0
    assert all(budget.wait(priority, NS) == NS // 10 for priority in (EXIT, ENTRY, QUERY))
    spent(budget, 3, NS)
    assert budget.wait(CANCEL, NS) == NS // 10


def test_the_budget_fills_again_but_not_beyond_its_burst() -> None:
    budget = spent(Budget(10, 10, 3), 10, NS)
    assert budget.wait(ENTRY, 2 * NS) == 0
    budget = spent(budget, 7, 100 * NS)
    assert budget.wait(ENTRY, 100 * NS) == NS // 10


def test_F54_a_pause_asked_for_by_the_broker_holds_back_all_but_cancels() -> None:
    budget = Budget(10, 10, 3)
    budget.pause(5 * NS)
    budget.pause(3 * NS)
    assert budget.wait(QUERY, 2 * NS) == 3 * NS
    assert budget.wait(CANCEL, 2 * NS) == 0
    assert budget.wait(QUERY, 5 * NS) == 0


@given(st.lists(st.tuples(st.sampled_from([CANCEL, ENTRY]), st.integers(0, NS)), max_size=60))
def test_B19_no_window_holds_more_than_burst_and_rate_allow(steps: list[tuple[int, int]]) -> None:
    budget, now, sent = Budget(5, 5, 2), NS, []
    for priority, pause in steps:
        now += pause
        now += budget.wait(priority, now)
        assert budget.take(priority, now) == 0
        sent.append(now)
    for begin in sent:
        assert sum(begin <= at < begin + NS for at in sent) <= 5 + 5 + 1


LIMITS = {"rate": 2, "burst": 70, "reserve": 20}


def test_F54_what_one_process_takes_is_gone_for_all_on_its_key_and_for_no_other(tmp_path: Path) -> None:
    one, two = (shared(LIMITS, tmp_path, "x", "key") for _ in range(2))
    spent(one, 70, NS)
    assert two.take(CANCEL, NS) == NS // 2
    assert shared(LIMITS, tmp_path, "x", "other").take(QUERY, NS) == 0
    assert shared(LIMITS, None, "x", "key").take(QUERY, NS) == 0
    one.pause(9 * NS)
    assert two.wait(EXIT, 60 * NS) == 0
    assert two.wait(EXIT, 8 * NS) >= NS


def test_F54_the_less_urgent_leaves_room_for_the_more_urgent() -> None:
    budget = Budget(2, 70, 20)
    found = {}
    for priority in (QUERY, ENTRY, EXIT, CANCEL):
        count = 0
        while budget.take(priority, NS) == 0:
            count += 1
        found[priority] = count
    assert found == {QUERY: 40, ENTRY: 5, EXIT: 5, CANCEL: 20}


def test_what_the_broker_says_is_left_is_never_exceeded() -> None:
    budget = Budget(2, 70, 20)
    budget.heed(100, NS)
    assert budget.take(QUERY, NS) == 0
    budget.heed(3, NS)
    assert [budget.take(CANCEL, NS) for _ in range(4)] == [0, 0, 0, NS // 2]


def test_F57_a_clock_that_was_set_back_does_not_stop_the_budget_from_filling() -> None:
    budget = spent(Budget(10, 10, 3), 10, 10**6 * NS)
    budget.pause(10**6 * NS)
    assert budget.wait(QUERY, NS) > 0
    assert budget.wait(QUERY, 2 * NS) == 0


def test_one_who_hangs_with_the_level_in_his_hand_holds_up_no_cancel(tmp_path: Path) -> None:
    budget = shared(LIMITS, tmp_path, "x", "key")
    other = Shared(place(tmp_path, "x", "key"), 70 * NS)
    with other.hold():
        assert (budget.take(CANCEL, NS), budget.take(EXIT, NS), budget.wait(ENTRY, NS)) == (0, NS // 100, NS // 100)
        budget.heed(1, NS)
        budget.pause(9 * NS)
    assert budget.take(EXIT, NS) == 0


# --- shut out -----------------------------------------------------------------------------------------------------

BAN = RateLimited("418 banned", 60 * NS, is_shut=True)
ALL = (CANCEL, OPENING, EXIT, ENTRY, QUERY, BULK)


@pytest.mark.parametrize("folder", [True, False])
def test_F55_who_is_shut_out_sends_nothing_until_then(tmp_path: Path, folder: bool) -> None:
    budget = shared(LIMITS, tmp_path if folder else None, "x", "key")
    budget.obey(BAN, NS)
    assert [budget.wait(priority, 61 * NS - 1) for priority in ALL] == [1] * 6
    assert [budget.take(priority, NS) for priority in ALL] == [60 * NS] * 6
    assert (budget.shut_until(61 * NS - 1), budget.why) == (61 * NS, "418 banned")
    assert [budget.take(priority, 61 * NS) for priority in ALL] == [0] * 6
    assert (budget.shut_until(61 * NS), budget.why) == (0, OTHERS)
    assert budget.shut_until(61 * NS + 1) == 0


def test_F54_a_pause_is_for_all_but_cancels_and_shuts_nothing() -> None:
    budget = Budget(10, 10, 3)
    budget.obey(RateLimited("-1015", 10 * NS), NS)
    assert (budget.take(CANCEL, NS), budget.take(EXIT, NS), budget.shut_until(NS)) == (0, 10 * NS, 0)


def test_F55_a_ban_holds_in_another_process_and_after_a_restart(tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        shared(LIMITS, tmp_path, "x", "key").obey(BAN, NS)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    for _ in range(2):
        other = shared(LIMITS, tmp_path, "x", "key")
        assert (other.take(CANCEL, 2 * NS), other.shut_until(2 * NS), other.why) == (59 * NS, 61 * NS, OTHERS)
    # One that is at work hears of a longer one, and a shorter one ends nothing.
    shared(LIMITS, tmp_path, "x", "key").shut(90 * NS, "longer")
    shared(LIMITS, tmp_path, "x", "key").shut(30 * NS, "shorter")
    assert other.shut_until(61 * NS) == 90 * NS
    assert shared(LIMITS, tmp_path, "x", "another").shut_until(NS) == 0


@pytest.mark.parametrize(("back", "left"), [(60, 100), (61, 40), (3600, 40)])
def test_F57_a_clock_that_was_set_back_leaves_of_a_ban_what_was_left(tmp_path: Path, back: int, left: int) -> None:
    begun = 10_000 * NS
    budget = shared(LIMITS, tmp_path, "x", "key")
    budget.obey(BAN, begun)
    # A minute back is within what clocks differ by: the ban only lasts longer.
    then = begun + 20 * NS
    assert budget.shut_until(then) == then + 40 * NS
    now = then - back * NS
    assert shared(LIMITS, tmp_path, "x", "key").shut_until(now) - now == left * NS
    assert budget.take(CANCEL, now) == left * NS


def test_F57_the_same_where_the_level_is_held_by_another_meanwhile(tmp_path: Path) -> None:
    begun = 10_000 * NS
    budget = shared(LIMITS, tmp_path, "x", "key")
    assert budget.take(CANCEL, begun) == 0
    budget.obey(BAN, begun)
    assert budget.take(CANCEL, begun - 3600 * NS) == 60 * NS
    with Shared(place(tmp_path, "x", "key"), 70 * NS).hold():
        assert budget.take(CANCEL, begun - 3600 * NS) == 60 * NS


def test_F55_a_ban_that_was_told_while_another_held_the_level_is_not_forgotten(tmp_path: Path) -> None:
    budget = shared(LIMITS, tmp_path, "x", "key")
    with Shared(place(tmp_path, "x", "key"), 70 * NS).hold():
        budget.obey(BAN, NS)
        assert (budget.take(CANCEL, 2 * NS), budget.wait(EXIT, 2 * NS), budget.shut_until(2 * NS)) == (
            59 * NS, 59 * NS, 61 * NS,
        )  # fmt: skip
    other = shared(LIMITS, tmp_path, "x", "key")
    assert other.shut_until(2 * NS) == 0
    assert budget.take(CANCEL, 2 * NS) == 59 * NS
    assert other.take(CANCEL, 2 * NS) == 59 * NS


def test_F55_who_has_no_budget_of_its_own_shuts_the_address_for_all(tmp_path: Path) -> None:
    tell_shut(LIMITS, tmp_path, "x", "key", 61 * NS)
    tell_shut(LIMITS, tmp_path, "x", "key", 30 * NS)
    other = shared(LIMITS, tmp_path, "x", "key")
    assert (other.shut_until(NS), other.take(CANCEL, 61 * NS - 1), other.take(ENTRY, 61 * NS)) == (61 * NS, 1, 0)
    place(tmp_path, "x", "key").write_text("nonsense")
    tell_shut(LIMITS, tmp_path, "x", "key", 90 * NS)
    assert (other.shut_until(NS), other.take(CANCEL, 90 * NS)) == (90 * NS, 0)
    with Shared(place(tmp_path, "x", "key"), 0).hold(), pytest.raises(OSError, match="held by another process"):
        tell_shut(LIMITS, tmp_path, "x", "key", 99 * NS)
    assert shared(LIMITS, tmp_path, "x", "another").shut_until(NS) == 0


@pytest.mark.parametrize("raw", ["nonsense", "1 2", "1 2 3 4 5", "1 2 3 x", f"1 2 3 {1 << 63}", "\0" * 96])
def test_F55_where_nobody_knows_whether_we_are_shut_out_nothing_is_sent_for_a_while(tmp_path: Path, raw: str) -> None:
    path = place(tmp_path, "x", "key")
    path.write_text(raw)
    budget = shared(LIMITS | {"doubt": 60}, tmp_path, "x", "key")
    # What is told of it before anybody has looked begins nothing anew.
    budget.pause(2 * NS)
    assert (budget.take(CANCEL, NS), budget.shut_until(NS)) == (60 * NS, 61 * NS)
    assert budget.why == f"{path} cannot be read, which says what may still be sent; it is begun anew"
    # Others find a file that can be read.
    other = shared(LIMITS | {"doubt": 60}, tmp_path, "x", "key")
    assert (other.shut_until(61 * NS - 1), other.why) == (61 * NS, OTHERS)
    assert (other.shut_until(61 * NS), other.take(CANCEL, 61 * NS)) == (0, 0)


def test_F55_a_ban_that_is_told_where_the_file_is_spoilt_holds(tmp_path: Path) -> None:
    place(tmp_path, "x", "key").write_text("nonsense")
    budget = shared(LIMITS, tmp_path, "x", "key")
    budget.obey(BAN, NS)
    assert budget.take(CANCEL, NS) == 60 * NS
    assert shared(LIMITS, tmp_path, "x", "key").take(CANCEL, NS) == 60 * NS
