"""Questions to people: told once, answered by who is there, and silence is a no."""

import msgspec

from openbell.core import effects as fx
from openbell.core.book import Book
from openbell.core.types import NS
from openbell.run.people import NOBODY, UNASKED, People, in_words, waiting
from tests.core import build as b

NOW = 1_000 * NS


def asked(*deadlines: int) -> Book:
    book = b.book(b.run_spec(b.deployment_spec()))
    question = msgspec.json.encode(b.draft("buy", 18)).decode()
    for n, deadline in enumerate(deadlines):
        ask = fx.Ask(id=f"confirm/alpha/AAPL/{n}", deployment="alpha", advisor="person", question=question, deadline=deadline)  # fmt: skip
        book.truth.asked[ask.id] = ask
    return book


def test_a_question_is_told_once_and_waits() -> None:
    told: list[str] = []
    people = People(told.append, lambda: None, agrees=False)
    book = asked(NOW + 60 * NS)
    assert list(people.look(book, NOW)) == list(people.look(book, NOW)) == []
    assert told == ["main: alpha wants to buy 18 AAPL; a person has 60 s: openbell confirm"]
    assert [ask.id for ask in waiting(book, NOW)] == ["confirm/alpha/AAPL/0"]


def test_D42_behind_the_deadline_silence_is_a_no() -> None:
    book = asked(NOW)
    people = People(lambda _: None, lambda: "yes", agrees=True)
    (answer,) = people.look(book, NOW + 1)
    assert (answer.is_ok, answer.value, answer.actor) == (False, "", NOBODY)
    assert waiting(book, NOW + 1) == []


def test_S1_043_who_disabled_the_prompt_agrees_to_everything_and_the_journal_says_so() -> None:
    (answer,) = People(lambda _: None, lambda: None, agrees=True).look(asked(NOW), NOW)
    assert (answer.is_ok, answer.value, answer.actor) == (True, "yes", UNASKED)


def test_what_is_typed_answers_the_oldest_question() -> None:
    book = asked(NOW, NOW)
    (answer,) = People(lambda _: None, lambda: "yes\n", agrees=False).look(book, NOW)
    assert (answer.ask, answer.value, answer.actor) == ("confirm/alpha/AAPL/0", "yes", "terminal")


def test_a_question_says_what_is_left_of_its_time_and_what_silence_means() -> None:
    (ask,) = asked(NOW + 5 * NS).truth.asked.values()
    assert in_words(ask, NOW).endswith("a person has 5 s: openbell confirm")
    assert in_words(ask, NOW, sends=True).endswith("sent in 5 s unless somebody objects: openbell confirm --answer no")
    told: list[str] = []
    list(People(told.append, lambda: None, agrees=False, sends=True).look(asked(NOW + 5 * NS), NOW))
    assert "unless somebody objects" in told[0]
