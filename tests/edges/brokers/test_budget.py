from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from openbell.core.types import NS
from openbell.edges.brokers.budget import CANCEL, ENTRY, EXIT, QUERY, Budget, shared
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
