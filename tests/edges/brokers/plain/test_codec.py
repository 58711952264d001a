import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import OrderType, Side, Status
from openbell.edges.brokers.budget import CANCEL, ENTRY, EXIT, QUERY
from openbell.edges.brokers.failures import AuthFailed, BadRequest, Failure, OutcomeUnknown, RateLimited
from openbell.edges.brokers.plain import codec
from tests.edges.brokers.plain.frames import NAME, bar, execution, order, state, submit


def decode(body: object) -> list[ev.Event]:
    return codec.decode(msgspec.json.encode(body), NAME)


# --- out --------------------------------------------------------------------------------------------------------


def test_an_order_is_written_out_with_the_lease() -> None:
    request = codec.encode(submit(oco="g", reduce_only=True), 7)
    assert (request.op, request.priority, request.oid) == ("submit", EXIT, "ABC123-1")
    assert request.body == {
        "epoch": 7, "cid": "ABC123-1", "symbol": "SPY", "side": "buy", "qty": "10", "type": "limit", "tif": "gtc",
        "limit": "100.00", "stop": None, "trail": None, "reduce_only": True, "group": "g",
    }  # fmt: skip


def test_an_exit_where_deployments_are_netted_does_not_ask_the_venue_to_hold_it_to_the_account() -> None:
    request = codec.encode(submit(reduce_only=True), 7, netting=True)
    assert (request.priority, request.body["reduce_only"]) == (EXIT, False)


def test_cancels_come_before_exits_entries_and_questions() -> None:
    effects = [fx.Cancel(oid="a", account=NAME), submit(reduce_only=True), submit(), fx.Query(account=NAME, oid="a")]
    assert [codec.encode(effect, 1).priority for effect in effects] == [CANCEL, EXIT, ENTRY, QUERY]


def test_a_change_and_the_questions() -> None:
    amend = codec.encode(fx.Amend(oid="a", account=NAME, qty=Decimal(5), stop=Decimal("9.5")), 3)
    assert (amend.op, amend.body["qty"], amend.body["stop"], amend.body["limit"]) == ("amend", "5", "9.5", None)
    assert codec.encode(fx.Query(account=NAME, oid="a"), 3).body == {"cid": "a"}
    assert codec.encode(fx.Query(account=NAME), 3).op == "state"


def test_what_says_nothing_to_a_venue_is_an_error() -> None:
    with pytest.raises(TypeError):
        codec.encode(fx.Note(kind="x", text="y"), 1)


# --- judging ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"ok": False, "status": 422, "code": "off_tick"}, BadRequest),
        ({"ok": False, "status": 429, "code": "rate_limited", "retry_after_ms": 500}, RateLimited),
        ({"ok": False, "status": 403, "code": "fenced"}, AuthFailed),
        ({"ok": False, "status": 401, "code": "bad_key"}, AuthFailed),
        ({"ok": False, "status": 503, "code": ""}, OutcomeUnknown),
        ({"ok": False, "status": 503, "code": "off_tick"}, OutcomeUnknown),
        ({"ok": False, "status": 422, "code": "E-9999"}, OutcomeUnknown),
        ({"ok": "yes"}, OutcomeUnknown),
        ({}, OutcomeUnknown),
    ],
)
def test_F04_F11_only_documented_refusals_are_final(body: dict[str, Any], kind: type[Failure]) -> None:
    assert type(codec.judge(body)) is kind


def test_F54_the_brokers_advice_is_kept_or_a_second_taken() -> None:
    told = codec.judge({"ok": False, "status": 429, "retry_after_ms": 500})
    untold = codec.judge({"ok": False, "status": 429, "retry_after_ms": "soon"})
    assert isinstance(told, RateLimited)
    assert isinstance(untold, RateLimited)
    assert (told.retry_ns, untold.retry_ns) == (500_000_000, 1_000_000_000)


@pytest.mark.parametrize("raw", ["", "<html>maintenance</html>", "[1]", "3", b"\xff\x00", '{"ev": "order"'])
def test_F10_F58_what_is_no_frame_is_unknown_with_its_words(raw: str | bytes) -> None:
    with pytest.raises(OutcomeUnknown, match="not a frame"):
        codec.read(raw)


# --- announcements ----------------------------------------------------------------------------------------------


def test_an_execution_is_read() -> None:
    (fill,) = decode({"ev": "execution", **execution()})
    assert fill == ev.Fill(
        ts=0, account=NAME, instrument="SPY", oid="ABC123-1", venue_order="V1", exec_id="V1-1", side=Side.BUY,
        qty=Decimal(4), px=Decimal("99.50"), fee=Decimal("0.02"), fee_currency="USD", time=7, is_maker=True,
    )  # fmt: skip


def test_F28_a_correction_names_what_it_supersedes_and_a_bust_has_no_quantity() -> None:
    (fill,) = decode({"ev": "execution", **execution(2, corrects="V1-1")})
    (bust,) = decode({"ev": "execution", **execution(3, corrects="V1-2", bust=True, qty="0")})
    assert isinstance(fill, ev.Fill)
    assert isinstance(bust, ev.Fill)
    assert (fill.supersedes, bust.supersedes, bust.is_bust) == ("V1-1", "V1-2", True)


@pytest.mark.parametrize(
    ("what", "fields", "happening"),
    [
        ("accepted", {}, "accepted"),
        ("partial", {"state": "partial", "filled": "4"}, "accepted"),
        ("filled", {"state": "filled", "filled": "10"}, "accepted"),
        ("cancelled", {"state": "cancelled", "code": "by_request"}, "cancelled"),
        ("rejected", {"state": "rejected", "code": "credit"}, "rejected"),
        ("expired", {"state": "expired", "code": "session_end"}, "expired"),
        ("replaced", {"qty": "5"}, "replaced"),
        ("reduced", {"qty": "5"}, "reduced"),
    ],
)
def test_what_the_venue_says_of_an_order(what: str, fields: dict[str, Any], happening: str) -> None:
    (update,) = decode({"ev": "order", "what": what, **order(**fields)})
    assert isinstance(update, ev.OrderUpdate)
    assert (update.happening, update.venue_order, update.oid) == (happening, "V1", "ABC123-1")
    assert update.filled == Decimal(fields.get("filled", "0"))
    assert update.qty == (Decimal(5) if "qty" in fields else None)


def test_a_full_order_is_ended_by_its_executions_never_by_a_word() -> None:
    (update,) = decode({"ev": "order", "what": "filled", **order(state="filled", filled="10")})
    assert isinstance(update, ev.OrderUpdate)
    assert (update.happening, update.filled) == ("accepted", Decimal(10))


def test_a_bar_that_was_played_faster_than_its_length_keeps_both() -> None:
    (plain,) = decode(bar())
    (fast,) = decode(bar(every=6000))
    assert isinstance(plain, ev.Bar)
    assert isinstance(fast, ev.Bar)
    assert (plain.interval, plain.nominal, plain.ts) == (100, 0, 200)
    assert (fast.interval, fast.nominal) == (100, 6000)


def test_a_quote_is_read_and_unknown_words_mean_nothing() -> None:
    quote = {"ev": "quote", "symbol": "SPY", "time": 9, "bid": 1, "ask": 1.5, "bid_size": 3.0, "ask_size": 4.0}
    assert decode(quote) == [ev.Quote(ts=9, instrument="SPY", bid=1.0, ask=1.5, bid_size=3.0, ask_size=4.0)]
    assert decode({"ev": "beat", "time": 5}) == decode({"ev": "news"}) == decode({}) == []


def test_F84_a_halt_and_its_end_are_told() -> None:
    halted, open_again = ({"ev": "status", "symbol": "SPY", "halted": is_on, "time": 5} for is_on in (True, False))
    assert decode(halted) == [ev.Halt(ts=0, instrument="SPY", is_halted=True)]
    assert decode(open_again) == [ev.Halt(ts=0, instrument="SPY", is_halted=False)]


@pytest.mark.parametrize(
    "body",
    [
        {"ev": "execution", **execution(qty="0")}, {"ev": "execution", **execution(qty="NaN")},
        {"ev": "execution", **execution(qty=4)}, {"ev": "execution", **execution(side="hold")},
        {"ev": "execution", **execution(px="1e99")}, {"ev": "execution", **execution(px="0.000000001")},
        {"ev": "execution", **execution(time=None)}, {"ev": "execution", **execution(cid=None)},
        {"ev": "order", "what": "accepted", **order(state="lost")}, {"ev": "order", "what": "x", **order(filled=None)},
        bar(time=100), bar(close="1"), bar(close=True),
    ],
)  # fmt: skip
def test_F10_a_frame_that_lacks_what_matters_is_unknown_never_guessed(body: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        decode(body)


# --- answers ----------------------------------------------------------------------------------------------------


def test_a_look_up_gives_executions_before_the_state() -> None:
    body = {"found": True, "order": order(state="partial", filled="4"), "executions": [execution()], "time": 9}
    found = codec.looked_up(body, "ABC123-1", NAME)
    assert [type(event) for event in found] == [ev.Fill, ev.OrderUpdate]


def test_a_changed_order_tells_its_values_in_force() -> None:
    body = {"found": True, "order": order(amends=1, qty="7"), "executions": [], "time": 9}
    found = codec.looked_up(body, "ABC123-1", NAME)
    assert [getattr(event, "happening", "") for event in found] == ["accepted", "replaced"]
    assert isinstance(found[1], ev.OrderUpdate)
    assert found[1].qty == Decimal(7)


def test_an_order_that_its_group_shrank_unheard_tells_its_size_when_asked() -> None:
    body = {"found": True, "order": order(qty="7", group="g1"), "executions": [], "time": 9}
    found = codec.looked_up(body, "ABC123-1", NAME)
    assert [getattr(event, "happening", "") for event in found] == ["accepted", "reduced"]
    assert isinstance(found[1], ev.OrderUpdate)
    assert found[1].qty == Decimal(7)


def test_F02_an_order_that_the_venue_does_not_know_is_absent() -> None:
    (update,) = codec.looked_up({"found": False, "time": 9}, "ABC123-1", NAME)
    assert isinstance(update, ev.OrderUpdate)
    assert (update.happening, update.oid) == ("absent", "ABC123-1")


@pytest.mark.parametrize("body", [{}, {"found": True}, {"found": True, "order": order()}, {"found": "no", "time": 1}])
def test_F10_half_an_answer_is_none(body: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        codec.looked_up(body, "ABC123-1", NAME)


def test_F38_nested_legs_are_listed_with_the_rest() -> None:
    head = order("ABC123-1", group="g", legs=[order("ABC123-2", group="g", type="stop", stop="90", limit=None)])
    listed = codec.listed(state(orders=[head], positions={"SPY": "-3"}), NAME, 44)
    assert [(o.oid, o.type, o.status) for o in listed.orders] == [
        ("ABC123-1", OrderType.LIMIT, Status.WORKING), ("ABC123-2", OrderType.STOP, Status.WORKING),
    ]  # fmt: skip
    assert (listed.positions, listed.cash, listed.as_of) == ({"SPY": Decimal(-3)}, {"USD": Decimal(1000)}, 44)


@pytest.mark.parametrize(
    "fields",
    [{"positions": None}, {"orders": None}, {"cash": None}, {"positions": {"SPY": None}}, {"orders": [1]},
     {"orders": [order(legs=3)]}, {"orders": [order(type="odd")]}],
)  # fmt: skip
def test_F60_what_is_missing_is_not_zero(fields: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        codec.listed(state(**fields), NAME, 1)


def test_codes_of_endings_are_ours() -> None:
    (update,) = decode({"ev": "order", "what": "cancelled", **order(state="cancelled", code="group")})
    assert isinstance(update, ev.OrderUpdate)
    assert (update.code, update.text) == (Code.OCO, "group")


# --- anything at all --------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KNOWN = ["ev", "what", "ok", "found", "executions", "re", "status", "legs", *order(), *execution(), *bar(), *state()]
FRAMES = st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=6), JSON, max_size=12)
BASES = st.sampled_from([
    {"ev": "execution", **execution()}, {"ev": "order", "what": "replaced", **order()}, bar(), state(orders=[order()]),
    {"found": True, "order": order(), "executions": [execution()], "time": 1},
])  # fmt: skip


def survives(body: object) -> None:
    raw = json.dumps(body)
    for attempt in (
        lambda: codec.decode(raw, NAME),
        lambda: codec.judge(codec.read(raw)),
        lambda: codec.looked_up(codec.read(raw), "ABC123-1", NAME),
        lambda: codec.listed(codec.read(raw), NAME, 5),
    ):
        try:
            attempt()
        except OutcomeUnknown:
            continue


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_F10_any_bytes_are_read_or_unknown(raw: str | bytes) -> None:
    try:
        codec.decode(raw, NAME)
    except OutcomeUnknown:
        return


@given(FRAMES)
def test_F10_any_frame_is_read_or_unknown(body: dict[str, Any]) -> None:
    survives(body)


@given(BASES, FRAMES, st.lists(st.sampled_from(KNOWN), max_size=2))
def test_F10_a_good_frame_with_anything_changed_is_read_or_unknown(
    base: dict[str, Any], changes: dict[str, Any], gone: list[str]
) -> None:
    survives({key: value for key, value in {**base, **changes}.items() if key not in gone})


@given(BASES, FRAMES)
def test_B14_nothing_read_holds_a_number_that_is_none(base: dict[str, Any], changes: dict[str, Any]) -> None:
    try:
        events = codec.decode(json.dumps({**base, **changes}), NAME)
    except OutcomeUnknown:
        return
    for event in events:
        for name in event.__struct_fields__:
            value = getattr(event, name)
            if isinstance(value, Decimal):
                assert value.is_finite()
                assert value == value.quantize(Decimal("0.00000001"))
