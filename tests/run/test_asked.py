"""What was asked before an order was sent, as a reader of its record sees it."""

import msgspec

from openbell.core import effects as fx
from openbell.core.book import Book
from openbell.core.contact import Contact
from openbell.core.events import Genesis
from openbell.core.risk import Facts
from openbell.core.spec import Limits, RuleTerms
from openbell.run.asked import MONEY, answers_of, looked_at, terms_of, unready
from tests.core import build as b

TERMS = ("no new risk while killed", "at most 10% of equity in one", "an exit is never late")


def order(**fields: object) -> fx.Submit:
    return msgspec.structs.replace(b.submit("buy", 1), **fields)


def test_each_limit_in_force_has_its_answer() -> None:
    assert answers_of(order(passed=(0, 2)), TERMS) == [
        (TERMS[0], "passed"), (TERMS[1], "not asked"), (TERMS[2], "passed"),
    ]  # fmt: skip


def test_an_order_of_an_older_record_says_nothing_of_limits() -> None:
    assert (answers_of(order(), TERMS), looked_at(order())) == ([], {})


def test_what_was_looked_at_has_names_and_money_is_text() -> None:
    told = looked_at(order(seen=tuple(range(len(Facts._fields)))))
    assert tuple(told) == Facts._fields
    assert {name for name, value in told.items() if isinstance(value, str)} == set(MONEY)
    assert (told["equity"], told["positions"]) == ("0.00000003", 10)


def test_the_words_are_those_in_force() -> None:
    genesis = Genesis(ts=1, instance="AAAAAA", config="{}", code="", rules=TERMS)
    book = Book(b.run_spec())
    assert terms_of(genesis, book) == TERMS
    book.truth.limits = Limits(
        rules=(RuleTerms(kind="kill", params=(), text="other words"),), leverage={}, capital={}, positions={}
    )
    assert terms_of(genesis, book) == ("other words",)


def test_who_may_take_no_risk_is_told_why() -> None:
    book = Book(b.run_spec())
    assert unready(book, "main") == []
    told = {
        "the order line of main is down: 418 banned": Contact(why="418 banned"),
        "main has not yet told what it holds since its line came up": Contact(is_up=True),
        "main: 700 ms off": Contact(is_up=True, is_ready=True, apart="700 ms off"),
    }
    for text, contact in told.items():
        book.truth.contacts["main"] = contact
        assert unready(book, "main") == [text]
    book.truth.contacts["main"] = Contact(is_up=True, is_ready=True)
    assert unready(book, "main") == []
