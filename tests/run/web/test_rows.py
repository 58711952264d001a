"""Rows: exact, whole, and nothing that JSON cannot hold."""

import json
from decimal import Decimal

from msgspec.structs import replace

from openbell.core.book import Book, LatchState
from openbell.core.contact import Contact
from openbell.core.ladder import FLATTEN, KillState, Left
from openbell.report.figures import exact
from openbell.run.money import in_money
from openbell.run.web import rows
from openbell.run.web.follow import Follower
from openbell.run.web.times import Timetable
from tests.run.web.stage import played


def follower_at(seq: int) -> Follower:
    found = Follower(played())
    found.look(seq)
    return found


def holding() -> Follower:
    """Return the run at a moment at which something is held behind a stop and a target."""
    found = follower_at(50)
    while not any(one.qty for one in found.book.all_positions()) or not any(found.book.open_orders.values()):
        assert found.look(1)
    return found


def accounts(book: Book, **late: str) -> rows.Rows:
    return rows.accounts(book, dict.fromkeys(book.truth.accounts, Decimal(0)), late)


def instruments(book: Book) -> rows.Rows:
    return rows.instruments(book, Timetable({}, None))


def test_every_row_can_go_over_the_wire() -> None:
    book = holding().book
    with in_money():
        for make in (accounts, rows.positions, rows.orders, instruments, rows.latches, rows.kills):
            assert json.loads(json.dumps(make(book), allow_nan=False)) == make(book)


def test_a_holding_is_shown_with_its_protection() -> None:
    book = holding().book
    with in_money():
        (row,) = rows.positions(book).values()
    position = book.position(row["deployment"], row["symbol"])
    exits = [one for one in book.pair_orders(row["deployment"], row["symbol"]) if one.reduce_only]
    assert row["qty"] == exact(abs(position.qty))
    assert row["pnl"] == exact(position.unrealised)
    assert row["stop_px"] == exact(next(one.stop for one in exits if one.stop is not None))
    assert row["target_px"] == exact(next(one.limit for one in exits if one.limit is not None))
    assert not row["is_exposed"]
    book.truth.exposed[f"{row['deployment']}/{row['symbol']}"] = 1
    with in_money():
        assert next(iter(rows.positions(book).values()))["is_exposed"]


def test_ended_orders_are_shown_up_to_their_bound(monkeypatch: object) -> None:
    follower = follower_at(100_000)
    with in_money():
        shown = rows.orders(follower.book)
    ended = [row for row in shown.values() if not row["is_open"]]
    assert 0 < len(ended) <= rows.KEPT_ENDED
    filled = [row for row in ended if row["status"] == "filled"]
    assert all(Decimal(row["filled"]) == Decimal(row["qty"]) and row["avg_px"] for row in filled)
    assert list(shown) == sorted(shown, key=lambda oid: follower.book.truth.orders[oid].index)


def test_a_line_that_is_down_or_not_compared_yet_is_said() -> None:
    book = follower_at(50).book
    with in_money():
        assert accounts(book)["main"]["line"] is None
        for contact, is_up in (
            (Contact(is_up=False), False), (Contact(is_up=True), False), (Contact(is_up=True, is_ready=True), True),
        ):  # fmt: skip
            book.truth.contacts["main"] = contact
            assert accounts(book)["main"]["line"]["is_up"] is is_up
        book.truth.contacts["main"] = Contact(is_up=False, why="418; nothing is sent there for 60 s")
        assert accounts(book)["main"]["line"]["text"] == "the line is down: 418; nothing is sent there for 60 s"
        book.truth.contacts["main"] = Contact(is_up=True, is_ready=True, apart="the venue's clock is 704 ms off ours")
        shown = accounts(book)["main"]["line"]
        assert shown == {"is_up": True, "text": "connected; no entries: the venue's clock is 704 ms off ours"}


def test_S4_022_a_line_whose_prices_come_late_says_so_also_while_it_is_down() -> None:
    book = follower_at(50).book
    late = "prices of stocks come 15 minutes late (feed: delayed_sip)"
    with in_money():
        assert accounts(book, main=late)["main"]["line"] is None
        for contact, said in (
            (Contact(is_up=True, is_ready=True), f"connected; {late}"),
            (Contact(is_up=False), f"the line is down; {late}"),
        ):
            book.truth.contacts["main"] = contact
            assert accounts(book, main=late)["main"]["line"]["text"] == said
            assert late not in accounts(book, other=late)["main"]["line"]["text"]


def test_instruments_tell_what_may_not_be_believed() -> None:
    book = follower_at(200).book
    with in_money():
        assert not instruments(book)["AAA"]["is_stale"]
        stale = LatchState(kind="stale", scope="instrument:AAA", release="evidence", reason="silent", ts=5)
        book.truth.latches["stale/instrument:AAA"] = stale
        book.truth.halted["BBB"] = "halted by the exchange"
        shown = instruments(book)
    assert shown["AAA"]["is_stale"] and shown["BBB"]["why_halted"] == "halted by the exchange"
    assert rows.latches(book)["stale/instrument:AAA"]["reason"] == "silent"


def test_a_kill_tells_how_far_it_is_and_what_is_left() -> None:
    book = holding().book
    (held,) = [one for one in book.all_positions() if one.qty]
    left = Left(account="main", deployment=held.deployment, instrument=held.instrument, qty=held.qty, why="no market")
    state = KillState(scope="all", tier=FLATTEN, actor="me", reason="drill", ts=9, left=(left,))
    book.truth.kills["all"] = replace(state, held={f"{held.deployment}/{held.instrument}": held.qty})
    (row,) = rows.kills(book).values()
    assert (row["tier"], row["actor"], row["held"]) == (FLATTEN, "me", 1)
    assert row["left"] == [f"{held.deployment} {held.instrument} {held.qty:f}: no market"]


def test_numbers_that_json_cannot_hold_are_nothing() -> None:
    assert rows.numbers({"a": 1.5, "b": float("nan"), "c": None}) == {"a": 1.5, "b": None, "c": None}
