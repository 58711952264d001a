"""trade_risk: what one trade loses at its stop."""

import pytest
from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core.codes import Code
from openbell.core.exposure import Draft
from openbell.parts.rules import trade_risk
from tests.core import build as b
from tests.core.build import d, exits, only
from tests.parts.rules.scene import bound, codes, engine, hold, in_doubt, passes_exit, priced

NO = (Code.TRADE_RISK,)
STOP = {"exits": exits(stop_loss="0.05")}


def wanted(qty: int, risk: object = 5) -> Draft:
    return replace(b.draft("buy", qty), risk=d(risk))


@pytest.mark.parametrize(("qty", "found"), [(199, ()), (200, ()), (201, NO)])
def test_D20_binds_just_above_the_limit(qty: int, found: tuple[int, ...]) -> None:
    book = priced(b.deployment_spec(**STOP))
    in_doubt(book, "buy", 200)
    for limit in ("1%", "1000 USD"):
        assert codes(book, wanted(qty), bound(trade_risk, limit=limit)) == found


def test_D20_a_declared_stop_whose_distance_is_not_known_refuses() -> None:
    assert codes(priced(b.deployment_spec(**STOP)), wanted(1, 0), bound(trade_risk)) == NO


def test_D20_a_deployment_that_declares_no_stop_is_not_asked() -> None:
    assert codes(priced(), wanted(900, 0), bound(trade_risk)) == ()


def test_D20_the_distance_comes_with_the_order_and_exits_pass() -> None:
    for qty, sent in ((200, 1), (201, 0)):
        made = engine(trade_risk, size=b.SizeSpec(kind="quantity", value=d(qty)), **STOP)
        assert len(only(fx.Submit, made.step(b.bar(2, 100.0, 1.0)))) == sent
    book = priced(b.deployment_spec(**STOP))
    hold(book, 900)
    assert passes_exit(book, bound(trade_risk))
