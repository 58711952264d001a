"""Alpaca's minutes of the past: read from pages, and asked at a front."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS
from openbell.edges.brokers import alpaca
from openbell.edges.brokers.alpaca import bars
from openbell.edges.brokers.alpaca.bars import page, question
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import AuthFailed, OutcomeUnknown
from openbell.edges.brokers.past import Wanted
from tests.wire.alpaca import spec
from tests.wire.alpaca.stand import T0, running

ROW = {"t": "2026-11-20T14:30:00Z", "o": 190.1, "h": 190.4, "l": 189.95, "c": 190.22, "v": 18342, "n": 212, "vw": 190.2}
SPY, COIN = (Wanted(symbol=symbol, start=T0 - 90 * MINUTE_NS, end=T0) for symbol in ("SPY", "BTC/USD"))


def asked(folder: Path, *wanted: Wanted, past: int = 60, **fields: str) -> dict[str, list[Bar]]:
    async def scene() -> dict[str, list[Bar]]:
        async with running(folder, past) as hands:
            given = {"key": "PKTEST", "secret": "secret", "url": hands.base, **fields}
            config = alpaca.Config.model_validate(given)
            return await alpaca.history(config, alpaca.LIMITS, wanted, Access(now=lambda: T0))

    return asyncio.run(scene())


def test_a_page_brings_minutes_by_symbol() -> None:
    (bar,) = page({"bars": {"AAPL": [ROW]}, "next_page_token": None})["AAPL"]
    assert (bar.instrument, bar.ts - bar.open_ts, bar.interval, bar.nominal) == ("AAPL", MINUTE_NS, MINUTE_NS, 0)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (190.1, 190.4, 189.95, 190.22, 18342)


@pytest.mark.parametrize("body", [{}, {"bars": []}, {"bars": {}, "next_page_token": 5}, {"bars": {"A": [{"t": 5}]}}])
def test_half_a_page_is_none(body: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        page(body)


def test_stocks_and_coins_are_asked_apart_and_all_pages_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = asked(tmp_path, SPY, COIN)
    assert len(whole["SPY"]) > 20
    assert len(whole["BTC/USD"]) > 20
    monkeypatch.setattr(bars, "PAGE", 7)
    assert asked(tmp_path, SPY, COIN) == whole


def test_only_the_minutes_that_were_wanted_come(tmp_path: Path) -> None:
    few = Wanted(symbol="SPY", start=T0 - 10 * MINUTE_NS, end=T0 - 4 * MINUTE_NS)
    found = asked(tmp_path, few)["SPY"]
    assert [bar.open_ts for bar in found] == [T0 - n * MINUTE_NS for n in range(10, 4, -1)]


def test_wrong_keys_are_told(tmp_path: Path) -> None:
    with pytest.raises(AuthFailed):
        asked(tmp_path, SPY, secret="wrong")


@pytest.mark.parametrize(
    ("feed", "named", "late"), [("iex", "iex", 0), ("sip", "sip", 0), ("delayed_sip", "sip", 16 * MINUTE_NS)]
)
def test_a_feed_that_is_late_is_not_asked_for_what_it_may_not_see(feed: str, named: str, late: int) -> None:
    found = question([SPY], feed, "")
    assert (found["feed"], found["end"]) == (named, alpaca.bars.codec.stamp(T0 - late))


@pytest.mark.skipif(not spec.IS_HERE, reason="the vendor's specification is not here")
@pytest.mark.parametrize("token", ["", "abc"])
def test_the_questions_are_those_of_the_specification(token: str) -> None:
    assert spec.query_faults("/v2/stocks/bars", urlencode(question([SPY], "iex", token))) == []
    assert spec.query_faults("/v1beta3/crypto/us/bars", urlencode(question([COIN], "iex", token))) == []
