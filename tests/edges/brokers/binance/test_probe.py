import asyncio
from pathlib import Path
from typing import Any

from openbell.core.types import NS
from openbell.edges.brokers import binance
from openbell.edges.brokers.binance.probe import probe
from openbell.edges.brokers.budget import CANCEL, shared
from openbell.edges.brokers.enquiry import Access
from tests.wire.binance.stand import T0, Hands, running

BAN = {"do": "ban", "at": "clock", "nth": 1, "lasts": "90s"}


def config(url: str = "http://127.0.0.1:1", **fields: Any) -> binance.Config:
    return binance.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": url, **fields})


async def probed(one: binance.Config, rates: Path | None = None) -> str:
    return await probe(one, "paper", binance.LIMITS, Access(now=lambda: T0, rates=rates))


def test_an_account_is_as_configured_or_it_is_said_why_not(tmp_path: Path) -> None:
    async def scene() -> list[str]:
        async with running(tmp_path) as hands:
            found = [config(hands.base), config(hands.base, account="7"), config(hands.base, secret="x"), config()]
            return [await probed(one) for one in found]

    fine, other, stranger, nobody = asyncio.run(scene())
    assert (fine, "the file says 7" in other, "-1022" in stranger) == ("", True, True)
    assert "Error" in nobody


def test_an_account_that_cannot_trade_is_none(tmp_path: Path) -> None:
    async def scene() -> str:
        async with running(tmp_path, 0, {"do": "half_reply", "at": "account"}) as hands:
            return await probed(config(hands.base))

    assert asyncio.run(scene()) != ""


def requests(hands: Hands) -> int:
    return hands.server.log.lines


def test_F55_a_ban_is_said_and_shuts_the_address_for_every_process(tmp_path: Path) -> None:
    async def scene() -> tuple[str, str, int, str]:
        async with running(tmp_path, 0, BAN) as hands:
            there = config(hands.base)
            first, asked = await probed(there, tmp_path / "rates"), requests(hands)
            second = await probed(there, tmp_path / "rates")
            return first, second, requests(hands) - asked, binance.place(there)[1]

    first, second, asked, host = asyncio.run(scene())
    assert first.startswith("the venue takes nothing from this address: 418 -1003 ")
    assert "nothing is sent there for 90 s, until 2026-11-20 12:01:30 UTC" in first
    # The next one, in whatever process, asks nothing; and a cancel of a run waits too.
    assert ("as another run was told; nothing is sent there for 90 s" in second, asked) == (True, 0)
    assert shared(binance.LIMITS, tmp_path / "rates", "binance", host).take(CANCEL, T0) == 90 * NS
