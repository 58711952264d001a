import asyncio
from pathlib import Path

import pytest

from openbell.edges.brokers import alpaca
from openbell.edges.brokers.alpaca.guard import MOST, Pulled, headers, open_orders
from tests.wire.alpaca import spec
from tests.wire.alpaca.stand import order, running

REST = {"type": "limit", "limit_price": "50", "time_in_force": "gtc"}


def test_what_adds_risk_comes_first_and_a_list_that_is_missing_is_no_empty_one() -> None:
    raw = b'[{"id":"1","client_order_id":"a","position_intent":"sell_to_close"},{"id":"2","client_order_id":"b"}]'
    assert open_orders(raw) == [("b", "2"), ("a", "1")]
    for wrong in (b"{}", b"<html>"):
        with pytest.raises(ValueError, match=r"list|JSON"):
            open_orders(wrong)


def pulled(folder: Path, secret: str = "secret") -> tuple[Pulled, list[list[str]], int]:
    """Return what pulling two orders came to, what was noted before, and how many are open behind it."""
    noted: list[list[str]] = []

    async def scene() -> tuple[Pulled, int]:
        async with running(folder) as hands:
            for name in ("a", "b"):
                await hands.ask("POST", "/v2/orders", order(client_order_id=name, **REST))
            config = alpaca.Config.model_validate({"key": "PKTEST", "secret": secret, "url": hands.base})
            found = await alpaca.pull(config, "paper", 2, noted.append)
            return found, len(hands.server.house.desk.books.open_orders())

    found, left = asyncio.run(scene())
    return found, noted, left


def test_every_order_is_written_down_and_taken_back(tmp_path: Path) -> None:
    found, noted, left = pulled(tmp_path)
    assert (sorted(found.asked), found.left, found.error, left) == (["a", "b"], (), "", 0)
    assert [sorted(names) for names in noted] == [["a", "b"]]


def test_who_is_not_let_in_says_so_and_claims_nothing(tmp_path: Path) -> None:
    found, noted, left = pulled(tmp_path, "wrong")
    assert ("401" in found.error, found.asked, noted, left) == (True, (), [], 2)


def test_who_we_are_stands_in_the_headers() -> None:
    config = alpaca.Config.model_validate({"key": "PKTEST", "secret": "secret"})
    assert headers(config) == {"APCA-API-KEY-ID": "PKTEST", "APCA-API-SECRET-KEY": "secret"}


@pytest.mark.skipif(not spec.IS_HERE, reason="the vendor's specification is not here")
def test_what_the_guardian_and_the_doctor_ask_is_specified() -> None:
    assert spec.query_faults("/v2/orders", f"status=open&limit={MOST}") == []
    assert spec.request_faults("DELETE", "/v2/orders/61e69015-8549-4bfd-b9c3-01e75843f47d", None) == []
    assert spec.query_faults("/v2/account", "") + spec.query_faults("/v2/clock", "") == []
    assert spec.query_faults("/v2/stocks/quotes/latest", "symbols=SPY&feed=iex") == []
