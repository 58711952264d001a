"""stale_data: the age of what an order is decided on."""

import pytest

from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.parts.rules import stale_data
from tests.core import build as b
from tests.core.build import at
from tests.parts.rules.scene import bound, codes, hold, in_doubt, priced

NO = (Code.STALE,)


@pytest.mark.parametrize(("age", "found"), [(86 * NS, ()), (87 * NS, ()), (87 * NS + 1, NO)])
def test_D33_a_minute_bar_may_be_late_by_fifteen_seconds_and_a_fifth(age: int, found: tuple[int, ...]) -> None:
    book = priced()
    in_doubt(book, "buy", 1)
    assert codes(book, b.draft("buy", 1), bound(stale_data), at(1) + age) == found


@pytest.mark.parametrize(("age", "found"), [(2 * NS - 1, ()), (2 * NS, ()), (2 * NS + 1, NO)])
def test_D33_a_quote_is_old_after_two_seconds(age: int, found: tuple[int, ...]) -> None:
    book = priced()
    apply_event(book, ev.Quote(ts=at(1) + 1, instrument="AAPL", bid=99.0, ask=101.0))
    assert codes(book, b.draft("buy", 1), bound(stale_data), at(1) + 1 + age) == found


def test_D33_exits_pass() -> None:
    book = priced()
    hold(book, 1)
    assert codes(book, b.draft("sell", 1, reduce_only=True), bound(stale_data), at(900)) == ()
