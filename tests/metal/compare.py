"""Does the engine's journal agree with the venue's own log? Each fact is derived from both sides apart."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import ZERO
from openbell.run import state
from openbell.run.reading import read_book
from openbell.run.records import entries


class Verdict(msgspec.Struct, kw_only=True):
    """What does not agree; empty lists and zeros where all does.

    Attributes:
        doubled: Client ids under which the venue holds more than one order, or took one that the journal never sent.
        lost: Executions of the venue without a fill in the journal. invented: Fills that the venue never made.
        counted_twice: Executions booked more than once. positions, orders: Differences at the end, in words.
        sent, executions: Orders that the venue took, executions that it made.
    """

    doubled: list[str]
    lost: list[str]
    invented: list[str]
    positions: list[str]
    orders: list[str]
    sent: int
    executions: int

    @property
    def is_clean(self) -> bool:
        """True when both sides tell the same."""
        return not (self.doubled or self.lost or self.invented or self.positions or self.orders)


def compare(log: Path, folder: Path, truth: dict[str, Any]) -> Verdict:
    """Compare a venue's log and truth with the journal of the state in `folder`."""
    taken, made = _venue(log)
    submits: set[str] = set()
    fills: set[str] = set()
    for entry in entries(state.journal(folder), 1):
        submits.update(effect.oid for effect in entry.effects if isinstance(effect, fx.Submit))
        if isinstance(entry.event, ev.Fill):
            fills.add(entry.event.exec_id)
    book = read_book(state.journal(folder)).book
    held: dict[str, Decimal] = {}
    for position in book.all_positions():
        held[position.instrument] = held.get(position.instrument, ZERO) + position.qty
    there = {symbol: Decimal(qty) for symbol, qty in truth["positions"].items()}
    wrong = [s for s in sorted({*held, *there}) if held.get(s, ZERO) != there.get(s, ZERO)]
    ours = {order.oid for order in book.truth.orders.values() if order.is_open}
    theirs = {order["cid"] for order in truth["orders"] if order["state"] in ("working", "partial")}
    return Verdict(
        doubled=[cid for cid, count in taken.items() if count > 1 or cid not in submits],
        lost=sorted(made - fills),
        invented=sorted(fills - made),
        positions=[f"{s}: {held.get(s, ZERO)} here, {there.get(s, ZERO)} there" for s in wrong],
        orders=sorted(ours ^ theirs),
        sent=len(taken),
        executions=len(made),
    )


def _venue(log: Path) -> tuple[Counter[str], set[str]]:
    """Return how many orders the venue took under each client id, and the executions that it announced to anybody."""
    taken: Counter[str] = Counter()
    orders: set[str] = set()
    made: set[str] = set()
    for line in log.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        if fields["kind"] != "booked":
            continue
        frame = fields["frame"]
        if frame["ev"] == "execution":
            made.add(frame["exec"])
        elif frame["order"] not in orders:
            orders.add(frame["order"])
            taken[frame["cid"]] += 1
    return taken, made
