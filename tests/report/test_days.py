"""Trading days of an account."""

from decimal import Decimal

from openbell.core.account import Account, begin_session
from openbell.report.days import Days


def account(equity: object) -> Account:
    return Account(name="main", currency="USD", cash={}, opening={}, equity=Decimal(str(equity)))


def test_a_day_ends_where_the_next_session_begins() -> None:
    mine = account(100)
    days = Days(mine)
    assert days.all(5) == []
    begin_session(mine, "2024-03-01")
    days.turn(10)
    mine.equity = Decimal(104)
    days.turn(20)
    assert [tuple(day) for day in days.all(25)] == [("2024-03-01", 25, 100, 104, 0)]
    mine.equity, mine.net_flows = Decimal(160), Decimal(50)
    begin_session(mine, "2024-03-04")
    days.turn(30)
    mine.equity = Decimal(155)
    assert [tuple(day) for day in days.all(40)] == [
        ("2024-03-01", 30, 100, 160, 50),
        ("2024-03-04", 40, 160, 155, 0),
    ]


def test_it_can_begin_within_a_session() -> None:
    mine = account(100)
    mine.session = "2024-03-01"
    assert [tuple(day) for day in Days(mine).all(7)] == [("2024-03-01", 7, 100, 100, 0)]
