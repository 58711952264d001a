"""What every vendor's connection does alike, played at each of them."""

from typing import Any

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import NS, Side
from openbell.edges.brokers.failures import Transient
from openbell.edges.brokers.mail import MOST
from openbell.edges.brokers.session import CLOCK_EVERY
from tests.edges.brokers.alpaca import frames as alpaca
from tests.edges.brokers.alpaca.talk import Talk as AlpacaTalk
from tests.edges.brokers.binance import frames as binance
from tests.edges.brokers.binance.talk import Talk as BinanceTalk
from tests.edges.brokers.plain import frames as plain
from tests.edges.brokers.plain.talk import Talk as PlainTalk

VENDORS = [(AlpacaTalk, alpaca), (BinanceTalk, binance)]


@pytest.fixture(params=VENDORS, ids=["alpaca", "binance"])
def stage(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """Return a connection that is up, and what orders look like there."""
    talk_of, frames = request.param
    talk = talk_of()
    talk.open()
    return talk, frames


def told(events: list[ev.Event]) -> list[str]:
    return [getattr(one, "happening", type(one).__name__) for one in events]


def test_F01_an_order_without_an_answer_is_lost_and_a_late_answer_still_counts(stage: tuple[Any, Any]) -> None:
    talk, frames = stage
    talk.session.take(frames.submit(), talk.now)
    (asked,) = talk.asked()
    (update,) = talk.tick(5.5)
    assert (update.happening, update.oid, update.text) == ("lost", frames.OID, "no answer to submit for 5000 ms")
    assert talk.tick(0.1) == []
    assert told(talk.reply(asked, 503, {})) == ["lost"]
    assert talk.reply(asked, 503, {}) == []


@pytest.mark.parametrize(("talk_of", "frames"), [*VENDORS, (PlainTalk, plain)], ids=["alpaca", "binance", "plain"])
def test_S3_009_orders_leave_in_their_order_exits_and_cancels_first_and_no_more_than_so_many_wait(
    talk_of: Any, frames: Any
) -> None:
    talk = talk_of()
    talk.open()
    take, mail = talk.session.take, talk.session.mail
    while mail.next_out(talk.now) is not None:
        """What opened the line is gone."""
    mail.budget.pause(talk.now + NS)
    entries = [frames.submit(oid=f"ABC123-{n}") for n in range(MOST)]
    assert [take(one, talk.now) for one in entries] == [[]] * MOST
    (refusal,) = take(frames.submit(oid="ABC123-ONE-MORE"), talk.now)
    assert (refusal.happening, refusal.oid, refusal.code) == ("rejected", "ABC123-ONE-MORE", Code.ORDER_RATE)
    assert refusal.text == "100 orders wait for the rate budget already; this one was not sent"
    # What gets out of a holding and takes back is always lined up, and goes first.
    assert take(frames.submit(oid="ABC123-EXIT", side=Side.SELL, reduce_only=True), talk.now) == []
    talk.now += 60 * NS
    out = []
    while (asked := mail.next_out(talk.now)) is not None or len(out) <= MOST:
        talk.now += 0 if asked else 10 * NS
        out += [asked.request.oid] if asked is not None and asked.request.oid else []
    assert out == ["ABC123-EXIT", *(one.oid for one in entries)]
    assert take(frames.submit(oid="ABC123-NEXT"), talk.now) == []


def test_a_question_about_an_account_that_is_not_answered_is_given_up_once(stage: tuple[Any, Any]) -> None:
    talk, frames = stage
    talk.session.take(fx.Query(account=frames.NAME), talk.now)
    (asked,) = talk.asked()
    (state,) = talk.tick(5.5)
    assert (state.failed, state.as_of) == ("no answer to executions for 5000 ms", talk.now - 5.5 * NS)
    assert talk.reply(asked, 200, []) == []
    talk.session.take(fx.Query(account=frames.NAME), talk.now)
    assert [one.request.op for one in talk.asked()] == ["executions"]


def test_the_end_tells_each_order_once_and_the_link_once(stage: tuple[Any, Any]) -> None:
    talk, frames = stage
    talk.session.take(frames.submit(), talk.now)
    talk.asked()
    talk.session.take(fx.Query(account=frames.NAME, oid=frames.OID), talk.now)
    talk.session.take(fx.Query(account=frames.NAME), talk.now)
    assert told(talk.session.end("cut", talk.now)) == ["lost", "BrokerState", "Link"]
    assert talk.session.end("cut", talk.now) == []


def test_a_line_that_is_not_known_yet_asks_nothing_for_the_engine(stage: tuple[Any, Any]) -> None:
    _, frames = stage
    talk = (AlpacaTalk if frames is alpaca else BinanceTalk)()
    (order,) = talk.session.take(frames.submit(), talk.now)
    (state,) = talk.session.take(fx.Query(account=frames.NAME), talk.now)
    assert isinstance(order, ev.OrderUpdate)
    assert isinstance(state, ev.BrokerState)
    assert (order.text, state.failed) == ("the line is not up", "the line is not up")
    talk.open()
    with pytest.raises(TypeError, match="says nothing to a venue"):
        talk.session.take(fx.Note(kind="x", text="x"), talk.now)


def test_F57_the_clock_is_looked_at_again_and_again(stage: tuple[Any, Any]) -> None:
    talk, _ = stage
    talk.asked()
    assert talk.tick(CLOCK_EVERY / NS - 1) == []
    assert talk.asked() == []
    talk.tick(1)
    assert [one.request.op for one in talk.asked()] == ["clock"]


def test_an_opening_that_is_not_confirmed_in_time_ends_the_connection(stage: tuple[Any, Any]) -> None:
    _, frames = stage
    talk = (AlpacaTalk if frames is alpaca else BinanceTalk)()
    talk.greet()
    talk.asked()
    with pytest.raises(Transient, match="not confirmed"):
        talk.tick(10.5)


@pytest.mark.parametrize("talk_of", [AlpacaTalk, BinanceTalk], ids=["alpaca", "binance"])
def test_F45_F46_a_line_whose_prices_are_open_and_deaf_ends(talk_of: Any) -> None:
    talk, lasting = talk_of(silence=10**6 * NS, timeout=10**6 * NS), []
    talk.open()
    age = max(age for _, age in talk.session.terms.streams)
    for quarter in range(12):
        lasting += [(quarter, one.text) for one in talk.tick(age / NS / 4) if isinstance(one, ev.Link)]
    assert [quarter for quarter, text in lasting if "although subscribed to twice" in text] == [8]
    with pytest.raises(Transient, match="no prices for"):
        talk.tick(1)
    assert talk.session.memory.deaf == 1
