import json
from decimal import Decimal

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.edges.brokers.binance.codec import OPEN_OPS
from openbell.edges.brokers.binance.session import LEAST_NS, MOST_AGE, USER, begin
from openbell.edges.brokers.binance.snapshot import Memory
from openbell.edges.brokers.failures import Failure, OutcomeUnknown, Transient
from openbell.edges.brokers.session import CLOCK_EVERY, PRICES
from tests.edges.brokers.binance.frames import (
    NAME,
    OID,
    account,
    amend,
    cancelled,
    made,
    minute,
    order,
    refusal,
    report,
    rules,
    submit,
)
from tests.edges.brokers.binance.talk import T0, TERMS, Talk

CANCEL = fx.Cancel(oid=OID, account=NAME)


def words(events: list[ev.Event]) -> list[str]:
    return [
        getattr(one, "happening", "") or f"{type(one).__name__} {getattr(one, 'text', '')}".strip() for one in events
    ]


def test_the_line_is_up_once_clock_key_listing_and_both_sockets_are_confirmed() -> None:
    talk = Talk()
    assert talk.session.said == []
    (link,) = talk.open()
    assert isinstance(link, ev.Link)
    assert (link.is_up, link.text) == (True, "at 127.0.0.1:1, SIMULATED")
    assert [(socket, frame["method"]) for socket, frame in talk.session.said] == [
        (USER, "userDataStream.subscribe.signature"), (PRICES, "SUBSCRIBE"),
    ]  # fmt: skip
    assert "secret" not in json.dumps(talk.session.said)


@pytest.mark.parametrize("fields", [{"uid": 1}, {"canTrade": False}, {"accountType": "MARGIN"}])
def test_F73_an_account_that_may_not_be_traded_is_given_up(fields: dict[str, object]) -> None:
    talk = Talk()
    talk.greet(**fields)
    assert talk.session.failure is not None


def test_a_symbol_that_the_venue_does_not_list_is_given_up() -> None:
    for streams in ((("DOGEUSDT", NS),), (("BTCUSDT", NS), ("DOGEUSDT", NS))):
        talk = Talk(streams=streams)
        talk.greet()
        assert "DOGEUSDT" in str(talk.session.failure)
    refused = Talk()
    refused.reply(refused.asked()[0], 200, refused.clock())
    refused.reply(refused.asked()[0], 400, refusal(-1121, "Invalid symbol."))
    assert "BTCUSDT" in str(refused.session.failure)


def test_requests_are_stamped_by_the_venues_clock_and_a_jump_is_told_and_the_line_stays_up() -> None:
    talk = Talk()
    talk.offset = NS // 4
    talk.open()
    assert abs(talk.session.memory.offset - NS // 4) < 2_000_000
    assert talk.session.said[0][1]["params"]["timestamp"] == pytest.approx((T0 + NS // 4) // 10**6, abs=1)
    talk.offset = NS
    told: list[ev.Event] = []
    for _ in range(5):
        talk.frame(USER, {"subscriptionId": 0, "event": {"e": "balanceUpdate"}})
        talk.tick(31)
        told += talk.reply(next(one for one in talk.asked() if one.request.op == "clock"), 200, talk.clock())
    (link,) = told
    assert isinstance(link, ev.Link)
    assert (link.channel, link.is_up, "1000 ms off" in link.text) == ("clock", False, True)
    assert talk.session.is_up
    talk.offset = 0
    for _ in range(3):
        talk.tick(1)
        told += talk.reply(talk.asked()[0], 200, talk.clock())
    (again,) = told[1:]
    assert isinstance(again, ev.Link)
    assert (again.channel, again.is_up) == ("clock", True)


def test_F57_a_refused_stamp_lets_an_order_go_once_more_behind_a_new_look_at_the_clock() -> None:
    talk, late = Talk(), refusal(-1021, "Timestamp outside of the recvWindow.")
    talk.open()
    for effect in (submit(), submit("ABC123-2", reduce_only=True)):
        talk.session.take(effect, talk.now)
        (first,) = talk.asked()
        assert talk.reply(first, 400, late) == []
        (clock,) = talk.asked()
        assert clock.request.op == "clock"
        talk.reply(clock, 200, talk.clock())
        (again,) = talk.asked()
        assert (again.request.oid, again.request.body) == (first.request.oid, first.request.body)
        assert words(talk.reply(again, 400, late)) == ["rejected"]
        talk.asked()


def test_F57_a_clock_far_off_ends_an_entry_and_lets_an_exit_go() -> None:
    for is_exit in (False, True):
        talk, late = Talk(), refusal(-1021, "Timestamp outside of the recvWindow.")
        talk.open()
        talk.session.take(submit(reduce_only=is_exit), talk.now)
        talk.reply(talk.asked()[0], 400, late)
        talk.offset = 6 * NS
        told = talk.reply(talk.asked()[0], 200, talk.clock())
        assert [one.is_up for one in told if isinstance(one, ev.Link)] == [False]
        assert ("rejected" in words(told)) is not is_exit
        assert [one.request.op for one in talk.asked()] == ["submit"] * is_exit


def test_an_order_that_the_listing_forbids_does_not_leave() -> None:
    talk = Talk()
    talk.open()
    (update,) = talk.session.take(submit(qty=Decimal("0.0033333")), talk.now)
    assert isinstance(update, ev.OrderUpdate)
    assert (update.code, talk.asked()) == (Code.OFF_LOT, [])


def test_a_refusal_that_the_list_may_explain_asks_for_it_again_once_a_minute() -> None:
    talk = Talk()
    talk.open()

    def refuse(oid: str) -> list[str]:
        """Let the venue refuse an order; return what is asked behind it."""
        talk.session.take(submit(oid=oid), talk.now)
        (sent,) = talk.asked()
        assert words(talk.reply(sent, 400, refusal(-1013, "Filter failure: LOT_SIZE"))) == ["rejected"]
        again = talk.asked()
        for one in again:
            # Everybody may ask it: a stamp would be a parameter too many.
            assert one.request.op in OPEN_OPS
            assert talk.reply(one, 200, rules(status="HALT")) == []
        return [one.request.op for one in again]

    first, second, third = f"{OID[:-1]}2", f"{OID[:-1]}3", f"{OID[:-1]}4"
    talk.now += LEAST_NS - 1
    assert refuse(first) == []
    talk.now += 1
    assert refuse(second) == ["relist"]
    (halted,) = talk.session.take(submit(oid=third), talk.now)
    assert isinstance(halted, ev.OrderUpdate)
    assert (halted.code, talk.asked()) == (Code.HALTED, [])


def test_a_cancel_and_a_change_use_the_name_of_now() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(submit(), talk.now)
    talk.reply(talk.asked()[0], 200, made())
    talk.session.take(amend(), talk.now)
    (change,) = talk.asked()
    name = change.request.body["newClientOrderId"]
    # Its first half is told before the answer, and means nothing.
    assert talk.event(report("CANCELED", c="cx", C=OID, X="CANCELED", z="0")) == []
    both = {
        "cancelResult": "SUCCESS",
        "newOrderResult": "SUCCESS",
        "newOrderResponse": made(clientOrderId=name, orderId=9),
    }
    assert words(talk.reply(change, 200, both)) == ["replaced"]
    assert talk.event(report("CANCELED", c="cx", C=OID, X="CANCELED", z="0")) == []
    talk.session.take(CANCEL, talk.now)
    (gone,) = talk.asked()
    assert gone.request.body["origClientOrderId"] == name
    assert words(talk.reply(gone, 200, cancelled(origClientOrderId=name))) == ["cancelled"]


def test_reports_of_others_orders_are_told_only_where_they_move_coins() -> None:
    talk = Talk()
    talk.open()
    assert talk.event(report("NEW", c="web_1", X="NEW")) == []
    (fill,) = talk.event(report(c="web_1", i=7))
    assert isinstance(fill, ev.Fill)
    assert fill.oid == "web_1"


def test_what_a_report_leaves_open_is_asked() -> None:
    talk = Talk()
    talk.open()
    assert talk.event(report("TRADE_PREVENTION")) == []
    assert [one.request.op for one in talk.asked()] == ["order"]


@pytest.mark.parametrize("event", [{"e": "eventStreamTerminated", "E": 1}, {"e": "serverShutdown", "E": 1}])
def test_F46_a_stream_that_the_venue_ends_ends_the_line(event: dict[str, object]) -> None:
    talk = Talk()
    talk.open()
    with pytest.raises(Transient):
        talk.event(event)


def test_a_subscription_that_is_refused_is_given_up_only_where_we_are_not_known() -> None:
    stranger, other = Talk(), Talk()
    for talk in (stranger, other):
        talk.greet()
    stranger.frame(USER, {"id": "user", "status": 401, "error": refusal(-2015, "no")})
    assert stranger.session.failure is not None
    with pytest.raises(Transient):
        other.frame(USER, {"id": "user", "status": 400, "error": refusal(-1021, "late")})


@pytest.mark.parametrize("status", [429, 418])
def test_F54_F55_nothing_goes_while_the_address_is_shut_and_the_line_says_until_when(status: int) -> None:
    talk = Talk()
    talk.open()
    talk.session.memory.learn(order())
    talk.session.take(CANCEL, talk.now)
    assert talk.reply(talk.asked()[0], status, refusal(-1003, "too many"), {"Retry-After": "60"}) == []
    (down,) = talk.tick(0)
    assert isinstance(down, ev.Link)
    assert not down.is_up
    assert down.text == (
        f"{status} -1003 too many; nothing is sent there for 60 s, until 2026-11-20 12:01:00 UTC; "
        "cancels and exits go first then"
    )
    talk.session.take(CANCEL, talk.now)
    talk.session.take(fx.Query(account=NAME, oid=OID), talk.now)
    talk.tick(59)
    assert talk.asked() == []
    talk.now += NS
    assert [one.request.op for one in talk.asked()] == ["cancel", "order"]
    assert [one.is_up for one in talk.tick(0) if isinstance(one, ev.Link)] == [True]
    # The clock was due meanwhile, and waits until what matters more has left.
    assert talk.asked() == []
    talk.tick(0)
    assert [one.request.op for one in talk.asked()] == ["clock"]


def test_F54_where_only_new_orders_are_too_many_a_cancel_goes_at_once() -> None:
    talk = Talk()
    talk.open()
    talk.session.memory.learn(order())
    talk.session.take(submit("ABC123-2"), talk.now)
    told = talk.reply(talk.asked()[0], 429, refusal(-1015, "Too many new orders."), {"Retry-After": "10"})
    assert words(told) == ["rejected"]
    talk.session.take(CANCEL, talk.now)
    assert [one.request.op for one in talk.asked()] == ["cancel"]


def test_F54_while_the_address_is_shut_exits_wait_and_go_first_and_entries_end_unsent() -> None:
    talk = Talk()
    talk.open()
    take = talk.session.take
    talk.session.memory.learn(order())
    talk.session.mail.budget.shut(talk.now + 60 * NS, "418 banned")
    assert take(submit("ABC123-2"), talk.now) == []
    # The engine hears of the shut line a moment later than we.
    (ended, down) = talk.tick(0)
    assert (words([ended]), isinstance(down, ev.Link)) == (["rejected"], True)
    assert isinstance(ended, ev.OrderUpdate)
    assert (ended.oid, ended.code, "nothing is sent there for 60 s" in ended.text) == ("ABC123-2", Code.NOT_READY, True)
    take(submit("ABC123-3"), talk.now)
    assert words(talk.tick(1)) == ["rejected"]
    take(fx.Query(account=NAME), talk.now)
    take(submit("ABC123-4", reduce_only=True), talk.now)
    take(CANCEL, talk.now)
    assert (talk.tick(58.9), talk.asked()) == ([], [])
    talk.tick(0.1)
    assert [(one.request.op, one.request.oid) for one in talk.asked()] == [
        ("cancel", OID), ("submit", "ABC123-4"), ("executions", ""),
    ]  # fmt: skip


def test_F55_a_ban_that_grows_is_told_anew_and_one_look_at_the_clock_waits_for_its_end() -> None:
    talk = Talk()
    talk.open()
    budget, begun = talk.session.mail.budget, talk.now
    budget.shut(begun + 120 * NS, "418 banned")
    assert len(talk.tick(0)) == 1
    budget.shut(begun + 120 * NS + NS - 1, "418 banned")
    assert talk.tick(60) == []
    budget.shut(begun + 3600 * NS, "418 banned for longer")
    (told,) = talk.tick(0)
    assert isinstance(told, ev.Link)
    assert not told.is_up
    assert told.text.startswith("418 banned for longer; nothing is sent there for 3540 s")
    for _ in range(59):
        assert not [one for one in talk.tick(59) if isinstance(one, ev.Link) and one.channel == "orders"]
        assert talk.asked() == []
    # Although nothing was heard for so long the line is there.
    assert [one.is_up for one in talk.tick(59) if isinstance(one, ev.Link) and one.channel == "orders"] == [True]
    assert talk.asked() == []
    talk.tick(0)
    assert [one.request.op for one in talk.asked()] == ["clock"]


def test_F02_an_exit_that_left_late_is_not_absent_before_it_would_be_visible() -> None:
    talk = Talk(visibility=30 * NS)
    talk.open()
    talk.session.take(submit(reduce_only=True), talk.now)
    (first,) = talk.asked()
    talk.reply(first, 418, refusal(-1003, "banned"), {"Retry-After": "60"})
    talk.tick(0)
    talk.tick(60)
    assert [one.request.op for one in talk.asked()] == ["submit"]

    def look() -> list[str]:
        talk.session.take(fx.Query(account=NAME, oid=OID), talk.now)
        for told in (400, refusal(-2013, "Order does not exist.")), (200, []):
            found = talk.reply(next(one for one in talk.asked() if one.request.oid), *told)
        return words(found)

    assert look() == []
    talk.tick(0)
    talk.now += 30 * NS - 1
    talk.session._again.look(talk.now)
    assert look() == []
    talk.now += 1
    talk.session._again.look(talk.now)
    assert look() == ["absent"]


@pytest.mark.parametrize(("status", "code"), [(418, -1003), (429, -1003), (400, -1021)])
def test_F03_a_refusal_of_an_order_that_was_told_to_be_lost_sends_nothing_again(status: int, code: int) -> None:
    talk = Talk()
    talk.open()
    talk.session.take(submit(reduce_only=True), talk.now)
    (late,) = talk.asked()
    assert words(talk.tick(5.1)) == ["lost"]
    assert words(talk.reply(late, status, refusal(code, "late"), {"Retry-After": "1"})) == ["rejected"]
    talk.now += 2 * NS
    assert "submit" not in [one.request.op for one in talk.asked()]


def test_F57_a_cancel_that_waits_ends_an_order_behind_a_refused_stamp() -> None:
    talk, late = Talk(), refusal(-1021, "Timestamp outside of the recvWindow.")
    talk.open()
    talk.session.take(submit(), talk.now)
    assert talk.reply(talk.asked()[0], 400, late) == []
    assert words(talk.session.take(CANCEL, talk.now)) == ["rejected"]
    talk.reply(talk.asked()[0], 200, talk.clock())
    assert talk.asked() == []


def test_F57_where_the_clock_is_not_told_what_waits_for_it_ends() -> None:
    for how in ("silence", "end"):
        talk, late = Talk(), refusal(-1021, "Timestamp outside of the recvWindow.")
        talk.open()
        talk.session.take(submit(), talk.now)
        talk.reply(talk.asked()[0], 400, late)
        (clock,) = talk.asked()
        told = talk.session.failed(clock.id, "cut") if how == "silence" else talk.session.end("cut", talk.now)
        assert words(told)[0] == "rejected"


def test_F54_a_clock_without_room_is_asked_again_for_what_waits_for_it() -> None:
    talk, late = Talk(), refusal(-1021, "Timestamp outside of the recvWindow.")
    talk.open()
    talk.session.take(submit(reduce_only=True), talk.now)
    talk.reply(talk.asked()[0], 400, late)
    (clock,) = talk.asked()
    assert talk.reply(clock, 429, refusal(-1003, "too many"), {"Retry-After": "7"}) == []
    assert (talk.tick(6.9)[0], talk.asked()) != ([], [])
    assert talk.asked() == []
    talk.tick(0.1)
    (clock,) = talk.asked()
    talk.reply(clock, 200, talk.clock())
    assert [one.request.op for one in talk.asked()] == ["submit"]


def test_a_kill_takes_an_order_out_of_the_line_that_has_not_left() -> None:
    talk = Talk()
    talk.open()
    talk.session.mail.budget.shut(talk.now + 60 * NS, "418 banned")
    talk.session.take(submit(), talk.now)
    assert words(talk.session.take(CANCEL, talk.now)) == ["cancelled"]
    talk.now += 61 * NS
    assert talk.asked() == []


def test_F54_F55_a_clock_without_room_keeps_the_line_and_an_opening_waits_for_the_end_of_a_pause() -> None:
    talk = Talk()
    talk.open()
    talk.now += CLOCK_EVERY
    talk.tick(0)
    (clock,) = talk.asked()
    limited = {"Retry-After": "60"}
    assert talk.reply(clock, 429, refusal(-1003, "too many"), limited) == []
    assert talk.session.is_up
    # The next connection asks nothing before the venue lets it, and then begins as always.
    other = Talk()
    (first,) = other.asked()
    with pytest.raises(Transient):
        other.reply(first, 429, refusal(-1003, "too many"), limited)
    again = begin(TERMS, Memory(after=T0), other.session.mail.budget, other.now)
    assert again.mail.next_out(other.now + 59 * NS) is None
    assert again.mail.next_out(other.now + 60 * NS) is not None


def test_what_others_of_this_address_use_is_left_out() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(fx.Query(account=NAME, oid=OID), talk.now)
    talk.reply(talk.asked()[0], 503, {}, {"X-MBX-USED-WEIGHT-1M": "4800"})
    talk.session.take(fx.Query(account=NAME), talk.now)
    assert talk.asked() == []


def test_a_connection_is_replaced_before_the_venue_ends_it() -> None:
    talk = Talk()
    talk.open()
    talk.session._heard = talk.now = T0 + MOST_AGE + 1
    with pytest.raises(Transient, match="after a day"):
        talk.session.tick(talk.now)


def test_F47_a_line_without_a_word_is_dead() -> None:
    talk = Talk()
    talk.open()
    with pytest.raises(Transient, match="nothing heard"):
        talk.tick(91)


@pytest.mark.parametrize(("socket", "raw"), [(USER, "<html>"), (USER, "[]"), (PRICES, "5")])
def test_F10_a_frame_that_is_none_ends_the_line(socket: str, raw: str) -> None:
    talk = Talk()
    talk.open()
    with pytest.raises(Failure):
        talk.session.receive(socket, raw, talk.now)


def test_a_bar_comes_through_and_a_question_that_fails_in_the_opening_ends_it() -> None:
    talk = Talk()
    talk.open()
    assert [type(one) for one in talk.frame(PRICES, minute())] == [ev.Bar]
    early = Talk()
    with pytest.raises(Transient):
        early.reply(early.asked()[0], 503, {})
    late = Talk()
    (asked,) = late.asked()
    with pytest.raises(Transient):
        late.session.failed(asked.id, "cut")
    with pytest.raises(OutcomeUnknown):
        talk.frame(PRICES, {"e": "kline", "k": {"t": 1}})


def test_what_was_learnt_outlives_a_connection() -> None:
    memory = Memory(after=T0)
    first = Talk(memory)
    first.open()
    first.session.take(submit(), first.now)
    assert words(first.session.end("cut", first.now)) == ["lost", "Link cut"]
    second = Talk(memory)
    second.open()
    second.session.take(CANCEL, second.now)
    assert [one.request.op for one in second.asked()] == ["cancel"]
    assert account()["canTrade"]
