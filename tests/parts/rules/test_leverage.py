"""leverage: gross exposure per unit of equity."""

import pytest

from openbell.core.codes import Code
from openbell.parts.rules import leverage
from tests.core import build as b
from tests.core.build import d
from tests.parts.rules.scene import CAPITAL, bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.LEVERAGE,)


@pytest.mark.parametrize(("qty", "found"), [(1499, ()), (1500, ()), (1501, NO)])
def test_D18_binds_just_above_the_limit(qty: int, found: tuple[int, ...]) -> None:
    book = priced(b.deployment_spec(capital=CAPITAL), leverage=d(9))
    assert codes(book, b.draft("buy", qty), bound(leverage, limit="1.5")) == found


def test_D18_counts_what_is_in_doubt_and_exits_pass() -> None:
    book = priced(b.deployment_spec(capital=CAPITAL), leverage=d(9))
    hold(book, 400)
    in_doubt(book, "buy", 600)
    assert codes(book, b.draft("buy", 1), bound(leverage)) == NO
    assert passes_exit(book, bound(leverage))
