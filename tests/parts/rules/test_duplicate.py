"""duplicate: an equal entry within a short time."""

import pytest

from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.parts.rules import duplicate
from tests.parts.rules.facts import verdict


@pytest.mark.parametrize(
    ("repeat", "wanted"),
    [(-1, 0), (0, Code.DUPLICATE), (5 * NS - 1, Code.DUPLICATE), (5 * NS, 0), (5 * NS + 1, 0)],
)
def test_repeats(repeat: int, wanted: int) -> None:
    assert verdict(duplicate, duplicate.Config(within="5s"), repeat=repeat) == wanted


def test_it_says_what_it_does() -> None:
    assert (duplicate.APPLIES, duplicate.text(duplicate.Config())) == ("entry", "no equal entry within 5s")
