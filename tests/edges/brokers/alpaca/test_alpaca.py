from typing import Any

import pytest
from pydantic import ValidationError

from openbell.edges.brokers import alpaca
from openbell.edges.brokers.options import outside

KEYS = {"key": "PKTEST", "secret": "secret"}


def config(**fields: Any) -> alpaca.Config:
    return alpaca.Config.model_validate(KEYS | fields)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "https://api.alpaca.markets"}, "host of real money"),
        ({"url": "https://evil.example"}, "neither"),
        ({"url": "http://paper-api.alpaca.markets"}, "neither"),
        ({"url": "http://10.0.0.1:8765"}, "neither"),
        ({"url": "https://paper-api.alpaca.markets:8443"}, "neither"),
        ({"key": "AKLIVE"}, "none of a paper account"),
        ({"account": "123456789"}, "no paper account"),
    ],
)
def test_F73_paper_is_pinned_to_its_host_its_keys_and_its_accounts(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        config(**fields)


def test_real_money_is_no_mode_of_it() -> None:
    assert alpaca.MODES == ("paper",)


def test_the_vendor_and_a_front_have_their_own_addresses() -> None:
    far = alpaca.places(config(feed="sip"), coins=False)
    assert (far.rest, far.account) == ("https://paper-api.alpaca.markets", "wss://paper-api.alpaca.markets/stream")
    assert far.prices == "wss://stream.data.alpaca.markets/v2/sip"
    near = alpaca.places(config(url="http://127.0.0.1:8765/"), coins=True)
    assert (near.account, near.prices) == ("ws://127.0.0.1:8765/stream", "ws://127.0.0.1:8765/v1beta3/crypto/us")


def test_one_engine_at_a_time_trades_an_account() -> None:
    assert alpaca.place(config(account="PA1")) == ("alpaca", "paper-api.alpaca.markets", "PA1")
    assert alpaca.place(config())[2] == "PKTEST"
    assert outside(config(timeout="4s"), alpaca.CAPS).ack_timeout == 8_000_000_000


def test_F54_the_budget_never_passes_the_vendors_limit_in_any_minute() -> None:
    assert alpaca.LIMITS["burst"] + 60 * alpaca.LIMITS["rate"] <= 200


@pytest.mark.parametrize(
    ("symbols", "minutes", "exits", "words"),
    [
        (("AAPL", "SPY"), 1, 0, ""),
        (("BTC/USD",), 1, 0, ""),
        (("AAPL",), 5, 0, "bars: 1m"),
        (("AAPL",), 1, 2, ""),
        (("BTC/USD",), 1, 1, "no stop orders"),
        (("AAPL", "BTC/USD"), 1, 0, "account of their own"),
    ],
)
def test_what_cannot_be_traded_there_is_said_before_anything_is_sent(
    symbols: tuple[str, ...], minutes: int, exits: int, words: str
) -> None:
    found = alpaca.unfit(symbols, minutes * 60_000_000_000, exits)
    assert (words in found, bool(found)) == (True, bool(words))
