"""Does the engine's journal agree with the venue's own log? Each fact is derived from both sides apart.

The two records are read again at every kill, from where they were read before. A running venue may be ahead of a dead
engine, and only in one way: with executions and endings that nobody has told the engine yet.
"""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.apply import apply_record
from openbell.core.book import Book
from openbell.core.record import decode_record
from openbell.core.types import ZERO
from openbell.edges.journal import Disk, read_records
from openbell.run.records import parse_spec

WORKING = ("working", "partial")


class Verdict(msgspec.Struct, kw_only=True):
    """What does not agree; empty lists where all does.

    Attributes:
        doubled: Client ids under which the venue holds more than one order, or took one that the journal never sent.
        lost: Executions of the venue without a fill in the journal, although it had the occasion to ask.
        invented: Fills that the venue never made, or that the journal booked twice.
        positions, orders: Differences, in words.
    """

    doubled: list[str] = []
    lost: list[str] = []
    invented: list[str] = []
    positions: list[str] = []
    orders: list[str] = []

    @property
    def is_clean(self) -> bool:
        """True when both sides tell the same."""
        return not self.words()

    def words(self) -> list[str]:
        """Return every difference with its kind."""
        return [f"{name}: {what}" for name in self.__struct_fields__ for what in getattr(self, name)]


class Sides:
    """Both records, read on from kill to kill.

    Attributes:
        taken: Orders that the venue took, by client id. made: Executions that it made, by id.
        submits: Orders that the journal sent. fills: Executions that it holds, by id. book: What its records come to.
    """

    def __init__(self, where: Disk | Path) -> None:
        """Read the journal at `where`, and what is given of the venue's log."""
        self.taken: Counter[str] = Counter()
        self.made: dict[str, dict[str, Any]] = {}
        self.submits: set[str] = set()
        self.fills: Counter[str] = Counter()
        self.book: Book | None = None
        self._where = where
        self._seq = 0
        self._orders: set[str] = set()

    def read(self, log: Iterable[bytes]) -> None:
        """Read the lines added to the venue's `log`, then what was added to the journal: it was written before."""
        for line in log:
            if b'"kind":"booked"' in line:
                self._note(msgspec.json.decode(line)["frame"])
        for raw in read_records(self._where, self._seq + 1):
            event, effects = decode_record(raw.payload)
            self._seq = raw.seq
            if isinstance(event, ev.Genesis):
                self.book = Book(parse_spec(event))
            assert self.book is not None, "the journal does not begin with its first record"
            apply_record(self.book, event, effects)
            self.submits.update(effect.oid for effect in effects if isinstance(effect, fx.Submit))
            if isinstance(event, ev.Fill):
                self.fills[event.exec_id] += 1

    def _note(self, frame: dict[str, Any]) -> None:
        if frame["ev"] == "execution":
            self.made[frame["exec"]] = frame
        elif frame["order"] not in self._orders:
            self._orders.add(frame["order"])
            self.taken[frame["cid"]] += 1

    @property
    def is_answered(self) -> bool:
        """True where the journal's engine is ready and waits for no word of the venue about any order."""
        if self.book is None:
            return False
        truth = self.book.truth
        resting = {order.oid for order in truth.orders.values() if str(order.status) in WORKING}
        moving = any(order.is_open and order.oid not in resting for order in truth.orders.values())
        return all(one.is_ready for one in truth.contacts.values()) and not moving and truth.pending.keys() <= resting

    def compare(self, truth: dict[str, Any], asked: Iterable[str]) -> Verdict:
        """Compare the two as they stand behind a dead engine.

        Args:
            truth: What the venue knows.
            asked: Executions that had been made when the engine last said that it was ready: it must hold them.
        """
        assert self.book is not None, "compared before anything was read"
        return Verdict(
            doubled=sorted(cid for cid, count in self.taken.items() if count > 1 or cid not in self.submits),
            lost=sorted(set(asked) - set(self.fills)),
            invented=sorted(set(self.fills) - set(self.made)),
            positions=self._positions(self.book),
            orders=_ghosts(self.book, truth),
        )

    def compare_at_rest(self, truth: dict[str, Any]) -> Verdict:
        """Compare the two where engine and venue have come to rest: now nothing at all may differ."""
        found = self.compare(truth, self.made)
        assert self.book is not None, "compared before anything was read"
        book = self.book
        held = _held(book)
        there = {symbol: Decimal(qty) for symbol, qty in truth["positions"].items()}
        wrong = [s for s in sorted({*held, *there}) if held.get(s, ZERO) != there.get(s, ZERO)]
        ours = {order.oid for order in book.truth.orders.values() if order.is_open}
        theirs = {order["cid"] for order in truth["orders"] if order["state"] in WORKING}
        return msgspec.structs.replace(
            found,
            positions=[
                *found.positions,
                *(f"{s}: {held.get(s, ZERO)} here, {there.get(s, ZERO)} there" for s in wrong),
            ],
            orders=[*found.orders, *(f"{oid} is open on one side only" for oid in sorted(ours ^ theirs))],
        )

    def _positions(self, book: Book) -> list[str]:
        """Return where a position is not the sum of the executions that the journal holds: lost or counted twice."""
        total: dict[str, Decimal] = {}
        known = {exec_id: self.made[exec_id] for exec_id in self.fills if exec_id in self.made}
        replaced = {frame["corrects"] for frame in known.values()}
        for exec_id, frame in known.items():
            if exec_id not in replaced and not frame["bust"]:
                qty = Decimal(frame["qty"]) if frame["side"] == "buy" else -Decimal(frame["qty"])
                total[frame["symbol"]] = total.get(frame["symbol"], ZERO) + qty
        held = _held(book)
        wrong = [s for s in sorted({*held, *total}) if held.get(s, ZERO) != total.get(s, ZERO)]
        return [f"{s}: {held.get(s, ZERO)} held, {total.get(s, ZERO)} filled" for s in wrong]


def _held(book: Book) -> dict[str, Decimal]:
    held: dict[str, Decimal] = {}
    for position in book.all_positions():
        held[position.instrument] = held.get(position.instrument, ZERO) + position.qty
    return held


def _ghosts(book: Book, truth: dict[str, Any]) -> list[str]:
    """Return orders that work at the venue while the journal holds them for ended, or does not know them."""
    working = [order["cid"] for order in truth["orders"] if order["state"] in WORKING]
    known = book.truth.orders
    return [f"{cid} works there, and is over here" for cid in working if cid not in known or not known[cid].is_open]
