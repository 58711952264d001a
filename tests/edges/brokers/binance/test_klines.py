"""Binance's minutes of the past: read from rows, and asked at a front."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS
from openbell.edges.brokers import binance
from openbell.edges.brokers.binance import klines
from openbell.edges.brokers.binance.klines import minutes, question
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import BadRequest, OutcomeUnknown
from openbell.edges.brokers.past import Wanted
from tests.wire.binance import spec
from tests.wire.binance.stand import T0, running

ROW: list[Any] = [
    1795185000000, "52000.00000000", "52010.00000000", "51990.00000000", "52005.00000000", "12.34500000",
    1795185059999, "641940.22500000", 308, "6.10000000", "317210.50000000", "0",
]  # fmt: skip
BTC = Wanted(symbol="BTCUSDT", start=T0 - 90 * MINUTE_NS, end=T0)


def asked(folder: Path, *wanted: Wanted) -> dict[str, list[Bar]]:
    async def scene() -> dict[str, list[Bar]]:
        async with running(folder, 60) as hands:
            config = binance.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": hands.base})
            return await binance.history(config, binance.LIMITS, wanted, Access(now=lambda: T0))

    return asyncio.run(scene())


def test_a_row_is_a_minute() -> None:
    (bar,) = minutes([ROW], "BTCUSDT")
    assert (bar.open_ts, bar.ts, bar.interval) == (1795185000 * 10**9, 1795185060 * 10**9, MINUTE_NS)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (52000.0, 52010.0, 51990.0, 52005.0, 12.345)


@pytest.mark.parametrize("body", [None, {}, [5], [ROW[:3]], [["x", *ROW[1:]]], [[*ROW[:1], 5.5, *ROW[2:]]]])
def test_half_a_row_is_none(body: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        minutes(body, "BTCUSDT")


def test_all_pages_are_taken_and_the_minute_still_open_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    eth = Wanted(symbol="ETHUSDT", start=T0 - 20 * MINUTE_NS, end=T0 - MINUTE_NS // 2)
    whole = asked(tmp_path, BTC, eth)
    assert len(whole["BTCUSDT"]) > 20
    assert whole["ETHUSDT"][-1].ts == T0 - MINUTE_NS
    monkeypatch.setattr(klines, "PAGE", 7)
    assert asked(tmp_path, BTC, eth) == whole


def test_a_symbol_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="-1121"):
        asked(tmp_path, Wanted(symbol="NOSUCH", start=T0 - MINUTE_NS, end=T0))


@pytest.mark.skipif(not spec.IS_HERE, reason="the vendor's specification is not here")
def test_the_question_is_one_of_the_specification() -> None:
    assert spec.request_faults("GET", "/api/v3/klines", urlencode(question(BTC, BTC.start))) == []
