"""surveillance: cancels without fills, layers, trades with ourselves."""

import pytest
from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core.codes import Code
from openbell.core.spec import OutsideSpec
from openbell.core.types import OrderType, Side
from openbell.parts.rules import surveillance
from tests.core import build as b
from tests.core.build import at, decision, levels, one, only
from tests.parts.rules.scene import again, bound, engine, gates, link

GATE = ["surveillance/deployment:alpha"]


@pytest.mark.parametrize(
    ("orders", "cancels", "found"),
    [(99, 99, 0), (100, 94, 0), (100, 95, Code.SURVEILLANCE), (100, 96, Code.SURVEILLANCE), (200, 189, 0)],
)
def test_D44_binds_at_the_share_of_cancels(orders: int, cancels: int, found: int) -> None:
    rule = bound(surveillance)
    assert rule.check(rule.params, surveillance.Facts(orders, cancels)) == found


@pytest.mark.parametrize("is_outside", [False, True])
@pytest.mark.parametrize(("filled", "found"), [(False, GATE), (True, [])])
def test_D44_a_strategy_that_cancels_nearly_all_is_held_over_a_restart(
    filled: bool, found: list[str], *, is_outside: bool
) -> None:
    accounts = [b.account_spec(outside=OutsideSpec())] if is_outside else []
    made = engine(surveillance, {"orders": 2}, entry_type=OrderType.LIMIT, accounts=accounts)
    if is_outside:
        made.step(link(1, is_up=True))
        made.book.truth.contacts["main"].is_ready = True
    for n in (2, 3):
        sent = one(fx.Submit, made.step(b.bar(n, 100.0, 11.0)))
        made.step(b.update(sent, "accepted", ts=at(n)))
        if filled:
            made.step(b.fill(sent, 100, qty=b.d(1), exec_id=f"f{n}", ts=at(n)))
        made.step(b.update(sent, "cancelled", ts=at(n)))
    assert gates(made) == found
    assert gates(again(made)) == found
    assert decision(made.step(b.bar(4, 100.0, 0.0))) in (Code.SIGNAL_FLAT, Code.ALREADY_AT_TARGET)


def test_D44_layers_on_one_side_alert() -> None:
    names = tuple(f"d{n}" for n in range(4))
    made = b.engine(b.run_spec(*(b.deployment_spec(n, entry_type=OrderType.LIMIT) for n in names)),
                    rules=(bound(surveillance, layers=3),))  # fmt: skip
    for n, name in enumerate(names[:3], 1):
        made.desk.begin(at(n))
        draft = b.draft("buy", 1, limit=100 - n, deployment=name)
        made.step(b.bar(n, 100.0, 0.0))
        made.desk.send(draft)
        for cause in (b.bar(n, 100.0), *made.desk.out):
            made.monitor.listen(cause)
    assert ("warning", "layers/main/AAPL") in levels(made.desk.out)


def test_D44_buying_and_selling_at_one_price_within_a_minute_alerts() -> None:
    made = engine(surveillance)
    b.buy(made, 2, 100.0)
    sent = one(fx.Submit, made.step(b.bar(2, 100.0, 0.0)))
    assert ("error", "wash/main/AAPL") in levels(made.step(b.fill(sent, 100, ts=at(2) + 1)))
    apart = engine(surveillance)
    b.buy(apart, 2, 100.0)
    sent = one(fx.Submit, apart.step(b.bar(3, 100.0, 0.0)))
    assert levels(apart.step(b.fill(sent, 100, ts=at(3)))) == []


def test_D44_layers_and_washes_are_those_of_one_account() -> None:
    names = {"alpha": "main", "beta": "main", "gamma": "other"}
    specs = [b.deployment_spec(n, account=a, entry_type=OrderType.LIMIT) for n, a in names.items()]
    accounts = [b.account_spec(name) for name in ("main", "other")]
    made = b.engine(b.run_spec(*specs, accounts=accounts), rules=(bound(surveillance, layers=3),))
    for n, (name, account) in enumerate(names.items(), 1):
        made.desk.begin(at(n))
        made.step(b.bar(n, 100.0, 0.0))
        made.desk.send(b.draft("buy", 1, limit=100 - n, deployment=name, account=account))
        for cause in (b.bar(n, 100.0), *made.desk.out):
            made.monitor.listen(cause)
    assert levels(made.desk.out) == []
    both = [b.deployment_spec(), b.deployment_spec("gamma", account="other")]
    made = b.engine(b.run_spec(*both, accounts=accounts), rules=(bound(surveillance),))
    (bought,) = [order for order in only(fx.Submit, made.step(b.bar(2, 100.0, 1.0))) if order.account == "main"]
    made.step(b.fill(bought, 100, ts=at(2)))
    sale = replace(b.fill(bought, 100, ts=at(2) + 1), side=Side.SELL)
    assert [surveillance.is_wash(made.book, name, "AAPL", sale) for name in ("main", "other")] == [True, False]
