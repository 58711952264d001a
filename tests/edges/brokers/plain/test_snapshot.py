from typing import Any

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.plain.snapshot import Memory
from tests.edges.brokers.plain.frames import NAME, execution, state
from tests.edges.brokers.plain.talk import Talk, words


def asked(memory: Memory | None = None, offset: int = 0) -> tuple[Talk, dict[str, Any]]:
    talk = Talk(memory, offset=offset)
    talk.open()
    talk.session.take(fx.Query(account=NAME), talk.now)
    (executions,) = talk.sent()
    assert executions["op"] == "executions"
    return talk, executions


def page(*numbers: int, more: bool = False) -> dict[str, Any]:
    return {"executions": [execution(n) for n in numbers], "next": numbers[-1] if numbers else 0, "more": more}


def test_F43_executions_come_first_page_by_page_then_orders_positions_and_cash() -> None:
    talk, first = asked(Memory(after=77))
    assert (first["since"], first["after"]) == (0, 77)
    assert words(talk.reply(first, **page(1, 2, more=True))) == ["Fill", "Fill"]
    (second,) = talk.sent()
    assert second["since"] == 2
    assert words(talk.reply(second, **page(3))) == ["Fill"]
    (last,) = talk.sent()
    assert (last["op"], last["nested"]) == ("state", True)
    (found,) = talk.reply(last, **state(last_execution=3, as_of=talk.now))
    assert isinstance(found, ev.BrokerState)
    assert (found.failed, found.as_of) == ("", talk.now)


def test_an_execution_that_was_announced_is_not_asked_for_again() -> None:
    talk = Talk()
    talk.open()
    talk.tell({"ev": "execution", **execution(1)})
    talk.tell({"ev": "execution", **execution(3)})
    talk.session.take(fx.Query(account=NAME), talk.now)
    assert talk.sent()[0]["since"] == 1


def test_F43_executions_between_the_two_halves_are_fetched_before_the_state_counts() -> None:
    talk, first = asked()
    talk.reply(first, **page(1))
    assert talk.reply(talk.sent()[0], **state(last_execution=2, as_of=talk.now)) == []
    (again,) = talk.sent()
    assert (again["op"], again["since"]) == ("executions", 1)
    assert words(talk.reply(again, **page(2))) == ["Fill"]
    assert words(talk.reply(talk.sent()[0], **state(last_execution=2, as_of=talk.now))) == ["BrokerState"]


def test_F59_a_state_is_as_old_as_the_venue_says_and_never_younger_than_the_question() -> None:
    for age, wanted in ((3 * NS, -3 * NS), (-2 * NS, 0)):
        talk, first = asked(offset=100_000_000)
        talk.reply(first, **page())
        at = talk.now
        (found,) = talk.reply(talk.sent()[0], **state(as_of=at + 100_000_000 - age))
        assert isinstance(found, ev.BrokerState)
        assert found.as_of - at == wanted


@pytest.mark.parametrize("fields", [{"positions": None}, {"cash": 3}, {"as_of": None}, {"last_execution": "x"}])
def test_F60_half_a_state_is_a_failed_one(fields: dict[str, Any]) -> None:
    talk, first = asked()
    talk.reply(first, **page())
    (found,) = talk.reply(talk.sent()[0], **state(**fields))
    assert isinstance(found, ev.BrokerState)
    assert found.failed
    assert found.positions == {}


def test_F60_an_error_is_a_failed_state_and_the_next_question_is_asked_anew() -> None:
    talk, first = asked()
    (found,) = talk.tell({"re": first["id"], "ok": False, "status": 500, "code": ""})
    assert isinstance(found, ev.BrokerState)
    assert "500" in found.failed
    talk.session.take(fx.Query(account=NAME), talk.now)
    assert [frame["op"] for frame in talk.sent()] == ["executions"]


def test_a_question_that_is_not_answered_in_time_is_a_failed_state() -> None:
    talk, _ = asked()
    talk.now += 4 * NS
    talk.tell({"ev": "beat", "time": 1})
    found = talk.tick(1.5)
    assert [event.failed for event in found if isinstance(event, ev.BrokerState)] == [
        "no answer to executions for 5000 ms"
    ]


def test_a_second_question_while_one_is_under_way_is_the_same_one() -> None:
    talk, first = asked()
    assert talk.session.take(fx.Query(account=NAME), talk.now) == []
    assert talk.sent() == []
    talk.reply(first, **page())
    assert len(talk.sent()) == 1


@pytest.mark.parametrize("body", [{"executions": None}, {"executions": [1]}, {"more": "no"}, {"next": None}])
def test_F10_executions_that_cannot_be_read_are_a_failed_state(body: dict[str, Any]) -> None:
    talk, first = asked()
    (found,) = talk.reply(first, **(page(1) | body))
    assert isinstance(found, ev.BrokerState)
    assert found.failed


def test_an_answer_to_a_question_that_was_given_up_means_nothing() -> None:
    talk, first = asked()
    talk.now += 4 * NS
    talk.tell({"ev": "beat", "time": 1})
    talk.tick(1.5)
    assert talk.reply(first, **page(1)) == []
