"""confirmation: a person confirms exactly the order that is sent, in time."""

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.spec import OutsideSpec
from openbell.core.types import NS, OrderType
from openbell.parts.rules import confirmation, price_collar
from tests.core import build as b
from tests.core.build import at, d, decision, one, only
from tests.parts.rules.scene import again, bound, codes, engine, hold, in_doubt, passes_exit, priced


def asked(qty: int = 10, **options: object) -> tuple[Engine, fx.Ask]:
    made = engine(confirmation, options, size=b.SizeSpec(kind="quantity", value=d(qty)))
    effects = made.step(b.bar(2, 100.0, 1.0))
    assert (decision(effects), only(fx.Submit, effects)) == (Code.WAITING_FOR_PERSON, [])
    return made, one(fx.Ask, effects)


def answer(made: Engine, ask: fx.Ask, value: str, after: int = 60 * NS, *, is_ok: bool = True) -> list[fx.Submit]:
    event = ev.Answer(ts=at(2) + after, ask=ask.id, deployment="alpha", is_ok=is_ok, value=value)
    return only(fx.Submit, made.step(event))


def test_D42_the_order_waits_for_a_person_and_is_sent_as_it_was_over_a_restart() -> None:
    made, ask = asked()
    made = again(made, bound(confirmation))
    (sent,) = answer(made, ask, "yes")
    counted = made.book.truth.counts.decisions
    assert (counted[Code.WAITING_FOR_PERSON], counted[sent.reason]) == (1, 1)
    assert (sent.instrument, sent.side, sent.qty, sent.type) == ("AAPL", "buy", 10, "market")
    assert answer(made, ask, "yes") == []


def wishing(px: float) -> tuple[Engine, fx.Ask, list[fx.Effect]]:
    """Ask about a limit entry, and let its strategy wish it again at a price, a minute later."""
    made = engine(confirmation, {"wait": "3m"}, entry_type=OrderType.LIMIT)
    first = one(fx.Ask, made.step(b.bar(2, 100.0, 1.0 + b.REBALANCE)))
    return made, first, made.step(b.bar(3, px, 1.0 + b.REBALANCE))


def test_B1_what_is_wished_again_while_a_person_is_asked_is_not_asked_twice_and_goes_once() -> None:
    made, ask, effects = wishing(100.0)
    assert (only(fx.Ask, effects), list(made.book.truth.asked)) == ([], [ask.id])
    assert [len(answer(made, ask, "yes", 90 * NS)) for _ in range(2)] == [1, 0]


def test_B1_what_has_grown_since_a_person_was_asked_grows_no_more_by_his_yes() -> None:
    made, ask = asked()
    position = made.book.position("alpha", "AAPL")
    position.qty = d(4)
    assert answer(made, ask, "yes") == []
    assert made.book.truth.counts.rejected == {Code.UNCONFIRMED: 1}


def test_B1_another_wish_takes_the_place_of_the_question_that_is_open() -> None:
    made, old, effects = wishing(99.0)
    new = one(fx.Ask, effects)
    assert list(made.book.truth.asked) == [new.id]
    assert [len(answer(made, ask, "yes", 90 * NS)) for ask in (old, new)] == [0, 1]


@pytest.mark.parametrize(
    ("qty", "value", "count"), [(50, "yes", 1), (51, "yes", 0), (51, "51", 1), (51, "50", 0), (10, "no", 0)]
)
def test_D42_a_large_one_is_confirmed_by_typing_its_quantity(qty: int, value: str, count: int) -> None:
    made, ask = asked(qty)
    assert len(answer(made, ask, value)) == count
    # Whoever says no, or something else, is counted as a refusal.
    assert made.book.truth.counts.rejected == ({} if count else {Code.UNCONFIRMED: 1})


@pytest.mark.parametrize(("after", "is_ok", "count"), [(60 * NS, True, 1), (60 * NS + 1, True, 0), (NS, False, 0)])
def test_D42_it_expires_after_a_minute_and_a_failed_answer_is_none(after: int, is_ok: bool, count: int) -> None:
    made, ask = asked()
    assert len(answer(made, ask, "yes", after, is_ok=is_ok)) == count


@pytest.mark.parametrize(("wait", "after", "count"), [(30, 30, 1), (30, 31, 0), (300, 299, 1), (300, 301, 0)])
def test_D42_how_long_a_person_has_is_an_option(wait: int, after: int, count: int) -> None:
    made, ask = asked(wait=f"{wait}s")
    assert ask.deadline == at(2) + wait * NS
    assert len(answer(made, ask, "yes", after * NS)) == count


@pytest.mark.parametrize(
    ("value", "after", "is_ok", "count"),
    [("", 30, False, 1), ("", 29, False, 0), ("no", 10, True, 0), ("stop", 10, True, 0), ("yes", 10, True, 1)],
)
def test_D42_where_silence_sends_an_order_is_held_for_its_time_and_may_be_objected_to(
    value: str, after: int, is_ok: bool, count: int
) -> None:
    made, ask = asked(wait="30s", silence="send")
    assert len(answer(made, ask, value, after * NS, is_ok=is_ok)) == count


@pytest.mark.parametrize("value", ["yes", ""])
def test_D42_what_its_strategy_does_not_want_any_more_is_not_sent(value: str) -> None:
    made, ask = asked(wait="90s", silence="send")
    made.step(b.bar(3, 100.0, 0.0))
    assert answer(made, ask, value, 90 * NS, is_ok=bool(value)) == []
    (note,) = [one.text for one in made.desk.out if isinstance(one, fx.Note)]
    assert note == "alpha AAPL: its strategy wants something else by now"


def test_D42_a_confirmed_order_still_passes_the_gate() -> None:
    made, ask = asked()
    made.step(b.command("kill", n=2))
    assert answer(made, ask, "yes") == []


@pytest.mark.parametrize(("until", "count"), [(602, 0), (601, 1), (62, 1)])
def test_B17_a_yes_to_what_was_asked_before_a_kill_was_lifted_sends_no_full_size(until: int, count: int) -> None:
    made, ask = asked(wait="2m")
    # It was asked at the second minute; a kill is lifted with, or right before it, for ten minutes.
    made.book.truth.ramps["all"] = at(2) + (until - 2) * NS
    assert len(answer(made, ask, "yes")) == count
    assert [one.text for one in made.desk.out if isinstance(one, fx.Note)] == [
        "alpha AAPL: a kill was lifted since it was asked, and for a while entries are smaller"
    ] * (1 - count)


def test_D42_a_market_order_that_was_confirmed_is_collared_at_the_price_of_then() -> None:
    accounts = [b.account_spec(outside=OutsideSpec())]
    made = b.engine(
        b.run_spec(b.deployment_spec(), accounts=accounts), rules=(bound(price_collar), bound(confirmation))
    )
    for contact in made.book.truth.contacts.values():
        contact.is_ready = True
    made.step(b.bar(1, 100.0))
    ask = one(fx.Ask, made.step(b.bar(2, 100.0, 1.0)))
    made.step(
        ev.Bar(ts=at(3), instrument="AAPL", interval=60 * NS, open=99.0, high=99.0, low=99.0, close=99.0, volume=1.0)
    )
    (sent,) = answer(made, ask, "yes")
    assert (sent.type, sent.limit) == ("limit", d("103.95"))


def test_D42_exits_pass_and_an_unknown_answer_does_nothing() -> None:
    book = priced()
    hold(book, 5)
    in_doubt(book, "buy", 1)
    assert codes(book, b.draft("buy", 1), bound(confirmation)) == (Code.UNCONFIRMED,)
    assert passes_exit(book, bound(confirmation))
    made, _ = asked()
    assert made.step(ev.Answer(ts=at(2), ask="other", deployment="alpha", is_ok=True, value="yes")) == []


def test_D42_questions_that_nobody_answers_do_not_pile_up() -> None:
    made, ask = asked()
    made.step(b.bar(3, 100.0, 0.0))
    assert set(made.book.truth.asked) == {ask.id}
    for n in range(4, 20, 2):
        made.step(b.bar(n, 100.0, 1.0))
        made.step(b.bar(n + 1, 100.0, 0.0))
    assert len(made.book.truth.asked) == 1
    assert ask.id not in made.book.truth.asked
