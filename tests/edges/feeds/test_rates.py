"""Exchange rates are told by the bars of a pair, either way round, before the bar itself."""

from decimal import Decimal

import numpy as np
import pytest

from openbell.core.types import MINUTE_NS, Instrument
from openbell.edges.feeds.rates import crosses, halves, links, marks
from openbell.edges.feeds.table import BarTable
from openbell.edges.instruments.load import Config, instrument


def pair(symbol: str) -> Instrument:
    return instrument(symbol, Config(kind="fx"))


def table(symbol: str, closes: list[float], interval: int = MINUTE_NS) -> BarTable:
    px = np.array(closes)
    ts = np.arange(1, len(closes) + 1, dtype=np.int64) * interval
    return BarTable(
        symbol=symbol, interval_ns=interval, ts=ts, open=px, high=px, low=px, close=px, volume=np.ones(len(px))
    )


def test_a_pair_has_two_currencies_and_a_share_has_none() -> None:
    assert halves(pair("USD/JPY")) == ("USD", "JPY")
    assert halves(Instrument(symbol="GOOGLE", currency="GLE")) is None


def test_the_way_that_is_needed_is_found_in_either_pair() -> None:
    known = {symbol: pair(symbol) for symbol in ("EURJPY", "USDJPY")}
    assert links(known, ["USD"]) == {("JPY", "USD"): "USDJPY"}
    assert links(known, ["EUR"]) == {("JPY", "EUR"): "EURJPY"}
    assert links(known, ["JPY"]) == {}
    assert links({"EURJPY": known["EURJPY"]}, ["USD"]) == {}


@pytest.mark.parametrize(("symbol", "base", "rate"), [("USDJPY", "USD", "0.008"), ("JPYUSD", "USD", "125")])
def test_a_rate_is_the_close_or_one_over_it(symbol: str, base: str, rate: str) -> None:
    # The same figure, quoted as yen a dollar and, oddly, as dollars a yen.
    one = pair(symbol)
    known = {symbol: one, "EURJPY": pair("EURJPY")}
    (cross,) = [cross for cross in crosses(known, [base], [table(symbol, [125.0, 0.0, 125.0])]) if cross.base == base]
    told = list(marks(cross))
    assert [(mark.ts, mark.currency, mark.base, mark.rate) for mark in told] == [
        (MINUTE_NS, "JPY", "USD", Decimal(rate)),
        (3 * MINUTE_NS, "JPY", "USD", Decimal(rate)),
    ]


def test_the_shortest_bars_of_a_pair_tell_its_rate() -> None:
    known = {"USDJPY": pair("USDJPY")}
    tables = [table("USDJPY", [100.0], 60 * MINUTE_NS), table("USDJPY", [125.0])]
    assert [cross.table.interval_ns for cross in crosses(known, ["USD"], tables)] == [MINUTE_NS]
