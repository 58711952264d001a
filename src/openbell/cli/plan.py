"""`openbell plan`: the run in words before it runs. It starts nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.shell.options import Choose, Data, File, Json, Mode
from openbell.cli.shell.output import say, say_json
from openbell.words import counted

if TYPE_CHECKING:
    from openbell.config.plan import Facts
    from openbell.run.assemble import Prepared
    from openbell.run.source import Source

EXAMPLES = """
openbell plan my.yaml                  where orders go, what is at stake a day, which limits are off
openbell plan my.yaml --data bars      the same with what the recorded bars hold
openbell plan my.yaml --against DIR    the same, and what differs from the run of that state
"""
Against = Annotated[
    Path | None,
    typer.Option("--against", metavar="DIR", help="State whose run the file is compared with.", show_default=False),
]


def plan(
    file: File,
    mode: Mode = None,
    data: Data = None,
    source: Choose = None,
    against: Against = None,
    as_json: Json = False,
) -> int:
    """Say in words what a run will do: orders, sizes, worst loss a day, limits, disk."""
    from openbell.cli.shell.begin import Asked, begin, prepare
    from openbell.config import plan as words
    from openbell.run.plausible import tried

    prepared, _ = prepare(file, mode)
    listed = instruments(prepared, file, mode)
    facts, trial = None, None
    if data is not None or prepared.feed is not None:
        prepared, loaded = begin(Asked(file=file, mode=mode, data=data, choose=source))
        facts, trial = facts_of(prepared, loaded), tried(prepared, loaded)
    made = words.plan(prepared.loaded, facts)
    differs = difference(file, mode, against) if against is not None else None
    if as_json:
        alarms, idle = trial or (None, None)
        told = {**made.data, "alarms": alarms, "idle": idle, "instruments": listed}
        say_json(told if differs is None else {**told, "against": str(against), "differs": differs})
        return 0
    say(made.text())
    for line in listed:
        say(line)
    for alarm in trial.alarms if trial is not None else ():
        say(f"NOT PLAUSIBLE: {alarm}")
    if trial is not None and trial.idle:
        say(f"TRIED ON THESE BARS: {trial.idle}")
    for line in differs if differs is not None else ():
        say(f"Against {against}: {line}")
    if differs == []:
        say(f"Against {against}: nothing differs")
    return 0


def instruments(prepared: "Prepared", file: Path, mode: str | None) -> list[str]:
    """Return what vendors said last of a run's instruments; nobody is asked."""
    import os

    from openbell.cli.shell.begin import prepare, traded
    from openbell.run import listings, state
    from openbell.run.clock import WallClock

    symbols, lines = traded(prepared), []
    known = listings.kept(prepared.wires, symbols, state.home(os.environ))
    settled = prepare(file, mode, known=known)[0] if known else prepared
    lines = [*listings.said_of(known, WallClock().now()), *settled.agreed.told]
    for name, own in symbols.items():
        there = known[name].symbols if name in known else {}
        for symbol in dict.fromkeys(own):
            made, origins = settled.spec.instruments[symbol], settled.agreed.origins.get(symbol, {})
            lines.append(f"  {listings.words(made, origins, there.get(symbol))}")
        if hasattr(prepared.wires[name].broker, "listed") and len(there) < len(set(own)):
            lines.append(f"{name}: `openbell doctor {name} {file}` and each start ask what its vendor lists of them")
    return lines


def difference(file: Path, mode: str | None, folder: Path) -> list[str]:
    """Return in words what a file has otherwise than the run of a state."""
    from openbell.cli.shell.begin import prepare
    from openbell.run import state as states
    from openbell.run.listings import decode
    from openbell.run.reading import read_book
    from openbell.run.reload import in_words, unlike
    from openbell.run.tightness import too_wide

    read = read_book(states.journal(states.existing(folder)))
    prepared, _ = prepare(file, mode, known=decode(read.genesis.listed))
    beyond = [f"{word} changed: that needs a new state" for word in unlike(prepared, read.genesis)]
    return [*in_words(read.book, read.genesis, prepared), *beyond, *too_wide(read.book, prepared.rules)]


def facts_of(prepared: "Prepared", source: "Source") -> "Facts":
    """Return what the planner should know of a loaded source."""
    from openbell.config.plan import Facts
    from openbell.core.types import NS
    from openbell.report.figures import utc
    from openbell.run.plausible import turnover

    day = 86_400 * NS
    per_day: dict[str, int] = {}
    for name, deployment in prepared.spec.deployments.items():
        own = [t for t in source.tables if t.symbol in deployment.instruments and t.interval_ns == deployment.interval]
        days = [len({int(ts) // day for ts in table.open_ts}) for table in own]
        per_day[name] = max((len(table) // max(n, 1) for table, n in zip(own, days, strict=True)), default=0)
    first = min(int(table.open_ts[0]) for table in source.tables)
    last = max(int(table.ts[-1]) for table in source.tables)
    symbols = len({table.symbol for table in source.tables})
    span = f"{(utc(first) or '')[:10]} to {(utc(last) or '')[:10]}"
    words = f"{counted(source.bars, 'bar')} of {counted(symbols, 'instrument')}, {span}"
    return Facts(
        source=words, bars_per_day=per_day, is_synthetic=source.is_synthetic, turnover=turnover(prepared, source)
    )
