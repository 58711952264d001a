"""Every queue and cache has a limit: they are found in the source, and each has its line in `bounds.toml`."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.book import KEPT_EXECUTIONS, KEPT_IDS, KEPT_ORDERS, MOST_TIMERS, keep_latest
from openbell.core.types import OrderType, Side
from tests.core import build as b
from tests.core.build import at
from tools.tree import ROOT

PACKAGE = ROOT / "src" / "openbell"
AREAS = ("core", "run", "edges")
MAKERS = {"list", "dict", "set", "deque", "defaultdict", "OrderedDict", "Counter", "bytearray"}


def is_empty_container(value: ast.expr | None) -> bool:
    """Return True for what a queue or cache begins as."""
    if isinstance(value, ast.List | ast.Set | ast.Tuple):
        return isinstance(value, ast.List) and not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    if not isinstance(value, ast.Call):
        return False
    name = value.func.id if isinstance(value.func, ast.Name) else getattr(value.func, "attr", "")
    return name in MAKERS and not value.args


def growing(tree: ast.Module) -> Iterator[str]:
    """Yield `Class.name` of everything in a module that begins empty and is kept."""
    for holder in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        for node in ast.walk(holder):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or not is_empty_container(node.value):
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Attribute) and getattr(target.value, "id", "") == "self":
                yield f"{holder.name}.{target.attr}"
            elif isinstance(target, ast.Name) and node in holder.body:
                yield f"{holder.name}.{target.id}"


def listed() -> dict[str, str]:
    table = tomllib.loads((Path(__file__).parent / "bounds.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for key, value in table.items():
        found.update(value if isinstance(value, dict) else {key: value})
    return found


def test_F96_B36_everything_that_could_grow_has_a_stated_bound() -> None:
    files = [file for area in AREAS for file in sorted((PACKAGE / area).rglob("*.py"))]
    found = {name for file in files for name in growing(ast.parse(file.read_text(encoding="utf-8")))}
    assert found - set(listed()) == set(), "state what bounds it in tests/property/bounds.toml"
    assert all(listed().values())


def test_a_new_queue_would_be_found() -> None:
    text = "class Inbox:\n    waits: dict[str, int] = {}\n    def __init__(self):\n        self.queue = deque()\n"
    assert list(growing(ast.parse(text))) == ["Inbox.waits", "Inbox.queue"]


def test_only_the_oldest_are_let_go_of_and_seldom() -> None:
    kept = {str(n): n for n in range(20)}
    keep_latest(kept, 10)
    assert len(kept) == 20
    kept["20"] = 20
    keep_latest(kept, 10)
    assert list(kept.values()) == list(range(11, 21))


def test_B36_ids_that_must_count_once_are_bounded_and_known_inside_the_window() -> None:
    book = b.book()
    for n in range(2 * KEPT_IDS + 5):
        assert book.first_time(f"flow/{n}")
    assert len(book.truth.seen) <= 2 * KEPT_IDS
    last = 2 * KEPT_IDS + 4
    assert not any(book.first_time(f"flow/{n}") for n in range(last, last - KEPT_IDS + 10, -1))


def test_B36_an_id_that_comes_again_stays_known() -> None:
    book = b.book()
    book.first_time("flow/old")
    for n in range(4 * KEPT_IDS):
        book.first_time(f"flow/{n}")
        if n % (KEPT_IDS // 2) == 0:
            assert not book.first_time("flow/old")


def _external(n: int) -> ev.Fill:
    return ev.Fill(
        ts=at(1), account="main", instrument="AAPL", oid="", venue_order=f"V{n}", exec_id=f"X{n}",
        side=Side.BUY if n % 2 else Side.SELL, qty=b.d(1), px=b.d(100), fee=b.d(0), fee_currency="USD", time=at(1),
    )  # fmt: skip


def test_B36_F25_executions_of_others_are_bounded_and_a_repetition_is_known_inside_the_window() -> None:
    book = b.book()
    count = 2 * KEPT_EXECUTIONS + 3
    for n in range(count):
        apply_event(book, _external(n))
    assert len(book.truth.executions) <= 2 * KEPT_EXECUTIONS
    position = book.truth.positions["external"]["AAPL"].qty
    for n in range(count - KEPT_EXECUTIONS + 10, count, 100):
        apply_event(book, _external(n))
    assert book.truth.positions["external"]["AAPL"].qty == position


def test_B36_ended_orders_are_bounded_and_open_ones_never_dropped() -> None:
    made = b.engine()
    resting = b.submit("buy", 1, limit=1, index=1)
    made.desk.emit(resting)
    made.step(b.update(resting, "accepted"))
    for n in range(2, 2 * KEPT_ORDERS + 50):
        sent = b.submit("buy", 1, index=n)
        made.desk.emit(sent)
        made.step(b.update(sent, "rejected"))
    truth = made.book.truth
    assert KEPT_ORDERS <= len(truth.orders) <= 2 * KEPT_ORDERS + 1
    assert resting.oid in truth.orders
    assert list(made.book.open_orders["AAPL"]) == [resting.oid]


@pytest.mark.parametrize("minute", [1, 2])
def test_B27_B36_the_oldest_order_is_known_when_it_executes_after_thousands_that_ended(
    monkeypatch: pytest.MonkeyPatch, minute: int
) -> None:
    # Also where they have all ended at the very moment at which it executes.
    monkeypatch.setattr("openbell.core.ledger.KEPT_ORDERS", 3)
    made = b.engine(b.run_spec(b.deployment_spec(exits=b.exits(stop_loss="0.02"))))
    resting = b.submit("buy", 1, limit=99, index=1)
    made.desk.emit(resting)
    made.step(b.update(resting, "accepted"))
    for n in range(2, 8):
        sent = b.submit("buy", 1, index=n)
        made.desk.emit(sent)
        # The last one is still on its way, so that this end is what brings the orders kept to more than their bound.
        made.step(b.update(sent, "rejected" if n < 7 else "accepted"))
    effects = made.step(b.fill(resting, 99, ts=at(minute)))
    stops = [one for one in effects if isinstance(one, fx.Submit)]
    assert [(one.type, one.qty, one.reduce_only) for one in stops] == [(OrderType.STOP, b.d(1), True)]
    assert not any(isinstance(one, fx.Alert) for one in effects)
    assert resting.oid in made.book.truth.orders and len(made.book.truth.orders) <= 2 * 3 + 1


@pytest.mark.parametrize("more", [0, 1])
def test_B36_a_strategy_that_sets_timers_without_end_is_frozen(more: int) -> None:
    def storm(config: object, state: dict, bar: ev.Bar, view: object) -> list[fx.SetTimer]:
        return [fx.SetTimer(deployment="", name=str(n), at=bar.ts + 1) for n in range(MOST_TIMERS + more)]

    made = b.engine(strategies={"alpha": b.free(storm)})
    made.step(b.bar(1, 100.0))
    assert len(made.book.truth.timers) == (0 if more else MOST_TIMERS)
    assert ("frozen/deployment:alpha" in made.book.truth.latches) is bool(more)
