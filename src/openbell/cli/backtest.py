"""`openbell backtest`: the same engine over a whole source, without a journal."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.shell.failure import DIFFERENT, Wrong
from openbell.cli.shell.options import Choose, Data, File, Json, Report, StateOption, Until, parse_until
from openbell.cli.shell.output import say, say_json

if TYPE_CHECKING:
    from openbell.cli.shell.interrupt import Interrupt
    from openbell.run.assemble import Prepared
    from openbell.run.results import Result
    from openbell.run.source import Source

EXAMPLES = """
openbell backtest my.yaml                         over the file's own source
openbell backtest my.yaml --data bars             over recorded bars
openbell backtest my.yaml --data bars --verify    plain engine and compiled twin: the same orders?
"""
ENGINES = ("plain", "auto")

Engine = Annotated[
    str,
    typer.Option(
        "--engine", metavar="plain|auto", help="auto: compiled where every part has a twin, with the same orders."
    ),
]
Verify = Annotated[
    bool, typer.Option("--verify", help="Compare the compiled twin with the plain engine; 4 if unequal.")
]


def backtest(
    file: File,
    data: Data = None,
    source: Choose = None,
    engine: Engine = "auto",
    verify: Verify = False,
    state: StateOption = None,
    until: Until = None,
    report: Report = None,
    as_json: Json = False,
) -> int:
    """Run a file over its whole source, with the same orders as `run` would have."""
    from openbell.cli.shell.begin import Asked, begin
    from openbell.cli.shell.interrupt import Interrupt
    from openbell.cli.shell.session import daily_limit
    from openbell.run.plausible import alarms_of

    if engine not in ENGINES:
        raise Wrong(f"--engine: {engine!r} is not an engine", f"known: {', '.join(ENGINES)}")
    end = parse_until(until) if until else None
    with Interrupt() as interrupt:
        if state is not None and not verify:
            return _journaled(Asked(file=file, data=data, choose=source), state, (end, report), as_json=as_json)
        prepared, loaded = begin(Asked(file=file, data=data, choose=source, until=end))
        if verify:
            return compare(prepared, loaded, interrupt, as_json=as_json)
        began = time.perf_counter()
        result = carry_out(prepared, loaded, (engine, interrupt), is_shown=not as_json)
        elapsed = time.perf_counter() - began
        told = elapsed, as_json, alarms_of(prepared, loaded, result)
        _tell(result, file, report, told, daily_limit(prepared))
    return 0


def carry_out(prepared: "Prepared", source: "Source", how: "tuple[str, Interrupt]", *, is_shown: bool) -> "Result":
    """Return the result of the engine that was asked for, with progress on standard error.

    Args:
        prepared: The run.
        source: What it is told.
        how: Engine, and who may interrupt it.
        is_shown: False for no progress.
    """
    from openbell.cli.shell.onlooker import Meter
    from openbell.run.backtest import backtest as plain

    engine, interrupt = how
    meter = Meter(interrupt, source.bars, is_shown=is_shown)
    try:
        if engine == "auto":
            from openbell.run.compiled import backtest_auto

            return backtest_auto(prepared, source, meter, tell=meter.compiling)
        return plain(prepared, source, meter)
    finally:
        meter.close()


def compare(prepared: "Prepared", source: "Source", interrupt: "Interrupt", *, as_json: bool) -> int:
    """Run the compiled twin beside the plain engine and say whether they are equal."""
    from openbell.cli.shell.onlooker import Meter
    from openbell.cli.shell.study import INTERRUPTED
    from openbell.run.verified import verify

    meter = Meter(interrupt, source.bars, is_shown=not as_json)
    try:
        found = verify(prepared, source, None, meter, meter.compiling)
    finally:
        meter.close()
    if found["reason"]:
        # Nothing was compared, so nothing is said to be equal.
        found["equal"] = None
    if as_json:
        say_json(found)
    elif found["reason"]:
        say(f"not compared: {found['reason']}")
    elif found["equal"]:
        say(f"equal: plain engine and compiled twin agree on {source.bars:,} bars")
    else:
        say(f"DIFFERENT: {found['difference']}")
    if interrupt.is_set:
        return INTERRUPTED
    return DIFFERENT if found["equal"] is False else 0


def _tell(
    result: "Result", file: Path, report: Path | None, how: tuple[float, bool, list[str]], limit: int | None
) -> None:
    from openbell.cli.run import name_of
    from openbell.cli.shell.finish import End, finish, report_place
    from openbell.run.clock import WallClock

    elapsed, as_json, alarms = how
    place = report_place(report, None, name_of(file), WallClock().now())
    extra = {"alarms": alarms}
    end = End(
        mode="backtest", runtime_s=elapsed, as_json=as_json, report=place, extra=extra, max_daily_trades=limit
    )  # fmt: skip
    finish(result, end)
    for alarm in () if as_json else alarms:
        say(f"NOT PLAUSIBLE: {alarm}")


def _journaled(asked: Any, state: Path, how: tuple[int | None, Path | None], *, as_json: bool) -> int:
    """Run with a journal in `state`: the same loop, and everything that can be asked of a state afterwards."""
    from openbell.cli.run import name_of
    from openbell.cli.shell.drive import Drive, start

    until, report = how
    name = name_of(asked.file)
    drive = Drive(name=name, pace=(None,), state=state, until=until, report=report, as_json=as_json, mode="backtest")
    return start(asked, drive)
