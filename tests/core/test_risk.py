"""The gate: every core check below, at and above its limit; all failures together; exits pass every entry rule."""

from collections.abc import Callable

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_effect, apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.record import digest
from openbell.core.risk import Approved, Denied, Facts, Rule, account_facts, ask, cents, review
from openbell.core.types import TickBand
from tests.core import build as b
from tests.core.build import at, d, draft
from tests.core.test_ledger import filled, sent


def ready(px: float = 100.0, *deployments: object, **account: object) -> Book:
    spec = b.run_spec(*(deployments or (b.deployment_spec(),)), accounts=[b.account_spec(**account)])
    book = b.book(spec)
    apply_event(book, b.bar(1, px))
    return book


def codes(book: Book, wanted: object, *rules: Rule) -> tuple[int, ...]:
    verdict = review(book, rules, wanted, at(2))
    assert isinstance(verdict, Denied | Approved)
    return verdict.codes if isinstance(verdict, Denied) else ()


def rule(check: Callable[[tuple[int, ...], Facts], int], applies: str = "entry") -> Rule:
    return Rule(kind="test", applies=applies, params=(), check=check)


def raising(params: tuple[int, ...], facts: Facts) -> int:
    raise ZeroDivisionError


# --- the shape of an order --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (draft("buy", 10), ()),
        (draft("buy", 0), (Code.OFF_LOT,)),
        (draft("buy", "0.5"), (Code.OFF_LOT,)),
        (draft("buy", -1), (Code.OFF_LOT, Code.BELOW_MINIMUM)),
        (draft("buy", 1, limit="99.99"), ()),
        (draft("buy", 1, limit="99.995"), (Code.OFF_TICK,)),
        (draft("buy", 1, limit=0), (Code.BAD_PRICE,)),
        (draft("buy", 1, limit=-5), (Code.BAD_PRICE,)),
        (draft("buy", 1, stop="101.001"), (Code.OFF_TICK,)),
        (draft("buy", 1, stop=101, limit=102), ()),
        (draft("buy", 1, stop="101.001", limit="102.001"), (Code.OFF_TICK, Code.OFF_TICK)),
        (draft("buy", 1, limit=99, type=b.OrderType.MARKET), (Code.BAD_PRICE,)),
        (draft("buy", 1, type=b.OrderType.LIMIT), (Code.BAD_PRICE,)),
        (draft("buy", 1, type=b.OrderType.STOP), (Code.BAD_PRICE,)),
        (draft("buy", 1, limit=99, type=b.OrderType.STOP_LIMIT), (Code.BAD_PRICE,)),
        (draft("buy", 1, stop=101, trail=2), ()),
        (draft("buy", 1, trail=2), (Code.BAD_PRICE,)),
    ],
)  # fmt: skip
def test_F16_B14_an_order_the_venue_could_not_take(wanted: object, found: tuple[int, ...]) -> None:
    assert codes(ready(), wanted) == found


def test_an_instrument_may_trade_below_zero() -> None:
    spec = b.run_spec(instruments=[b.instrument(positive=False, bands=(TickBand(above=d(0), tick=d("0.01")),))])
    book = b.book(spec)
    apply_event(book, b.bar(1, 1.0))
    assert codes(book, draft("buy", 1, limit="-0.05")) == ()
    assert codes(book, draft("buy", 1, limit="-0.055")) == (Code.OFF_TICK,)


# --- core checks on entries -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("qty", "found"), [(999, ()), (1000, ()), (1001, (Code.BUYING_POWER, Code.BUDGET))])
def test_buying_power_ends_at_the_accounts_equity(qty: int, found: tuple[int, ...]) -> None:
    assert codes(ready(), draft("buy", qty)) == found


@pytest.mark.parametrize(("qty", "found"), [(1999, ()), (2000, ()), (2001, (Code.BUYING_POWER,))])
def test_leverage_widens_it(qty: int, found: tuple[int, ...]) -> None:
    book = ready(100.0, b.deployment_spec(capital=d(1_000_000)), leverage=d(2))
    assert codes(book, draft("buy", qty)) == found


@pytest.mark.parametrize(("qty", "found"), [(49, ()), (50, ()), (51, (Code.BUDGET,))])
def test_the_budget_ends_at_the_deployments_equity(qty: int, found: tuple[int, ...]) -> None:
    assert codes(ready(100.0, b.deployment_spec(capital=d(5000))), draft("buy", qty)) == found


def test_B15_orders_in_doubt_use_budget_and_buying_power() -> None:
    book = ready()
    sent(book, "buy", 995).status = b.order().status.UNKNOWN
    assert codes(book, draft("buy", 5)) == ()
    assert codes(book, draft("buy", 6)) == (Code.BUYING_POWER, Code.BUDGET)


@pytest.mark.parametrize(("qty", "found"), [("0.09", (Code.BELOW_MINIMUM,)), ("0.1", ()), ("0.11", ())])
def test_the_smallest_quantity(qty: str, found: tuple[int, ...]) -> None:
    book = b.book(b.run_spec(instruments=[b.instrument(lot=d("0.01"), min_qty=d("0.1"))]))
    apply_event(book, b.bar(1, 100.0))
    assert codes(book, draft("buy", qty)) == found


@pytest.mark.parametrize(("qty", "found"), [("0.09", (Code.BELOW_MINIMUM,)), ("0.1", ()), ("0.11", ())])
def test_the_smallest_value(qty: str, found: tuple[int, ...]) -> None:
    book = b.book(b.run_spec(instruments=[b.instrument(lot=d("0.01"), min_notional=d(10))]))
    apply_event(book, b.bar(1, 100.0))
    assert codes(book, draft("buy", qty)) == found


def test_the_smallest_value_is_in_the_quote_currency() -> None:
    won = b.instrument(currency="KRW", min_notional=d(1000))
    book = b.book(b.run_spec(instruments=[won]))
    apply_event(book, b.bar(1, 500.0))
    apply_event(book, b.fx_mark("0.001", "KRW"))
    assert codes(book, draft("buy", 2)) == ()


@pytest.mark.parametrize(("qty", "found"), [(9, ()), (10, ()), (11, (Code.SHORT_NOT_ALLOWED,))])
def test_selling_more_than_is_held_where_shorts_are_not_allowed(qty: int, found: tuple[int, ...]) -> None:
    book = b.book(b.run_spec(instruments=[b.instrument(can_short=False)]))
    apply_event(book, b.bar(1, 100.0))
    filled(book, "buy", 10, 100)
    assert codes(book, draft("sell", qty)) == found


def relisted(can_short: bool = True, step: str = "0") -> ev.Relisted:
    return ev.Relisted(ts=at(1), instrument="AAPL", can_short=can_short, step=d(step), text="AAPL: so it is")


def test_what_a_vendor_lends_no_more_is_not_sold_short_and_is_left_as_before() -> None:
    book = ready()
    filled(book, "buy", 10, 100)
    apply_event(book, relisted(can_short=False))
    assert codes(book, draft("sell", 11)) == (Code.SHORT_NOT_ALLOWED,)
    assert codes(book, draft("sell", 10, reduce_only=True)) == ()
    apply_event(book, relisted())
    assert codes(book, draft("sell", 11)) == ()


@pytest.mark.parametrize(("qty", "found"), [("1.9", (Code.OFF_LOT,)), ("2", ()), ("2.1", (Code.OFF_LOT,))])
def test_where_a_vendor_takes_whole_shares_only_an_entry_is_whole_and_an_exit_need_not_be(
    qty: str, found: tuple[int, ...]
) -> None:
    book = b.book(b.run_spec(instruments=[b.instrument(lot=d("0.1"))]))
    apply_event(book, b.bar(1, 100.0))
    filled(book, "buy", "2.5", 100)
    apply_event(book, relisted(step="1"))
    assert codes(book, draft("buy", qty)) == found
    assert codes(book, draft("sell", qty, reduce_only=True)) == ()


@pytest.mark.parametrize(("most", "found"), [(0, ()), (1, (Code.MAX_POSITIONS,)), (2, (Code.MAX_POSITIONS,)), (3, ())])
def test_the_deployments_own_number_of_positions(most: int, found: tuple[int, ...]) -> None:
    names = ("AAPL", "MSFT", "SPY", "QQQ")
    book = ready(100.0, b.deployment_spec(instruments=names, max_positions=most))
    for name in names[1:]:
        apply_event(book, b.bar(1, 100.0, symbol=name))
    made = sent(book, "buy", 1, instrument="MSFT")
    apply_event(book, b.fill(made, 100))
    sent(book, "buy", 1, instrument="SPY")
    sent(book, "sell", 1, instrument="QQQ", reduce_only=True)
    assert codes(book, draft("buy", 1)) == found


def test_opposite_deployments_need_netting() -> None:
    both = (b.deployment_spec(), b.deployment_spec("beta"))
    for netting, found in ((False, (Code.NETTING,)), (True, ())):
        book = ready(100.0, *both, netting=netting)
        filled(book, "buy", 10, 100)
        assert codes(book, draft("sell", 1, deployment="beta")) == found


def latch(book: Book, kind: str, scope: str = "all") -> None:
    apply_effect(book, fx.Latch(kind=kind, scope=scope, is_on=True), at(1))


@pytest.mark.parametrize(
    ("kind", "code"), [("kill", Code.KILLED), ("daily_loss", Code.LATCHED), ("pause", Code.LATCHED)]
)
@pytest.mark.parametrize("scope", ["all", "account:main", "deployment:alpha", "instrument:AAPL"])
def test_a_latch_refuses_entries_in_its_scope(kind: str, code: int, scope: str) -> None:
    book = ready()
    latch(book, kind, scope)
    assert codes(book, draft()) == (code,)
    other = ready()
    latch(other, kind, scope[:-1] + "x")
    assert codes(other, draft()) == ()


def test_a_kill_is_named_though_something_else_was_latched_before() -> None:
    book = ready()
    latch(book, "pause")
    latch(book, "kill")
    assert Code.KILLED in codes(book, draft())
    seen: list[int] = []
    review(book, (rule(lambda params, facts: seen.append(facts.is_killed) or 0),), draft(), at(2))
    assert seen == [1]


def test_a_sick_disk_a_mismatch_and_a_frozen_deployment_refuse() -> None:
    book = ready()
    book.truth.is_disk_healthy = False
    book.truth.mismatched["main/AAPL"] = "venue says 5"
    book.truth.frozen["alpha"] = "sold by hand"
    assert codes(book, draft()) == (Code.DISK, Code.MISMATCH, Code.FROZEN)


def test_nothing_is_bought_without_a_price() -> None:
    assert codes(b.book(), draft()) == (Code.NO_MARK,)


# --- rules ------------------------------------------------------------------------------------------------------


def test_all_failures_are_told_together_and_the_cores_first() -> None:
    book = ready()
    latch(book, "kill")
    refusing = rule(lambda params, facts: Code.MAX_POSITION)
    passing = rule(lambda params, facts: 0)
    found = codes(book, draft("buy", "5000.5", limit="99.999"), refusing, passing, rule(raising))
    assert found == (
        Code.OFF_LOT,
        Code.OFF_TICK,
        Code.KILLED,
        Code.BUYING_POWER,
        Code.BUDGET,
        Code.MAX_POSITION,
        Code.RULE_ERROR,
    )


def test_F108_a_rule_that_raises_refuses() -> None:
    assert codes(ready(), draft(), rule(raising)) == (Code.RULE_ERROR,)
    assert ask(rule(raising), account_facts(ready(), "main")) == Code.RULE_ERROR


@pytest.mark.parametrize(
    ("applies", "entry", "leave"), [("entry", True, False), ("exit", False, True), ("both", True, True)]
)
def test_a_rule_sees_what_it_applies_to(applies: str, entry: bool, leave: bool) -> None:
    book = ready()
    filled(book, "buy", 10, 100)
    refusing = rule(lambda params, facts: 299, applies)
    assert (codes(book, draft("buy", 1), refusing) != ()) == entry
    assert (codes(book, draft("sell", 1, reduce_only=True), refusing) != ()) == leave


def test_B21_exits_pass_everything_that_refuses_entries() -> None:
    book = ready()
    filled(book, "buy", 10, 100)
    for kind in ("kill", "daily_loss", "drawdown", "pause", "frozen", "disk"):
        latch(book, kind)
    book.truth.is_disk_healthy = False
    book.truth.mismatched["main/AAPL"] = book.truth.frozen["alpha"] = "x"
    refusing = (rule(lambda params, facts: 299), rule(raising))
    assert len(codes(book, draft("buy", 1), *refusing)) >= 6
    assert codes(book, draft("sell", 10, reduce_only=True), *refusing) == ()
    assert codes(book, draft("sell", 10, stop=90, reduce_only=True), *refusing) == ()


@pytest.mark.parametrize(("qty", "found"), [(6, ()), (7, (Code.WOULD_FLIP,))])
def test_B20_an_exit_never_flips_counting_what_is_in_flight(qty: int, found: tuple[int, ...]) -> None:
    book = ready()
    filled(book, "buy", 10, 100)
    sent(book, "sell", 4, reduce_only=True, oco="other")
    assert codes(book, draft("sell", qty, reduce_only=True, oco="mine")) == found


def test_an_exit_of_nothing_would_flip() -> None:
    assert codes(ready(), draft("sell", 1, reduce_only=True)) == (Code.WOULD_FLIP,)


# --- facts ------------------------------------------------------------------------------------------------------


def facts(book: Book, wanted: object, ts: int = at(2)) -> Facts:
    seen: list[Facts] = []
    review(book, (rule(lambda params, found: seen.append(found) or 0, "both"),), wanted, ts)
    return seen[0]


def test_rules_are_told_whole_numbers() -> None:
    book = ready()
    filled(book, "buy", 10, 100)
    apply_event(book, b.bar(2, 101.0))
    apply_event(book, b.flow(1000))
    apply_effect(book, b.submit("buy", 5, index=7), at(1))
    found = facts(book, draft("buy", 5))
    e8 = 10**8
    assert found == Facts(
        is_in_session=1,
        since_open=2 * b.MINUTE_NS,
        to_close=b.DAY_NS - 2 * b.MINUTE_NS,
        equity=101_010 * e8,
        session_equity=100_000 * e8,
        session_flows=1000 * e8,
        peak=101_010 * e8,
        order_value=505 * e8,
        instrument_value=2020 * e8,
        gross_value=2020 * e8,
        positions=1,
        entries=2,
        repeat=b.MINUTE_NS,
        is_killed=0,
    )
    assert all(type(value) is int for value in found)


@pytest.mark.parametrize(
    ("ts", "inside"),
    [(b.T0, 0), (b.T0 + 1, 1), (b.T0 + b.DAY_NS, 1), (b.T0 + b.DAY_NS + 1, 0)],
)
def test_in_session_is_after_the_open_until_the_close(ts: int, inside: int) -> None:
    assert facts(ready(), draft(), ts).is_in_session == inside


@pytest.mark.parametrize(("side", "qty", "repeat"), [("buy", 10, b.MINUTE_NS), ("buy", 11, -1), ("sell", 10, -1)])
def test_a_repeat_is_equal_in_side_and_quantity(side: str, qty: int, repeat: int) -> None:
    book = ready()
    sent(book, "buy", 10)
    assert facts(book, draft(side, qty)).repeat == repeat


def test_rules_on_exits_get_facts_too() -> None:
    book = ready()
    filled(book, "buy", 10, 100)
    assert facts(book, draft("sell", 10, reduce_only=True)).order_value == 1000 * 10**8


@pytest.mark.parametrize(("x", "n"), [("1", 10**8), ("0.00000001", 1), ("-2.5", -25 * 10**7)])
def test_cents_are_hundred_millionths(x: str, n: int) -> None:
    assert cents(d(x)) == n


def test_a_kill_is_a_fact() -> None:
    book = ready()
    assert facts(book, draft()).is_killed == 0
    latch(book, "kill")
    assert facts(book, draft()).is_killed == 1


def test_B29_a_verdict_changes_no_truth() -> None:
    book = ready()
    before = digest(book.truth)
    review(book, (), draft(), at(2))
    assert digest(book.truth) == before


# --- what the gate writes down ----------------------------------------------------------------------------------


def test_S1_011_what_passed_names_every_rule_that_was_asked_and_what_it_looked_at() -> None:
    book = ready()
    rules = tuple(rule(lambda params, facts: 0, applies) for applies in ("entry", "exit", "both", "none", "entry"))
    verdict = review(book, rules, draft("buy", 10), at(2))
    assert isinstance(verdict, Approved)
    assert verdict.passed == (0, 2, 4)
    facts = Facts(*verdict.seen)
    assert (facts.order_value, facts.positions, facts.entries) == (cents(d(1000)), 1, 0)


def test_S1_011_an_exit_names_the_rules_for_exits_alone() -> None:
    book = ready()
    filled(book, "buy", 10, 100)
    rules = tuple(rule(lambda params, facts: 0, applies) for applies in ("entry", "exit", "both"))
    verdict = review(book, rules, draft("sell", 10, reduce_only=True), at(3))
    assert isinstance(verdict, Approved)
    assert verdict.passed == (1, 2)
    without = review(book, rules[:1], draft("sell", 10, reduce_only=True), at(3))
    assert isinstance(without, Approved)
    assert (without.passed, without.seen) == ((), ())


def test_S1_011_a_rule_with_facts_of_its_own_is_named_too() -> None:
    own = msgspec.structs.replace(rule(lambda params, facts: 0), look=lambda params, scene: (1,))
    verdict = review(ready(), (own,), draft("buy", 10), at(2))
    assert isinstance(verdict, Approved)
    assert (verdict.passed, verdict.seen) == ((0,), ())


def test_S1_011_where_one_refuses_or_fails_there_is_nothing_that_could_be_sent() -> None:
    for bad in (rule(lambda params, facts: int(Code.MAX_POSITIONS)), rule(raising)):
        verdict = review(ready(), (rule(lambda params, facts: 0), bad), draft("buy", 10), at(2))
        assert isinstance(verdict, Denied)
