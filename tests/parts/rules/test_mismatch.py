"""mismatch: several instruments that disagree with the venue close the account."""

import pytest

from openbell.core.codes import Code
from openbell.parts.rules import mismatch
from tests.core import build as b
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.MISMATCH,)


@pytest.mark.parametrize(
    ("names", "found"), [((), ()), (("MSFT",), ()), (("MSFT", "SPY"), NO), (("MSFT", "SPY", "QQQ"), NO)]
)
def test_D39_two_close_the_account_and_one_only_itself(names: tuple[str, ...], found: tuple[int, ...]) -> None:
    book = priced()
    in_doubt(book, "buy", 1)
    book.truth.mismatched.update({f"main/{name}": "the venue says 5" for name in names})
    book.truth.mismatched["other/IBM"] = "another account"
    assert codes(book, b.draft("buy", 1), bound(mismatch)) == found


def test_D39_the_instrument_itself_is_closed_without_any_rule_and_exits_pass() -> None:
    book = priced()
    hold(book, 1)
    book.truth.mismatched["main/AAPL"] = "the venue says 5"
    rule = bound(mismatch, limit=9)
    assert codes(book, b.draft("buy", 1), rule) == NO
    assert passes_exit(book, rule)
