"""From approval to the wire: ids, exits clamped to what is held, cancels of entries."""

import pytest

from openbell.core.apply import apply_effect, apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.execution import exit_draft, group, submit
from openbell.core.exposure import Draft
from openbell.core.risk import Approved
from openbell.core.types import InvariantError, OrderType, Side, Tif
from tests.core import build as b
from tests.core.build import at, d, draft
from tests.core.test_ledger import filled, sent

SHARED = set(Draft.__struct_fields__) - {"moves", "risk", "is_confirmed", "held", "past"}


def test_an_approved_order_goes_out_as_it_was_drafted() -> None:
    book = b.book()
    wanted = draft("sell", 7, limit=101, tif=Tif.DAY, parent=3, oco="g", reason=12, reduce_only=True)
    made = submit(book, Approved(wanted))
    assert (made.oid, made.index) == (f"{b.TAG}-1", 1)
    assert {name: getattr(made, name) for name in SHARED} == {name: getattr(wanted, name) for name in SHARED}


def test_B7_ids_follow_the_counter() -> None:
    book = b.book()
    made = []
    for _ in range(40):
        made.append(submit(book, Approved(draft())))
        apply_effect(book, made[-1], at(1))
    assert [one.index for one in made] == list(range(1, 41))
    assert len({one.oid for one in made}) == 40


def test_nothing_leaves_without_a_tag() -> None:
    with pytest.raises(InvariantError, match="no verdict of the gate, or no tag"):
        submit(Book(b.run_spec()), Approved(draft()))


def leaving(book: Book, qty: object = None) -> tuple[str, int] | None:
    made = exit_draft(book, "alpha", "AAPL", None if qty is None else d(qty), Code.STOP_COMMAND)
    if made is None:
        return None
    assert (made.type, made.tif, made.reduce_only, made.oco) == (OrderType.MARKET, Tif.GTC, True, "alpha/AAPL/1")
    assert made.reason == Code.STOP_COMMAND
    return str(made.side), int(made.qty)


@pytest.mark.parametrize(
    ("held", "working", "qty", "wanted"),
    [
        (0, [], None, None),
        (10, [], None, ("sell", 10)),
        (-10, [], None, ("buy", 10)),
        (10, [], 4, ("sell", 4)),
        (10, [], 40, ("sell", 10)),
        (10, [("stop", 10)], None, ("sell", 10)),  # protection of the same group shrinks
        (10, [("market", 4)], None, ("sell", 6)),
        (10, [("market", 4)], 3, ("sell", 3)),
        (10, [("market", 10)], None, None),
        (10, [("foreign", 3)], None, ("sell", 7)),
        (10, [("foreign", 3), ("market", 7)], None, None),
    ],
)
def test_an_exit_is_what_is_held_and_not_on_its_way_out(
    held: int, working: list, qty: int | None, wanted: tuple | None
) -> None:
    book = b.book()
    if held:
        filled(book, "buy" if held > 0 else "sell", abs(held), 100)
    for kind, size in working:
        prices = {"stop": 90} if kind == "stop" else {}
        mine = group("alpha", "AAPL", 1) if kind != "foreign" else "other"
        sent(book, "sell", size, reduce_only=True, oco=mine, **prices)
    assert leaving(book, qty) == wanted


def test_all_of_a_holdings_exits_share_a_group() -> None:
    book = b.book()
    filled(book, "buy", 10, 100)
    filled(book, "sell", 20, 100)
    apply_event(book, b.bar(2, 100.0))
    made = exit_draft(book, "alpha", "AAPL", None, 0)
    assert made is not None
    assert (made.oco, made.side) == ("alpha/AAPL/2", Side.BUY)
