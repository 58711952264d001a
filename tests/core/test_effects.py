"""Effects: their shape in the journal, and which of them leave."""

import inspect

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core.types import OrderType, Tif

KINDS = [
    kind for _, kind in inspect.getmembers(fx, inspect.isclass) if issubclass(kind, fx.Effect) and kind is not fx.Effect
]


def test_every_effect_belongs_to_the_sum_and_has_its_own_tag() -> None:
    tags = [msgspec.inspect.type_info(kind).tag for kind in KINDS]  # type: ignore[attr-defined]
    assert set(fx.AnyEffect.__args__) == set(KINDS)
    assert len(set(tags)) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_effects_are_frozen(kind: type) -> None:
    assert kind.__struct_config__.frozen


def test_only_what_reaches_a_venue_or_an_advisor_must_be_durable_first() -> None:
    assert set(fx.OUTGOING) == {fx.Submit, fx.Amend, fx.Cancel, fx.Query, fx.Ask, fx.Resend}


@pytest.mark.parametrize("missing", ["account", "qty", "tif", "side"])
def test_no_order_has_a_default_that_hides_risk(missing: str) -> None:
    fields = {"oid": "A", "index": 1, "account": "m", "deployment": "a", "instrument": "X", "side": "buy", "qty": 1}
    fields |= {"type": OrderType.MARKET, "tif": Tif.GTC}
    del fields[missing]
    with pytest.raises(TypeError):
        fx.Submit(**fields)
