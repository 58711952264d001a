import asyncio
import json
from pathlib import Path
from typing import Any

from openbell.edges.brokers import binance
from openbell.edges.brokers.binance.probe import probe, wrong
from tests.edges.brokers.binance.frames import account
from tests.wire.binance.stand import running


def config(url: str = "http://127.0.0.1:1", **fields: Any) -> binance.Config:
    return binance.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": url, **fields})


def test_an_account_is_as_configured_or_it_is_said_why_not(tmp_path: Path) -> None:
    async def scene() -> list[str]:
        async with running(tmp_path) as hands:
            found = [config(hands.base), config(hands.base, account="7"), config(hands.base, secret="x"), config()]
            return [await probe(one, "paper") for one in found]

    fine, other, stranger, nobody = asyncio.run(scene())
    assert (fine, "the file says 7" in other, "-1022" in stranger) == ("", True, True)
    assert "Error" in nobody


def test_F55_an_address_that_is_shut_is_said(tmp_path: Path) -> None:
    async def scene() -> str:
        async with running(tmp_path, 0, {"do": "ban", "at": "clock", "nth": 1, "lasts": "90s"}) as hands:
            return await probe(config(hands.base), "paper")

    assert asyncio.run(scene()).startswith("the venue takes nothing from this address for 90 s: status 418")


def test_an_account_that_cannot_trade_is_none() -> None:
    assert "cannot trade" in wrong(config(), 200, json.dumps(account(canTrade=False)).encode())
    assert "not an account" in wrong(config(), 200, b"[]")
