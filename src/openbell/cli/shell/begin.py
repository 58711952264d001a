"""From the words of a command line to a run that can start."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import msgspec

from openbell.cli.shell.failure import Wrong
from openbell.config.explain import C, ConfigError, Fault, Problem
from openbell.config.load import Loaded, problem_of
from openbell.config.places import loc_of_symbol
from openbell.edges.brokers.enquiry import Access
from openbell.run import assemble, listings, modes, source, state
from openbell.run.assemble import Prepared, Shelves
from openbell.run.clock import WallClock
from openbell.run.listings import Known
from openbell.run.sessions import sessions_of
from openbell.run.source import Source
from openbell.schema import PartConfig

MODES = ("sim", "dry_run", "paper", "live")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says of a run.

    Attributes:
        file: Configuration. mode: In place of the file's. data: In place of the file's source.
        choose: Text in the names of the files to take. until: No bar that ends later is loaded, UTC ns.
    """

    file: Path
    mode: str | None = None
    data: Path | None = None
    choose: str | None = None
    until: int | None = None


def prepare(file: Path, mode: str | None, prices: str = "", known: Known | None = None) -> tuple[Prepared, Shelves]:
    """Return a checked configuration as a run without its source.

    Args:
        file: Configuration.
        mode: In place of the file's.
        prices: Where they come from, as in `assemble.prepare`.
        known: What vendors list, likewise.

    Raises:
        ConfigError, PartError, ModeRefused, Wrong: As their texts say.
    """
    if mode is not None and mode not in MODES:
        raise Wrong(f"--mode: {mode!r} is not a mode", f"known: {', '.join(MODES)}")
    if mode == "live":
        demand_real(file)
    loaded, found = assemble.read(file, os.environ, mode)
    try:
        return assemble.prepare(loaded, found, prices=prices, known=known), found
    except ValueError as error:
        raise ConfigError(list(_instrument_problems(loaded, str(error))), str(file)) from None


def settle(prepared: Prepared, asked: Asked, folder: Path) -> tuple[Prepared, Known, list[str]]:
    """Return a run as its vendors list it, what they list now, and what should be told.

    A state goes on with what it was begun with; where its vendors are silent now, that is all there is.

    Args:
        prepared: The run by its file alone.
        asked: What the command line says of it.
        folder: Its state.

    Raises:
        NotListed: A new state's list cannot be had, or lacks a symbol. ConfigError: The file states what a vendor
            would refuse.
    """
    home, then = state.home(os.environ), listings.begun_with(state.journal(folder))
    asking = access()
    try:
        patience = listings.PATIENCE_NS if then is None else listings.HASTE_NS
        now = listings.ask(prepared.wires, traded(prepared), home, asking, patience)
    except listings.NotListed as failure:
        if then is None:
            raise
        return (
            prepare(asked.file, asked.mode, known=then)[0],
            {},
            [f"{failure.why}; what it said at the beginning counts"],
        )
    settled, _ = prepare(asked.file, asked.mode, known=now if then is None else then)
    told = [*listings.said_of(now, asking.now()), *settled.agreed.told]
    return settled, now, told + (listings.changed(then, now) if then is not None else [])


def access() -> Access:
    """Return what a question to a vendor needs: the time, and the budgets of all."""
    return listings.access(WallClock().now, os.environ)


def traded(prepared: Prepared) -> dict[str, list[str]]:
    """Return what each account outside trades."""
    return listings.traded(prepared.spec, prepared.wires)


def demand_real(file: Path) -> None:
    """Do nothing where a file itself gives an account real money: no command line does.

    Raises:
        ModeRefused: No account of it is live by itself. ConfigError, PartError: As `prepare`.
    """
    config = assemble.read(file, os.environ)[0].config
    if "live" not in [config.mode_of(name) for name in config.accounts]:
        what = "real money needs an account with mode: live of its own in the file, and a person's `openbell arm`"
        raise modes.ModeRefused(f"{what}; start with --mode sim or dry_run")


def _instrument_problems(loaded: Loaded, text: str) -> Iterator[Problem]:
    """Yield what is wrong with instruments, each line of `SYMBOL: what; advice` with its place in the file."""
    for line in text.splitlines():
        symbol, _, rest = line.partition(": ")
        what, _, advice = (rest or line).partition("; ")
        loc = loc_of_symbol(loaded, symbol)
        fault = Fault(loc=loc, code=C.VALUE, what=f"{symbol}: {what}" if rest else what, advice=advice)
        yield problem_of(loaded.path, loaded.tree, fault, set())


def begin(asked: Asked) -> tuple[Prepared, Source]:
    """Return a run and its source, both ready.

    Raises:
        SourceError: The source cannot feed this run; and as `prepare`.
    """
    prepared, found = prepare(asked.file, asked.mode, assemble.TRIAL)
    return source_of(prepared, found, asked)


def source_of(prepared: Prepared, found: Shelves, asked: Asked) -> tuple[Prepared, Source]:
    """Return a run and its source, both ready.

    Raises:
        SourceError: The source cannot feed this run. Wrong: There is none.
    """
    feed, options = feed_of(prepared, found, asked)
    return load(prepared, feed, options, asked.until)


def load(prepared: Prepared, feed: ModuleType, options: PartConfig, until: int | None) -> tuple[Prepared, Source]:
    """Return a run with its source loaded; a synthetic one marks the whole run."""
    look_up = sessions_of(prepared.loaded.config.calendars, state.home(os.environ) / "calendars.json")
    loaded = source.load(prepared.spec, feed, options, look_up, until)
    prepared.spec = msgspec.structs.replace(prepared.spec, is_synthetic=loaded.is_synthetic)
    return prepared, loaded


def feed_of(prepared: Prepared, found: Shelves, asked: Asked) -> tuple[ModuleType, PartConfig]:
    """Return the feed and its options: the file's own source, or what `--data` names.

    Raises:
        Wrong: There is neither. SourceError: `--data` names nothing readable.
    """
    own = prepared.feed_options
    if asked.data is None:
        if prepared.feed is None or own is None:
            what = f"{asked.file} names no source of market data, and --data was not given"
            raise Wrong(what, "give --data DIR with recorded bars, or write source: {kind: synthetic} into the file")
        return prepared.feed, own
    if not asked.data.exists():
        raise Wrong(f"--data: {asked.data} does not exist", "name a Parquet or CSV file, or a folder of them")
    kind = source.chosen_by_path(asked.data)
    model = found.feeds[kind]
    fields: dict[str, object] = {"path": asked.data}
    if asked.choose or getattr(own, "source", None):
        # What to take where files overlap is said of recorded data, of whichever kind they are.
        fields["source"] = asked.choose or getattr(own, "source", None)
    if own is not None and isinstance(own, model):
        return found.feeds.module(kind), own.model_copy(update=fields)
    return found.feeds.module(kind), model.model_validate(fields)
