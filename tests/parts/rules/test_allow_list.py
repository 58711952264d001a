"""allow_list: instruments, kinds of orders, short sales."""

import pytest

from openbell.core.codes import Code
from openbell.core.types import OrderType
from openbell.parts.rules import allow_list
from tests.core import build as b
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.RESTRICTED,)


@pytest.mark.parametrize(
    ("options", "wanted", "found"),
    [
        ({}, b.draft("buy", 1), ()),
        ({"instruments": ("AAPL",)}, b.draft("buy", 1), ()),
        ({"instruments": ("AAP", "AAPLX")}, b.draft("buy", 1), NO),
        ({"deny": ("AAPL",)}, b.draft("buy", 1), NO),
        ({"instruments": ("AAPL",), "deny": ("AAPL",)}, b.draft("buy", 1), NO),
        ({"types": (OrderType.LIMIT,)}, b.draft("buy", 1), NO),
        ({"types": (OrderType.LIMIT,)}, b.draft("buy", 1, limit=99), ()),
        ({"short": False}, b.draft("sell", 10), ()),
        ({"short": False}, b.draft("sell", 11), NO),
    ],
)
def test_D31_only_what_is_on_the_list(options: dict, wanted: object, found: tuple[int, ...]) -> None:
    book = priced()
    hold(book, 10)
    in_doubt(book, "buy", 1)
    assert codes(book, wanted, bound(allow_list, **options)) == found


def test_D31_exits_pass_and_the_words_say_what_is_allowed() -> None:
    book = priced()
    hold(book, 10)
    rule = bound(allow_list, deny=("AAPL",), short=False, types=("limit",))
    assert passes_exit(book, rule)
    assert rule.text == "entries in all configured instruments but AAPL, only limit orders, no short sales"
