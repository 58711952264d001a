"""What each fault does, at the front of three words of `test_mischief`; tests of the fronts see the same on their wires."""

from typing import Any

import pytest

from openbell.core.types import NS
from openbell.wire.deeds import PAGE
from openbell.wire.mischief import LASTING, Frame, Outcome
from openbell.wire.script import KINDS
from tests.wire.test_mischief import GROUND, bodies, said, stage

SUBMIT = ("submit", "a")


def struck(**fault: Any) -> tuple[list[str], Outcome]:
    """Submit an order into a fault; return what the books say, and what came of it."""
    front, mischief = stage({"at": "submit", **fault})
    outcome = mischief.answer(SUBMIT, 0)
    return front.done, outcome


def announced(stream: str, **fault: Any) -> Outcome:
    """Announce something into a fault."""
    return stage(fault)[1].announce(Frame(stream=stream, body={"c": 1.0}, symbol="AAA", cid="a"), 0)


@pytest.mark.parametrize(
    ("do", "is_carried", "said"),
    [
        ("timeout_before_accept", False, []), ("timeout_after_accept", True, []), ("rate_limited", False, ["rate_limited"]),
        ("error_before_accept", False, ["error"]), ("error_after_accept", True, ["error"]),
        ("unknown_code", False, ["unknown_code"]), ("redirect", False, ["redirect"]), ("auth_expired", False, ["expired"]),
    ],
)  # fmt: skip
def test_F01_F04_F11_F54_a_request_is_answered_wrongly_or_not_at_all(
    do: str, is_carried: bool, said: list[str]
) -> None:
    done, outcome = struck(do=do)
    assert (done, bodies(outcome)) == (["submit a"] if is_carried else [], said)


@pytest.mark.parametrize("accept", [True, False])
@pytest.mark.parametrize(
    ("do", "way", "raw"), [("garbage", "whole", PAGE), ("half_reply", "half", None), ("malformed", "broken", None),
                           ("empty_reply", "whole", "")],
)  # fmt: skip
def test_F10_F58_a_reply_that_cannot_be_read_comes_before_or_behind_the_order(
    do: str, way: str, raw: str | None, accept: bool
) -> None:
    done, outcome = struck(do=do, accept=accept)
    assert (done == ["submit a"]) is accept
    assert (outcome.frames[0].way, outcome.frames[0].raw) == (way, raw)


def test_F49_a_nightly_reset_ends_day_orders_and_cuts_everything() -> None:
    done, outcome = struck(do="nightly_reset", lasts="3s")
    assert (done, outcome.cut, outcome.down, outcome.frames) == (["submit a", "expire "], "all", 3 * NS, [])


@pytest.mark.parametrize("do", ["mute", "mute_data", "stall", "ban"])
def test_F44_F54_F62_what_lasts_lasts(do: str) -> None:
    outcome = struck(do=do, lasts="3s")[1]
    assert [name for name in LASTING if getattr(outcome, name)] == [do]
    assert getattr(outcome, do) == 3 * NS


def test_F53_keys_are_refused_for_a_while() -> None:
    done, outcome = struck(do="auth_expired", lasts="2s")
    assert (done, outcome.expired, bodies(outcome)) == ([], 2 * NS, ["expired"])


def test_F45_sockets_hear_no_more_while_they_stay_open() -> None:
    outcome = announced("bars", do="mute_socket", at="on_bar")
    assert (outcome.is_deaf, outcome.cut, len(outcome.frames)) == (True, "", 1)


def test_F47_old_sessions_are_held_against_new_ones() -> None:
    outcome = announced("orders", do="ghost_session", at="on_order", lasts="90s")
    assert (outcome.cut, outcome.ghost) == ("sockets", 90 * NS)


@pytest.mark.parametrize(
    ("do", "fields"), [("slow_loris", {"way": "drip", "lasts": 4 * NS}), ("late_reply", {"delay": 4 * NS})]
)
def test_F03_a_reply_takes_its_time_and_the_order_works(do: str, fields: dict[str, Any]) -> None:
    done, outcome = struck(do=do, **({"lasts": "4s"} if do == "slow_loris" else {"after": "4s"}))
    (reply, told) = outcome.frames
    assert (done, {name: getattr(reply, name) for name in fields}) == (["submit a"], fields)
    assert (told.delay, told.way) == (0, "whole")


def test_F05_F06_F08_F21_F43_orders_meet_their_fills_and_endings_in_odd_ways() -> None:
    assert bodies(struck(do="duplicate_ack")[1]) == [["submit a"], "new", ["submit a"], "new"]
    assert bodies(struck(do="fill_before_ack")[1]) == ["fill", ["submit a"], "new"]
    rejected = struck(do="async_reject", after="1s")[1].frames[-1]
    assert (rejected.body, rejected.delay) == ("reject", NS)
    done, outcome = struck(do="partial_then_disconnect")
    assert (done, outcome.cut, outcome.frames) == (["submit a", "part a"], "all", [])
    done, outcome = struck(do="forgotten_order")
    assert (done, bodies(outcome)) == (["submit a", "forget a"], [["submit a"], "new"])


def test_F21_a_fill_is_booked_before_its_cancel_and_told_behind_it() -> None:
    front, mischief = stage({"do": "late_fill", "after": "1s"})
    outcome = mischief.answer(("cancel", "a"), 0)
    assert front.done == ["fill_behind a", "cancel a"]
    assert [(frame.stream, frame.delay) for frame in outcome.frames] == [("reply", 0), ("executions", NS)]


def test_F60_lists_are_empty_or_wrong() -> None:
    for fault, body in (({"do": "empty_list"}, "empty_list"), ({"do": "failed_positions", "how": "error"}, "error"),
                        ({"do": "failed_positions", "how": "missing"}, "missing")):  # fmt: skip
        assert bodies(stage({"at": "positions", **fault})[1].answer(("positions", ""), 0)) == [body]


def test_F25_F44_F61_announcements_are_lost_doubled_late_or_strange() -> None:
    assert announced("executions", do="lost_frame", at="on_execution").frames == []
    assert [f.delay for f in announced("executions", do="duplicate_fill", after="40s").frames] == [0, 40 * NS]
    assert [f.delay for f in announced("bars", do="repeated_bar", after="1s").frames] == [0, NS]
    assert [f.delay for f in announced("bars", do="late_bar", after="1s").frames] == [NS]
    assert [f.delay for f in announced("orders", do="reorder", at="on_order", after="1s").frames] == [NS]
    assert bodies(announced("orders", do="null_data", at="on_order")) == ["null_data", {"c": 1.0}]
    assert bodies(announced("orders", do="unknown_event", at="on_order")) == ["unknown_event", {"c": 1.0}]
    assert bodies(announced("bars", do="bad_price", how="negative")) == ["negative"]
    assert announced("bars", do="malformed", at="on_bar").frames[0].way == "broken"


def test_F58_frames_grow_and_keep_what_they_said() -> None:
    (grown,) = announced("bars", do="grown", at="on_bar", size=5000).frames
    assert (grown.body["c"], len(grown.body["x_padding"])) == (1.0, 5000)
    front, mischief = stage({"do": "grown", "at": "orders"})
    front.done = [{"id": 1}]  # type: ignore[list-item]  # a list of objects, as a front has it
    outcome = mischief.answer(("orders", ""), 0)
    assert outcome.frames[0].body[0]["id"] == 1
    assert "x_unknown" in outcome.frames[0].body[0]


def test_F28_F31_executions_are_corrected_busted_and_overfilled() -> None:
    assert bodies(announced("executions", do="correction", ticks=2))[-1] == "corrected by 2"
    assert bodies(announced("executions", do="bust"))[-1] == "corrected by None"
    assert bodies(announced("executions", do="overfill"))[-1] == "overfill"


def test_F46_a_subscription_is_confirmed_or_not_and_never_begins() -> None:
    for confirm, told in ((True, ["unconfirmed"]), (False, [])):
        front, mischief = stage({"do": "lost_subscription", "confirm": confirm})
        assert (bodies(mischief.answer(("subscribe", ""), 0)), front.done) == (told, [])


def test_F57_clock_lag_and_numbers() -> None:
    assert struck(do="skew", by="-700ms")[1].skew == -700_000_000
    outcome = announced("bars", do="lag", at="on_bar", after="2s", lasts="9s")
    assert (outcome.lag, outcome.lags) == (2 * NS, 9 * NS)
    assert struck(do="id_rollback")[0] == ["submit a", "renumber "]


def test_every_fault_does_something_at_each_of_its_places() -> None:
    """Compare with what comes without it: the books, or what is told, must differ."""
    told = {"on_order": "orders", "on_execution": "executions", "on_bar": "bars", "on_quote": "quotes"}
    for do in KINDS:
        for at in GROUND.at(do):
            kept: list[Any] = []
            for fault in ([{"do": do, "at": at, "nth": 2}], []):
                front, mischief = stage(*fault)
                for _ in range(2):
                    frame = said(told.get(at, ""), {"c": 1.0}, "a")
                    if do == "stale_snapshot":
                        mischief.announce(said("orders", {"first": 1}), 0)
                    last = mischief.announce(frame, 0) if at in told else mischief.answer((at, "a"), 0)
                kept.append((front.done, last))
            # A skew of no size moves nothing, and plain words have no fields to grow by.
            assert kept[0] != kept[1] or do in ("skew", "grown"), f"{do} at {at}"
