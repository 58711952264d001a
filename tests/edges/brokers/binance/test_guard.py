import asyncio
from pathlib import Path
from typing import Any

import pytest

from openbell.edges.brokers import binance
from openbell.edges.brokers.binance.guard import open_orders, pull
from tests.wire.binance.stand import Hands, running

LOW = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "40000"}


def config(hands: Hands, **fields: Any) -> binance.Config:
    return binance.Config.model_validate({"key": "PKTEST", "secret": "secret", "url": hands.base, **fields})


def test_every_order_is_taken_back_buys_first_and_written_down_before(tmp_path: Path) -> None:
    async def scene() -> tuple[Any, list[str], list[Any]]:
        async with running(tmp_path, BTC="1") as hands:
            high = LOW | {"side": "SELL", "price": "60000", "newClientOrderId": "b"}
            for fields in (
                high,
                LOW | {"newClientOrderId": "a"},
                LOW | {"symbol": "ETHUSDT", "price": "2000", "newClientOrderId": "c"},
            ):
                assert (await hands.ask("POST", "order", **fields))[0] == 200
            noted: list[str] = []
            found = await pull(config(hands), "paper", 2, noted.extend)
            return found, noted, hands.server.house.desk.books.open_orders()

    found, noted, left = asyncio.run(scene())
    assert (found.asked, found.left, found.error) == (("a", "c", "b"), (), "")
    assert (noted, left) == (["a", "c", "b"], [])


def test_a_venue_that_refuses_us_is_told_as_not_known(tmp_path: Path) -> None:
    async def scene() -> Any:
        async with running(tmp_path) as hands:
            return await pull(config(hands, secret="wrong"), "paper", 2, lambda _: None)

    assert "status 400" in asyncio.run(scene()).error


@pytest.mark.parametrize("raw", [b"<html>", b"{}", b"null"])
def test_a_missing_list_is_not_an_empty_one(raw: bytes) -> None:
    with pytest.raises(ValueError, match="no list of orders|not JSON"):
        open_orders(raw)
