"""Conditions of a review, such as `performance_degradation > 0.3`: read, never executed.

A condition is one name, or one name compared with one number. There is no other form, so nothing in a file can compute.
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated

import msgspec
from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

FIGURES = ("performance_degradation", "parameter_drift")
"""What is compared with a number."""
FLAGS = ("new_regime_detected",)
"""What is so or not so."""
_SIGNS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_FORM = re.compile(r"([a-z_]+)(?:\s*(>=|<=|>|<)\s*(\d+(?:\.\d+)?)(%?))?")
_ADVICE = "write performance_degradation > 0.3, parameter_drift > 50% or new_regime_detected"


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """One condition.

    Attributes:
        text: As written, blanks evened. name: Out of `FIGURES` or `FLAGS`.
        sign: How it is compared, empty for a flag. bound: With what, a fraction.
    """

    text: str
    name: str
    sign: str = ""
    bound: Decimal = Decimal(0)

    def holds(self, known: Mapping[str, Decimal | bool | None]) -> bool | None:
        """Return whether it is so, by the values of all names; None where its own is not known."""
        value = known.get(self.name)
        if value is None:
            return None
        if not self.sign:
            return bool(value)
        return _SIGNS[self.sign](Decimal(value), self.bound)


def parse_trigger(text: str) -> Trigger:
    """Return the condition that a text means.

    Raises:
        ValueError: It is none; the text says why.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a condition: a name, or a name compared with a number; {_ADVICE}")
    name, sign, number, unit = found.groups()
    if name not in (*FIGURES, *FLAGS):
        raise ValueError(f"{text!r}: {name} is not known; known: {', '.join((*FIGURES, *FLAGS))}")
    if (name in FLAGS) != (sign is None):
        what = f"{name} is so or not so, and is compared with nothing" if sign else f"{name} needs a bound"
        raise ValueError(f"{text!r}: {what}; {_ADVICE}")
    if sign is None:
        return Trigger(text=name, name=name)
    bound = Decimal(number).scaleb(-2) if unit else Decimal(number)
    return Trigger(text=f"{name} {sign} {number}{unit}", name=name, sign=sign, bound=bound)


def _trigger(value: object) -> Trigger:
    return value if isinstance(value, Trigger) else parse_trigger(str(value))


Condition = Annotated[
    Trigger,
    PlainValidator(_trigger),
    PlainSerializer(lambda one: one.text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^(performance_degradation|parameter_drift|new_regime_detected)"}),
]
"""A condition as an option of a file."""
