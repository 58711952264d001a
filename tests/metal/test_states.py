"""S2-096: an engine is killed with orders in every state there is, and its book is right when it is back.

Nothing here is a matter of timing. Where an order is to stay unanswered, the venue keeps its answer to itself; the kill
falls once the engine's own journal says that each of them is where it should be; and then the venue goes on without it.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from openbell import OrderManager, OrderRequest, OrderSide, OrderType
from openbell.core.book import Book
from openbell.core.order import TABLE, Happening, Order, Outcome
from openbell.core.types import NS, Status, Tif
from openbell.run import giving, state
from openbell.run.reading import read_book
from tests.cli.process import until
from tests.metal.compare import Sides
from tests.metal.nursery import Nursery
from tests.metal.stage import SYMBOLS, Stage

CONFIG = """
mode: paper
accounts:
  main: {{broker: plain, url: "ws://127.0.0.1:{port}/v1", cash: 1000000 USD, timeout: 900s, silence: 900s,
         query_gap: 200ms, visibility: 50ms, reconcile: 900s}}
deployments:
  - name: hand
    strategy: {{kind: manual}}
    instruments: [{symbols}]
    bars: 1m
    account: main
    budget: {{capital: 1000000 USD, per_position: 2%}}
instruments:
{instruments}
rules: {{preset: none}}
"""
"""Whatever is not answered stays so for as long as a test can take: no state ends by itself."""
FIRST, MOVED, STOP = 2.0, 3.0, 1.0
QTY = Decimal(10)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One order on its way to the kill and behind it.

    Attributes:
        at: Its status when the engine is killed. then: Where the venue has taken it, and so where it is found.
        goes: What goes wrong with its submit. before, meanwhile: Units filled before the kill, and behind it.
        act: amend, cancel or nothing; `lost` says what goes wrong with that. tif: Of the order.
        has_stop: A stop rests behind it, which executes while the engine is dead.
    """

    at: Status
    then: Status
    goes: str = ""
    before: int = 0
    meanwhile: int = 0
    act: str = ""
    lost: str = ""
    tif: Tif = Tif.GTC
    has_stop: bool = False

    @property
    def is_unwanted(self) -> bool:
        """It was taken back and executes all the same: what it brings is sold."""
        return self.act == "cancel" and self.meanwhile > 0


CASES = (
    # the request, or only its answer, is on its way
    Case(at=Status.SENT, then=Status.REJECTED, goes="timeout_before_accept"),
    Case(at=Status.SENT, then=Status.WORKING, goes="timeout_after_accept"),
    Case(at=Status.SENT, then=Status.FILLED, goes="timeout_after_accept", meanwhile=10),
    Case(at=Status.UNKNOWN, then=Status.REJECTED, goes="error_before_accept"),
    Case(at=Status.UNKNOWN, then=Status.PARTIAL, goes="error_after_accept", meanwhile=4),
    # it rests
    Case(at=Status.WORKING, then=Status.WORKING),
    Case(at=Status.WORKING, then=Status.FILLED, meanwhile=10),
    Case(at=Status.PARTIAL, then=Status.PARTIAL, before=3, meanwhile=2),
    Case(at=Status.PARTIAL, then=Status.FILLED, before=3, meanwhile=7),
    # a change of it is on its way
    Case(at=Status.REPLACING, then=Status.PARTIAL, act="amend", lost="timeout_before_accept", meanwhile=4),
    Case(at=Status.REPLACING, then=Status.WORKING, act="amend", lost="timeout_after_accept"),
    Case(at=Status.REPLACING, then=Status.FILLED, before=1, act="amend", lost="timeout_after_accept", meanwhile=9),
    # its end is on its way
    Case(at=Status.CANCELLING, then=Status.CANCELLED, act="cancel", lost="timeout_before_accept"),
    Case(at=Status.CANCELLING, then=Status.FILLED, act="cancel", lost="timeout_before_accept", meanwhile=10),
    Case(at=Status.CANCELLING, then=Status.CANCELLED, before=2, act="cancel", lost="timeout_after_accept"),
    # it has ended
    Case(at=Status.FILLED, then=Status.FILLED, before=10),
    Case(at=Status.FILLED, then=Status.FILLED, before=10, has_stop=True),
    Case(at=Status.CANCELLED, then=Status.CANCELLED, before=5, act="cancel"),
    Case(at=Status.REJECTED, then=Status.REJECTED, goes="async_reject"),
    Case(at=Status.EXPIRED, then=Status.EXPIRED, tif=Tif.IOC),
)
Stand = tuple[str, Status, Decimal | int]
"""Symbol, status of its order, units filled."""
OF = dict(zip(SYMBOLS, CASES, strict=False))


class World:
    """A venue and an engine as processes, and a hand that orders."""

    def __init__(self, folder: Path) -> None:
        self.nursery = Nursery()
        self.stage = Stage(self.nursery, folder, config=CONFIG)
        self.engine = self.stage.engine()
        self.engine.until("READY")
        self.stage.play(1)
        until(lambda: all(self.book().mark_px(symbol) for symbol in SYMBOLS), "a price of each")
        self.orders = OrderManager(self.stage.state)
        self.asked: dict[str, str] = {}

    def close(self) -> None:
        self.stage.close()
        self.nursery.close()

    def book(self) -> Book:
        return read_book(state.journal(self.stage.state)).book

    def wait(self, *given: Stand) -> None:
        """Wait until the journal says so of the order of each symbol."""
        until(lambda: self.stand(*(symbol for symbol, _, _ in given)) == list(given), f"{given}")

    def stand(self, *symbols: str) -> list[Stand]:
        found = self.book().truth.orders
        orders = [found[self.asked[symbol]] for symbol in symbols]
        return [(symbol, order.status, order.filled) for symbol, order in zip(symbols, orders, strict=True)]

    def give(self, symbol: str, case: Case, limit: float = FIRST) -> OrderRequest:
        wish = OrderRequest(
            symbol=symbol, side=OrderSide.BUY, quantity=QTY, order_type=OrderType.LIMIT, limit_price=limit,
            stop_loss=STOP if case.has_stop else None, tif=case.tif,
        )  # fmt: skip
        self.orders.submit_order(wish)
        return wish

    def bring(self, symbol: str, case: Case) -> None:
        """Bring the order of a symbol to where it is to be killed."""
        if case.goes:
            self.stage.fault(do=case.goes, at="submit", symbol=symbol)
        self.asked[symbol] = self.give(symbol, case).order_id
        if not case.goes:
            self.wait((symbol, Status.WORKING, 0))
        if case.before:
            self.stage.fill(self.asked[symbol], str(case.before))
            self.wait((symbol, Status.FILLED if case.before == QTY else Status.PARTIAL, case.before))
        if case.lost:
            self.stage.fault(do=case.lost, at=case.act, symbol=symbol)
        if case.act == "amend":
            self.give(symbol, case, MOVED)
        elif case.act == "cancel":
            assert self.orders.cancel_orders(symbol)[0]

    def stop_of(self, symbol: str) -> str:
        """Return the protective order that rests for a symbol, once the venue has it."""
        found = [order["cid"] for order in self.stage.truth()["orders"] if order["symbol"] == symbol]
        return found[1] if len(found) > 1 else ""

    def later(self, sent: set[str]) -> dict[str, Status]:
        """Return how the orders stand that are not among those sent, by symbol."""
        orders = self.book().truth.orders
        return {order.instrument: order.status for oid, order in orders.items() if oid not in sent}

    def resting(self) -> list[Order]:
        return [order for order in self.book().truth.orders.values() if order.is_open]

    def go_on(self) -> None:
        """Let the venue fill what it has while no engine lives."""
        for symbol, case in OF.items():
            if case.meanwhile:
                self.stage.fill(self.asked[symbol], str(case.meanwhile))
            if case.has_stop:
                self.stage.fill(self.stop_of(symbol), str(QTY))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(giving, "PATIENCE_NS", 180 * NS)
    made = World(tmp_path)
    yield made
    made.close()


def test_the_cases_are_all_states_that_an_order_of_the_book_can_be_in() -> None:
    assert {case.at for case in CASES} == set(Status) - {Status.NEW}
    # Nothing but its own send can happen to a new one, and the book holds it from then on.
    told = {happening for happening, outcome in TABLE[Status.NEW].items() if outcome is not Outcome.ILLEGAL}
    assert told == {Happening.SEND}


def test_S2_096_killed_in_each_state_of_an_order_an_engine_has_the_right_book_when_it_is_back(world: World) -> None:
    stage = world.stage
    # Asked what became of an order, the venue says nothing either.
    stage.fault(do="timeout_before_accept", at="order", every=1)
    for symbol, case in OF.items():
        world.bring(symbol, case)
    until(lambda: all(world.stop_of(symbol) for symbol, case in OF.items() if case.has_stop), "the stop at the venue")
    until(lambda: all(stage.struck()[1:]), "everything that was to go wrong")
    # What may not rest ends with the first bar that begins behind it; all others stay far from the market.
    stage.play(2)
    world.wait(*((symbol, case.at, case.before) for symbol, case in OF.items()))
    sent = set(world.book().truth.orders)
    world.engine.kill()

    world.go_on()
    stage.calm()
    world.engine = stage.engine()
    world.engine.until("READY")
    world.wait(*((symbol, case.then, case.before + case.meanwhile) for symbol, case in OF.items()))
    unwanted = {symbol for symbol, case in OF.items() if case.is_unwanted}
    until(lambda: world.later(sent) == dict.fromkeys(unwanted, Status.WORKING), "the exit at the venue")
    stage.play(2)
    until(lambda: world.later(sent) == dict.fromkeys(unwanted, Status.FILLED), "the exit")
    until(lambda: world.book().truth.pending.keys() <= {order.oid for order in world.resting()}, "every answer")
    assert world.engine.end() == 0

    book, truth = world.book(), stage.truth()
    sides = Sides(state.journal(stage.state))
    sides.read(stage.logged())
    assert sides.compare_at_rest(truth).words() == []
    there = {order["cid"]: order for order in truth["orders"]}
    for oid, order in book.truth.orders.items():
        if oid in there:
            assert (str(order.status), order.filled) == (there[oid]["state"], Decimal(there[oid]["filled"]))
        else:
            assert (order.status, order.filled) == (Status.REJECTED, Decimal(0))
        if order.is_open:
            assert (order.qty, order.limit) == (Decimal(there[oid]["qty"]), Decimal(there[oid]["limit"]))
    assert {symbol: book.position("hand", symbol).qty for symbol in OF} == {
        symbol: 0 if case.has_stop or case.is_unwanted else case.before + case.meanwhile for symbol, case in OF.items()
    }
    assert book.truth.accounts["main"].cash == {"USD": Decimal(truth["cash"]["USD"])}
    moved = [order.instrument for order in world.resting() if order.limit == Decimal(str(MOVED))]
    assert moved == [s for s, case in OF.items() if case.lost == "timeout_after_accept" and case.then is Status.WORKING]
