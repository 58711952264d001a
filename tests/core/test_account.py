"""Accounts: the identities per currency and in base currency, sessions, the peak that moves with deposits."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core import account as accounts
from openbell.core.account import Account, open_account
from tests.core.build import d


def account(**cash: object) -> Account:
    return open_account("main", "USD", {"USD": d(cash.pop("USD", 100_000)), **{k: d(v) for k, v in cash.items()}})


def earn(made: Account, amount: object) -> None:
    """A result of trading, as the book makes it."""
    made.values["USD"] += d(amount)
    made.trading_result += accounts.settle(made)


def test_an_account_opens_with_its_cash() -> None:
    made = account(EUR=50)
    assert (made.equity, made.peak, made.session_equity, made.max_drawdown) == (100_000, 100_000, 100_000, 0)
    assert made.cash == made.opening == {"USD": 100_000, "EUR": 50}


def test_foreign_cash_counts_from_its_first_rate_on() -> None:
    made = account(EUR=1000)
    accounts.apply_rate(made, "EUR", d("1.1"))
    assert (made.equity, made.fx_result) == (101_100, 1100)
    accounts.apply_rate(made, "EUR", d("1.1"))
    assert made.fx_result == 1100


@pytest.mark.parametrize(
    ("moves", "peak", "drawdown"),
    [
        ("+1000", 101_000, "0"),
        ("-1000", 100_000, "0.01"),
        ("+1000 -2020", 101_000, "0.02"),
        ("-5000 +10000 -1000", 105_000, "0.05"),
        ("-1000 d5000", 105_000, "0.01"),  # a deposit is no gain: the peak moves with it
        ("d5000 -1050", 105_000, "0.01"),
        ("w50000 -500", 50_000, "0.01"),  # a withdrawal is no loss
        ("+10000 w10000 -10000", 100_000, "0.1"),
        ("-10000 w40000", 60_000, "0.1"),
        ("i500 -100.5", 100_500, "0.001"),  # a dividend is a gain
    ],
)
def test_the_peak_moves_with_deposits_and_never_back(moves: str, peak: int, drawdown: str) -> None:
    made = account()
    for word in moves.split():
        if word[0] in "+-":
            earn(made, word)
        else:
            sign = -1 if word[0] == "w" else 1
            accounts.apply_flow(made, "USD", sign * d(word[1:]), is_external=word[0] != "i")
    assert (made.peak, made.max_drawdown) == (peak, d(drawdown))


def test_a_drawdown_of_nothing_is_nothing() -> None:
    assert account(USD=0).max_drawdown == 0


def test_the_days_result_is_signed_and_without_deposits() -> None:
    made = account()
    earn(made, 5000)
    assert made.session_result == 5000
    accounts.apply_flow(made, "USD", d(20_000), is_external=True)
    assert made.session_result == 5000
    accounts.apply_flow(made, "USD", d(-30), is_external=False)
    assert made.session_result == 4970
    accounts.begin_session(made, "day-1")
    assert (made.session, made.session_result, made.session_equity, made.session_flows) == ("day-1", 0, 124_970, 0)
    earn(made, -100)
    assert made.session_result == -100


def test_a_new_session_counts_entries_anew() -> None:
    made = account()
    made.entries = 7
    accounts.begin_session(made, "day-1")
    assert made.entries == 0


def test_money_in_a_new_currency_opens_its_balance() -> None:
    made = account()
    accounts.apply_flow(made, "EUR", d(10), is_external=True)
    assert (made.cash["EUR"], made.equity) == (10, 100_000)


cents = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n) * Decimal("0.01"))
acts = st.one_of(
    st.tuples(st.just("earn"), cents),
    st.tuples(st.sampled_from(["in", "income"]), cents, st.sampled_from(["USD", "EUR", "JPY"])),
    st.tuples(st.just("rate"), st.sampled_from(["EUR", "JPY"]), st.integers(1, 10**6)),
    st.tuples(st.just("day")),
)


@given(st.lists(acts, max_size=40))
def test_equity_is_what_came_in_and_what_was_made(made: list[tuple]) -> None:
    here = account(EUR=500)
    flows = d(0)
    best = here.equity
    for act in made:
        before = here.equity
        if act[0] == "earn":
            earn(here, act[1])
        elif act[0] == "rate":
            accounts.apply_rate(here, act[1], act[2] * d("0.0001"))
        elif act[0] == "day":
            accounts.begin_session(here, "x")
        else:
            accounts.apply_flow(here, act[2], act[1], is_external=act[0] == "in")
        if act[0] == "in":
            flows += here.equity - before
            best += here.equity - before
        best = max(best, here.equity)
        assert here.equity == accounts.base_equity(here)
        assert here.equity == here.equity_start + here.net_flows + here.fx_result + here.trading_result
        assert (here.net_flows, here.peak) == (flows, best)
        for currency in ("EUR", "JPY"):
            rest = here.flows.get(currency, d(0)) + here.income.get(currency, d(0))
            assert here.cash.get(currency, d(0)) == here.opening.get(currency, d(0)) + rest


def test_B29_a_fall_below_nothing_is_counted_alike_after_a_restart() -> None:
    made = account()
    accounts.apply_flow(made, "USD", d(-100_100), is_external=True)
    earn(made, -100)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=Account)
    for one in (made, again):
        earn(one, 50)
    assert (again.peak, again.trough, again.drawdown_peak) == (made.peak, made.trough, made.drawdown_peak)


@pytest.mark.parametrize(
    ("fall", "other", "wanted"),
    [((100, 90), (100, 95), True), ((100, 90), (200, 180), False), ((50, 44), (100, 89), True)],
)
def test_falls_are_compared_as_shares(fall: tuple[int, int], other: tuple[int, int], wanted: bool) -> None:
    assert accounts.is_deeper(*map(d, fall), *map(d, other)) == wanted
