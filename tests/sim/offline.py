"""A second opinion from outside: the journal's bytes and the broker's log, and nothing of openbell.

It reads the documented record format, folds orders and executions by itself, and derives again that each order was
given once (B1), each execution counted once (B5), holdings are the sum of executions and adjustments (B9), and agree
with what the broker did (B12). A bug that engine and judge share still shows here.
"""

import lzma
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.sim import codec
from tests.sim.verdict import demand

FILL, UPDATE, CASH, ACTION = 3, 4, 10, 11
SUBMIT, AMEND, ADJUST, MISMATCH, BURY = 0, 1, 12, 14, 17
WAIT = 60_000_000_000
"""How long an execution may wait until the broker has listed it beside the one that it looks like, ns."""
MOST_APART = 50
"""Figures that a holding may have, by what waited at its splits, before nothing is said of it."""
Terms = dict[str, int]
"""Lots per unit by symbol."""


def terms_of(world: Any) -> Terms:
    """Return what the checker has to know of the instruments."""
    return {symbol: sort.lots_per_unit for symbol, sort in world.house.sorts.items()}


def check(files: dict[str, bytes | bytearray], logs: dict[str, list[tuple[Any, ...]]] | None, terms: Terms) -> int:
    """Check a journal against the brokers' logs, by account; return the number of records.

    Raises:
        Violation: They do not agree, or the journal is not whole.
    """
    fold = _Fold(terms)
    previous, expected = bytes(32), 1
    for data in _segments(files):
        for raw in codec.walk(data, 0):
            demand(raw.seq == expected, "B31", f"record {raw.seq} stands where {expected} should")
            demand(codec.previous_at(data, raw) == previous, "B31", f"record {raw.seq} does not name the one before it")
            demand(raw.durable < raw.seq, "B31", f"record {raw.seq} calls {raw.durable} durable")
            previous, expected = raw.digest, expected + 1
            fold.step(raw.event, raw.effects)
    for account, log in (logs or {}).items():
        _compare(fold, log, account)
    return expected - 1


def _segments(files: dict[str, bytes | bytearray]) -> list[bytes | bytearray]:
    names = sorted(
        {name.removesuffix(".xz") for name in files if name.removesuffix(".xz").endswith(".seg") and name[0].isdigit()}
    )
    return [files[name] if name in files else lzma.decompress(bytes(files[f"{name}.xz"])) for name in names]


class _Fold:
    """Orders, executions and holdings as the journal tells them."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.owner: dict[str, str] = {}
        self.ordered: dict[str, tuple[str, str, str]] = {}
        """Account, symbol and side of an order."""
        self.called: dict[tuple[str, str, str, str], str] = {}
        """Our id of an order by its account, symbol, side and the broker's number."""
        self.indices: set[int] = set()
        self.counted: dict[tuple[str, ...], tuple[str, str, Decimal]] = {}
        self.grown: dict[tuple[str, ...], Decimal] = {}
        """What an execution whose order nobody knew yet has become by splits."""
        self.held: dict[tuple[str, str, str], Decimal] = {}
        """By account, owner and symbol."""
        self.unnamed: set[str] = set()
        """Orders of ours that may live under a number that the broker has not told."""
        self.waiting: dict[tuple[str, ...], tuple[str, str, str]] = {}
        """Executions told under a number alone that may wait for one of those: their account, symbol and side."""
        self.undone: dict[tuple[str, ...], Decimal] = {}
        """By how much the holding changes with the end of an execution that may wait so."""
        self.apart: dict[tuple[str, str], set[Decimal]] = {}
        """By account and symbol: how much more is held where some of them still waited while there was a split."""
        self.mismatched: set[tuple[str, str]] = set()
        self.once: set[str] = set()
        self.alike: set[tuple[object, ...]] = set()
        """What executions of ours look like."""
        self.nameless: dict[tuple[str, str, str, str], list[tuple[object, ...]]] = {}
        """The same of executions told under a number that has no owner yet, as in `called`."""
        self.twins: dict[tuple[str, str], int] = {}
        """When one was told that looks like another, by account and symbol, ns."""
        self.lost: set[tuple[str, str, str, str]] = set()
        """Numbers without an owner under which something was corrected that had not been told, as in `called`."""
        self.split_at: dict[str, int] = {}
        """When an instrument was split last, ns."""
        self.taken: dict[tuple[str, str], int] = {}
        """When one was taken back under the broker's number alone, by account and symbol, ns."""
        self.unsure: set[tuple[str, str]] = set()
        """Account and symbol where it may have waited for its proof while there was a split, or where what was corrected
        has never been told: at which terms the one counts, and what the other stands for, no record says. Also where one
        that looks like another was left out, and a person took over what the venue said, and where one was taken back
        that may have waited for its owner while there was a split."""

    def step(self, event: list[Any], effects: list[list[Any]]) -> None:
        """Take over one record."""
        if event[0] == FILL:
            self._fill(event)
        elif event[0] == UPDATE:
            self._name(event[3], event[6])
        elif event[0] == ACTION and event[3] == "split" and f"a{event[4]}" not in self.once:
            self.once.add(f"a{event[4]}")
            self._split(event[2], event[5], event[6])
            self.split_at[event[2]] = event[1]
            late = [*self.twins.items(), *self.taken.items()]
            self.unsure |= {key for key, ts in late if key[1] == event[2] and event[1] - ts < WAIT}
        for effect in effects:
            if effect[0] == SUBMIT:
                demand(
                    effect[1] not in self.owner and effect[2] not in self.indices, "B1", f"{effect[1]} is given twice"
                )
                self.owner[effect[1]] = effect[4]
                self.unnamed.add(effect[1])
                self.ordered[effect[1]] = (effect[3], effect[5], effect[6])
                self.indices.add(effect[2])
            elif effect[0] == ADJUST and f"j{effect[3]}" not in self.once:
                self.once.add(f"j{effect[3]}")
                self._add(effect[1], effect[4] or "external", effect[5], Decimal(effect[6]))
                if (effect[1], effect[5]) in self.twins:
                    self.unsure.add((effect[1], effect[5]))
            elif effect[0] == AMEND and effect[8]:
                # Where a change is a second order, that has another number.
                self.unnamed.add(effect[1])
            elif effect[0] == BURY:
                self.unnamed.discard(effect[1])
            elif effect[0] == MISMATCH:
                (self.mismatched.add if effect[3] else self.mismatched.discard)((effect[1], effect[2]))

    def _add(self, account: str, owner: str, symbol: str, qty: Decimal) -> None:
        if qty:
            key = (account, owner, symbol)
            self.held[key] = self.held.get(key, Decimal(0)) + qty

    def _name(self, oid: str, number: str) -> None:
        """An order has a number at the broker: what was executed under that belongs to whoever gave it.

        It is booked now, as it was told, and not as a split since would have made it.
        """
        if oid not in self.owner or not number:
            return
        account, symbol, side = self.ordered[oid]
        self.unnamed.discard(oid)
        self.called[account, symbol, side, number] = oid
        self.alike |= {(account, oid, *rest) for rest in self.nameless.pop((account, symbol, side, number), [])}
        if (account, symbol, side, number) in self.lost:
            # What was corrected or taken back there was never told.
            self.unsure.add((account, symbol))
        for key, (owner, name, amount) in self.counted.items():
            is_its = key[0] == account and key[2] == number and name == symbol and (amount > 0) == (side == "buy")
            if is_its and owner == "external":
                self._add(account, owner, symbol, -self.grown.pop(key, amount))
                self._add(account, self.owner[oid], symbol, amount)
                self.counted[key] = (self.owner[oid], symbol, amount)

    def _fill(self, event: list[Any]) -> None:
        _, _, account, symbol, oid, venue_order, exec_id, side, qty = event[:9]
        replaced, is_bust = event[14], event[15]
        ours = oid if oid in self.owner else ""
        named = oid or self.called.get((account, symbol, side, venue_order), "")
        if replaced and (account, ours, venue_order, replaced) not in self.counted:
            if named in self.owner:
                self.unsure.add((account, symbol))
            else:
                self.lost.add((account, symbol, side, venue_order))
        if replaced and not oid:
            self.taken[account, symbol] = event[1]
        if replaced:
            owner, name, amount = self.counted.get((account, ours, venue_order, replaced), ("", "", Decimal(0)))
            self._add(account, owner, name, -amount)
            self.counted[account, ours, venue_order, replaced] = ("", "", Decimal(0))
            is_booked = owner == "external" and (account, ours, venue_order, replaced) not in self.waiting
            if is_booked and not oid and self._may_be_ours(account, symbol, side):
                end = (account, ours, venue_order, replaced, "undone")
                self.waiting[end], self.undone[end] = (account, symbol, side), -amount
        key = (account, ours, venue_order, exec_id.removeprefix(codec.ALIAS))
        if is_bust or key in self.counted:
            return
        owner = self.owner.get(named, "external")
        amount = Decimal(qty) if side == "buy" else -Decimal(qty)
        self.counted[key] = (owner, symbol, amount)
        self._add(account, owner, symbol, amount)
        if owner == "external" and not oid and self._may_be_ours(account, symbol, side):
            self.waiting[key] = (account, symbol, side)
        shape = (account, named, symbol, amount, event[9], event[12])
        if named in self.owner and shape in self.alike:
            self.twins[account, symbol] = event[1]
            if event[12] < self.split_at.get(symbol, 0):
                # Whether it is one more, and in which terms, the broker's sum alone can tell.
                self.unsure.add((account, symbol))
        if named:
            self.alike.add(shape)
        else:
            self.nameless.setdefault((account, symbol, side, venue_order), []).append(shape[2:])

    def _split(self, symbol: str, numerator: int, denominator: int) -> None:
        def split(qty: Decimal) -> Decimal:
            lots = int(abs(qty) * self.terms[symbol]) * numerator // denominator
            return Decimal(lots if qty > 0 else -lots) / self.terms[symbol]

        self._part(symbol, split)
        for key, qty in self.held.items():
            if key[2] == symbol:
                self.held[key] = split(qty)
        for name, (owner, held, amount) in self.counted.items():
            if held == symbol and owner == "external":
                self.grown[name] = split(self.grown.get(name, amount))

    def _may_be_ours(self, account: str, symbol: str, side: str) -> bool:
        return any(self.ordered[oid] == (account, symbol, side) for oid in self.unnamed)

    def _part(self, symbol: str, split: Callable[[Decimal], Decimal]) -> None:
        """Note what else may be held behind a split: what waits for a name is no holding yet, and is not split with it."""
        self.waiting = {key: pair for key, pair in self.waiting.items() if self._may_be_ours(*pair)}
        for account in {pair[0] for pair in self.waiting.values()} | {pair[0] for pair in self.apart}:
            held, pair = self.held.get((account, "external", symbol), Decimal(0)), (account, symbol)
            sums = {Decimal(0)}
            for key, where in self.waiting.items():
                owner, _, amount = self.counted.get(key, ("external", "", self.undone.get(key, Decimal(0))))
                if where[:2] == pair and owner == "external":
                    sums |= {one + amount for one in sums}
            was = self.apart.get(pair, set()) | {Decimal(0)}
            found = {split(held + more - one) + one - split(held) for more in was for one in sums}
            self.apart[pair] = found if len(found) <= MOST_APART else set()
            if len(found) > MOST_APART:
                self.unsure.add(pair)


def _compare(fold: _Fold, log: list[tuple[Any, ...]], account: str) -> None:
    """Hold the journal's holdings in an account against what its broker did."""
    held: dict[str, int] = {}
    done: dict[str, tuple[str, int]] = {}
    taken: dict[str, int] = {}
    for line in log:
        if line[1] == "executed":
            _, _, key, _, _, symbol, lots, _ = line
            done[key] = (symbol, lots)
            held[symbol] = held.get(symbol, 0) + lots
        elif line[1] in ("corrected", "busted"):
            symbol, lots = done[line[2]]
            held[symbol] -= lots
        elif line[1] == "split":
            held[line[2]] = line[5]
        elif line[1] == "submitted":
            taken[line[2]] = taken.get(line[2], 0) + 1
    for oid, count in taken.items():
        demand(count == 1, "B1", f"the broker was given {oid} {count} times")
        demand(oid in fold.owner, "B2", f"the broker has {oid}, the journal does not")
    for symbol, per_unit in fold.terms.items():
        ours = (
            sum((qty for (where, _, name), qty in fold.held.items() if (where, name) == (account, symbol)), Decimal(0))
            * per_unit
        )
        may_be = {ours + more * per_unit for more in fold.apart.get((account, symbol), ())} | {ours}
        demand(
            held.get(symbol, 0) in may_be or (account, symbol) in fold.mismatched | fold.unsure,
            "B12",
            f"{symbol}: the journal says {ours}, the broker did {held.get(symbol, 0)}",
        )
