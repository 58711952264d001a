"""Worst-case exposure in the kernels, through the rules that bound it."""

import pytest

from openbell.core.spec import SizeSpec
from openbell.parts.kernels import layout as k
from openbell.parts.rules import concentration, gross_exposure, min_cash, net_exposure
from openbell.run.twin_result import result_of
from tests.core.build import d
from tests.parts.kernels.build import FLAT, LONG, SHORT, begin, flat, one, rule, same

begin()
OFF = dict.fromkeys(("instrument", "sector", "issuer", "currency", "source"), "off")
CASES = {
    "gross_exposure": [rule(gross_exposure, limit="900 USD")],
    "net_exposure": [rule(net_exposure, limit="0.5%")],
    "min_cash": [rule(min_cash, limit="99.5%")],
    "concentration": [rule(concentration, **(OFF | {"sector": "0.5%"}))],
    "concentration by currency": [rule(concentration, **(OFF | {"currency": "0.5%"}))],
}


@pytest.mark.parametrize("name", list(CASES))
def test_an_entry_beyond_the_limit_is_refused(name):
    wishes = [LONG, 0, FLAT, 0, LONG, 0] if name == "min_cash" else [LONG, 0, SHORT, 0, FLAT, 0]
    thing = {"sector": "cars"} if name == "concentration" else {}
    run = one(wishes, flat(6), rules=CASES[name], thing=thing, size=SizeSpec(kind="quantity", value=d(10)))
    twin = same(run)
    assert result_of(twin, 1.0).figures["rejected_by_reason"][name.split()[0]] > 0
    assert twin.state.g[k.FILLS, 0] == 0


def test_an_instrument_without_a_group_is_in_none():
    twin = same(one([LONG, 0], flat(2), rules=[rule(concentration, **(OFF | {"sector": "0.1%", "issuer": "0.1%"}))]))
    assert twin.state.g[k.FILLS, 0] == 1
