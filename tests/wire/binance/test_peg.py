from decimal import Decimal

import pytest

from openbell.wire.binance.ladder import Ladder
from openbell.wire.binance.peg import Peg
from openbell.wire.binance.refusal import Refused
from tests.wire.binance.stand import T0, bar, desk, order

LIMIT: dict[str, str | None] = {"type": "LIMIT", "timeInForce": "GTC"}
BEST: dict[str, str | None] = {"pegPriceType": "PRIMARY_PEG"}
THIRD = BEST | {"pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "2"}


@pytest.mark.parametrize(
    ("kind", "levels", "side", "px"),
    [
        ("PRIMARY_PEG", None, "BUY", "99"),
        ("PRIMARY_PEG", 2, "BUY", "97"),
        ("MARKET_PEG", None, "BUY", "101"),
        ("PRIMARY_PEG", 1, "SELL", "102"),
        ("MARKET_PEG", 1, "SELL", "98"),
        ("MARKET_PEG", 20, "SELL", None),
    ],
)
def test_a_price_hangs_on_one_side_of_the_book(kind: str, levels: int | None, side: str, px: str | None) -> None:
    ladder = Ladder(Decimal(1), Decimal(1))
    ladder.build(Decimal(100), Decimal(50))
    found = Peg(kind=kind, levels=levels).price(ladder, side)
    assert found == (Decimal(px) if px is not None else None)


def test_a_pegged_order_stands_at_the_price_of_its_instant_and_says_what_it_hangs_on() -> None:
    made, told = desk()
    done = made.submit(order(**LIMIT, newOrderRespType="RESULT", **THIRD), T0)
    names = ("price", "peggedPrice", "pegPriceType", "pegOffsetType", "pegOffsetValue")
    assert [done[name] for name in names] == ["49999.97000000"] * 2 + ["PRIMARY_PEG", "PRICE_LEVEL", 2]
    made.clerk.play(bar(50_100.0, n=1))
    assert made.books.orders[1].price == Decimal("49999.97")
    report = next(one for one in told if one["e"] == "executionReport")
    assert (report["gP"], report["gOT"], report["gOV"]) == ("PRIMARY_PEG", "PRICE_LEVEL", 2)


def test_a_pegged_stop_has_its_price_once_it_is_triggered() -> None:
    made, told = desk(BTC="1")
    made.submit(
        order(type="STOP_LOSS_LIMIT", side="SELL", timeInForce="GTC", stopPrice="49000", pegPriceType="PRIMARY_PEG"), T0
    )
    record = made.books.orders[1]
    assert (record.price, "gp" in told[0]) == (None, False)
    made.clerk.play(bar(48_900.0, n=1))
    assert (record.price, record.status) == (Decimal("48900.01"), "NEW")


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (-1130, {"pegPriceType": "BEST"}),
        (-1130, {"pegOffsetType": "CENTS", "pegOffsetValue": "1"}),
        (-1100, {"pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "101"}),
        (-1102, {"pegOffsetType": "PRICE_LEVEL"}),
        (-1102, {"pegOffsetValue": "1"}),
        (-1102, {"pegPriceType": None, "pegOffsetValue": "1", "price": "49000"}),
        (-1106, {"price": "49000"}),
        (-1106, {"type": "MARKET", "timeInForce": None}),
        (-2010, {"pegOffsetType": "PRICE_LEVEL", "pegOffsetValue": "20"}),
        (-2010, {"type": "LIMIT_MAKER", "timeInForce": None, "pegPriceType": "MARKET_PEG"}),
    ],
)
def test_what_hangs_on_nothing_is_refused(code: int, fields: dict[str, str | None]) -> None:
    made, told = desk()
    with pytest.raises(Refused) as refused:
        made.submit(order(**(LIMIT | BEST | fields)), T0)
    assert (refused.value.code, told) == (code, [])
