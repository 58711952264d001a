import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import OrderType
from openbell.edges.brokers.alpaca.session import ACCOUNT
from openbell.edges.brokers.alpaca.snapshot import Memory
from openbell.edges.brokers.failures import Failure, Transient
from openbell.edges.brokers.session import PRICES
from tests.edges.brokers.alpaca.frames import (
    EXECUTION,
    NAME,
    OID,
    VENUE,
    activity,
    amend,
    corrected,
    minute,
    order,
    partial,
    submit,
    update,
)
from tests.edges.brokers.alpaca.talk import T0, Talk

CANCEL = fx.Cancel(oid=OID, account=NAME)
GONE = {"code": 40410000, "message": "order not found"}


def words(events: list[ev.Event]) -> list[str]:
    return [
        getattr(one, "happening", "") or f"{type(one).__name__} {getattr(one, 'text', '')}".strip() for one in events
    ]


def test_the_line_is_up_once_keys_clock_and_both_streams_are_confirmed() -> None:
    talk = Talk()
    assert talk.session.said == [(ACCOUNT, {"action": "auth", "key": "PKTEST", "secret": "secret"})]
    (link,) = talk.open()
    assert isinstance(link, ev.Link)
    assert (link.is_up, link.text) == (True, "at 127.0.0.1:1, SIMULATED")
    assert [frame["action"] for _, frame in talk.session.said] == ["auth", "listen", "auth", "subscribe"]


@pytest.mark.parametrize(
    "fields",
    [
        {"account_number": "PA0"},
        {"status": "ACCOUNT_CLOSED"},
        {"trading_blocked": True},
        {"trade_suspended_by_user": True},
    ],
)
def test_F73_an_account_that_may_not_be_traded_is_given_up(fields: dict[str, object]) -> None:
    talk = Talk()
    assert talk.greet(**fields) == []
    assert talk.session.failure is not None


def test_F73_a_stream_that_does_not_take_our_keys_is_given_up() -> None:
    talk = Talk()
    talk.frame(ACCOUNT, {"stream": "authorization", "data": {"status": "unauthorized"}})
    assert "unauthorized" in str(talk.session.failure)
    other = Talk()
    other.frame(PRICES, [{"T": "error", "code": 402, "msg": "auth failed"}])
    assert other.session.failure is not None


def test_a_feed_that_is_taken_already_ends_the_connection_for_now() -> None:
    with pytest.raises(Transient, match="406"):
        Talk().frame(PRICES, [{"T": "error", "code": 406, "msg": "connection limit exceeded"}])


def test_a_cancel_of_an_order_whose_id_is_not_known_finds_it_first() -> None:
    talk = Talk()
    talk.open()
    assert talk.session.take(CANCEL, talk.now) == []
    (find,) = talk.asked()
    assert (find.request.op, find.request.priority) == ("find", 0)
    assert talk.reply(find, 200, order()) == []
    (cancel,) = talk.asked()
    assert (cancel.request.method, cancel.request.path) == ("DELETE", f"/v2/orders/{VENUE}")
    assert talk.reply(cancel, 204) == []
    assert words(talk.frame(ACCOUNT, update("canceled", order={"status": "canceled"}))) == ["cancelled"]


def test_F02_a_cancel_of_what_cannot_be_found_says_that_it_is_absent() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(CANCEL, talk.now)
    assert words(talk.reply(talk.asked()[0], 404, GONE)) == ["absent"]


def test_a_change_is_settled_by_asking_what_is_in_force_now() -> None:
    talk = Talk(Memory(after=T0, ids={OID: VENUE}))
    talk.open()
    talk.session.take(amend(), talk.now)
    (change,) = talk.asked()
    assert change.request.method == "PATCH"
    new = order(id="c4", client_order_id=change.request.body["client_order_id"], limit_price="151.25", replaces=VENUE)
    assert words(talk.frame(ACCOUNT, update("replaced", order={"status": "replaced", "replaced_by": "c4"}))) == []
    assert talk.reply(change, 200, new) == []
    for body in (order(status="replaced", replaced_by="c4"), new, [activity()]):
        assert talk.reply(talk.asked()[0], 200, body) == []
    found = talk.reply(talk.asked()[0], 200, [])
    assert words(found) == ["Fill", "accepted", "replaced"]
    talk.session.take(CANCEL, talk.now)
    assert talk.asked()[0].request.path == "/v2/orders/c4"


def test_two_questions_about_one_order_are_one() -> None:
    talk = Talk()
    talk.open()
    for _ in range(2):
        talk.session.take(fx.Query(account=NAME, oid=OID), talk.now)
    assert len(talk.asked()) == 1


def test_an_order_that_the_venue_does_not_have_never_leaves() -> None:
    talk = Talk()
    talk.open()
    (no,) = talk.session.take(submit(instrument="BTC/USD", type=OrderType.STOP), talk.now)
    assert isinstance(no, ev.OrderUpdate)
    assert (no.happening, talk.asked()) == ("rejected", [])


def test_what_others_order_on_the_account_is_heard_only_by_its_executions() -> None:
    talk = Talk()
    talk.open()
    theirs = {"client_order_id": "2d7e9b41-5f3a-4c8e-a1b6-9e0d3c7f2a58"}
    assert talk.frame(ACCOUNT, update("new", order=theirs)) == []
    assert words(talk.frame(ACCOUNT, partial(order=theirs))) == ["Fill"]
    assert talk.asked() == []


def test_F28_a_word_of_a_bust_is_followed_by_asking_which_execution_was_taken_back() -> None:
    talk = Talk()
    talk.open()
    assert talk.frame(ACCOUNT, partial()) != []
    assert talk.frame(ACCOUNT, update("trade_bust", order={"filled_qty": "0"})) == []
    bust = corrected(details={"execution_type": "trade_bust"})
    found: list[ev.Event] = []
    for body in (order(filled_qty="0"), [activity()], [bust]):
        (asked,) = talk.asked()
        found += talk.reply(asked, 200, body)
    assert asked.request.path.startswith("/v2beta1/events/activities?since=2026-11-20T14%3A30%3A12")
    told = [(one.is_bust, one.supersedes) for one in found if isinstance(one, ev.Fill)]
    assert (told, words(found)[-1]) == ([(False, ""), (True, EXECUTION)], "accepted")


def test_F45_bars_that_come_again_are_told() -> None:
    talk = Talk()
    talk.open()
    found = []
    for _ in range(122):
        talk.frame(ACCOUNT, {"stream": "other"})
        found += talk.tick(1)
    assert [one.is_up for one in found if isinstance(one, ev.Link)] == [False]
    assert [frame for stream, frame in talk.session.said if stream == PRICES][-1] == {
        "action": "subscribe",
        "bars": ["AAPL"],
    }
    assert words(talk.frame(PRICES, [minute(t="2026-11-20T11:59:00Z")])) == [
        "Link AAPL: its bars are heard again",
        "Bar",
    ]


def test_F57_a_clock_that_drifts_away_is_told_and_the_line_stays_up() -> None:
    talk = Talk()
    talk.open()
    talk.tick(31)
    talk.offset = 10**9
    assert [(one.channel, one.is_up) for one in talk.greet() if isinstance(one, ev.Link)] == [("clock", False)]
    assert talk.session.is_up
    talk.offset = 0
    talk.tick(2)
    assert [(one.channel, one.is_up) for one in talk.greet() if isinstance(one, ev.Link)] == [("clock", True)]


def test_F46_silence_ends_the_connection() -> None:
    talk = Talk()
    talk.open()
    with pytest.raises(Transient, match="nothing heard"):
        talk.tick(91)


def test_F58_a_frame_that_nobody_can_read_ends_the_connection() -> None:
    with pytest.raises(Failure):
        Talk().session.receive(ACCOUNT, "<html>", T0)


def test_an_answer_that_never_comes_is_lost_and_a_late_one_counts() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(submit(), talk.now)
    (asked,) = talk.asked()
    assert words(talk.session.failed(asked.id, "reset")) == ["lost"]
    assert talk.session.failed(asked.id, "again") == []
    talk.session.take(fx.Query(account=NAME), talk.now)
    (state,) = talk.asked()
    assert words(talk.session.failed(state.id, "reset")) == ["BrokerState"]
    with pytest.raises(TypeError):
        talk.session.take(fx.Note(kind="x", text="y"), talk.now)
