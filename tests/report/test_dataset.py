"""The data behind a page: harmless, bounded, and the same numbers."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from openbell.core.types import MINUTE_NS, NS
from openbell.report import dataset
from openbell.report.series import Block
from tests.report.desk import START, Desk, make_spec


@given(st.text())
def test_embedded_json_holds_nothing_that_html_knows(text: str) -> None:
    embedded = dataset.embed({"name": text})
    assert not set("<>&\u2028\u2029") & set(embedded)
    assert json.loads(embedded) == {"name": text}


def test_a_script_is_only_text() -> None:
    assert dataset.embed("</script><script>") == r'"\u003c/script\u003e\u003cscript\u003e"'


def unpack(chart: dict[str, Any]) -> list[tuple[float, ...]]:
    """Undo the packing as the page does."""
    ts, close, found = 0, 0, []
    for since, length, opened, high, low, closed, volume in chart["bars"]:
        ts += since
        first = close + opened
        close = first + closed
        found.append((ts - length, ts, first, first + high, first + low, close, volume))
    return found


def test_bars_fills_and_trades_arrive_as_they_were() -> None:
    desk = Desk(make_spec())
    desk.bar(100.0, low=99.5, high=100.25)
    desk.trade(10, "100.5", "1")
    desk.bar(101.25)
    desk.trade(-10, "101", "1")
    found: dict[str, Any] = json.loads(dataset.embed(dataset.payload(desk.recorder, desk.book)))
    (chart,) = found["charts"]
    begin = START // NS
    assert unpack(chart) == [
        (begin, begin + 60, 10000, 10025, 9950, 10000, 100),
        (begin + 60, begin + 120, 10125, 10125, 10125, 10125, 100),
    ]
    words = found["words"]
    assert [(px, qty, leaves) for _, px, qty, leaves, _ in chart["marks"]] == [(100.5, 10.0, 0), (101.0, -10.0, 0)]
    (row,) = found["trades"]
    assert [words[n] for n in row[:3]] == ["cross", "AAA", "long"]
    assert row[3:10] == [10.0, begin + 60, 100.5, begin + 120, 101.0, 3.0, 2.0]
    (curve,) = found["curves"]
    assert curve["points"][0] == [begin, 100000.0, 0.0]
    assert curve["points"][-1] == [begin + 120, 100003.0, -0.000035]
    assert [p[1] for p in curve["points"]] == [100000.0, 99999.0, 100006.5, 100003.0]


def test_a_page_holds_a_bounded_number_of_bars() -> None:
    blocks = [Block(n * MINUTE_NS, (n + 1) * MINUTE_NS, 1.0, 2.0, 0.5, 1.0, 1.0) for n in range(3000)]
    fitted = dataset._fitting({f"S{n}": blocks for n in range(40)} | {"few": blocks[:10]})
    assert sum(map(len, fitted.values())) <= dataset.PAGE_BARS
    assert len(fitted["few"]) == 10


def test_instruments_tell_how_to_print_them() -> None:
    desk = Desk(make_spec(quote="USDT"))
    unit = dataset.payload(desk.recorder, desk.book)["instruments"]
    assert unit == {"AAA": {"currency": "USDT", "sign": "", "money": 2, "price": 2}}


def test_an_account_that_lost_everything_has_no_rate() -> None:
    desk = Desk(make_spec())
    desk.book.truth.accounts["main"].peak = Decimal(0)
    (curve,) = dataset.payload(desk.recorder, desk.book)["curves"]  # type: ignore[misc]  # one account
    assert curve["points"][-1][2] == 0.0
