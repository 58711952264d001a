"""What vendors list of a run's instruments: asked, kept, settled with its file."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from openbell.config.load import Loaded
from openbell.core import events as ev
from openbell.core.spec import RunSpec
from openbell.core.types import NS, Instrument
from openbell.edges import instruments
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.failures import Failure, Transient
from openbell.edges.brokers.listed import Listed
from openbell.edges.instruments.vendor import Settled, settle
from openbell.files import write_whole
from openbell.report.figures import utc
from openbell.run import state
from openbell.run.records import Unlike, first_event

FOLDER = "instruments"
"""Under the folder of all state: a file for each vendor's host, with what it said last."""
PATIENCE_NS, HASTE_NS = 15 * NS, 3 * NS
"""How long a vendor may take in all, and where an engine comes back that may hold something."""
HALTED = "the vendor: "
"""How the word of a list begins that keeps orders out; halts of the market have other words."""
SHOWN = ("tick", "lot", "min_qty", "min_notional", "can_short")


class Listings(msgspec.Struct, frozen=True, kw_only=True):
    """What one vendor lists: `place` is its broker and host, `as_of` when it said so (UTC ns)."""

    place: str
    as_of: int
    symbols: dict[str, Listed]


class NotListed(Exception):
    """A vendor's list cannot be had, or lacks a symbol.

    Attributes:
        why: Which and why. next: What to do. symbols: Those that the list lacks, none where there is no list.
    """

    def __init__(self, why: str, next_step: str, symbols: tuple[str, ...] = ()) -> None:
        """Say why, and what to do next."""
        super().__init__(f"{why}; {next_step}")
        self.why = why
        self.next = next_step
        self.symbols = symbols


class Wire(Protocol):
    """An account at a venue outside: its broker and the broker's options."""

    @property
    def broker(self) -> Any:
        """The adapter."""

    @property
    def options(self) -> Any:
        """The account's options."""


Known = dict[str, Listings]
"""By account."""


def encode(known: Known) -> str:
    """Return lists as text, empty for none."""
    return msgspec.json.encode(known).decode() if known else ""


def decode(text: str) -> Known:
    """Return the lists that a text holds.

    Raises:
        msgspec.MsgspecError: It is none.
    """
    return msgspec.json.decode(text, type=Known) if text else {}


def instruments_of(loaded: Loaded, known: Known) -> tuple[dict[str, Instrument], Settled]:
    """Return a run's instruments, and how file and vendors were settled.

    Raises:
        ValueError: They are wrong, or a file states what a vendor would refuse; a line each.
    """
    listed, deployments = loaded.config.instruments, loaded.config.deployments
    fields: dict[str, Any] = dict(instruments.read(loaded.folder / listed.file)) if listed.file else {}
    fields.update(listed.symbols)
    symbols = list(dict.fromkeys(s for deployment in deployments for s in deployment.instruments))
    if listed.default is not None:
        fields = dict.fromkeys(symbols, listed.default) | fields
    said: dict[str, tuple[str, Mapping[str, str | bool]]] = {}
    for one in deployments:
        there = known.get(one.account)
        for symbol in one.instruments if there is not None else ():
            if there is None or symbol not in there.symbols:
                continue
            new = there.symbols[symbol].fields
            place, old = said.setdefault(symbol, (there.place, new))
            if old != new:
                words = f"{symbol}: {place} and {there.place} list it differently"
                raise ValueError(f"{words}; trade it at one of them")
    settled = settle(fields, {symbol: words for symbol, (_, words) in said.items()})
    return instruments.load(settled.entries, symbols), settled


def with_kinds(loaded: Loaded, agreed: Settled) -> Loaded:
    """Return a configuration whose effective form says the kind that each instrument has.

    Where the file does not state it, it is the vendor's and not the default.
    """
    kinds = {symbol: entry["kind"] for symbol, entry in agreed.entries.items() if "kind" in entry}
    shown = {
        symbol: {**entry, "kind": kinds[symbol]} if symbol in kinds else entry
        for symbol, entry in loaded.masked.get("instruments", {}).items()
    }
    return msgspec.structs.replace(loaded, masked=loaded.masked | {"instruments": shown})


def traded(spec: RunSpec, outside: Collection[str]) -> dict[str, list[str]]:
    """Return what each account outside trades, by account."""
    ours = spec.deployments.values()
    return {name: [s for one in ours if one.account == name for s in one.instruments] for name in outside}


# --- asking and keeping -------------------------------------------------------------------------------------------


def begun_with(journal: Path) -> Known | None:
    """Return the lists that a state was begun with, None for a new one."""
    try:
        return decode(first_event(journal).listed) if journal.is_dir() else None
    except Unlike:
        return None


def access(now: Callable[[], int], environment: Mapping[str, str]) -> Access:
    """Return what a question needs: the time (UTC ns), and the budgets of all processes."""
    return Access(now=now, rates=state.leases(environment).with_name("rates"))


def ask(
    wires: Mapping[str, Wire],
    symbols: Mapping[str, Collection[str]],
    home: Path,
    access: Access,
    patience: int = PATIENCE_NS,
) -> Known:
    """Return what the vendors of accounts list now, and keep it.

    Args:
        wires: By account.
        symbols: What each account trades.
        home: Folder of all state.
        access: What a question needs besides.
        patience: How long each vendor may take, ns.

    Raises:
        NotListed: A vendor's list cannot be had, and none was kept that has the symbols; or it lacks one.
    """
    import asyncio

    found: Known = {}
    for name, wire in wires.items():
        look, wanted = getattr(wire.broker, "listed", None), tuple(dict.fromkeys(symbols[name]))
        if look is None or not wanted:
            continue
        place = place_of(wire)
        try:
            asked = _asked(look(wire.options, wire.broker.LIMITS, wanted, access), patience)
            said: dict[str, Listed] = asyncio.run(asked)
        except Failure as failure:
            there = kept({name: wire}, symbols, home).get(name)
            if there is None or len(there.symbols) < len(wanted):
                fix = "nothing is traded in steps that nobody has confirmed: start again once it answers"
                raise NotListed(f"{name}: {place} does not list its instruments: {failure}", fix) from None
            found[name] = there
            continue
        missing = tuple(symbol for symbol in wanted if symbol not in said)
        if missing:
            raise NotListed(f"{name}: {place} does not list {', '.join(missing)}", "take it out of the file", missing)
        found[name] = Listings(place=place, as_of=access.now(), symbols=said)
        keep(home, found[name])
    return found


async def _asked(look: Awaitable[dict[str, Listed]], patience: int) -> dict[str, Listed]:
    """Return an answer. Raises Failure."""
    import asyncio

    try:
        async with asyncio.timeout(patience / NS):
            return await look
    except TimeoutError:
        raise Transient(f"no answer within {patience / NS:g} s") from None


def place_of(wire: Wire) -> str:
    """Return whose list an account's is: broker and host."""
    return " ".join(wire.broker.place(wire.options)[:2])


def keep(home: Path, listings: Listings) -> None:
    """Keep a list beside what else the same vendor said."""
    before = read(home, listings.place)
    symbols = (before.symbols if before is not None else {}) | listings.symbols
    file = _file(home, listings.place)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, msgspec.json.encode(msgspec.structs.replace(listings, symbols=symbols)))


def read(home: Path, place: str) -> Listings | None:
    """Return the list of a vendor that was kept, None for none that can be read."""
    try:
        return msgspec.json.decode(_file(home, place).read_bytes(), type=Listings)
    except (OSError, msgspec.MsgspecError):
        return None


def kept(wires: Mapping[str, Wire], symbols: Mapping[str, Collection[str]], home: Path) -> Known:
    """Return what the vendors of accounts said last, as far as it was kept; nobody is asked."""
    found: Known = {}
    for name, wire in wires.items():
        there = read(home, place_of(wire))
        if there is not None and (own := {s: there.symbols[s] for s in symbols[name] if s in there.symbols}):
            found[name] = msgspec.structs.replace(there, symbols=own)
    return found


def _file(home: Path, place: str) -> Path:
    return home / FOLDER / f"{file_name(place)}.json"


def file_name(text: str) -> str:
    """Return a vendor's words as part of a file's name."""
    return "".join(c if c.isalnum() or c in ".-" else "-" for c in text)


# --- in words -----------------------------------------------------------------------------------------------------


def words(instrument: Instrument, origins: Mapping[str, str], listed: Listed | None) -> str:
    """Return an instrument in words, each number with whose it is: vendor, file, default."""
    shown = []
    for name in SHOWN:
        value: Any = instrument.bands if name == "tick" else getattr(instrument, name)
        if name == "tick":
            value = ", ".join(f"{band.tick:f}" + (f" from {band.above:f}" if band.above else "") for band in value)
        elif not isinstance(value, bool):
            value = f"{value:f}"
        if name in ("min_qty", "min_notional") and value == "0":
            continue
        value = {True: "yes", False: "no"}.get(value, value)
        shown.append(f"{name} {value} ({origins.get(name, 'default')})")
    said = [*(listed.flags if listed is not None else ())]
    halted = f"; NOT TRADED NOW: {listed.halted}" if listed is not None and listed.halted else ""
    return f"{instrument.symbol}: {', '.join([*shown, *said])}{halted}"


def halts(known: Known, halted: Mapping[str, str]) -> list[ev.Halt]:
    """Return what vendors keep orders out of now, and what they let them into again.

    Args:
        known: What they list.
        halted: What does not trade so far, with the words of it.
    """
    found = []
    for listings in known.values():
        for symbol, one in listings.symbols.items():
            text = HALTED + one.halted
            if one.halted and halted.get(symbol) != text:
                found.append(ev.Halt(ts=0, instrument=symbol, is_halted=True, text=text))
            elif not one.halted and halted.get(symbol, "").startswith(HALTED):
                found.append(ev.Halt(ts=0, instrument=symbol, is_halted=False, text="the vendor lists it again"))
    return found


def said_of(known: Known, now: int) -> list[str]:
    """Return who said what a run goes by, and how old it is at `now` (UTC ns)."""
    return [
        f"{name}: instruments as {one.place} lists them, asked {(utc(one.as_of) or '')[:19]}Z, "
        f"{max(now - one.as_of, 0) // 60_000_000_000} min ago"
        for name, one in known.items()
    ]


def changed(then: Known, now: Known) -> list[str]:
    """Return where a vendor says something else of an instrument than a run was begun with."""
    found = []
    for name, one in now.items():
        for symbol, listed in one.symbols.items():
            old = then[name].symbols.get(symbol) if name in then else None
            if old is not None and old.fields != listed.fields:
                parts = [f"{k} {old.fields.get(k, 'nothing')} is {listed.fields.get(k, 'nothing')} now"
                         for k in sorted({*old.fields, *listed.fields})
                         if old.fields.get(k) != listed.fields.get(k)]  # fmt: skip
                fix = "orders that do not fit are refused; a new state takes it over"
                found.append(f"{name} {symbol}: {one.place} lists {', '.join(parts)}; {fix}")
    return found
