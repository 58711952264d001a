from typing import Any

import pytest
from pydantic import ValidationError

from openbell.core.types import MINUTE_NS, NS
from openbell.edges.brokers import binance
from openbell.edges.brokers.options import outside

GIVEN = {"key": "k", "secret": "s"}


def config(**fields: Any) -> binance.Config:
    return binance.Config.model_validate(GIVEN | fields)


LIVE, DEMO, FRONT = "https://api.binance.com", "https://demo-api.binance.com", "http://127.0.0.1:8766"


@pytest.mark.parametrize("host", ["api.binance.com", "api-gcp.binance.com", "api1.binance.com", "api4.binance.com"])
def test_F73_the_hosts_of_real_money_are_for_live_alone(host: str) -> None:
    made = config(url=f"https://{host}", account="9")
    assert made.misfit("paper") == f"{host} is a host of real money; the testnet is testnet.binance.vision"
    assert made.misfit("live") == made.misfit("dry_run") == ""
    there = binance.places(made)
    assert (there.api, there.prices) == (
        "wss://ws-api.binance.com:443/ws-api/v3", "wss://stream.binance.com:443/ws"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": LIVE}, "needs the account's number"),
        ({"account": "9"}, "testnet.binance.vision holds no real money"),
        ({"account": "9", "url": DEMO}, "demo-api.binance.com holds no real money"),
        ({"account": "9", "url": LIVE}, ""),
        ({"account": "9", "url": FRONT}, ""),
    ],
)
def test_F73_live_is_pinned_to_the_hosts_of_real_money(fields: dict[str, Any], words: str) -> None:
    found = config(**fields).misfit("live")
    assert words in found
    assert bool(found) == bool(words)


def test_a_front_is_simulated() -> None:
    assert [config(url=FRONT).is_simulated, config().is_simulated] == [True, False]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://testnet.binance.vision",
        "http://192.168.0.1:8766",
        "https://testnet.binance.vision:8443",
    ],
)
def test_any_other_host_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="neither"):
        config(url=url)


def test_a_secret_that_looks_like_a_key_and_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="Ed25519"):
        config(secret="-----BEGIN PRIVATE KEY-----\nnothing\n-----END PRIVATE KEY-----")


def test_each_host_has_its_own_sockets() -> None:
    there = binance.places(config())
    assert (there.rest, there.api, there.prices) == (
        "https://testnet.binance.vision", "wss://ws-api.testnet.binance.vision/ws-api/v3", "wss://stream.testnet.binance.vision/ws",
    )  # fmt: skip
    demo = binance.places(config(url="https://demo-api.binance.com"))
    assert (demo.api, demo.prices) == ("wss://demo-ws-api.binance.com/ws-api/v3", "wss://demo-stream.binance.com/ws")
    here = binance.places(config(url="http://localhost:8766/"))
    assert (here.rest, here.api, here.prices) == (
        "http://localhost:8766",
        "ws://localhost:8766/ws-api/v3",
        "ws://localhost:8766/ws",
    )


def test_an_id_protects_from_nothing_and_a_new_order_may_stay_hidden_for_long() -> None:
    spec = outside(config(), binance.CAPS)
    assert (spec.dedupes, spec.visibility, spec.ack_timeout) == (False, 30 * NS, 30 * NS)
    assert binance.place(config(account="9")) == ("binance", "testnet.binance.vision", "9")


def test_at_full_load_a_fifth_of_the_venues_minute_is_left() -> None:
    assert binance.LIMITS["burst"] + 60 * binance.LIMITS["rate"] <= 4_800


@pytest.mark.parametrize(
    ("symbols", "bars", "exits", "why"),
    [
        (("BTCUSDT",), MINUTE_NS, 0, ""), (("BTCUSDT",), 5 * MINUTE_NS, 0, "bars: 1m"),
        (("BTCUSDT",), MINUTE_NS, 2, ""), (("BTC/USDT",), MINUTE_NS, 0, "like BTCUSDT"),
        (("btcusdt",), MINUTE_NS, 0, "in capitals"),
    ],
)  # fmt: skip
def test_what_cannot_be_traded_here_is_said(symbols: tuple[str, ...], bars: int, exits: int, why: str) -> None:
    found = binance.unfit(symbols, bars, exits)
    assert why in found if why else found == ""
