"""The gate with one rule, on a book with what is needed: priced, with holdings and orders in flight, restarted."""

from types import ModuleType
from typing import Any

from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.engine import Engine
from openbell.core.exposure import Draft
from openbell.core.order import Order
from openbell.core.record import Checkpoint, decode_checkpoint, digest, encode_checkpoint
from openbell.core.risk import Denied, Rule, review
from openbell.core.spec import DeploymentSpec
from openbell.core.types import Status
from openbell.core.view import Memory
from openbell.run.parts import bind_rule
from tests.core import build as b
from tests.core.build import at, d
from tests.core.test_ledger import sent


def bound(module: ModuleType, **options: Any) -> Rule:
    """Return a rule bound to its options."""
    return bind_rule(module.__name__.rpartition(".")[2], module, module.Config(**options))


def priced(*deployments: DeploymentSpec, px: float = 100.0, instruments: Any = (), **account: Any) -> Book:
    """Return a book in session in which every instrument has a price; each account that is named is alike."""
    names = dict.fromkeys(("main", *(spec.account for spec in deployments)))
    accounts = [b.account_spec(name, **account) for name in names]
    spec = b.run_spec(*deployments, instruments=instruments, accounts=accounts)
    book = b.book(spec)
    for symbol in spec.instruments:
        apply_event(book, b.bar(1, px, symbol=symbol))
    return book


def in_doubt(book: Book, side: str, qty: object, **changes: Any) -> Order:
    """Send an order whose fate is not known."""
    order = sent(book, side, qty, **changes)
    order.status = Status.UNKNOWN
    book.stakes.touch(order.instrument)
    return order


def restarted(book: Book) -> Book:
    """Return the book that a restart would make of its snapshot."""
    checkpoint = Checkpoint(truth=book.truth, memory=Memory(), truth_hash=digest(book.truth), memory_hash=b"")
    truth = decode_checkpoint(encode_checkpoint(checkpoint)).truth
    assert digest(truth) == digest(book.truth)
    return Book(book.spec, truth)


def codes(book: Book, wanted: Draft, rule: Rule, ts: int = at(2)) -> tuple[int, ...]:
    """Return what one rule says of an order, before and after a restart alike."""
    verdict, again = review(book, (rule,), wanted, ts), review(restarted(book), (rule,), wanted, ts)
    assert verdict == again
    return verdict.codes if isinstance(verdict, Denied) else ()


def passes_exit(book: Book, rule: Rule, symbol: str = "AAPL") -> bool:
    """Return True if what is held may be sold, whatever the rule says of entries."""
    held = book.position("alpha", symbol).qty
    return codes(book, b.draft("sell", held, instrument=symbol, reduce_only=True), rule) == ()


def hold(book: Book, qty: object, px: object = 100, **changes: Any) -> None:
    """Buy and fill."""
    order = sent(book, "buy", qty, **changes)
    apply_event(book, b.fill(order, px, instrument=order.instrument))


def engine(module: ModuleType, options: dict[str, Any] | None = None, **spec: Any) -> Engine:
    """Return an engine behind one rule, with a first price."""
    accounts = spec.pop("accounts", ())
    made = b.engine(b.run_spec(b.deployment_spec(**spec), accounts=accounts), rules=(bound(module, **(options or {})),))
    made.step(b.bar(1, 100.0))
    return made


def again(made: Engine, *rules: Rule) -> Engine:
    """Return the engine that a restart would make of another."""
    return Engine(restarted(made.book), {name: b.obey() for name in made.book.spec.deployments}, rules)


def gates(made: Engine) -> list[str]:
    """Return the gates that are closed."""
    return sorted(made.book.truth.latches)


def link(n: int, *, is_up: bool) -> ev.Link:
    return ev.Link(ts=at(n), account="main", channel="orders", is_up=is_up)


CAPITAL = d(1_000_000)
