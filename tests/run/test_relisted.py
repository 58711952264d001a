"""What vendors list is asked for again: at an opening, behind a refusal, while something is shut; entries obey."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from openbell.core import events as ev
from openbell.core.apply import apply_event
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.types import DAY_NS
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import Transient
from openbell.edges.brokers.listed import Listed
from openbell.report.barred import told
from openbell.run.assemble import Prepared
from openbell.run.inbox import Inbox
from openbell.run.listings import HALTED, Listings, kept
from openbell.run.relisted import LEAST_NS, Relisting, begin, news
from openbell.run.replay import replay
from openbell.wire.alpaca.views import Flags
from tests.core import build as b
from tests.run.test_listings import ACCESS, Vendor, wires
from tests.run.test_missed import VENDORS, at_front, is_answered, records

EASY = Listed(fields={"kind": "stock", "can_short": True}, flags=("easy to borrow",))
HARD = Listed(fields={"kind": "stock", "can_short": False}, flags=("hard to borrow",))
WHOLE = Listed(fields={"kind": "stock", "can_short": True, "lot": "1"})
SHUT = Listed(fields={"kind": "stock", "can_short": True}, halted="not tradable there")


def book_of(lot: str = "0.01", **fields: Any) -> Book:
    return b.book(b.run_spec(instruments=[b.instrument(lot=b.d(lot), **fields)]))


def said(listed: Listed) -> dict[str, Listings]:
    return {"main": Listings(place="there host:1", as_of=1, symbols={"AAPL": listed})}


def hear(book: Book, listed: Listed) -> list[str]:
    """Let a book hear what a list says now; return that in words."""
    found = news(said(listed), book)
    for event in found:
        apply_event(book, msgspec.structs.replace(event, ts=b.at(1)))
    return [getattr(event, "text", "") for event in found]


def test_each_change_of_a_list_is_told_once_and_its_end_too() -> None:
    book = book_of()
    assert (hear(book, EASY), told(book)) == ([], [])
    (hard,) = hear(book, HARD)
    assert hard == "AAPL: not to be sold short there now (hard to borrow); what is held can be left"
    assert (hear(book, HARD), told(book), told(book, "MSFT")) == ([], [hard], [])
    assert hear(book, WHOLE) == ["AAPL: only whole multiples of 1 are bought there now; what is held can be left"]
    assert hear(book, SHUT) == [f"{HALTED}not tradable there", "AAPL: as it was listed when the run began"]
    assert told(book, "AAPL") == [f"AAPL: {HALTED}not tradable there"]
    assert hear(book, EASY) == ["the vendor lists it again"]
    assert told(book) == []


def test_more_than_the_run_was_begun_with_is_not_let_in() -> None:
    book = book_of(lot="2", can_short=False)
    assert hear(book, EASY) == hear(book, HARD) == hear(book, WHOLE) == []
    assert news({"main": Listings(place="p", as_of=1, symbols={"ZZZ": HARD})}, book) == []


class Teller(Vendor):
    """A vendor that lets hear when it is asked."""

    def __init__(self, **symbols: Listed) -> None:
        super().__init__(**symbols)
        self.news = asyncio.Event()

    async def listed(self, options: Any, limits: Any, symbols: tuple[str, ...], access: Access) -> dict[str, Listed]:
        self.news.set()
        return await super().listed(options, limits, symbols, access)


class Desk:
    """A run of one stock whose vendor is asked again as soon as there is a reason."""

    def __init__(self, folder: Path, least: int = 0) -> None:
        self.vendor, self.folder = Teller(AAPL=EASY), folder
        self.book = book_of()
        run = SimpleNamespace(spec=self.book.spec, wires=wires(self.vendor))
        self.relisting = Relisting(cast(Prepared, run), said(EASY), folder, ACCESS, least)
        self.inbox = Inbox(lambda: 0)

    async def told(self) -> list[ev.Event]:
        """Wait until something is told."""
        await self.inbox.wait(30)
        found = []
        while (event := self.inbox.take()) is not None:
            apply_event(self.book, msgspec.structs.replace(event, ts=b.at(1)))
            found.append(event)
        return found


def played(desk: Desk, play: Any) -> None:
    async def scene() -> None:
        tasks = begin(desk.relisting, desk.book, desk.inbox)
        assert len(tasks) == 1
        try:
            await play()
        finally:
            for task in tasks:
                task.cancel()

    asyncio.run(scene())


OPENING = ev.Schedule(ts=1, calendar="24x7", date="d", open=1, close=DAY_NS, is_open=True)


def refusal(code: int, happening: str = "rejected") -> ev.OrderUpdate:
    return ev.OrderUpdate(ts=1, account="main", oid="A-1", happening=happening, time=1, code=code)


@pytest.mark.parametrize(
    "reason", [OPENING, refusal(Code.SHORT_NOT_ALLOWED), refusal(Code.OFF_LOT), refusal(Code.HALTED)]
)
def test_an_opening_and_a_refusal_that_says_so_are_reasons_to_ask(tmp_path: Path, reason: ev.Event) -> None:
    desk = Desk(tmp_path)

    async def play() -> None:
        desk.vendor.symbols = {"AAPL": HARD}
        calendar = desk.book.spec.instruments["AAPL"].calendar
        given = msgspec.structs.replace(reason, calendar=calendar) if isinstance(reason, ev.Schedule) else reason
        desk.relisting.watch(desk.book, given, [])
        (event,) = await desk.told()
        assert isinstance(event, ev.Relisted) and not event.can_short

    played(desk, play)
    assert kept(wires(desk.vendor), {"main": ["AAPL"]}, tmp_path)["main"].symbols == {"AAPL": HARD}


@pytest.mark.parametrize(
    "event",
    [
        msgspec.structs.replace(OPENING, is_open=False), msgspec.structs.replace(OPENING, calendar="XKRX"),
        refusal(Code.BUYING_POWER), refusal(Code.HALTED, "cancel_refused"),
        msgspec.structs.replace(refusal(Code.HALTED), account="other"), b.bar(1, 100.0),
    ],
)  # fmt: skip
def test_nothing_else_is_a_reason(tmp_path: Path, event: ev.Event) -> None:
    desk = Desk(tmp_path)
    desk.relisting.watch(desk.book, event, [])
    assert not desk.relisting._due["main"].is_set()


def test_while_the_list_keeps_orders_out_it_is_asked_until_it_does_no_more(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    async def play() -> None:
        desk.vendor.symbols = {}
        desk.relisting.watch(desk.book, refusal(Code.HALTED), [])
        halt, narrowed = await desk.told()
        assert isinstance(halt, ev.Halt) and halt.text == f"{HALTED}not listed there any more"
        assert isinstance(narrowed, ev.Relisted)
        # A vendor that is silent says nothing, least of all that all is well.
        desk.vendor.failure = Transient("gone")
        for _ in range(3):
            desk.vendor.news.clear()
            await desk.vendor.news.wait()
        assert (len(desk.inbox), "AAPL" in desk.book.truth.halted) == (0, True)
        desk.vendor.failure, desk.vendor.symbols = None, {"AAPL": EASY}
        assert len(await desk.told()) == 2
        assert told(desk.book) == []

    played(desk, play)


def test_nobody_is_asked_twice_within_a_minute(tmp_path: Path) -> None:
    desk = Desk(tmp_path, LEAST_NS)

    async def scene() -> None:
        desk.relisting.watch(desk.book, refusal(Code.HALTED), [])
        (task,) = begin(desk.relisting, desk.book, desk.inbox)
        assert (await asyncio.wait([task], timeout=0.01), desk.vendor.asked) == ((set(), {task}), [])
        task.cancel()

    asyncio.run(scene())


def test_where_nobody_lists_anything_nobody_is_asked(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert begin(None, desk.book, desk.inbox) == []


def test_a_stock_that_is_sold_whole_from_now_on_is_bought_whole(tmp_path: Path) -> None:
    vendor = VENDORS["alpaca"]._replace(lot="0.01")

    async def scene() -> list[tuple[ev.Event, list[Any]]]:
        async with at_front(tmp_path, vendor) as made:
            shell = made.shell()
            access = Access(now=made.clock.now)
            shell.settings.relisting = Relisting(made.prepared, {}, tmp_path / "home", access, 0)
            truth = shell.book.truth

            async def play() -> None:
                await made.until(shell, lambda: truth.contacts["main"].is_ready)
                for minute in range(15):
                    if minute == 4:
                        made.server.house.desk.clerk.flags["AAPL"] = Flags(fractionable=False)
                    made.play(shell, minute)
                    await made.until(shell, lambda n=minute: shell.loop.bars == n + 1 and is_answered(shell))  # type: ignore[misc]
                    if minute == 4:
                        # What is refused says why, and the list is asked for.
                        await made.until(shell, lambda: "AAPL" in truth.relisted)
                await made.until(shell, lambda: truth.positions["cross"]["AAPL"].qty == 52)

            await made.running(shell, play)
            return records(made)

    found = asyncio.run(scene())
    refused = [event for event, _ in found if isinstance(event, ev.OrderUpdate) and event.happening == "rejected"]
    assert [event.code for event in refused] == [Code.OFF_LOT]
    again = replay(tmp_path / "state", {})
    assert (again.records, again.difference) == (len(found), "")
