"""What is at stake, kept between orders: the same as worked out from scratch, whatever happened."""

from hypothesis import given, settings
from hypothesis import strategies as st

from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.engine import Engine
from openbell.core.spec import OutsideSpec
from openbell.core.stakes import EMPTY, Stake, Swing, Terms, stake_of
from openbell.core.types import OrderType, Side, Status
from tests.core import build as b
from tests.core.build import d, draft, exits
from tests.core.test_ledger import sent


def shown(stake: Stake) -> tuple:
    used = {name: value for name, value in stake.used.items() if value}
    return (stake.gross, stake.upper, stake.lower, stake.buys, stake.pairs, stake.orders, stake.unpriced, used)


def agrees(book: Book) -> None:
    anew = Book(book.spec, book.truth)
    for name in book.spec.accounts:
        assert shown(book.stakes.total(name)) == shown(anew.stakes.total(name))
        kept = {s: shown(x) for s, x in book.stakes.by_symbol(name).items()}
        assert kept == {s: shown(x) for s, x in anew.stakes.by_symbol(name).items()}
    for name in book.spec.deployments:
        assert book.deployment_equity(name) == anew.deployment_equity(name)


def test_a_swing_is_worth_its_worst_case() -> None:
    swing = Swing()
    swing.add(draft("buy", 10, limit=120), d(10))
    swing.add(draft("sell", 4), d(4))
    found = stake_of(swing, Terms(d(100), d(2), d("0.5")))
    assert shown(found) == (1200, 1200, -480, 1200, 1, 0, 0, {"alpha": 1680})
    assert shown(stake_of(swing, Terms(None, d(1), d(1))))[6] == 1


def test_stakes_are_added_and_taken_out_again() -> None:
    swing = Swing()
    swing.add(draft("buy", 10), d(10))
    one, total = stake_of(swing, Terms(d(100), d(1), d(1))), Stake()
    for old, new in ((EMPTY, one), (EMPTY, one), (one, EMPTY)):
        total.swap(old, new)
    assert shown(total) == shown(one)
    assert shown(EMPTY) == shown(Stake())


def test_what_is_counted_later_moves_the_bounds() -> None:
    swing = Swing()
    swing.add(draft("buy", 10), d(10))
    assert swing.bounds() == (0, 10)
    swing.add(draft("sell", 4), d(4))
    assert swing.bounds() == (-4, 10)


def test_an_order_that_is_none_of_ours_counts() -> None:
    book = b.book(b.run_spec(accounts=[b.account_spec(outside=OutsideSpec())]))
    apply_event(book, b.bar(1, 100.0))
    stray = ev.VenueOrder(
        oid="", venue_order="V9", instrument="AAPL", side=Side.BUY, type=OrderType.LIMIT, qty=d(10), filled=d(4),
        status=Status.WORKING, limit=d(110),
    )  # fmt: skip
    state = ev.BrokerState(ts=b.at(1), account="main", orders=(stray,), positions={}, cash={}, as_of=b.at(1))
    apply_event(book, state)
    total = book.stakes.total("main")
    assert (total.gross, total.orders, book.stakes.of("main", "AAPL").buys) == (660, 1, 660)


def test_an_unknown_instrument_is_nothing_at_stake() -> None:
    book = b.book()
    book.stakes.touch("NOPE")
    assert book.stakes.of("main", "NOPE") is None


def market() -> Engine:
    spec = {"instruments": ("AAPL", "SAP"), "can_short": True, "exits": exits(stop_loss="0.02", take_profit="0.03")}
    deployments = (b.deployment_spec(**spec), b.deployment_spec("beta", **spec))
    run = b.run_spec(*deployments, instruments=[b.instrument("SAP", currency="EUR")],
                     accounts=[b.account_spec(netting=True, leverage=d(5))])  # fmt: skip
    return b.engine(run)


moves = st.lists(
    st.tuples(
        st.sampled_from(("AAPL", "SAP")), st.integers(9000, 11_000), st.sampled_from((-1.0, 0.0, 1.0, 11.0, 10.0))
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60)
@given(moves, st.integers(0, 24))
def test_B15_what_is_kept_is_what_comes_from_scratch(made: list, when: int) -> None:
    engine, venue = market(), b.exchange(b.instrument(), b.instrument("SAP", currency="EUR"))
    for n, (symbol, px, target) in enumerate(made, 1):
        b.turn(engine, venue, b.bar(n, px / 100, target, symbol=symbol))
        if n == when:
            for event in (
                b.fx_mark("1.1", n=n),
                b.flow(500, n=n),
                b.split(2, 1, n=n),
                b.dividend(1, n=n, symbol="SAP"),
            ):
                b.turn(engine, venue, event)
        agrees(engine.book)


def test_an_order_in_doubt_stays_at_stake() -> None:
    book = b.book()
    apply_event(book, b.bar(1, 100.0))
    order = sent(book, "buy", 10)
    apply_event(book, b.update(order, "lost"))
    assert order.status is Status.UNKNOWN
    assert book.stakes.total("main").gross == 1000
    agrees(book)
