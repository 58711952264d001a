import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from openbell.edges.brokers.failures import AuthFailed, OutcomeUnknown, Transient
from tests.edges.brokers.plain.frames import NAME, bar, execution, order, submit
from tests.edges.brokers.plain.talk import T0, Talk, words


def test_the_line_is_up_only_when_every_subscription_is_confirmed() -> None:
    talk = Talk()
    (hello,) = talk.sent()
    assert (hello["account"], hello["mode"], hello["epoch"], hello["version"]) == ("PLAIN-0001", "paper", 3, 1)
    assert talk.reply(hello) == []
    requests = talk.sent()
    assert [(r["stream"], r["symbol"]) for r in requests] == [("orders", ""), ("executions", ""), ("bars", "SPY")]
    assert talk.reply(requests[0]) == talk.reply(requests[2]) == []
    (link,) = talk.reply(requests[1])
    assert isinstance(link, ev.Link)
    assert (link.is_up, link.channel, link.text) == (True, "orders", "start")


def test_F46_a_subscription_that_nobody_confirms_ends_the_connection() -> None:
    talk = Talk()
    talk.reply(talk.sent()[0])
    first, *_ = talk.sent()
    talk.reply(first)
    with pytest.raises(Transient, match="subscribe executions was not confirmed"):
        talk.tell({"ev": "beat", "time": 1})
        talk.now += 4 * NS
        talk.tell({"ev": "beat", "time": 1})
        talk.tick(2)


def test_F46_a_refused_subscription_ends_the_connection() -> None:
    talk = Talk()
    talk.reply(talk.sent()[0])
    with pytest.raises(Transient, match="subscribe"):
        talk.tell({"re": talk.sent()[0]["id"], "ok": False, "status": 422, "code": "unknown_symbol"})


@pytest.mark.parametrize("code", ["wrong_mode", "wrong_account", "bad_key", "bad_version"])
def test_F73_F74_a_venue_of_another_mode_or_account_is_never_traded(code: str) -> None:
    talk = Talk()
    assert talk.tell({"re": talk.sent()[0]["id"], "ok": False, "status": 403, "code": code}) == []
    assert isinstance(talk.session.failure, AuthFailed)
    assert not talk.session.is_up


def test_nothing_is_ordered_before_the_hello_was_answered() -> None:
    talk = Talk()
    assert words(talk.session.take(submit(), talk.now)) == ["lost ABC123-1"]
    assert [frame["op"] for frame in talk.sent()] == ["hello"]
    (state,) = talk.session.take(fx.Query(account=NAME), talk.now)
    assert isinstance(state, ev.BrokerState)
    assert state.failed


def test_an_order_and_its_answers() -> None:
    talk = Talk()
    talk.open()
    assert talk.session.take(submit(), talk.now) == []
    (sent,) = talk.sent()
    assert (sent["op"], sent["cid"], sent["epoch"]) == ("submit", "ABC123-1", 3)
    assert words(talk.reply(sent, order="V1", state="working")) == ["accepted ABC123-1"]
    assert words(talk.tell({"ev": "execution", **execution()})) == ["Fill"]


def test_F01_an_order_without_an_answer_is_lost_and_never_sent_again() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(submit(), talk.now)
    talk.sent()
    talk.now += 4 * NS
    talk.tell({"ev": "beat", "time": 1})
    assert words(talk.tick(1.5)) == ["lost ABC123-1"]
    assert [frame for frame in talk.sent() if frame["op"] == "submit"] == []


def test_F03_an_answer_that_comes_late_counts() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(submit(), talk.now)
    (sent,) = talk.sent()
    talk.now += 4 * NS
    talk.tell({"ev": "beat", "time": 1})
    talk.tick(1.5)
    assert words(talk.reply(sent, order="V1", state="working")) == ["accepted ABC123-1"]


def test_F05_the_second_copy_of_an_answer_means_nothing() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(submit(), talk.now)
    (sent,) = talk.sent()
    talk.reply(sent, order="V1", state="working")
    assert talk.reply(sent, order="V1", state="working") == []


def test_F06_F09_a_fill_before_or_without_any_word_of_the_order_is_told() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(submit(), talk.now)
    (sent,) = talk.sent()
    assert words(talk.tell({"ev": "execution", **execution()})) == ["Fill"]
    assert words(talk.reply(sent, order="V1", state="working")) == ["accepted ABC123-1"]


def test_F07_an_execution_of_an_unknown_order_is_told_as_it_is() -> None:
    talk = Talk()
    talk.open()
    (fill,) = talk.tell({"ev": "execution", **execution(cid="", order="M7")})
    assert isinstance(fill, ev.Fill)
    assert (fill.oid, fill.venue_order) == ("", "M7")


def test_F08_an_order_that_was_taken_can_be_turned_down() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(submit(), talk.now)
    talk.reply(talk.sent()[0], order="V1", state="working")
    assert words(talk.tell({"ev": "order", "what": "rejected", **order(state="rejected")})) == ["rejected ABC123-1"]


def test_F10_F58_a_web_page_ends_the_connection_and_everything_unanswered_is_lost() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(submit("ABC123-1"), talk.now)
    talk.sent()
    talk.session.take(submit("ABC123-2"), talk.now)
    with pytest.raises(OutcomeUnknown) as error:
        talk.session.receive("<html>We will be back soon</html>", talk.now)
    found = talk.session.end(str(error.value), talk.now)
    assert words(found) == ["lost ABC123-1", "lost ABC123-2", "orders down"]
    assert isinstance(found[0], ev.OrderUpdate)
    assert "We will be back soon" in found[0].text


def test_F43_the_end_of_a_connection_is_told_once_with_everything_that_was_asked() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(fx.Query(account=NAME), talk.now)
    talk.session.take(submit(), talk.now)
    found = talk.session.end("cut", talk.now)
    assert words(found) == ["lost ABC123-1", "BrokerState", "orders down"]
    assert talk.session.end("cut", talk.now) == []


def test_F44_F45_heartbeats_prove_the_line_and_no_stream() -> None:
    talk = Talk()
    talk.open()
    found: list[ev.Event] = []
    for _ in range(61):
        talk.tell({"ev": "beat", "time": 1})
        found += talk.tick(1)
    assert found == []
    again = [frame for frame in talk.sent() if frame["op"] == "subscribe"]
    assert [(frame["stream"], frame["symbol"]) for frame in again] == [("bars", "SPY")]
    for _ in range(61):
        talk.tell({"ev": "beat", "time": 1})
        found += talk.tick(1)
    assert words(found) == ["data down"]
    assert words(talk.tell(bar())) == ["data up", "Bar"]


def test_F45_a_line_on_which_nothing_comes_is_dead() -> None:
    talk = Talk()
    talk.open()
    with pytest.raises(Transient, match="nothing heard"):
        talk.tick(5.1)


def test_F54_a_429_to_any_question_slows_everything_but_cancels() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(fx.Query(account=NAME, oid="ABC123-1"), talk.now)
    (sent,) = talk.sent()
    reply = {"re": sent["id"], "ok": False, "status": 429, "code": "rate_limited", "retry_after_ms": 2000}
    assert words(talk.tell(reply)) == ["lost ABC123-1"]
    talk.session.take(submit(), talk.now)
    assert talk.sent() == []
    talk.session.take(fx.Cancel(oid="ABC123-9", account=NAME), talk.now)
    assert [frame["op"] for frame in talk.sent()] == ["cancel"]
    talk.now += 2 * NS
    assert [frame["op"] for frame in talk.sent()] == ["submit"]


def test_F57_a_clock_that_is_off_is_told_beside_a_line_that_is_up_until_it_is_right() -> None:
    talk = Talk(offset=700_000_000)
    assert sorted(words(talk.open())) == ["clock down", "orders up"]
    assert talk.session.is_up
    talk.offset = 100_000_000
    for _ in range(6):
        talk.tell({"ev": "beat", "time": 1})
        talk.tick(1)
    (ping,) = [frame for frame in talk.sent() if frame["op"] == "ping"]
    assert words(talk.reply(ping)) == ["clock up"]
    assert talk.session.memory.offset == 100_000_000


def test_F57_a_clock_that_steps_is_told() -> None:
    talk = Talk()
    talk.open()
    talk.offset = -600_000_000
    for _ in range(6):
        talk.tell({"ev": "beat", "time": 1})
        talk.tick(1)
    (ping,) = [frame for frame in talk.sent() if frame["op"] == "ping"]
    (link,) = talk.reply(ping)
    assert isinstance(link, ev.Link)
    assert (link.channel, link.is_up, "600 ms off" in link.text) == ("clock", False, True)


def test_D35_F57_exits_and_cancels_go_out_while_the_clock_is_off() -> None:
    talk = Talk(offset=700_000_000)
    assert sorted(words(talk.open())) == ["clock down", "orders up"]
    for effect in (submit(reduce_only=True), fx.Cancel(oid="ABC123-2", account=NAME, reason=1)):
        assert talk.session.take(effect, talk.now) == []
    frames = {frame["op"]: frame for frame in talk.sent() if frame["op"] in ("submit", "cancel")}
    assert set(frames) == {"submit", "cancel"}
    assert words(talk.reply(frames["submit"], order="V1", state="working")) == ["accepted ABC123-1"]


def test_F72_a_fenced_order_is_refused_and_the_line_gives_up() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(submit(), talk.now)
    sent = talk.sent()[0]
    refusal = {"re": sent["id"], "ok": False, "status": 403, "code": "fenced", "text": "epoch 3 was superseded by 4"}
    assert words(talk.tell(refusal)) == ["rejected ABC123-1"]
    assert "superseded by 4" in str(talk.session.failure)


def test_a_look_up_that_fails_leaves_the_order_unknown() -> None:
    talk = Talk()
    talk.open()
    talk.session.take(fx.Query(account=NAME, oid="ABC123-1"), talk.now)
    assert words(talk.reply(talk.sent()[0], found=True)) == ["lost ABC123-1"]
    talk.session.take(fx.Query(account=NAME, oid="ABC123-1"), talk.now)
    reply = talk.reply(talk.sent()[0], found=True, order=order(), executions=[execution()])
    assert words(reply) == ["Fill", "accepted ABC123-1"]


def test_F45_F46_a_line_that_beats_and_brings_no_bars_ends() -> None:
    talk = Talk()
    talk.open()
    with pytest.raises(Transient, match="no prices for 18"):
        for _ in range(300):
            for request in talk.sent():
                talk.reply(request)
            talk.tick(1)
    assert (talk.session.memory.deaf, talk.now - T0) == (1, 181 * NS)
