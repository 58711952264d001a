"""Bars, rates, sessions, splits and dividends in the truth."""

import math
from typing import Any

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from tests.core import build as b
from tests.core.build import at, d
from tests.core.test_ledger import filled, identity, sent


def holding(qty: int = 10, px: object = 100, **spec: object) -> Book:
    book = b.book(b.run_spec(instruments=[b.instrument(**spec)]))
    filled(book, "buy" if qty > 0 else "sell", abs(qty), px)
    return book


def test_a_bar_values_what_is_held() -> None:
    book = holding()
    apply_event(book, b.bar(2, 103.0))
    position, account = book.position("alpha", "AAPL"), book.truth.accounts["main"]
    assert (position.value, account.values["USD"], account.equity) == (1030, 1030, 100_030)
    identity(book)


def test_a_short_position_gains_when_prices_fall() -> None:
    book = holding(-10)
    apply_event(book, b.bar(2, 97.0))
    assert book.truth.accounts["main"].equity == 100_030


def test_a_close_off_the_grid_is_valued_at_the_nearest_quantum() -> None:
    book = holding()
    apply_event(book, b.bar(2, 100.00014))
    assert book.position("alpha", "AAPL").value == d("1000.001")


def test_values_that_need_rounding_keep_the_identity() -> None:
    coin = {"lot": d("0.00001"), "quantum": d("0.0001"), "multiplier": d("0.1")}
    book = b.book(b.run_spec(instruments=[b.instrument(**coin)]))
    filled(book, "buy", "0.33333", "1234.5677")
    for n in range(2, 9):
        apply_event(book, b.bar(n, 1234.5678 + n / 7))
        identity(book)
    assert not book.lanes["AAPL"].is_plain


def test_a_bar_of_what_nobody_holds_is_only_remembered() -> None:
    book = b.book()
    apply_event(book, b.bar(1, 100.0))
    mark = book.truth.marks["AAPL"]
    assert (mark.close, mark.ts, mark.px, mark.last_ts) == (100.0, at(1), None, {b.MINUTE_NS: at(1)})
    assert book.mark_px("AAPL") == 100
    assert book.truth.first_ts == at(0)
    apply_event(book, b.bar(2, 101.0))
    assert book.truth.first_ts == at(0)


def test_the_bar_of_the_entry_shows_only_its_close() -> None:
    book = holding()
    apply_event(book, b.bar(1, 101.0, open=99.0, high=120.0, low=80.0))
    position = book.position("alpha", "AAPL")
    assert (position.high, position.low) == (101.0, 100.0)
    apply_event(book, b.bar(2, 101.0, high=104.0, low=98.0))
    assert (position.high, position.low) == (104.0, 98.0)


def test_bad_records_are_counted_and_a_jump_remembered() -> None:
    book = b.book()
    apply_event(book, b.bar(1, 100.0))

    def bad(value: float, code: int = Code.BAD_JUMP, symbol: str = "AAPL") -> None:
        apply_event(book, ev.BadData(ts=at(2), instrument=symbol, code=code, value=value.hex(), interval=60))

    mark = book.truth.marks["AAPL"]
    bad(5000.0)
    bad(5100.0)
    assert (mark.suspect, mark.suspects) == (5100.0, 2)
    bad(900.0)
    assert (mark.suspect, mark.suspects) == (900.0, 1)
    bad(math.nan, Code.BAD_NAN)
    bad(1.0, Code.BAD_UNKNOWN, "TSLA")
    bad(1.0, Code.BAD_JUMP, "TSLA")
    assert (mark.suspect, mark.suspects) == (900.0, 1)
    apply_event(book, b.bar(3, 100.0))
    assert mark.suspects == 0
    assert book.truth.counts.quarantined == {104: 4, 100: 1, 108: 1}
    assert (mark.close, book.truth.counts.bars) == (100.0, 2)


def test_a_rate_reaches_the_accounts_of_its_base() -> None:
    won = b.account_spec("seoul", currency="KRW", cash={"KRW": d(1000)})
    spec = b.run_spec(accounts=[b.account_spec(cash={"USD": d(100), "EUR": d(10)}), won])
    book = b.book(spec)
    apply_event(book, b.fx_mark("1.2"))
    apply_event(book, ev.FxMark(ts=at(1), currency="USD", base="USD", rate=d(5)))
    assert book.truth.accounts["main"].equity == 112
    assert book.truth.accounts["seoul"].rates == {}


def test_a_session_begins_the_day_of_its_accounts_only() -> None:
    nyse = b.account_spec("ny", calendar="XNYS")
    book = b.book(b.run_spec(accounts=[b.account_spec(), nyse]))
    assert (book.truth.accounts["main"].session, book.truth.accounts["ny"].session) == ("day-0", "")
    apply_event(book, b.session(0, calendar="XNYS"))
    apply_event(book, b.session(3, calendar="XTKS"))
    assert book.truth.accounts["ny"].session == "day-0"
    apply_event(book, b.session(0, is_open=False))
    apply_event(book, b.session(1))
    assert book.truth.accounts["main"].session == "day-1"


def test_a_quote_is_counted_and_marks_nothing() -> None:
    book = holding()
    before = book.truth.counts.source
    apply_event(book, ev.Quote(ts=at(2), instrument="AAPL", bid=1.0, ask=2.0))
    assert (book.truth.counts.source, book.position("alpha", "AAPL").value) == (before + 1, 1000)


# --- corporate actions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("qty", "ratio", "close", "left", "cash", "equity"),
    [
        (10, (2, 1), 100.0, 20, 0, 100_000),
        (10, (3, 2), 99.0, 15, 0, 99_990),
        (-10, (2, 1), 100.0, -20, 0, 100_000),
        (7, (1, 2), 100.0, 3, 100, 100_000),  # half a share at 200
        (-7, (1, 2), 100.0, -3, -100, 100_000),
    ],
)
def test_a_split_changes_units_and_price_but_not_wealth(
    qty: int, ratio: tuple[int, int], close: float, left: int, cash: int, equity: int
) -> None:
    book = holding(qty)
    apply_event(book, b.bar(2, close))
    before = book.truth.accounts["main"].cash["USD"]
    for _ in range(2):
        apply_event(book, b.split(*ratio, n=3))
    account = book.truth.accounts["main"]
    assert (book.position("alpha", "AAPL").qty, account.cash["USD"] - before, account.equity) == (left, cash, equity)
    assert book.truth.marks["AAPL"].close == close * ratio[1] / ratio[0]
    identity(book)


@pytest.mark.parametrize(("qty", "ratio"), [(7, (1, 2)), (-7, (1, 2)), (10, (3, 7))])
def test_B24_no_half_done_sum_of_a_split_becomes_a_peak(qty: int, ratio: tuple[int, int]) -> None:
    book = holding(qty)
    apply_event(book, b.bar(2, 100.0))
    apply_event(book, b.split(*ratio, n=3))
    account = book.truth.accounts["main"]
    assert account.peak == max(100_000, account.equity)
    assert account.max_drawdown < d("0.0001")


def test_a_split_before_any_bar() -> None:
    book = b.book()
    apply_event(book, b.split(2, 1))
    assert book.truth.marks["AAPL"].px is None
    book = holding(7)
    apply_event(book, b.split(2, 1))
    assert book.position("alpha", "AAPL").qty == 14
    identity(book)


def test_a_holding_that_a_split_pays_out_is_closed() -> None:
    book = holding(5)
    apply_event(book, b.bar(2, 100.0))
    apply_event(book, b.split(1, 10, n=3))
    position, account = book.position("alpha", "AAPL"), book.truth.accounts["main"]
    assert (position.qty, account.cash["USD"], account.equity) == (0, 100_000, 100_000)
    assert (position.cost, position.unrealised, position.opened_ts, position.high) == (0, 0, 0, 0.0)
    identity(book)


def test_after_a_paid_out_split_the_next_entry_has_its_own_average() -> None:
    book = holding(5)
    apply_event(book, b.bar(2, 100.0))
    apply_event(book, b.split(1, 10, n=3))
    filled(book, "buy", 10, 1000)
    assert book.position("alpha", "AAPL").average(book.instrument("AAPL")) == 1000


@pytest.mark.parametrize(("qty", "paid"), [(10, 15), (-10, -15)])
def test_a_dividend_is_paid_once_by_shorts_and_to_longs(qty: int, paid: int) -> None:
    book = holding(qty)
    for _ in range(2):
        apply_event(book, b.dividend("1.5"))
    account = book.truth.accounts["main"]
    assert (account.income["USD"], account.equity, account.net_flows) == (paid, 100_000 + paid, 0)
    identity(book)


def test_B24_a_dividend_on_both_sides_is_one_sum() -> None:
    spec = b.run_spec(b.deployment_spec(), b.deployment_spec("beta"), accounts=[b.account_spec(netting=True)])
    book = b.book(spec)
    filled(book, "buy", 10, 100)
    apply_event(book, b.fill(sent(book, "sell", 8, deployment="beta"), 100))
    apply_event(book, b.dividend("1.5"))
    account = book.truth.accounts["main"]
    assert (account.equity, account.peak) == (100_003, 100_003)


def test_an_action_on_something_unknown_is_only_counted() -> None:
    book = b.book()
    apply_event(book, b.split(2, 1, symbol="TSLA"))
    assert book.truth.seen == {}


# --- a company brings out another one -----------------------------------------------------------------------------


def spin(n: int = 3, **changes: Any) -> ev.CorporateAction:
    """Return a spin-off of one MSFT for two AAPL with a fifth of what they cost and are worth."""
    fields = {"ts": at(n), "instrument": "AAPL", "kind": "spinoff", "id": "x1", "into": "MSFT", "numerator": 1,
              "denominator": 2, "amount": d("0.2"), **changes}  # fmt: skip
    return ev.CorporateAction(**fields)


def parent(*symbols: str, qty: int = 10) -> Book:
    """Return a book that bought AAPL at 100, which stands at 110 now."""
    made = b.book(b.run_spec(b.deployment_spec(instruments=symbols), instruments=[b.instrument("MSFT")]))
    filled(made, "buy", qty, 100)
    apply_event(made, b.bar(2, 110.0))
    return made


@pytest.mark.parametrize(("symbols", "owner"), [(("AAPL", "MSFT"), "alpha"), (("AAPL",), "external")])
def test_F67_a_spin_off_takes_its_share_of_cost_and_worth_along_and_nobody_gains(
    symbols: tuple[str, ...], owner: str
) -> None:
    book = parent(*symbols)
    account = book.truth.accounts["main"]
    equity, peak, cash = account.equity, account.peak, dict(account.cash)
    apply_event(book, spin())
    old, new = book.position("alpha", "AAPL"), book.position(owner, "MSFT")
    assert (old.qty, old.cost, old.value) == (10, 800, 880)
    # Five new units at a fifth of 1,100: 44 each.
    assert (new.qty, new.cost, new.value) == (5, 200, 220)
    assert (book.mark_px("AAPL"), book.mark_px("MSFT")) == (88, 44)
    assert (account.equity, account.peak, account.cash) == (equity, peak, cash)
    identity(book)
    assert (old.realised, new.realised) == (0, 0)
    apply_event(book, spin())
    assert (old.cost, new.qty, book.truth.counts.duplicates) == (800, 5, 1)
    # What the new units earn from now on is measured from their share of the cost.
    apply_event(book, b.bar(4, 50.0, symbol="MSFT"))
    assert (new.unrealised, account.equity) == (50, equity + 30)


def test_F67_parts_of_a_new_unit_are_left_to_the_cash_in_lieu_that_follows() -> None:
    book = parent("AAPL", "MSFT", qty=11)
    apply_event(book, spin())
    assert (book.position("alpha", "MSFT").qty, book.position("alpha", "MSFT").cost) == (5, 220)
    short = parent("AAPL", "MSFT", qty=11)
    filled(short, "sell", 22, 110)
    apply_event(short, spin())
    assert short.position("alpha", "MSFT").qty == -5


def test_F67_new_units_that_are_not_configured_change_nothing_and_are_told() -> None:
    made = b.engine()
    b.buy(made, 1, 100.0)
    before = made.book.position("alpha", "AAPL").cost
    found = made.step(spin(into="NEWCO"))
    assert made.book.position("alpha", "AAPL").cost == before
    assert ("critical", "spinoff/AAPL") in b.levels(found)


def test_F67_the_stop_follows_the_cost_that_is_left_and_entries_are_taken_back() -> None:
    spec = b.deployment_spec(instruments=("AAPL", "MSFT"), exits=b.exits(stop_loss="0.1"))
    made = b.engine(b.run_spec(spec))
    b.buy(made, 1, 100.0)
    (stop,) = b.working(made)
    made.step(b.update(stop, "accepted", venue_order="V9"))
    assert stop.stop == 90
    amend = b.one(fx.Amend, made.step(spin()))
    # 10 units that cost 800 now: the stop lies ten percent below 80.
    assert (amend.oid, amend.stop) == (stop.oid, 72)


def renamed(n: int = 3, **changes: object) -> ev.CorporateAction:
    fields = {"ts": at(n), "instrument": "AAPL", "kind": "rename", "id": "n1", "into": "MSFT"}
    return ev.CorporateAction(**{**fields, **changes})


@pytest.mark.parametrize(("symbols", "owner"), [(("AAPL", "MSFT"), "alpha"), (("AAPL",), "external")])
def test_F67_another_name_carries_a_holding_over_as_it_is_and_nobody_gains(
    symbols: tuple[str, ...], owner: str
) -> None:
    book = parent(*symbols)
    account, old = book.truth.accounts["main"], book.position("alpha", "AAPL")
    equity, peak, cash, opened = account.equity, account.peak, dict(account.cash), old.opened_ts
    old.decided = 1.0
    apply_event(book, renamed())
    new = book.position(owner, "MSFT")
    assert (old.qty, old.cost, old.value, old.opened_ts) == (0, 0, 0, 0)
    assert (new.qty, new.cost, new.value, new.opened_ts, new.decided) == (10, 1000, 1100, opened, 1.0)
    assert (account.equity, account.peak, account.cash, book.mark_px("MSFT")) == (equity, peak, cash, 110)
    assert (old.realised, new.realised, book.holders["AAPL"], book.holders["MSFT"]) == (0, 0, [], [new])
    identity(book)
    apply_event(book, renamed())
    assert (new.qty, book.truth.counts.duplicates) == (10, 1)
    apply_event(book, b.bar(4, 120.0, symbol="MSFT"))
    assert (new.unrealised, account.equity) == (200, equity + 100)


def test_F67_a_holding_that_takes_one_of_another_name_in_keeps_its_own_age() -> None:
    book = parent("AAPL", "MSFT")
    apply_event(book, b.bar(2, 50.0, symbol="MSFT"))
    apply_event(book, b.fill(sent(book, "buy", 4, instrument="MSFT"), 50, instrument="MSFT"))
    new = book.position("alpha", "MSFT")
    opened = new.opened_ts
    apply_event(book, renamed())
    assert (new.qty, new.cost, new.opened_ts, book.mark_px("MSFT")) == (14, 1200, opened, 50)
    identity(book)


def test_F67_a_name_that_is_not_configured_ends_the_symbol_and_leaves_the_holding() -> None:
    made = b.engine()
    b.buy(made, 1, 100.0)
    found = made.step(renamed(into="NEWCO"))
    assert made.book.position("alpha", "AAPL").qty == 10
    assert "AAPL no longer trades under this symbol but as NEWCO" in b.only(fx.Alert, found)[-1].text
    assert "delisted/instrument:AAPL" in made.book.truth.latches


def test_F67_the_stop_moves_to_the_new_name_and_the_old_one_takes_no_order() -> None:
    spec = b.deployment_spec(instruments=("AAPL", "MSFT"), exits=b.exits(stop_loss="0.1"))
    made = b.engine(b.run_spec(spec))
    b.buy(made, 1, 100.0)
    (stop,) = b.working(made)
    made.step(b.update(stop, "accepted", venue_order="V9"))
    found = made.step(renamed())
    assert [cancel.oid for cancel in b.only(fx.Cancel, found)] == [stop.oid]
    (new,) = b.only(fx.Submit, found)
    assert (new.instrument, new.qty, new.stop, new.reduce_only) == ("MSFT", 10, 90, True)
    assert "delisted/instrument:AAPL" in made.book.truth.latches
