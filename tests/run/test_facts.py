"""Facts of a book: what versions of the code must agree on."""

from openbell.core import events as ev
from openbell.run.facts import facts, facts_hash
from tests.core import build as b


def traded():
    made = b.engine()
    b.buy(made, 1, 100.0)
    made.step(b.bar(2, 101.0, 1.0))
    return made


def test_facts_are_plain_text_and_tell_orders_positions_and_money():
    book = traded().book
    found = facts(book)
    assert found["positions"] == {"alpha/AAPL": ["10", "1000", "0", "0"]}
    assert found["orders"] == {f"{b.TAG}-1": ["filled", "10", "10", "", ""]}
    assert found["accounts"]["main"] == {"cash": {"USD": "99000"}, "equity": "100010", "peak": "100010"}
    assert (found["counter"], found["fills"], found["bars"]) == (1, 1, 2)


def test_the_hash_changes_with_every_fact_and_with_nothing_else():
    one, other = traded().book, traded().book
    assert facts_hash(one) == facts_hash(other)
    other.truth.halted["AAPL"] = "a field that later versions have"
    assert facts_hash(one) == facts_hash(other)
    other.truth.accounts["main"].cash["USD"] += 1
    assert facts_hash(one) != facts_hash(other)


def test_latches_are_facts():
    made = traded()
    made.step(ev.Command(ts=b.at(3), id="k", kind="kill", actor="op"))
    assert "kill/all" in facts(made.book)["latches"]
