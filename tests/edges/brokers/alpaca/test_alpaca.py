from typing import Any

import pytest
from pydantic import ValidationError

from openbell.edges.brokers import alpaca
from openbell.edges.brokers.options import outside

KEYS = {"key": "PKTEST", "secret": "secret"}


def config(**fields: Any) -> alpaca.Config:
    return alpaca.Config.model_validate(KEYS | fields)


PAPER, LIVE, FRONT = "https://paper-api.alpaca.markets", "https://api.alpaca.markets", "http://127.0.0.1:8765"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example", "http://paper-api.alpaca.markets", "http://10.0.0.1:8765", "http://api.alpaca.markets",
        "https://paper-api.alpaca.markets:8443",
    ],
)  # fmt: skip
def test_F73_every_other_host_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="neither"):
        config(url=url)


@pytest.mark.parametrize(
    ("mode", "fields", "words"),
    [
        ("paper", {"url": LIVE}, "one of paper money, and api.alpaca.markets is the host of real money"),
        ("paper", {"key": "AKLIVE"}, "none of a paper account"),
        (
            "paper",
            {"key": "AKLIVE", "url": PAPER},
            "one of real money, and paper-api.alpaca.markets is the host of paper",
        ),
        ("paper", {"key": "AKLIVE", "url": FRONT}, "none of a paper account"),
        ("paper", {"account": "123456789"}, "no paper account"),
        ("paper", {}, ""),
        ("dry_run", {"key": "AKLIVE", "url": PAPER}, "one of real money"),
        ("dry_run", {"key": "AKLIVE"}, ""),
        ("live", {"key": "AKLIVE"}, "needs the account's number"),
        ("live", {"account": "123456789"}, "real money is at api.alpaca.markets"),
        ("live", {"account": "123456789", "url": LIVE}, "with a key that does not begin with PK"),
        ("live", {"account": "123456789", "key": "AKLIVE", "url": PAPER}, "real money is at api.alpaca.markets"),
        ("live", {"account": "PA1", "key": "AKLIVE"}, "an account that does not begin with PA"),
        ("live", {"account": "123456789", "key": "AKLIVE"}, ""),
        ("live", {"account": "PA1", "url": FRONT}, ""),
    ],
)
def test_F73_host_key_and_account_are_pinned_to_one_kind_of_money(
    mode: str, fields: dict[str, Any], words: str
) -> None:
    found = config(**fields).misfit(mode)
    assert words in found
    assert bool(found) == bool(words)


def test_the_host_is_that_of_the_keys_kind_of_money_and_a_front_is_simulated() -> None:
    assert [config().url, config(key="AKLIVE").url] == [PAPER, LIVE]
    assert [config().is_simulated, config(url=FRONT).is_simulated] == [False, True]


def test_S4_035_the_address_of_the_price_stream_differs_by_feed() -> None:
    iex, sip = (alpaca.places(config(feed=feed), coins=False).prices for feed in ("iex", "sip"))
    assert (iex, sip) == tuple(f"wss://stream.data.alpaca.markets/v2/{feed}" for feed in ("iex", "sip"))


@pytest.mark.parametrize(("feed", "is_late"), [("iex", False), ("sip", False), ("delayed_sip", True), ("test", False)])
def test_S4_022_late_prices_are_another_stream_and_are_told_as_such(feed: str, is_late: bool) -> None:
    given = config(feed=feed)
    assert alpaca.places(given, coins=False).prices.endswith(f"/v2/{feed}")
    assert ("15 minutes late" in alpaca.late(given.model_dump())) is is_late


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
