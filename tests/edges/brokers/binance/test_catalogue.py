"""What Binance lists of symbols, asked at a front."""

import asyncio
from pathlib import Path

import pytest

from openbell.edges.brokers import binance
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import BadRequest, Transient
from openbell.edges.brokers.listed import Listed
from tests.wire.binance import spec
from tests.wire.binance.stand import T0, running


def config(url: str) -> binance.Config:
    return binance.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": url})


def asked(folder: Path, *symbols: str) -> dict[str, Listed]:
    async def scene() -> dict[str, Listed]:
        async with running(folder) as hands:
            return await binance.listed(config(hands.base), binance.LIMITS, symbols, Access(now=lambda: T0))

    return asyncio.run(scene())


def test_the_filters_of_the_front_are_the_words_of_a_file(tmp_path: Path) -> None:
    found = asked(tmp_path, "BTCUSDT", "ETHUSDT")
    assert found["BTCUSDT"].fields == {
        "kind": "crypto", "currency": "USDT", "base": "BTC", "can_short": False, "tick": "0.01", "lot": "0.00001",
        "min_qty": "0.00001", "min_notional": "5",
    }  # fmt: skip
    assert (found["ETHUSDT"].fields["lot"], found["ETHUSDT"].halted) == ("0.0001", "")


@pytest.mark.parametrize(
    ("symbols", "found"), [(("BTCUSDT", "NOSUCH", "ETHUSDT"), ["BTCUSDT", "ETHUSDT"]), (("NOSUCH",), [])]
)
def test_a_symbol_that_is_not_there_is_missing_and_hides_none_of_the_others(
    tmp_path: Path, symbols: tuple[str, ...], found: list[str]
) -> None:
    # The vendor refuses a question with one symbol that it does not know as a whole.
    assert sorted(asked(tmp_path, *symbols)) == found


def test_another_refusal_of_the_list_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="-1100"):
        asked(tmp_path, "no such")


def test_nobody_there_is_told() -> None:
    with pytest.raises(Transient):
        asyncio.run(binance.listed(config("http://127.0.0.1:1"), binance.LIMITS, ("BTCUSDT",), Access(now=lambda: T0)))


@pytest.mark.skipif(not spec.IS_HERE, reason="the vendor's specification is not here")
def test_the_question_is_one_of_the_specification() -> None:
    assert spec.request_faults("GET", "/api/v3/exchangeInfo", 'symbols=["BTCUSDT"]') == []
