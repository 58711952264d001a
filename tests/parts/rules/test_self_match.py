"""self_match: no order that could trade with one of our own."""

import pytest

from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.parts.rules import self_match
from tests.core import build as b
from tests.core.test_ledger import sent
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.SELF_MATCH,)


@pytest.mark.parametrize(
    ("theirs", "mine", "found"),
    [
        ({"limit": "101"}, {"limit": "100.99"}, ()),
        ({"limit": "101"}, {"limit": "101"}, NO),
        ({"limit": "101"}, {"limit": "101.01"}, NO),
        ({"limit": "101"}, {}, ()),
        ({"limit": "99"}, {}, NO),
        ({}, {"limit": "100"}, NO),
        ({}, {"limit": "99"}, ()),
        ({"stop": "99"}, {}, ()),
        ({"limit": "101"}, {"stop": "102"}, NO),
    ],
)
def test_D30_binds_where_both_could_meet(theirs: dict, mine: dict, found: tuple[int, ...]) -> None:
    book = priced(netting=True)
    hold(book, 10)
    in_doubt(book, "sell", 5, reduce_only=True, **theirs)
    assert codes(book, b.draft("buy", 1, **mine), bound(self_match)) == found


def test_D30_the_same_side_another_account_and_an_ended_order_are_nothing_to_meet() -> None:
    specs = (b.deployment_spec(), b.deployment_spec("beta", account="other"))
    book = b.book(b.run_spec(*specs, accounts=[b.account_spec(), b.account_spec("other")]))
    apply_event(book, b.bar(1, 100.0))
    sent(book, "buy", 5, limit=100)
    sent(book, "sell", 5, limit=100, deployment="beta", account="other")
    ended = sent(book, "sell", 5, limit=100)
    apply_event(book, b.update(ended, "cancelled"))
    assert codes(book, b.draft("buy", 1), bound(self_match)) == ()


def test_D30_exits_pass() -> None:
    book = priced()
    hold(book, 10)
    in_doubt(book, "buy", 5, limit=100)
    assert passes_exit(book, bound(self_match))


def test_F41_an_order_that_would_meet_one_of_another_strategy_of_ours_is_refused_before_it_is_sent() -> None:
    specs = (b.deployment_spec(can_short=True), b.deployment_spec("beta"))
    made = b.engine(b.run_spec(*specs, accounts=[b.account_spec(netting=True)]), rules=(bound(self_match),))
    made.step(b.bar(1, 100.0))
    resting = sent(made.book, "buy", 5, limit=100, deployment="beta")
    # The wash is stopped here: the venue never sees the second side, whatever it would have said of it.
    assert made.desk.send(b.draft("sell", 5, limit=100)) == Code.SELF_MATCH
    assert made.desk.send(b.draft("sell", 5)) == Code.SELF_MATCH
    assert [order.oid for order in b.working(made)] == [resting.oid]
    apply_event(made.book, b.update(resting, "cancelled"))
    assert made.desk.send(b.draft("sell", 5, limit=100)) == b.draft().reason
