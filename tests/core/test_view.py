"""What a strategy sees: its own sub-account and the market up to now."""

from openbell.core.apply import apply_effect, apply_event
from openbell.core.view import DeploymentView, Pair
from tests.core import build as b
from tests.core.build import at, d
from tests.core.test_ledger import filled, sent


def test_a_deployment_sees_its_own_holdings_and_orders() -> None:
    book = b.book(b.run_spec(b.deployment_spec(), b.deployment_spec("beta", capital=d(500))))
    mine, other = DeploymentView(book, "alpha"), DeploymentView(book, "beta")
    assert (mine.close("AAPL"), mine.qty("AAPL"), mine.average("AAPL")) == (None, 0, 0)
    filled(book, "buy", 10, 100)
    filled(book, "buy", 5, 106)
    apply_event(book, b.bar(3, 110.0))
    sent(book, "buy", 3, limit=90)
    sent(book, "sell", 2, limit=120)
    sent(book, "sell", 15, stop=80, reduce_only=True)
    assert (mine.ts, mine.close("AAPL"), mine.qty("AAPL"), mine.average("AAPL")) == (at(3), 110.0, 15, 102)
    assert (mine.equity, mine.working("AAPL")) == (100_120, 1)
    assert (other.equity, other.qty("AAPL"), other.working("AAPL")) == (500, 0, 0)


def test_a_deployment_sees_its_instruments_and_their_sessions() -> None:
    book = b.book(b.run_spec(b.deployment_spec(instruments=("AAPL", "MSFT"))))
    mine = DeploymentView(book, "alpha")
    apply_event(book, b.session(1, close=390))
    assert (mine.instruments, mine.session("AAPL")) == (("AAPL", "MSFT"), (at(1440), at(1830)))


def test_a_pair_explains_itself_by_its_single_numbers() -> None:
    book = b.book()
    layouts = {0: (("n", "i8", 1),), 1: (("a", "f8", 1),), 2: (("a", "f8", 1), ("b", "f8", 1))}
    layouts[3] = (*layouts[2], ("c", "f8", 1))
    for count, layout in layouts.items():
        strategy = b.StockStrategy(kind="x", layout=layout, params=b.array("d"), step=b.obey().step)
        pair = Pair(book.spec.deployments["alpha"], book.position("alpha", "AAPL"), strategy)
        assert pair.numbers() == (0.0,) * count
    free = Pair(book.spec.deployments["alpha"], book.position("alpha", "AAPL"), b.free(b.silent))
    assert (free.stock, free.numbers()) == (None, ())
    apply_effect(book, b.submit(), at(1))
