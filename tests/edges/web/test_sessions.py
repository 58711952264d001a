"""Sessions, tickets, codes and paces, each at its edge."""

import pytest

from openbell.core.types import MINUTE_NS, NS
from openbell.edges.web.sessions import (
    IDLE_NS,
    LONGEST_NS,
    MOST_EACH,
    MOST_SESSIONS,
    MOST_SOURCES,
    SETUP_NS,
    STEPPED_UP_NS,
    TICKET_NS,
    OneTimeCode,
    Paces,
    Sessions,
    Who,
)
from openbell.run.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(1_700_000_000 * NS)


def test_E7_a_session_ends_when_unused_and_after_its_longest_time(clock: FakeClock) -> None:
    sessions = Sessions(clock.now)
    one = sessions.begin(("read",), is_stepped_up=False)
    clock.sleep(IDLE_NS)
    assert sessions.find(one.id) is one
    clock.sleep(IDLE_NS + 1)
    assert sessions.find(one.id) is None
    two = sessions.begin(("read",), is_stepped_up=False)
    assert two.id != one.id and len(two.id) >= 22, "at least 128 bits"
    end = clock.now() + LONGEST_NS
    while clock.now() + IDLE_NS < end:
        clock.sleep(IDLE_NS)
        assert sessions.find(two.id) is two
    clock.sleep(end - clock.now())
    assert sessions.find(two.id) is two
    clock.sleep(end + 1 - clock.now())
    assert sessions.find(two.id) is None


def test_E7_all_sessions_can_be_ended(clock: FakeClock) -> None:
    sessions = Sessions(clock.now)
    one = sessions.begin(("read",), is_stepped_up=False)
    ticket = sessions.ticket(Who(name="owner", scopes=("read",), session=one))
    sessions.end_all()
    assert sessions.find(one.id) is None
    assert sessions.admit(ticket) is None
    sessions.end(one.id)


def test_there_is_an_end_to_sessions(clock: FakeClock) -> None:
    sessions = Sessions(clock.now)
    made = []
    for _ in range(MOST_SESSIONS + 1):
        clock.sleep(1)
        made.append(sessions.begin(("read",), is_stepped_up=False))
    assert sessions.find(made[0].id) is None
    assert all(sessions.find(one.id) is one for one in made[1:])


def test_E6_a_second_proof_counts_for_five_minutes(clock: FakeClock) -> None:
    sessions = Sessions(clock.now)
    one = sessions.begin(("read",), is_stepped_up=False)
    assert not sessions.is_stepped_up(one)
    sessions.step_up(one)
    clock.sleep(STEPPED_UP_NS)
    assert sessions.is_stepped_up(one)
    clock.sleep(1)
    assert not sessions.is_stepped_up(one)
    assert sessions.is_stepped_up(sessions.begin(("read",), is_stepped_up=True))


def test_tickets_of_one_take_the_place_of_nobody_elses(clock: FakeClock) -> None:
    sessions = Sessions(clock.now)
    everybody = [
        Who(name="owner", scopes=("read",), session=sessions.begin(("read",), is_stepped_up=False)) for _ in range(40)
    ]
    whose = [(sessions.ticket(who), who) for who in everybody for _ in range(MOST_EACH)]
    greedy = [sessions.ticket(everybody[0]) for _ in range(3)]
    assert [sessions.admit(ticket) for ticket, _ in whose[:MOST_EACH]] == [None] * 3 + [everybody[0]] * (MOST_EACH - 3)
    assert [sessions.admit(ticket) for ticket in greedy] == [everybody[0]] * 3
    assert all(sessions.admit(ticket) is who for ticket, who in whose[MOST_EACH:])


def test_E10_a_ticket_works_once_and_not_for_long(clock: FakeClock) -> None:
    sessions = Sessions(clock.now)
    who = Who(name="token x", scopes=("read",))
    ticket = sessions.ticket(who)
    assert sessions.admit("another") is None
    assert sessions.admit(ticket) is who
    assert sessions.admit(ticket) is None
    ticket = sessions.ticket(who)
    clock.sleep(TICKET_NS)
    assert sessions.admit(ticket) is who
    ticket = sessions.ticket(who)
    clock.sleep(TICKET_NS + 1)
    assert sessions.admit(ticket) is None
    for _ in range(2 * MOST_SESSIONS):
        sessions.ticket(who)
    assert len(sessions._tickets) <= MOST_SESSIONS


def test_E2_a_code_works_once_within_fifteen_minutes(clock: FakeClock) -> None:
    code = OneTimeCode(clock.now)
    assert not code.take("wrong")
    assert code.take(code.text)
    assert not code.take(code.text)
    assert code.again().take(code.text)
    late = OneTimeCode(clock.now)
    clock.sleep(SETUP_NS)
    in_time = OneTimeCode(clock.now, 5)
    assert late.take(late.text)
    clock.sleep(6)
    assert not in_time.take(in_time.text)


def test_E13_questions_are_counted_by_kind_and_address(clock: FakeClock) -> None:
    paces = Paces(clock.now, {"login": 5, "read": 2})
    assert [paces.wait("login", "a") for _ in range(5)] == [0] * 5
    assert paces.wait("login", "a") == 60
    assert paces.wait("login", "b") == 0
    assert paces.wait("read", "a") == 0
    clock.sleep(MINUTE_NS - 1)
    assert paces.wait("login", "a") == 1
    clock.sleep(1)
    assert paces.wait("login", "a") == 0


def test_addresses_that_are_counted_have_an_end(clock: FakeClock) -> None:
    paces = Paces(clock.now, {"read": 1})
    for n in range(MOST_SOURCES + 10):
        paces.wait("read", str(n))
    assert len(paces._asked._times) == MOST_SOURCES
    assert paces.wait("read", str(MOST_SOURCES + 9)) == 60
    assert paces.wait("read", "0") == 0
