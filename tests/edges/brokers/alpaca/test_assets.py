"""What Alpaca lists of an instrument, read from rows and asked at a front."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openbell.edges.brokers import alpaca
from openbell.edges.brokers.alpaca.assets import ONE_BY_ONE, asset
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import AuthFailed, OutcomeUnknown
from openbell.edges.brokers.listed import Listed
from openbell.edges.instruments import load
from tests.wire.alpaca import spec
from tests.wire.alpaca.stand import T0, running

STOCK: dict[str, Any] = {
    "id": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415", "class": "us_equity", "exchange": "NASDAQ", "symbol": "AAPL",
    "name": "Apple", "status": "active", "tradable": True, "marginable": True, "shortable": True,
    "fractionable": True, "borrow_status": "easy_to_borrow", "attributes": [],
}  # fmt: skip
COIN: dict[str, Any] = {
    "id": "276e2673-764b-4ab6-a611-caf665ca6340", "class": "crypto", "exchange": "CRYPTO", "symbol": "BTC/USD",
    "name": "Bitcoin / US Dollar", "status": "active", "tradable": True, "marginable": False, "shortable": False,
    "fractionable": True, "min_order_size": "0.000011", "min_trade_increment": "0.000000001",
    "price_increment": "0.01",
}  # fmt: skip


def test_a_coin_brings_its_steps_as_exact_decimals() -> None:
    made = load({"BTC/USD": asset(COIN).fields}, ["BTC/USD"])["BTC/USD"]
    assert (made.bands[0].tick, made.lot, made.min_qty) == (Decimal("0.01"), Decimal("1E-8"), Decimal("0.000011"))
    assert (made.kind, made.currency, made.can_short, made.calendar) == ("crypto", "USD", False, "24x7")


def test_a_stock_brings_no_tick_and_a_lot_only_where_parts_are_not_traded() -> None:
    assert asset(STOCK).fields == {"kind": "stock", "can_short": True}
    assert asset(STOCK).flags == ("parts of a share", "on margin", "easy to borrow")
    assert asset(STOCK | {"fractionable": False}).fields["lot"] == "1"


@pytest.mark.parametrize(
    ("row", "can_short"),
    [
        ({}, True), ({"shortable": False}, False), ({"borrow_status": "hard_to_borrow"}, False),
        ({"borrow_status": None, "easy_to_borrow": True}, True), ({"borrow_status": None}, False),
    ],
)  # fmt: skip
def test_short_only_where_it_is_shortable_and_easy_to_borrow(row: dict[str, Any], can_short: bool) -> None:
    assert asset(STOCK | row).fields["can_short"] is can_short


@pytest.mark.parametrize("row", [{"tradable": False}, {"status": "inactive"}])
def test_what_cannot_be_traded_says_so(row: dict[str, Any]) -> None:
    assert (asset(STOCK).halted, asset(STOCK | row).halted) == ("", "not tradable there")


@pytest.mark.parametrize("row", [{"class": None}, {"class": "crypto", "price_increment": 0.01}])
def test_half_a_row_is_none(row: dict[str, Any]) -> None:
    with pytest.raises(OutcomeUnknown):
        asset(STOCK | row)


def asked(folder: Path, *symbols: str, **fields: str) -> dict[str, Listed]:
    async def scene() -> dict[str, Listed]:
        async with running(folder) as hands:
            given = {"key": "PKTEST", "secret": "secret", "url": hands.base, **fields}
            config = alpaca.Config.model_validate(given)
            return await alpaca.listed(config, alpaca.LIMITS, symbols, Access(now=lambda: T0))

    return asyncio.run(scene())


def test_the_front_lists_what_was_asked_for_and_nothing_else(tmp_path: Path) -> None:
    found = asked(tmp_path, "AAPL", "BTC/USD", "ZZZZ")
    assert sorted(found) == ["AAPL", "BTC/USD"]
    assert found["BTC/USD"].fields["tick"] == "0.01"


def test_wrong_keys_are_told(tmp_path: Path) -> None:
    with pytest.raises(AuthFailed):
        asked(tmp_path, "AAPL", secret="wrong")


def test_of_many_stocks_the_whole_list_is_taken(tmp_path: Path) -> None:
    names = [f"ZZ{n}" for n in range(ONE_BY_ONE)]
    assert sorted(asked(tmp_path, "AAPL", *names)) == ["AAPL"]
    lines = [json.loads(line) for line in (tmp_path / "front.log").read_text().splitlines()]
    assert [line["path"] for line in lines if line["kind"] == "request"] == ["/v2/assets"]


@pytest.mark.skipif(not spec.IS_HERE, reason="the vendor's specification is not here")
def test_the_question_is_one_of_the_specification_and_so_are_the_rows() -> None:
    for kind in ("us_equity", "crypto"):
        assert spec.query_faults("/v2/assets", f"status=active&asset_class={kind}") == []
    checker = spec.Checker(spec.TRADING)
    for row in (STOCK, COIN):
        checker.check(checker.at("/components/schemas/Assets"), row, "")
    assert checker.faults == []
