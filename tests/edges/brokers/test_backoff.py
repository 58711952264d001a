from openbell.core.types import NS
from openbell.edges.brokers.backoff import FIRST_NS, MOST_NS, delay


def test_F47_waits_double_up_to_a_bound_and_are_spread() -> None:
    waits = [delay(7, "main", attempt) for attempt in range(1, 40)]
    bounds = [min(FIRST_NS << (attempt - 1), MOST_NS) for attempt in range(1, 40)]
    assert all(bound // 2 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))
    assert len(set(waits[10:])) > 20
    assert max(waits) <= 30 * NS


def test_F47_two_clients_do_not_come_back_together_and_one_seed_gives_one_answer() -> None:
    assert delay(1, "main", 5) != delay(2, "main", 5)
    assert delay(1, "main", 5) != delay(1, "other", 5)
    assert delay(1, "main", 5) == delay(1, "main", 5)
