"""What vendors list is asked for again while a run goes on; a change becomes an event.

At the opening of a session, behind a refusal whose reason may stand in the list, and each minute while the list keeps
orders out of something. Entries obey from then on; exits never ask. What was narrowed opens again with the vendor's
word; more than the run was begun with needs a new state.
"""

import asyncio
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.types import NS, ZERO, Instrument, is_multiple
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import Failure
from openbell.edges.brokers.listed import Listed
from openbell.run.assemble import Prepared
from openbell.run.inbox import Inbox
from openbell.run.listings import HALTED, Known, Listings, halts, keep, place_of

PATIENCE_NS, LEAST_NS = 30 * NS, 60 * NS
"""How long an answer may take, and how long at least from one question to the next."""
TELLING = frozenset({
    Code.HALTED, Code.SHORT_NOT_ALLOWED, Code.OFF_LOT, Code.OFF_TICK, Code.BELOW_MINIMUM, Code.BAD_PRICE,
})  # fmt: skip
"""Refusals of a vendor whose reason may stand in its list."""
GONE = Listed(fields={"can_short": False}, halted="not listed there any more")


class Relisting:
    """Asks the vendors of a run's accounts again.

    Attributes:
        known: What they list, as they said last.
    """

    def __init__(self, prepared: Prepared, known: Known, home: Path, access: Access, least: int = LEAST_NS) -> None:
        """Go on from `known`.

        Args:
            prepared: The run.
            known: What its vendors list, by account.
            home: Folder of all state, where it is kept.
            access: What a question needs besides.
            least: From one question to the next, ns.
        """
        self.known = dict(known)
        self._home, self._access, self._least = home, access, least
        self._wires = {name: wire for name, wire in prepared.wires.items() if hasattr(wire.broker, "listed")}
        self._instruments = prepared.spec.instruments
        ours = prepared.spec.deployments.values()
        self._symbols = {
            name: tuple(dict.fromkeys(s for one in ours if one.account == name for s in one.instruments))
            for name in self._wires
        }
        self._due = {name: asyncio.Event() for name in self._wires}

    def begin(self, book: Book, inbox: Inbox) -> list[asyncio.Task[None]]:
        """Begin to ask on behalf of `book`, and return what does so."""
        return [asyncio.create_task(self._ask_on(name, book, inbox)) for name in self._wires]

    def watch(self, book: Book, event: ev.Event, effects: object) -> None:
        """Look at a step: is it a reason to ask?"""
        names: list[str] = []
        if isinstance(event, ev.Schedule) and event.is_open:
            calendars = {name: {self._instruments[s].calendar for s in own} for name, own in self._symbols.items()}
            names = [name for name, own in calendars.items() if event.calendar in own]
        elif isinstance(event, ev.OrderUpdate) and event.happening == "rejected" and event.code in TELLING:
            names = [event.account]
        for name in names:
            if name in self._due:
                self._due[name].set()

    async def _ask_on(self, account: str, book: Book, inbox: Inbox) -> None:
        due = self._due[account]
        while True:
            # The first list is of the start; nobody is asked twice within a minute, whatever is refused.
            await asyncio.sleep(self._least / NS)
            if not self._is_shut(account, book):
                await due.wait()
            due.clear()
            said = await self.ask(account)
            if said is not None:
                inbox.put(news({account: said}, book))

    def _is_shut(self, account: str, book: Book) -> bool:
        """Return True while the vendor's list keeps orders out of something: it is asked until it does no more."""
        return any(book.truth.halted.get(symbol, "").startswith(HALTED) for symbol in self._symbols[account])

    async def ask(self, account: str) -> Listings | None:
        """Return what an account's vendor lists now, and keep it; None where it does not say."""
        wire, symbols = self._wires[account], self._symbols[account]
        try:
            async with asyncio.timeout(PATIENCE_NS / NS):
                told = await wire.broker.listed(wire.options, wire.broker.LIMITS, symbols, self._access)
        except (Failure, TimeoutError):
            return None
        found = {symbol: told.get(symbol, GONE) for symbol in symbols}
        said = Listings(place=place_of(wire), as_of=self._access.now(), symbols=found)
        self.known[account] = said
        keep(self._home, said)
        return said


def begin(relisting: Relisting | None, book: Book, inbox: Inbox) -> list[asyncio.Task[None]]:
    """Begin to ask, where anybody does, and return what does so."""
    return relisting.begin(book, inbox) if relisting is not None else []


def news(known: Known, book: Book) -> list[ev.Event]:
    """Return what vendors list otherwise than the book knows it, as events."""
    truth, found = book.truth, list[ev.Event](halts(known, book.truth.halted))
    for listings in known.values():
        for symbol, listed in listings.symbols.items():
            if symbol not in book.spec.instruments:
                continue
            made = relisted(book.spec.instruments[symbol], listed)
            old = truth.relisted.get(symbol) or ev.Relisted(ts=0, instrument=symbol)
            if (made.can_short, made.step) != (old.can_short, old.step):
                found.append(made)
    return found


def relisted(instrument: Instrument, listed: Listed) -> ev.Relisted:
    """Return how a vendor's list narrows an instrument, in words too. Pure."""
    fields: Mapping[str, Any] = listed.fields
    can_short = not instrument.can_short or fields.get("can_short") is not False
    lot = Decimal(str(fields.get("lot", "0")))
    step = lot if lot > ZERO and not is_multiple(instrument.lot, lot) else ZERO
    said = [f"not to be sold short there now{_because(listed.flags)}"] if not can_short else []
    said += [f"only whole multiples of {step:f} are bought there now"] if step else []
    words = ", ".join(said) + "; what is held can be left" if said else "as it was listed when the run began"
    return ev.Relisted(
        ts=0, instrument=instrument.symbol, can_short=can_short, step=step, text=f"{instrument.symbol}: {words}"
    )


def _because(flags: Iterable[str]) -> str:
    borrow = [flag for flag in flags if "borrow" in flag]
    return f" ({', '.join(borrow)})" if borrow else ""
