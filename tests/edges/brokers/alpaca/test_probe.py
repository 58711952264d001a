import asyncio
from pathlib import Path

import pytest

from openbell.edges.brokers import alpaca
from openbell.edges.brokers.alpaca.probe import wrong
from openbell.edges.brokers.enquiry import Access
from tests.wire.alpaca.stand import running

ACCESS = Access(now=lambda: 0)


def config(url: str = "http://127.0.0.1:9", **fields: str) -> alpaca.Config:
    return alpaca.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": url} | fields)


def test_an_account_that_can_be_reached_has_nothing_wrong(tmp_path: Path) -> None:
    async def scene() -> tuple[str, str]:
        async with running(tmp_path) as hands:
            good = await alpaca.probe(config(hands.base), "paper", alpaca.LIMITS, ACCESS)
            return good, await alpaca.probe(config(hands.base, secret="no"), "paper", alpaca.LIMITS, ACCESS)

    good, bad = asyncio.run(scene())
    assert (good, "401" in bad) == ("", True)


def test_what_cannot_be_reached_says_why() -> None:
    assert "Connect" in asyncio.run(alpaca.probe(config(), "paper", alpaca.LIMITS, ACCESS))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"account_number":"PA2","status":"ACTIVE"}', "PA2"),
        (b'{"account_number":"PA1","status":"INACTIVE"}', "INACTIVE"),
        (b"<", "not an account"),
    ],
)
def test_an_account_that_is_another_or_closed_is_told(raw: bytes, words: str) -> None:
    assert words in wrong(config(account="PA1"), 200, raw)
