"""Rules laid out: in their order, with what each of them looks at, and which of them keep a run from being compiled."""

import msgspec
import pytest

from openbell.parts.kernels import layout as k
from openbell.parts.rules import (
    allow_list,
    confirmation,
    drawdown,
    kill,
    max_positions,
    mismatch,
    near_close,
    order_quantity,
    price_collar,
    slippage,
    source_budget,
    trading_hours,
    volatility_size,
    weekly_loss,
)
from openbell.run.assemble import STANDARD
from openbell.run.twin_bounds import bounds_of
from openbell.run.twin_layout import lay_out, tape_of
from openbell.run.twin_rules import PEOPLE, active, odd_rule, paid_value
from tests.conformance.market import kinds
from tests.core.build import d, instrument
from tests.parts.kernels.build import begin, flat, one, rule

begin()


MANY_CLOCKS = msgspec.structs.replace(rule(trading_hours), params=(0, 86_400, 1, *range(2 * k.CODES)))


def laid(**changes):
    run = one([0], flat(1), **changes)
    return lay_out(run[0], tape_of(*run), bounds_of(*run)).g


def test_every_rule_has_a_twin_but_the_one_that_waits_for_a_person():
    stock = set(kinds("rules"))
    assert set(STANDARD) <= stock
    assert stock - {*k.RULES, *k.IDLE, *k.ANSWERING} == set(PEOPLE)
    assert set(PEOPLE) == {"confirmation"}


def test_rules_stand_in_their_order_and_by_what_they_do():
    g = laid(rules=[rule(mismatch), rule(weekly_loss), rule(slippage), rule(price_collar), rule(drawdown, reduce="5%")])
    assert [k.RULES[n] for n in g[k.R_KIND, :4]] == ["weekly_loss", "slippage", "price_collar", "drawdown"]
    assert g[k.R_GATE, : g[k.GATES, 0]].tolist() == [0, 2, 3]
    assert g[k.R_WATCHER, : g[k.WATCHERS, 0]].tolist() == [0, 3]
    assert g[k.R_EAR, : g[k.EARS, 0]].tolist() == [1]
    assert (g[k.COLLAR, 0], g[k.RATE, 0], g[k.R_SCALE, : g[k.SCALERS, 0]].tolist()) == (2, -1, [3])
    assert (g[k.NOTED, 0], g[k.KEEPS, 0], g[k.LOOK_AT, 0]) == (1, 0, k.NEVER)
    assert g[k.R_RELEASE, 0] == k.BY_WEEK


def test_what_rules_look_at_of_an_instrument():
    thing = {"lot": d("0.5"), "kind": "fx", "group": "large", "sector": "cars", "adv": d(7)}
    g = laid(rules=[rule(allow_list, deny=("AAPL",)), rule(near_close)], thing=thing)
    assert (g[k.T_UNIT, 0], g[k.T_CLASS, 0], g[k.T_LARGE, 0], g[k.T_FX, 0]) == (50_000_000, 2, 1, 1)
    assert (g[k.T_SECTOR, 0], g[k.T_ISSUER, 0], g[k.T_LISTED, 0], g[k.T_ADV, 0]) == (0, -1, 0, 700_000_000)
    assert paid_value(instrument(lot=d("0.5"), quantum=d("0.01"), multiplier=d(50))) == (500_000, 1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rules": [rule(slippage, warn_ticks=2)]}, "rule slippage counts ticks only in the plain engine"),
        ({"rules": [rule(confirmation)]}, "rule confirmation waits for a person, and a person's answer is no bar"),
        ({"rules": [rule(volatility_size, target=d("0.1234567"))]}, "has more digits than the kernels count in"),
        ({"rules": [MANY_CLOCKS]}, "changes its clocks more often"),
        ({"rules": [msgspec.structs.replace(rule(kill), kind="private")]}, "rule private has no compiled twin"),
        ({"rules": [rule(max_positions)] * 2}, "stands twice"),
        ({"signals": "somebody"}, "listens to a source outside"),
        ({"rules": [rule(order_quantity)], "thing": {"lot": d("0.000000001")}}, "in which rule order_quantity counts"),
        ({"rules": [rule(price_collar)], "thing": {"quantum": d("1E-9")}}, "in which rule price_collar counts"),
    ],
)
def test_what_has_no_twin_is_named(changes, why):
    assert why in odd_rule(one([0], flat(1), **changes)[0])


def test_rules_with_nothing_to_say_are_not_asked():
    run, _ = one([0], flat(1), rules=[rule(mismatch), rule(kill), rule(source_budget)])
    assert [found.kind for found in active(run)] == ["kill"]
    assert odd_rule(run) == ""
    assert odd_rule(one([0], flat(1), rules=[rule(slippage, warn_ticks=0)])[0]) == ""
