"""`openbell data`: a store of recorded bars: taken in, judged, made longer, written out."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.shell.failure import DIFFERENT, FAILED, Wrong
from openbell.cli.shell.options import File, Json, Mode, Until, parse_since, parse_until
from openbell.cli.shell.output import say, say_json, tell

if TYPE_CHECKING:
    from openbell.run.data import Verified

EXAMPLES = """
openbell data import bars/ --interval 1m               vendors' files into the store
openbell data list                                     what is there
openbell data verify --calendar NYSE                   defects and gaps; 4 where a defect is found
openbell data resample SPY --from 1m --to 1h --calendar NYSE
openbell data export SPY --interval 1h --out spy.csv
"""
IMPORT_EXAMPLES = """
openbell data import bars/                       every .parquet and .csv file of a folder
openbell data import spy.csv --tz America/New_York
openbell data import daily.parquet --repair --adjusted   wrong units, missed splits, doubled dividends put right
"""
FETCH_EXAMPLES = """
openbell data fetch my.yaml main --since 2026-11-02             minutes of what the account trades, from its vendor
openbell data fetch my.yaml main --since 2026-11-02 --until 2026-11-06 --store bars
"""
LIST_EXAMPLES = """
openbell data list             instruments, lengths of bars, rows, first and last, splits and dividends
openbell data list --json
"""
VERIFY_EXAMPLES = """
openbell data verify                        the store: exit code 0 if sound, 4 where a defect is found
openbell data verify bars/ --calendar NYSE  any folder or file, and what is missing inside sessions
"""
RESAMPLE_EXAMPLES = """
openbell data resample SPY --from 1m --to 5m --calendar NYSE   bars begin at the session's opening
openbell data resample SPY --from 1m --to session --calendar NYSE
"""
EXPORT_EXAMPLES = """
openbell data export SPY --interval 1m --out spy.parquet
openbell data export AAPL --interval 1d --adjust all --out aapl.csv   comparable with the newest price
"""
ADJUST = ("none", "splits", "all")
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files or folders of bars (Parquet or CSV).")]
Some = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE...]", help="Files or folders; default: the store.", show_default=False),
]
Store = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="Default: data under $OPENBELL_HOME.", show_default=False),
]
Span = Annotated[
    str | None,
    typer.Option(
        "--interval", metavar="SPAN", help="Length of a bar; default: told by the stamps.", show_default=False
    ),
]
Zone = Annotated[str, typer.Option("--tz", metavar="ZONE", help="Zone of CSV stamps that state none.")]
Repair = Annotated[bool, typer.Option("--repair", help="Put right what the series itself proves wrong.")]
Adjusted = Annotated[bool, typer.Option("--adjusted", help="The vendor's prices are adjusted for splits.")]
Replace = Annotated[bool, typer.Option("--replace", help="New rows win over stored ones.")]
Calendar = Annotated[
    str | None, typer.Option("--calendar", metavar="NAME", help="NYSE, KRX, fx, 24x7 ...", show_default=False)
]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="First minute; a date is its beginning, UTC.")]
Symbol = Annotated[str, typer.Argument(metavar="SYMBOL", help="Instrument.")]


SHOWN = 5
"""Defects of a kind that are told one by one."""


def _store(option: Path | None) -> Path:
    from openbell.run.data import home

    return option if option is not None else home(os.environ)


def _span(option: str, text: str) -> int:
    from openbell.schema import parse_span

    try:
        return parse_span(text)
    except ValueError as error:
        raise Wrong(f"{option}: {error}", "write it like 1m, 5m, 1h or 1d") from None


def take_in(
    files: Files,
    store: Store = None,
    interval: Span = None,
    tz: Zone = "UTC",
    repair: Repair = False,
    adjusted: Adjusted = False,
    replace: Replace = False,
    as_json: Json = False,
) -> int:
    """Take files of bars into the store, with their splits and dividends."""
    from openbell.edges.feeds.defects import counted
    from openbell.edges.feeds.intake import Terms
    from openbell.edges.feeds.store import Conflict
    from openbell.run import data
    from openbell.schema import format_span

    folder = _store(store)
    length = _span("--interval", interval) if interval else None
    terms = Terms(interval=length, tz=tz, repairs=repair, is_adjusted=adjusted, replaces=replace)
    try:
        taken = data.take_in(folder, files, terms, tell)
    except Conflict as error:
        raise Wrong(str(error), "add --replace to let the new rows win, or take them into another --store") from None
    except ValueError as error:
        raise Wrong(str(error), "openbell data import --help shows what can be read") from None
    found = [
        {
            "file": one.part.file, "symbol": one.part.symbol, "interval": format_span(one.part.interval),
            "added": one.merged.added, "known": one.merged.known, "changed": one.merged.changed,
            "defects": counted(one.found), "repaired": counted(one.repaired),
        }
        for one in taken
    ]  # fmt: skip
    if as_json:
        say_json({"store": str(folder), "taken": found})
        return 0
    for one in found:
        judged = _kinds("; found", one["defects"]) + _kinds("; put right", one["repaired"])
        rows = f"{one['added']:,} new, {one['known']:,} known, {one['changed']:,} replaced"
        say(f"{one['symbol']} {one['interval']} from {one['file']}: {rows}{judged}")
    say(f"Store: {folder}")
    return 0


def fetch(
    file: File,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Account of the file, at a venue outside.")],
    since: Since,
    until: Until = None,
    mode: Mode = None,
    store: Store = None,
    replace: Replace = False,
    as_json: Json = False,
) -> int:
    """Take minutes of the past from an account's vendor into the store."""
    from openbell.cli.shell.begin import access, prepare, traded
    from openbell.edges.brokers.failures import Failure
    from openbell.edges.brokers.past import Wanted
    from openbell.edges.feeds.store import Conflict
    from openbell.run import data

    prepared, _ = prepare(file, mode)
    wire = prepared.wires.get(account)
    if wire is None or not hasattr(wire.broker, "history"):
        known = ", ".join(n for n, one in prepared.wires.items() if hasattr(one.broker, "history")) or "none"
        raise Wrong(f"{file}: {account!r} is no account whose vendor has bars of the past", f"those: {known}")
    asking = access()
    first, last = parse_since(since), parse_until(until) if until else asking.now()
    symbols = dict.fromkeys(traded(prepared)[account])
    wanted = tuple(Wanted(symbol=symbol, start=first, end=min(last, asking.now())) for symbol in symbols)
    try:
        taken = data.fetch(wire, wanted, _store(store), asking, replaces=replace)
    except Conflict as error:
        raise Wrong(str(error), "add --replace to let the new rows win, or take them into another --store") from None
    except Failure as failure:
        raise Wrong(f"{account}: no bars of the past: {failure}", f"openbell doctor {account} {file}", FAILED) from None
    found = [{"symbol": one.part.symbol, "added": one.merged.added, "known": one.merged.known,
              "changed": one.merged.changed} for one in taken]  # fmt: skip
    if as_json:
        say_json(
            {"store": str(_store(store)), "taken": found, "missing": sorted({*symbols} - {o["symbol"] for o in found})}
        )
        return 0
    for one in found:
        say(f"{one['symbol']} 1m: {one['added']:,} new, {one['known']:,} known, {one['changed']:,} replaced")
    say(f"Store: {_store(store)}")
    return 0


def _kinds(word: str, counts: Any) -> str:
    return f"{word} " + ", ".join(f"{count:,} {kind}" for kind, count in counts.items()) if counts else ""


def listed(store: Store = None, as_json: Json = False) -> int:
    """List what the store holds."""
    from openbell.edges.feeds.store import entries
    from openbell.schema import format_span

    folder = _store(store)
    found = entries(folder)
    if as_json:
        rows = [
            {**{name: getattr(one, name) for name in one.__struct_fields__}, "interval": format_span(one.interval)}
            for one in found
        ]
        say_json({"store": str(folder), "bars": rows})
        return 0
    say(f"{'Symbol':<14}{'Bars':<7}{'Rows':>10}  {'First':<20}{'Last':<20}{'Splits':>7}{'Dividends':>11}{'KiB':>8}")
    for one in found:
        span = format_span(one.interval)
        say(f"{one.symbol:<14}{span:<7}{one.rows:>10,}  {one.first:<20}{one.last:<20}{one.splits:>7}"
            f"{one.dividends:>11}{one.bytes // 1024:>8,}")  # fmt: skip
    say("nothing yet: openbell data import FILE" if not found else f"Store: {folder}")
    return 0


def verify(
    files: Some = None,
    store: Store = None,
    calendar: Calendar = None,
    adjusted: Adjusted = False,
    as_json: Json = False,
) -> int:
    """Report defects of bars and, with --calendar, what is missing inside sessions."""
    from openbell.run import data

    try:
        found = data.verify(files or [_store(store)], calendar, os.environ, is_adjusted=adjusted, tell=tell)
    except ValueError as error:
        raise Wrong(str(error), "name files of bars, or take some in: openbell data import FILE") from None
    is_sound = not any(one.defects for one in found)
    if as_json:
        say_json({"is_sound": is_sound, "bars": [one.as_data() for one in found]})
    for one in found if not as_json else ():
        _tell(one)
    return 0 if is_sound else DIFFERENT


def _tell(one: "Verified") -> None:
    from openbell.edges.feeds.defects import counted
    from openbell.report.figures import utc
    from openbell.schema import format_span

    judged = _kinds("", counted(one.defects)).strip() or "sound"
    say(f"{one.symbol} {format_span(one.interval)} ({one.file}): {one.rows:,} rows, {judged}")
    for kind, count in counted(one.defects).items():
        for defect in [defect for defect in one.defects if defect.kind == kind][:SHOWN]:
            say(f"  {utc(defect.ts)}: {defect.text}")
        if count > SHOWN:
            say(f"  … {count - SHOWN:,} more of {kind}")
    gaps = one.gaps
    if gaps is not None:
        share = f"{100.0 * gaps.missing / gaps.expected:.1f}%" if gaps.expected else "-"
        say(f"  {gaps.sessions:,} sessions, {gaps.empty:,} without a bar; {gaps.missing:,} of {gaps.expected:,} bars "
            f"missing ({share}); {gaps.outside:,} rows outside sessions")  # fmt: skip
        if gaps.longest_ns:
            say(f"  longest gap inside a session: {format_span(gaps.longest_ns)} from {utc(gaps.longest_at)}")


def resample(
    symbol: Symbol,
    before: Annotated[str, typer.Option("--from", metavar="SPAN", help="Length of the bars that are there.")],
    after: Annotated[str, typer.Option("--to", metavar="SPAN|session", help="Length of the bars to make.")],
    calendar: Annotated[str, typer.Option("--calendar", metavar="NAME", help="NYSE, KRX, fx, 24x7 ...")],
    store: Store = None,
    as_json: Json = False,
) -> int:
    """Make longer bars, anchored at each session's opening."""
    from openbell.run import data

    folder = _store(store)
    span = None if after == "session" else _span("--to", after)
    asked = data.Longer(symbol=symbol, before=_span("--from", before), after=span, calendar=calendar)
    try:
        made, outside = data.lengthen(folder, asked, os.environ)
    except ValueError as error:
        raise Wrong(str(error), "openbell data list shows what is there") from None
    if as_json:
        say_json({"store": str(folder), "symbol": symbol, "interval": after, "bars": made, "outside": outside})
    else:
        say(f"{made:,} bars of {symbol}, {after}; {outside:,} rows outside the sessions of {calendar} left out")
    return 0


def export(
    symbol: Symbol,
    interval: Annotated[str, typer.Option("--interval", metavar="SPAN", help="Length of a bar.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A .parquet or .csv file to write.")],
    adjust: Annotated[
        str, typer.Option("--adjust", metavar="none|splits|all", help="all: dividends as well.")
    ] = "none",
    store: Store = None,
    as_json: Json = False,
) -> int:
    """Write bars of the store into a file, adjusted for splits and dividends where asked."""
    from openbell.run import data

    if adjust not in ADJUST:
        raise Wrong(f"--adjust: {adjust!r} is not known", f"known: {', '.join(ADJUST)}")
    if out.suffix not in data.SUFFIXES:
        raise Wrong(f"{out}: is neither .parquet nor .csv", "choose one by the file's ending")
    try:
        frame = data.read(_store(store), symbol, _span("--interval", interval), adjust)
    except ValueError as error:
        raise Wrong(str(error), "openbell data list shows what is there") from None
    part = out.with_name(out.name + ".part")
    if out.suffix == ".parquet":
        frame.write_parquet(part, compression="zstd")
    else:
        frame.write_csv(part, datetime_format="%Y-%m-%dT%H:%M:%SZ")
    part.replace(out)
    if as_json:
        say_json({"symbol": symbol, "interval": interval, "rows": frame.height, "adjust": adjust, "out": str(out)})
    else:
        say(f"{frame.height:,} bars of {symbol} written to {out}")
    return 0
