"""near_close: no entries before a real close, and nothing held over it that must not be."""

import pytest
from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.core.engine import Engine
from openbell.core.types import DAY_NS, MINUTE_NS
from openbell.parts.rules import near_close
from tests.core import build as b
from tests.core.build import at, only
from tests.parts.rules.scene import again, bound, codes, engine, hold, in_doubt, passes_exit, priced

NO = (Code.NEAR_CLOSE,)
CLOSE = 1440


@pytest.mark.parametrize(("minute", "found"), [(1409, ()), (1410, ()), (1411, NO)])
def test_D36_no_entries_in_the_last_half_hour(minute: int, found: tuple[int, ...]) -> None:
    book = priced()
    in_doubt(book, "buy", 1)
    assert codes(book, b.draft("buy", 1), bound(near_close), at(minute)) == found


def test_D36_a_session_that_goes_on_has_no_real_close_and_exits_pass() -> None:
    book = priced()
    hold(book, 1)
    assert codes(book, b.draft("sell", 1, reduce_only=True), bound(near_close), at(1439)) == ()
    apply_event(book, replace(b.session(1), goes_on=True))
    assert codes(book, b.draft("buy", 1), bound(near_close), at(CLOSE + 1439)) == ()
    assert passes_exit(book, bound(near_close))


@pytest.mark.parametrize(("interval", "found"), [(DAY_NS - 1, NO), (DAY_NS, ())])
def test_D36_who_sees_a_bar_a_day_decides_at_the_close_for_the_session_to_come(
    interval: int, found: tuple[int, ...]
) -> None:
    book = priced(b.deployment_spec(interval=interval))
    for minute in (CLOSE - 1, CLOSE):
        assert codes(book, b.draft("buy", 1), bound(near_close), at(minute)) == found


def daily(*, overnight: bool, interval: int = MINUTE_NS) -> tuple[Engine, list[fx.SetTimer]]:
    made = engine(near_close, overnight=overnight, interval=interval)
    return made, only(fx.SetTimer, made.step(b.session(1)))


@pytest.mark.parametrize(("interval", "before"), [(MINUTE_NS, 10), (30 * MINUTE_NS, 30)])
def test_D36_the_timer_leaves_room_for_one_more_bar(interval: int, before: int) -> None:
    _, (timer,) = daily(overnight=False, interval=interval)
    assert (timer.name, timer.at) == ("near_close/24x7/alpha", at(2 * CLOSE - before))


def test_D36_what_must_not_stay_overnight_is_sold_and_its_entries_are_cancelled() -> None:
    made, (timer,) = daily(overnight=False)
    b.buy(made, CLOSE + 1, 100.0)
    entry = b.one(fx.Submit, made.step(b.bar(CLOSE + 2, 100.0, 12.0)))
    made = again(made, bound(near_close))
    found = made.step(ev.Timer(ts=timer.at, deployment="", name=timer.name))
    assert [cancel.oid for cancel in only(fx.Cancel, found)] == [entry.oid]
    assert [(o.qty, o.reduce_only, o.reason) for o in only(fx.Submit, found)] == [(10, True, Code.NEAR_CLOSE)]
    assert only(fx.Submit, made.step(ev.Timer(ts=timer.at, deployment="", name=timer.name))) == []


def test_D36_the_rest_stays() -> None:
    assert daily(overnight=True)[1] == []
    made, _ = daily(overnight=False)
    assert only(fx.SetTimer, made.step(replace(b.session(2), goes_on=True))) == []
    assert made.step(ev.Timer(ts=at(CLOSE * 2), deployment="", name="near_close/NYSE/alpha")) == []
