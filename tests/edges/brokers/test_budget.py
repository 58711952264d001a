from hypothesis import given
from hypothesis import strategies as st

from openbell.core.types import NS
from openbell.edges.brokers.budget import CANCEL, ENTRY, EXIT, QUERY, Budget


def spent(budget: Budget, count: int, now: int) -> Budget:
    for _ in range(count):
        budget.spend(now)
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
        assert budget.wait(priority, now) == 0
        budget.spend(now)
        sent.append(now)
    for begin in sent:
        assert sum(begin <= at < begin + NS for at in sent) <= 5 + 5 + 1
