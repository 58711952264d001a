"""portfolio_risk: what all stops lose together."""

import pytest

from openbell.core.codes import Code
from openbell.parts.rules import portfolio_risk
from tests.core import build as b
from tests.core.build import exits
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.PORTFOLIO_RISK,)


@pytest.mark.parametrize(("qty", "found"), [(99, ()), (100, ()), (101, NO)])
def test_D21_counts_what_is_held_and_in_flight_and_allows_for_gaps(qty: int, found: tuple[int, ...]) -> None:
    book = priced(b.deployment_spec(exits=exits(stop_loss="0.045")), b.deployment_spec("bare"))
    hold(book, 200)
    in_doubt(book, "buy", 100)
    in_doubt(book, "buy", 300, deployment="bare")
    # Four hundred at 100 with 4.5 percent to the stop and half a percent for gaps: 2,000.
    for limit in ("2%", "2000 USD"):
        assert codes(book, b.draft("buy", qty), bound(portfolio_risk, limit=limit)) == found


def test_D21_exits_pass() -> None:
    book = priced(b.deployment_spec(exits=exits(stop_loss="0.5")))
    hold(book, 900)
    assert codes(book, b.draft("buy", 1), bound(portfolio_risk)) == NO
    assert passes_exit(book, bound(portfolio_risk))
