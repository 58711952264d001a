"""Which deployments an event concerns, and forgetting."""

from openbell.core import events as ev
from openbell.core.traders import Traders
from tests.core import build as b
from tests.core.build import MINUTE_NS, at, bar, exits


def traders() -> Traders:
    spec = b.run_spec(
        b.deployment_spec(instruments=("AAPL", "MSFT")),
        b.deployment_spec("beta", interval=5 * MINUTE_NS, exits=exits(stop_atr=2, atr_period=3)),
        b.deployment_spec("gamma"),
    )
    quoting = b.free(b.silent, on_quote=b.silent, on_fill=b.silent)
    return b.engine(spec, strategies={"gamma": quoting}).traders


def test_bars_are_routed_by_instrument_and_interval() -> None:
    made = traders()
    names = lambda routed: [pair.name for pair in routed or ()]  # noqa: E731 - one use each below
    assert names(made.routed(bar(1, 1.0))) == ["alpha", "gamma"]
    assert names(made.routed(bar(1, 1.0, symbol="MSFT"))) == ["alpha"]
    assert names(made.routed(bar(5, 1.0, interval=5 * MINUTE_NS))) == ["beta"]
    assert made.routed(bar(1, 1.0, symbol="TSLA")) is None
    assert made.routed(bar(1, 1.0, interval=7)) is None


def test_pairs_are_found_by_name() -> None:
    made = traders()
    found = made.pair("beta", "AAPL")
    assert found is not None
    assert (found.name, found.symbol) == ("beta", "AAPL")
    assert made.pair("beta", "MSFT") is None
    assert made.pair("nobody", "AAPL") is None
    assert made.first_pair("alpha").symbol == "AAPL"


def test_only_free_strategies_have_hooks() -> None:
    made = traders()
    assert [name for name in made.strategies if made.has(name, "on_quote")] == ["gamma"]
    assert not made.has("nobody", "on_quote")
    assert not made.has("gamma", "on_bars")


def test_only_a_range_that_is_asked_for_is_kept() -> None:
    made = traders()
    assert list(made.atr) == ["beta"]
    assert made.pairs["beta"]["AAPL"].atr_state is not None
    assert made.pairs["alpha"]["AAPL"].atr_state is None
    spec = b.run_spec(b.deployment_spec(exits=exits(stop_atr=2)))
    assert Traders(b.engine(spec).desk, {"alpha": b.obey()}).atr == {}


def test_whom_an_event_concerns() -> None:
    made = traders()
    quote = ev.Quote(ts=at(1), instrument="AAPL", bid=1.0, ask=2.0)
    assert list(made.concerned(quote)) == [("gamma", "on_quote", quote)]
    assert list(made.concerned(b.flow(1))) == []
    assert list(made.concerned(b.fill(b.submit(), 1, oid="unknown"))) == []


def test_bars_are_gathered_for_those_who_take_them_together() -> None:
    made = b.engine(strategies={"alpha": b.free(b.silent, on_bars=b.silent)}).traders
    made.gather(made.first_pair("alpha"), bar(1, 1.0))
    assert made.instant == {"alpha": [bar(1, 1.0)]}
    stock = b.engine().traders
    stock.gather(stock.first_pair("alpha"), bar(1, 1.0))
    assert stock.instant == {}


def test_forgetting_is_complete() -> None:
    spec = b.run_spec(b.deployment_spec(exits=exits(stop_atr=2, atr_period=1)), b.deployment_spec("beta"))

    def grow(config: object, state: dict, one_bar: object, view: object) -> list:
        state[str(len(state))] = 1
        return []

    made = b.engine(spec, strategies={"beta": b.free(grow)})
    b.run(made, bar(1, 100.0), bar(2, 105.0))
    found = made.traders.pairs["alpha"]["AAPL"]
    assert (found.state.q[0], found.atr, len(made.traders.free_states["beta"])) == (2, 5, 2)
    for name in ("alpha", "beta"):
        made.traders.discard(name)
    assert (found.state.q[0], found.atr, made.traders.free_states["beta"]) == (0, 0, {})
    assert found.atr_state is not None
    assert list(found.atr_state.d) == [0.0, 0.0]
