"""apply: events and effects change the truth, and nothing else does."""

import hashlib
from decimal import Decimal

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_effect, apply_event, apply_record, chain_line, chain_order, plain
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.record import digest
from openbell.core.types import Status
from tests.core import build as b
from tests.core.build import at, d
from tests.core.test_ledger import sent


def test_genesis_names_the_instance() -> None:
    book = Book(b.run_spec())
    apply_event(book, ev.Genesis(ts=5, instance="QQQQQQ", config="", code="", mode="sim", title="T", is_synthetic=True))
    truth = book.truth
    assert (truth.instance, truth.title, truth.is_synthetic, truth.ts) == ("QQQQQQ", "T", True, 5)


def test_F85_logical_time_never_runs_backwards() -> None:
    book = b.book()
    apply_event(book, b.bar(9, 100.0))
    apply_event(book, b.bar(3, 100.0))
    assert book.truth.ts == b.at(9)
    submit = b.submit()
    apply_record(book, b.bar(4, 100.0), [submit])
    assert book.truth.orders[submit.oid].sent_ts == b.at(9)


def test_every_event_counts_and_moves_time() -> None:
    book = b.book()
    before = book.truth.counts.events
    apply_event(book, ev.Link(ts=at(4), account="main", channel="orders", is_up=False))
    assert (book.truth.counts.events, book.truth.ts) == (before + 1, at(4))


@pytest.mark.parametrize(
    "event",
    [
        ev.Link(ts=at(1), account="main", channel="data", is_up=True),
        ev.BrokerState(ts=at(1), account="main", orders=(), positions={}, cash={}, as_of=0),
        ev.Answer(ts=at(1), ask="q", deployment="alpha", is_ok=True, value="x"),
        ev.ConfigChange(ts=at(1), config="{}", digest="", actor="op"),
        ev.DeploymentChange(ts=at(1), deployment="alpha", kind="pause", reason="x"),
    ],
)
def test_some_events_change_nothing_but_time(event: ev.Event) -> None:
    book = b.book()
    apply_event(book, event)
    other = b.book()
    other.truth.ts, other.truth.counts.events = at(1), other.truth.counts.events + 1
    assert digest(book.truth) == digest(other.truth)


def test_an_order_sent_stands_in_the_book() -> None:
    book = b.book()
    made = sent(book, "sell", 7, limit=101)
    assert (made.status, made.sent_ts, book.truth.counter) == (Status.SENT, at(1), 1)
    assert book.truth.accounts["main"].entries == 1
    assert book.truth.last_entry == {"alpha/AAPL": (at(1), "sell", "7")}
    sent(book, "buy", 7, reduce_only=True)
    assert (book.truth.accounts["main"].entries, book.truth.counts.orders) == (1, 2)


def test_the_counter_never_goes_back() -> None:
    book = b.book()
    apply_effect(book, b.submit(index=9), at(1))
    apply_effect(book, b.submit(index=4), at(1))
    assert book.truth.counter == 9


def test_the_orders_hash_is_over_lines_without_ids() -> None:
    made = b.submit("buy", "10.50", limit="99.10", stop=98, index=3, parent=2)
    line = f"{at(7)}|alpha|AAPL|buy|10.5|stop_limit|99.1|98|gtc|2"
    wanted = hashlib.sha256(bytes(32) + line.encode()).digest()
    assert chain_order(bytes(32), made, at(7)) == wanted
    renamed = b.submit("buy", "10.5", limit="99.1", stop="98.0", index=4, parent=2, oid="X")
    assert chain_order(bytes(32), renamed, at(7)) == wanted
    assert chain_line(b"a", (1, "b")) == hashlib.sha256(b"a1|b").digest()


@pytest.mark.parametrize(("x", "text"), [(None, ""), ("0", "0"), ("100", "100"), ("1E+3", "1000"), ("1.2300", "1.23")])
def test_numbers_are_plain_in_it(x: str | None, text: str) -> None:
    assert plain(None if x is None else Decimal(x)) == text


def test_cancels_and_changes_are_noted_on_their_orders() -> None:
    book = b.book()
    first, second = sent(book, limit=90), sent(book, limit=91)
    apply_effect(book, fx.Cancel(oid=first.oid, account="main"), at(2))
    apply_effect(book, fx.Amend(oid=second.oid, account="main", qty=d(5), limit=d(92)), at(2))
    assert (first.status, second.status) == (Status.CANCELLING, Status.REPLACING)
    for oid in ("nobody", first.oid):
        apply_effect(book, fx.Amend(oid=oid, account="main", qty=d(5)), at(2))
        apply_effect(book, fx.Cancel(oid=oid, account="main"), at(2))
    assert book.truth.counts.illegal == 1
    apply_event(book, b.update(first, "cancelled"))
    apply_effect(book, fx.Cancel(oid=first.oid, account="main"), at(3))
    assert book.truth.counts.illegal == 2


def test_timers_stand_until_they_are_due() -> None:
    book = b.book()
    apply_effect(book, fx.SetTimer(deployment="alpha", name="x", at=at(5)), at(1))
    apply_effect(book, fx.SetTimer(deployment="alpha", name="x", at=at(6)), at(1))
    assert book.truth.timers == {"alpha/x": at(6)}
    apply_event(book, ev.Timer(ts=at(6), deployment="alpha", name="x"))
    apply_event(book, ev.Timer(ts=at(6), deployment="", name="instant"))
    assert book.truth.timers == {}


def test_a_latch_keeps_its_first_cause() -> None:
    book = b.book()
    for reason in ("first", "second"):
        apply_effect(book, fx.Latch(kind="kill", scope="all", is_on=True, reason=reason), at(1))
    assert book.truth.latches["kill/all"].reason == "first"
    for _ in range(2):
        apply_effect(book, fx.Latch(kind="kill", scope="all", is_on=False), at(2))
    assert book.truth.latches == {}


def test_a_decision_is_counted_and_its_target_remembered() -> None:
    book = b.book()

    def decide(code: int, target: float | None = None) -> None:
        apply_effect(
            book, fx.Decision(deployment="alpha", instrument="AAPL", signal=1, code=code, target=target), at(3)
        )

    decide(Code.SIGNAL_LONG, 1.0)
    decide(Code.KILLED)
    position = book.position("alpha", "AAPL")
    assert (position.decided, position.code, position.code_ts) == (1.0, Code.KILLED, at(3))
    assert (book.truth.counts.decisions, book.truth.counts.rejected) == ({12: 1, 200: 1}, {200: 1})


def test_alerts_are_counted() -> None:
    book = b.book()
    apply_effect(book, fx.Alert(level="info", key="k", text="t"), at(1))
    assert book.truth.counts.alerts == 1


def test_commands_count_once() -> None:
    book = b.book()
    for _ in range(2):
        apply_event(book, b.command("kill"))
    assert book.truth.seen == {"command/kill-1": 2}


@pytest.mark.parametrize("is_healthy", [False, True])
def test_the_disks_state_is_known(is_healthy: bool) -> None:
    book = b.book()
    apply_event(book, ev.DiskState(ts=at(1), is_healthy=is_healthy, text="full"))
    assert book.truth.is_disk_healthy == is_healthy
