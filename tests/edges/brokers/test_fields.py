from decimal import Decimal
from typing import Any

import pytest

from openbell.core.types import Side
from openbell.edges.brokers import fields
from openbell.edges.brokers.failures import OutcomeUnknown


@pytest.mark.parametrize("raw", ["", "[]", "<html></html>", b"\xff", "5", '{"a":'])
def test_F58_what_is_no_object_is_never_guessed_at(raw: str | bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        fields.read(raw)
    assert fields.read(b'{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("value", [None, 5, 1.5, "x", "NaN", "1e40", "0.000000001", True])
def test_F58_a_number_is_text_finite_and_not_too_fine(value: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        fields.number({"a": value}, "a")


def test_places_and_nulls_are_what_a_protocol_says() -> None:
    assert fields.number({"a": "0.000000001"}, "a", 9) == Decimal("1E-9")
    assert (fields.optional({"a": None}, "a"), fields.optional({"a": "2"}, "a")) == (None, Decimal(2))


def test_F58_other_fields_are_what_they_say_they_are() -> None:
    assert (fields.text({"a": "x"}, "a"), fields.whole({"a": 3}, "a"), fields.price({"a": 3}, "a")) == ("x", 3, 3.0)
    assert (fields.side("sell"), fields.mapping({"b": 1})) == (Side.SELL, {"b": 1})
    for act in (
        lambda: fields.text({}, "a"),
        lambda: fields.whole({"a": True}, "a"),
        lambda: fields.whole({"a": 1 << 63}, "a"),
        lambda: fields.price({"a": "3"}, "a"),
        lambda: fields.side("hold"),
        lambda: fields.mapping([]),
    ):
        with pytest.raises(OutcomeUnknown):
            act()
