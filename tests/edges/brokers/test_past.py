import pytest

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS
from openbell.edges.brokers.past import Wanted, finished


def bar(minute: int, px: float = 10.0, **changes: float) -> Bar:
    fields = {"open": px, "high": px, "low": px, "close": px, "volume": 1.0} | changes
    return Bar(ts=(minute + 1) * MINUTE_NS, instrument="A", interval=MINUTE_NS, **fields)


WANTED = Wanted(symbol="A", start=2 * MINUTE_NS, end=5 * MINUTE_NS + 1)


def test_bars_come_in_order_each_once_and_the_one_still_open_is_none() -> None:
    told = [bar(4, 12.0), bar(2), bar(1), bar(5), bar(4, 11.0), bar(3)]
    assert [(one.open_ts // MINUTE_NS, one.close) for one in finished(told, WANTED)] == [
        (2, 10.0),
        (3, 10.0),
        (4, 11.0),
    ]


@pytest.mark.parametrize("changes", [{"low": 0.0}, {"high": 9.0}, {"low": 10.5}, {"close": float("nan")}])
def test_a_bar_that_makes_no_sense_is_none(changes: dict[str, float]) -> None:
    assert finished([bar(3, 10.0, **changes)], WANTED) == []
