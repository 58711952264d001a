"""The exchange in a broker's language: given orders, when a bar comes, then these executions and answers."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.effects import Amend, Cancel
from openbell.core.types import MINUTE_NS, Caps, Tif
from openbell.parts.venue.exchange import FAR, Exchange
from openbell.parts.venue.options import FeeModel
from tests.core import build as b
from tests.core.build import at, bar, d, exchange, fills, play, said, submit

SHAPE = {"open": 100.0, "high": 105.0, "low": 95.0}


def placed(*orders: fx.Submit, held: int = 0, **options: Any) -> Exchange:
    """Return an exchange with a holding and orders that came in one after the other before bar 1."""
    venue = exchange(**options)
    if held:
        venue.floor.state.net["AAPL"] = d(held)
    for index, order in enumerate(orders, 1):
        venue.take(b.fx.Submit(**{n: getattr(order, n) for n in order.__struct_fields__} | {"oid": oid(index)}), at(0))
    venue.speak(FAR)
    return venue


def oid(index: int) -> str:
    return f"{b.TAG}-{index}"


def codes(events: list[ev.Event]) -> list[tuple[str, int]]:
    return [(e.happening, e.code) for e in events if isinstance(e, ev.OrderUpdate)]


# --- every kind of order in one bar -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "shape", "wanted"),
    [
        (submit("buy"), SHAPE, [("buy", "10", "100")]),
        (submit("sell"), SHAPE, [("sell", "10", "100")]),
        (submit("buy", limit=96), SHAPE, [("buy", "10", "96")]),
        (submit("buy", limit=95), SHAPE, [("buy", "10", "95")]),
        (submit("buy", limit="94.99"), SHAPE, []),
        (submit("buy", limit=101), SHAPE, [("buy", "10", "100")]),
        (submit("sell", limit=104), SHAPE, [("sell", "10", "104")]),
        (submit("sell", limit=99), SHAPE, [("sell", "10", "100")]),
        (submit("buy", stop=103), SHAPE, [("buy", "10", "103")]),
        (submit("buy", stop=99), SHAPE, [("buy", "10", "100")]),  # gapped: the open
        (submit("sell", stop=96), SHAPE, [("sell", "10", "96")]),
        (submit("sell", stop=102), SHAPE, [("sell", "10", "100")]),
        (submit("sell", stop="94.99"), SHAPE, []),
        (submit("buy", stop=103, limit=104), SHAPE, [("buy", "10", "103")]),
        (
            submit("buy", stop=98, limit=99),
            SHAPE,
            [("buy", "10", "99")],
        ),  # triggered at the open, bought on the way down
        (submit("sell", stop=97, limit=96), SHAPE, [("sell", "10", "97")]),
        (submit("sell", stop=90, trail=7), SHAPE, [("sell", "10", "98")]),  # 95, 105 - 7, then down through 98
    ],
)
def test_one_order_in_one_bar(order: fx.Submit, shape: dict, wanted: list) -> None:
    venue = placed(order)
    assert fills(play(venue, bar(1, 97.0, **shape))) == wanted
    left = sum((d(qty) for _, qty, _ in wanted), d(0))
    assert venue.floor.held("AAPL") == left * order.side.sign


def test_an_execution_says_all_about_itself() -> None:
    venue = placed(submit("buy", limit=96), fees=FeeModel(kind="per_share", rate=d("0.01")))
    (made,) = [e for e in play(venue, bar(1, 97.0, **SHAPE)) if isinstance(e, ev.Fill)]
    assert (made.ts, made.account, made.oid, made.venue_order, made.exec_id) == (at(1), "main", oid(1), "V1", "V1-1")
    assert (made.fee, made.fee_currency, made.is_maker) == (d("0.1"), "USD", True)
    assert at(0) < made.time < at(1)


@pytest.mark.parametrize(("n", "wanted"), [(1, []), (2, [("buy", "10", "101")]), (3, [("buy", "10", "102")])])
def test_a_decision_at_a_bars_close_takes_the_next_open(n: int, wanted: list) -> None:
    venue = exchange()
    venue.take(submit("buy"), at(1))
    assert fills(play(venue, bar(n, 99.0, open=99.0 + n))) == wanted


def test_an_order_of_the_middle_of_a_bar_waits_for_the_next_open() -> None:
    venue = exchange()
    venue.take(submit("buy"), at(0) + 1)
    assert fills(play(venue, bar(1, 100.0))) == []
    assert fills(play(venue, bar(2, 101.0))) == [("buy", "10", "101")]


# --- pessimistic ways -------------------------------------------------------------------------------------------


def protected(side: str, target: int, stop: int) -> list[fx.Submit]:
    fields = {"reduce_only": True, "oco": "g"}
    return [submit(side, limit=target, **fields), submit(side, stop=stop, **fields)]


@pytest.mark.parametrize(
    ("path", "held", "orders", "wanted"),
    [
        # a holder meets what is against him first
        ("pessimistic", 10, protected("sell", 104, 96), [("sell", "10", "96")]),
        ("pessimistic", -10, protected("buy", 96, 104), [("buy", "10", "104")]),
        ("high_first", 10, protected("sell", 104, 96), [("sell", "10", "104")]),
        ("low_first", 10, protected("sell", 104, 96), [("sell", "10", "96")]),
        ("low_first", -10, protected("buy", 96, 104), [("buy", "10", "96")]),
        # whoever buys at the open is a holder from then on
        ("pessimistic", 0, [submit("buy"), *protected("sell", 104, 96)], [("buy", "10", "100"), ("sell", "10", "96")]),
        ("pessimistic", 0, [submit("sell"), *protected("buy", 96, 104)], [("sell", "10", "100"), ("buy", "10", "104")]),
        # whoever waits below buys at the low, after the high: its gain is not his
        ("pessimistic", 0, [submit("buy", limit=96), *protected("sell", 104, 94)], [("buy", "10", "96")]),
        ("pessimistic", 0, [submit("sell", limit=104), *protected("buy", 96, 106)], [("sell", "10", "104")]),
        # a breakout is bought on the way up and stopped on the way down
        ("pessimistic", 0, [submit("buy", stop=103), *protected("sell", 110, 96)], [("buy", "10", "103"), ("sell", "10", "96")]),
        ("pessimistic", 0, [submit("sell", stop=97), *protected("buy", 90, 104)], [("sell", "10", "97"), ("buy", "10", "104")]),
    ],
)  # fmt: skip
def test_the_way_is_against_us(path: str, held: int, orders: list, wanted: list) -> None:
    venue = exchange(path=path)
    venue.floor.state.net["AAPL"] = d(held)
    entries = [order for order in orders if not order.reduce_only]
    later = [order for order in orders if order.reduce_only]
    for index, order in enumerate(entries or orders, 1):
        venue.take(b.fx.Submit(**{n: getattr(order, n) for n in order.__struct_fields__} | {"oid": oid(index)}), at(0))

    def protect(event: ev.Event) -> list[fx.Effect]:
        """Protection is sent when the entry fills, and is live in the bar of the entry."""
        if not (entries and isinstance(event, ev.Fill) and event.oid == oid(1)):
            return []
        return [
            b.fx.Submit(**{n: getattr(one, n) for n in one.__struct_fields__} | {"oid": oid(7 + n)})
            for n, one in enumerate(later)
        ]

    assert fills(play(venue, bar(1, 98.0, **SHAPE), protect)) == wanted


def test_nearer_prices_execute_first() -> None:
    venue = placed(submit("buy", limit=96), submit("buy", limit=98), submit("buy", limit=98))
    found = [e for e in play(venue, bar(1, 95.0, open=100.0)) if isinstance(e, ev.Fill)]
    assert [e.oid for e in found] == [oid(2), oid(3), oid(1)]


# --- looking again after an execution ---------------------------------------------------------------------------


def test_a_trailing_stop_is_not_triggered_by_its_neighbours_execution() -> None:
    # On the way up another order executes; the stop that has just moved up must not be measured from the start.
    trailing = submit("sell", stop=98, trail=2, reduce_only=True)
    venue = placed(submit("sell", 4, limit=102), trailing, held=20)
    found = play(venue, bar(1, 105.0, open=100.0))
    assert fills(found) == [("sell", "4", "102")]


def test_a_stop_limit_is_not_bought_below_its_stop_by_its_neighbours_execution() -> None:
    venue = placed(submit("sell", 4, limit=101), submit("buy", stop=102, limit=103), held=20, path="high_first")
    found = play(venue, bar(1, 105.0, open=100.0))
    assert fills(found) == [("sell", "4", "101"), ("buy", "10", "102")]


@pytest.mark.parametrize(("side", "limit"), [("buy", 95), ("sell", 105)])
def test_through_is_not_filled_by_a_touch(side: str, limit: int) -> None:
    venue = placed(submit(side, limit=limit), limit_fill="through")
    assert fills(play(venue, bar(1, 100.0, **SHAPE))) == []
    found = play(venue, bar(2, 100.0, open=100.0, high=105.01, low=94.99))
    assert fills(found) == [(side, "10", str(limit))]


# --- time in force ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tif", "limit", "wanted"),
    [
        (Tif.IOC, None, ([("buy", "10", "100")], [])),
        (Tif.IOC, 96, ([], [("expired", Code.NO_LIQUIDITY)])),
        (Tif.FOK, None, ([("buy", "10", "100")], [])),
        (Tif.FOK, 96, ([], [("expired", Code.NO_LIQUIDITY)])),
        (Tif.OPG, None, ([("buy", "10", "100")], [])),
        (Tif.OPG, 96, ([], [("expired", Code.NO_LIQUIDITY)])),
        (Tif.CLS, None, ([], [])),
        (Tif.DAY, 96, ([("buy", "10", "96")], [])),
        (Tif.GTC, 96, ([("buy", "10", "96")], [])),
    ],
)
def test_times_in_force(tif: Tif, limit: int | None, wanted: tuple) -> None:
    prices = {} if limit is None else {"limit": limit}
    found = play(placed(submit("buy", tif=tif, **prices)), bar(1, 97.0, **SHAPE))
    assert (fills(found), codes(found)) == wanted


@pytest.mark.parametrize(
    ("tif", "volume", "wanted"),
    [
        (Tif.IOC, 8.0, ([("buy", "4", "100")], [("expired", Code.NO_LIQUIDITY)])),
        (Tif.FOK, 8.0, ([], [("expired", Code.NO_LIQUIDITY)])),
        (Tif.FOK, 20.0, ([("buy", "10", "100")], [])),
        (Tif.GTC, 8.0, ([("buy", "4", "100")], [])),
        (Tif.OPG, 8.0, ([("buy", "4", "100")], [("expired", Code.NO_LIQUIDITY)])),
        (Tif.GTC, 1.0, ([], [])),
        (Tif.GTC, float("nan"), ([], [])),
    ],
)
def test_times_in_force_where_volume_is_short(tif: Tif, volume: float, wanted: tuple) -> None:
    found = play(placed(submit("buy", tif=tif), participation=d("0.5")), bar(1, 97.0, volume, **SHAPE))
    assert (fills(found), codes(found)) == wanted


def test_an_opening_order_of_midday_is_refused_the_open() -> None:
    venue = exchange()
    venue.take(submit("buy", tif=Tif.OPG), at(5))
    assert codes(play(venue, bar(6, 100.0))) == [("accepted", 0), ("expired", Code.NO_LIQUIDITY)]


def test_a_day_order_ends_with_the_session_and_another_stays() -> None:
    venue = placed(submit("buy", limit=90, tif=Tif.DAY), submit("buy", limit=90))
    venue.heed(b.session(is_open=False))
    assert codes(venue.speak(FAR)) == [("expired", Code.SESSION_END)]
    assert list(venue.floor.state.orders) == [oid(2)]


def test_on_a_half_day_the_day_ends_early() -> None:
    venue = exchange()
    venue.heed(b.session(0, close=210))
    venue.take(submit("buy", limit=90, tif=Tif.DAY), at(100))
    assert fills(play(venue, bar(210, 95.0))) == []
    assert fills(play(venue, bar(212, 80.0))) == []  # after the close
    venue.heed(b.session(0, is_open=False, close=210))
    assert codes(venue.speak(FAR)) == [("expired", Code.SESSION_END)]


def test_a_day_order_sent_at_the_close_is_for_the_next_day() -> None:
    venue = exchange()
    venue.heed(b.session(0, close=210))
    venue.take(submit("buy", limit=90, tif=Tif.DAY), at(210))
    venue.heed(b.session(0, is_open=False, close=210))
    venue.heed(b.session(1))
    assert fills(play(venue, bar(1441, 80.0))) == [("buy", "10", "80")]


# --- auctions ---------------------------------------------------------------------------------------------------


def auction(**options: Any) -> Exchange:
    venue = exchange(**options)
    venue.heed(b.session(0, close=210))
    return venue


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (submit("buy", tif=Tif.CLS), ([("buy", "10", "100")], [])),
        (submit("sell", tif=Tif.CLS), ([("sell", "10", "100")], [])),
        (submit("buy", tif=Tif.CLS, limit=101), ([("buy", "10", "100")], [])),
        (submit("buy", tif=Tif.CLS, limit=99), ([], [("expired", Code.NO_AUCTION)])),
        (submit("sell", tif=Tif.CLS, limit=101), ([], [("expired", Code.NO_AUCTION)])),
        (submit("buy"), ([], [])),
        (submit("buy", limit=101), ([], [])),
    ],
)
def test_the_closing_auction_is_for_orders_on_the_close(order: fx.Submit, wanted: tuple) -> None:
    venue = auction()
    venue.take(order, at(205))
    venue.speak(FAR)
    if order.tif is Tif.CLS:
        assert fills(play(venue, bar(209, 100.0))) == []
    found = play(venue, bar(211, 100.0, open=90.0, high=110.0, low=80.0))
    assert (fills(found), codes(found)) == wanted


def test_an_order_that_came_after_the_close_is_not_in_the_auction() -> None:
    venue = auction()
    venue.take(submit("buy", tif=Tif.CLS), at(210) + 1)
    assert fills(play(venue, bar(211, 100.0))) == []


def test_where_there_is_no_auction_the_next_open_ends_its_orders() -> None:
    venue = auction()
    venue.take(submit("buy", tif=Tif.CLS), at(205))
    venue.heed(b.session(0, is_open=False, close=210))
    assert codes(venue.speak(FAR)) == [("accepted", 0)]
    venue.heed(b.session(1))
    assert codes(venue.speak(FAR)) == [("expired", Code.NO_AUCTION)]


@pytest.mark.parametrize(("volume", "wanted"), [(8.0, [("buy", "4", "100")]), (1.0, []), (0.0, [])])
def test_an_auction_without_volume_executes_nothing(volume: float, wanted: list) -> None:
    venue = auction(participation=d("0.5"))
    venue.take(submit("buy", tif=Tif.CLS), at(205))
    assert fills(play(venue, bar(211, 100.0, volume))) == wanted


# --- hours ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "count"), [(1, 1), (1440, 1), (1442, 0), (0, 0)])
def test_nothing_executes_outside_the_session(n: int, count: int) -> None:
    venue = exchange()
    venue.take(submit("buy"), at(-5))
    assert len(fills(play(venue, bar(n, 100.0)))) == count


def test_without_hours_nothing_is_played() -> None:
    venue = Exchange("main", {"AAPL": b.instrument()}, b.VenueOptions())
    venue.take(submit("buy"), at(0))
    assert list(venue.work(bar(1, 100.0))) == []


def test_other_calendars_are_not_ours() -> None:
    venue = placed(submit("buy", limit=90, tif=Tif.DAY))
    venue.heed(b.session(0, calendar="XNYS", is_open=False))
    assert venue.due == FAR


def test_a_late_end_of_an_earlier_session_changes_no_hours() -> None:
    venue = exchange()
    venue.heed(b.session(1))
    venue.heed(b.session(0, is_open=False))
    venue.take(submit("buy"), at(1440))
    assert len(fills(play(venue, bar(1441, 100.0)))) == 1


# --- volume, maker and taker ------------------------------------------------------------------------------------


def test_volume_is_shared_in_order_of_arrival() -> None:
    venue = placed(submit("buy", 6), submit("buy", 6), participation=d("0.5"))
    assert fills(play(venue, bar(1, 100.0, 20.0))) == [("buy", "6", "100"), ("buy", "4", "100")]
    assert fills(play(venue, bar(2, 101.0, 20.0))) == [("buy", "2", "101")]


def test_each_piece_of_an_order_has_its_own_number() -> None:
    venue = placed(submit("buy", 6), participation=d("0.5"))
    found = [e.exec_id for n in (1, 2) for e in play(venue, bar(n, 100.0, 8.0)) if isinstance(e, ev.Fill)]
    assert found == ["V1-1", "V1-2"]


def test_an_infinite_volume_is_no_bound() -> None:
    venue = placed(submit("buy"), participation=d("0.5"))
    assert len(fills(play(venue, bar(1, 100.0, float("inf"))))) == 1


FEES = FeeModel(kind="maker_taker", maker=d("0.001"), taker=d("0.002"))


@pytest.mark.parametrize(
    ("order", "share"), [(submit("buy"), 2), (submit("buy", limit=96), 1), (submit("buy", limit=101), 2)]
)
def test_who_waits_pays_as_a_maker(order: fx.Submit, share: int) -> None:
    (made,) = [e for e in play(placed(order, fees=FEES), bar(1, 97.0, **SHAPE)) if isinstance(e, ev.Fill)]
    assert made.fee == made.px * share / 100


def test_an_untouched_bar_may_be_passed_over() -> None:
    # The loop does not play a bar that touches no order; a bid that has waited is a maker all the same.
    told = []
    for passes in (False, True):
        venue = placed(submit("buy", limit=99), fees=FEES)
        for made in (bar(1, 100.0), bar(2, 98.0)):
            told.append(play(venue, made) if not passes or venue.is_touched(made) else [])
    assert told[:2] == told[2:]


def test_where_deployments_are_netted_an_exit_of_one_may_grow_the_account() -> None:
    # One holds ten, the other is twelve short: the account is short by two, and the ten can be sold all the same.
    for netting, wanted in ((False, []), (True, [("sell", "10", "100")])):
        venue = placed(submit("sell", reduce_only=True), held=-2)
        venue.floor.netting = netting
        assert fills(play(venue, bar(1, 100.0))) == wanted


# --- sides and latency ------------------------------------------------------------------------------------------


def test_sides_of_the_data_are_those_traded_on() -> None:
    sides = {"bid": (99.9, 104.9, 94.9, 96.9), "ask": (100.1, 105.1, 95.1, 97.1)}
    cases = [(submit("buy"), "100.1"), (submit("sell"), "99.9"), (submit("sell", limit="104.95"), None)]
    cases += [(submit("buy", limit="95.05"), None), (submit("buy", limit="95.1"), "95.1")]
    for order, px in cases:
        found = fills(play(placed(order, spread=d("0.5")), bar(1, 97.0, **SHAPE, **sides)))
        assert [one[2] for one in found] == ([px] if px else [])


def test_an_acknowledgement_takes_its_time_and_the_open_does_not_wait_for_it() -> None:
    venue = exchange(latency=90 * 10**9, late_slippage=d("0.01"))
    venue.take(submit("buy"), at(0))
    assert venue.due == at(0) + 90 * 10**9
    found = play(venue, bar(1, 97.0, **SHAPE))
    assert (fills(found), said(found)) == ([("buy", "10", "101")], [])
    assert said(venue.speak(at(2))) == ["accepted"]


@pytest.mark.parametrize(
    ("latency", "sent", "wanted"),
    [
        (0, at(0), ([], ["cancelled"])),
        (MINUTE_NS // 2, at(0) - MINUTE_NS, ([], ["cancelled"])),  # in force before the bar opened
        (MINUTE_NS // 2, at(0), ([], ["cancelled"])),  # in force during it: after its open
        (2 * MINUTE_NS, at(0), ([("buy", "10", "96")], [])),  # too late
    ],
)
def test_a_cancel_takes_its_time(latency: int, sent: int, wanted: tuple) -> None:
    venue = placed(submit("buy", limit=96), latency=latency)
    venue.take(Cancel(oid=oid(1), account="main", reason=Code.OPERATOR), sent)
    found = [*venue.speak(at(0)), *play(venue, bar(1, 97.0, **SHAPE))]
    assert (fills(found), said(found)) == wanted


def test_the_open_is_before_a_cancel_that_is_still_on_its_way() -> None:
    venue = placed(submit("buy", limit=101), latency=MINUTE_NS // 2)
    venue.take(Cancel(oid=oid(1), account="main"), at(0))
    assert fills(play(venue, bar(1, 97.0, **SHAPE))) == [("buy", "10", "100")]


def test_a_cancel_on_its_way_is_carried_out_by_the_calendar_too() -> None:
    venue = placed(submit("buy", limit=96), latency=5)
    venue.take(Cancel(oid=oid(1), account="main"), at(0))
    venue.heed(b.session(is_open=False))
    assert codes(venue.speak(FAR)) == [("cancelled", Code.OPERATOR)]


@pytest.mark.parametrize(
    ("latency", "sent", "wanted"),
    [
        (0, at(0), ["replaced"]),
        (MINUTE_NS // 2, at(0) - MINUTE_NS, ["replaced"]),
        (MINUTE_NS // 2, at(0), ["replaced"]),
        (2 * MINUTE_NS, at(0), []),
    ],
)
def test_a_change_takes_its_time(latency: int, sent: int, wanted: list) -> None:
    venue = placed(submit("buy", limit=90), latency=latency)
    venue.take(Amend(oid=oid(1), account="main", qty=d(4), limit=d(96)), sent)
    found = [*venue.speak(at(0)), *play(venue, bar(1, 97.0, **SHAPE))]
    assert said(found) == wanted
    assert fills(found) == ([("buy", "4", "96")] if wanted else [])


# --- changes ----------------------------------------------------------------------------------------------------


def test_a_change_says_what_is_in_force() -> None:
    venue = placed(submit("sell", stop=90))
    venue.take(Amend(oid=oid(1), account="main", qty=d(7), stop=d(92)), at(0))
    (told,) = venue.speak(FAR)
    assert (told.happening, told.qty, told.limit, told.stop) == ("replaced", 7, None, 92)


def test_a_change_on_its_way_to_an_order_that_executes_whole_is_refused_when_it_arrives() -> None:
    venue = placed(submit("buy", limit=96), latency=2 * MINUTE_NS)
    venue.take(Amend(oid=oid(1), account="main", qty=d(14), limit=d(97)), at(0))
    assert fills(play(venue, bar(1, 97.0, **SHAPE))) == [("buy", "10", "96")]
    assert venue.due == at(2)
    assert codes(venue.speak(FAR)) == [("replace_refused", Code.TOO_LATE)]


def test_a_change_that_leaves_nothing_is_refused() -> None:
    venue = placed(submit("buy", 10), participation=d("0.5"))
    play(venue, bar(1, 100.0, 8.0))
    venue.take(Amend(oid=oid(1), account="main", qty=d(4)), at(1))
    assert codes(venue.speak(FAR)) == [("replace_refused", Code.TOO_LATE)]
    venue.take(Amend(oid=oid(1), account="main", qty=d(5)), at(1))
    assert said(venue.speak(FAR)) == ["replaced"]
    assert fills(play(venue, bar(2, 100.0, 99.0))) == [("buy", "1", "100")]


def test_a_trailing_stop_keeps_its_way_through_a_change() -> None:
    venue = placed(submit("sell", stop=98, trail=2, reduce_only=True), held=10)
    play(venue, bar(1, 110.0, open=100.0))
    venue.take(Amend(oid=oid(1), account="main", qty=d(10), stop=d(98), trail=d(2)), at(1))
    assert fills(play(venue, bar(2, 105.0, open=110.0))) == [("sell", "10", "108")]


@pytest.mark.parametrize(
    ("effect", "wanted"),
    [
        (Cancel(oid="nobody", account="main"), ("cancel_refused", Code.TOO_LATE)),
        (Amend(oid="nobody", account="main", qty=d(1)), ("replace_refused", Code.TOO_LATE)),
    ],
)
def test_what_is_not_there_cannot_be_changed(effect: fx.Effect, wanted: tuple) -> None:
    venue = exchange()
    venue.take(effect, at(0))
    venue.take(fx.Query(account="main"), at(0))
    assert codes(venue.speak(FAR)) == [wanted]


# --- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (submit("buy", instrument="TSLA"), Code.UNKNOWN_ORDER),
        (submit("buy", "0.5"), Code.OFF_LOT),
        (submit("buy", 0), Code.OFF_LOT),
        (submit("buy", limit="99.999"), Code.OFF_TICK),
        (submit("buy", stop="99.999", limit=100), Code.OFF_TICK),
    ],
)
def test_refusals(order: fx.Submit, code: int) -> None:
    venue = exchange()
    venue.take(order, at(0))
    assert codes(venue.speak(FAR)) == [("rejected", code)]
    assert venue.floor.state.orders == {}


def test_a_second_order_under_one_id_is_refused_though_the_first_has_ended() -> None:
    venue = placed(submit("buy"))
    play(venue, bar(1, 100.0))
    venue.take(submit("buy"), at(1))
    assert codes(venue.speak(FAR)) == [("rejected", Code.DUPLICATE_ID)]


def test_it_remembers_ten_thousand_ids_at_least_and_twice_as_many_at_most() -> None:
    venue = exchange()
    for index in range(20_001):
        venue.take(submit("buy", 0, index=index), at(0))
    assert len(venue.floor.state.seen) == 10_001
    venue.speak(FAR)
    venue.take(submit("buy", 0, index=20_000), at(0))
    venue.take(submit("buy", 0, index=0), at(0))
    assert [code for _, code in codes(venue.speak(FAR))] == [Code.DUPLICATE_ID, Code.OFF_LOT]


# --- groups and reducing ----------------------------------------------------------------------------------------


def test_one_fill_of_a_group_shrinks_the_others() -> None:
    venue = placed(*protected("sell", 104, 96), held=10, participation=d("0.5"))
    found = play(venue, bar(1, 105.0, 8.0, open=100.0))
    assert fills(found) == [("sell", "4", "104")]
    (told,) = [e for e in found if isinstance(e, ev.OrderUpdate)]
    assert (told.oid, told.happening, told.code, told.qty) == (oid(2), "reduced", Code.OCO, 6)
    found = play(venue, bar(2, 105.0, 99.0))
    assert (fills(found), codes(found)) == ([("sell", "6", "105")], [("cancelled", Code.OCO)])


def test_groups_are_apart() -> None:
    venue = placed(submit("sell", limit=104, oco="g"), submit("sell", stop=96, oco="h"), held=20)
    assert said(play(venue, bar(1, 105.0, open=100.0))) == []


def test_two_exits_of_one_group_leave_together_all_that_they_were_sent_for() -> None:
    # First a part is sold, then the rest: six more must go, not two.
    fields = {"reduce_only": True, "oco": "g"}
    venue = placed(submit("sell", 4, **fields), submit("sell", 6, **fields), submit("sell", stop=90, **fields), held=10)
    play(venue, bar(1, 100.0))
    assert venue.floor.held("AAPL") == 0


def test_an_exit_takes_no_more_than_is_held() -> None:
    venue = placed(submit("sell", 10, reduce_only=True), held=6)
    found = play(venue, bar(1, 100.0))
    assert (fills(found), codes(found)) == ([("sell", "6", "100")], [("cancelled", Code.WOULD_INCREASE)])


@pytest.mark.parametrize(("side", "held"), [("sell", 0), ("sell", -5), ("buy", 0), ("buy", 5)])
def test_an_exit_of_nothing_is_cancelled(side: str, held: int) -> None:
    venue = placed(submit(side, 10, reduce_only=True), held=held)
    found = play(venue, bar(1, 100.0))
    assert (fills(found), codes(found)) == ([], [("cancelled", Code.WOULD_INCREASE)])
    assert venue.floor.held("AAPL") == held


# --- splits -----------------------------------------------------------------------------------------------------


def test_a_split_ends_orders_and_changes_what_is_held() -> None:
    venue = placed(submit("buy", limit=90), held=-7)
    venue.heed(b.split(3, 2))
    assert codes(venue.speak(FAR)) == [("cancelled", Code.REPLACED_BY_SIGNAL)]
    assert venue.floor.held("AAPL") == -10
    venue.heed(b.dividend(1))
    venue.heed(b.split(3, 2, symbol="TSLA"))
    venue.heed(b.flow(5))
    assert (venue.due, venue.floor.held("AAPL")) == (FAR, -10)


def test_a_spin_off_ends_orders_and_brings_units_of_what_is_listed() -> None:
    venue = b.exchange(b.instrument(), b.instrument("MSFT"))
    venue.floor.state.net.update({"AAPL": d(11), "MSFT": d(2)})
    for into in ("MSFT", "NEWCO"):
        venue.heed(ev.CorporateAction(ts=at(3), instrument="AAPL", kind="spinoff", id=into, into=into, denominator=2,
                                      amount=d("0.2")))  # fmt: skip
    assert (venue.floor.held("AAPL"), venue.floor.held("MSFT")) == (11, 7)


def test_another_name_ends_orders_and_carries_what_is_held_over_to_what_is_listed() -> None:
    venue = b.exchange(b.instrument(), b.instrument("MSFT"))
    venue.floor.state.net.update({"AAPL": d(11), "MSFT": d(2)})
    venue.take(submit("buy", limit=90), at(1))
    for into in ("NEWCO", "MSFT"):
        venue.heed(ev.CorporateAction(ts=at(3), instrument="AAPL", kind="rename", id=into, into=into))
    assert (venue.floor.held("AAPL"), venue.floor.held("MSFT")) == (0, 13)
    assert ("cancelled", Code.REPLACED_BY_SIGNAL) in codes(venue.speak(FAR))


def test_a_split_told_twice_happens_once() -> None:
    venue = placed(held=10)
    for _ in range(2):
        venue.heed(b.split(2, 1))
    assert venue.floor.held("AAPL") == 20


# --- state ------------------------------------------------------------------------------------------------------

lives = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 9),
        st.sampled_from(list(Tif)),
        st.sampled_from(
            [
                {},
                {"limit": 99},
                {"limit": 102},
                {"stop": 101},
                {"stop": 98},
                {"stop": 101, "limit": 102},
                {"stop": 97, "trail": 3},
            ]
        ),
        st.booleans(),
        st.sampled_from(["", "g"]),
    ),
    max_size=6,
)
walks = st.lists(
    st.tuples(st.integers(90, 110), st.integers(0, 4), st.integers(0, 4), st.integers(0, 30)), min_size=1, max_size=6
)


def start(orders: list, **options: Any) -> Exchange:
    venue = exchange(latency=options.pop("latency", 0), **options)
    for index, (side, qty, tif, prices, reduces, group) in enumerate(orders, 1):
        venue.take(submit(side, qty, index=index, tif=tif, reduce_only=reduces, oco=group, **prices), at(0))
    if orders:
        venue.take(Cancel(oid=oid(1), account="main"), at(0))
        venue.take(Amend(oid=oid(2), account="main", qty=d(20), limit=d(97)), at(0))
    return venue


def walk(venue: Exchange, steps: list, n: int, play_it: Callable[..., list]) -> list[list[ev.Event]]:
    found = []
    for place, (close, up, down, volume) in enumerate(steps, n):
        found.append(
            play_it(venue, bar(place, close, volume, open=100.0, high=max(100, close) + up, low=min(100, close) - down))
        )
    venue.heed(b.session(is_open=False))
    return [*found, venue.speak(FAR)]


@given(lives, walks, walks, st.sampled_from([{}, {"latency": MINUTE_NS}, {"participation": d("0.5")}]))
def test_a_restored_exchange_has_the_same_future(orders: list, before: list, after: list, options: dict) -> None:
    venue = start(orders, **options)
    for n, step in enumerate(before, 1):
        play(venue, bar(n, step[0], step[3], open=100.0))
    again = exchange(**options)
    again.restore(venue.snapshot())
    assert again.snapshot() == venue.snapshot()
    n = len(before) + 1
    assert walk(again, after, n, play) == walk(venue, after, n, play)


@given(lives, walks, st.sampled_from([{}, {"participation": d("0.5")}, {"fees": FEES}, {"latency": MINUTE_NS}]))
def test_passing_over_untouched_bars_changes_nothing(orders: list, steps: list, options: dict) -> None:
    def skipping(venue: Exchange, made: ev.Bar) -> list:
        return play(venue, made) if venue.is_touched(made) else venue.speak(made.ts)

    first, second = walk(start(orders, **options), steps, 1, play), walk(start(orders, **options), steps, 1, skipping)
    assert [told for told in first if told] == [told for told in second if told]


@given(lives, walks)
def test_no_exit_ever_grows_or_flips_a_holding(orders: list, steps: list) -> None:
    venue = start(orders)
    reducing = {oid(n) for n, order in enumerate(orders, 1) if order[4]}
    net = 0
    for told in walk(venue, steps, 1, play):
        for event in told:
            if isinstance(event, ev.Fill):
                after = net + int(event.qty) * event.side.sign
                assert event.oid not in reducing or abs(after) < abs(net)
                assert event.oid not in reducing or after * net >= 0
                net = after
    assert venue.floor.held("AAPL") == net


def test_the_sim_does_all_that_the_core_can_ask() -> None:
    assert Caps() == Caps(amend=True, resting_stop=True, trailing=True, oco=True, client_ids=True)


# --- by hand ----------------------------------------------------------------------------------------------------


def test_an_order_can_be_executed_in_part_by_hand() -> None:
    venue = placed(submit("buy", limit=96))
    assert fills(venue.fill(oid(1), d(4), d(96), at(1))) == [("buy", "4", "96")]
    assert venue.floor.held("AAPL") == d(4)
    assert fills(venue.fill(oid(1), d(100), d(96), at(1))) == [("buy", "6", "96")]
    assert venue.fill(oid(1), d(1), d(96), at(1)) == []


def test_a_reduce_only_order_without_a_holding_ends_when_executed_by_hand() -> None:
    venue = placed(submit("sell", limit=96, reduce_only=True))
    assert codes(venue.fill(oid(1), d(4), d(96), at(1))) == [("cancelled", Code.WOULD_INCREASE)]
