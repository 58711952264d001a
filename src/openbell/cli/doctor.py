"""`openbell doctor`: is everything ready? Each line ok, warn or fail, with one remedy."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.shell.failure import DONE, FAILED, REFUSED, Wrong
from openbell.cli.shell.options import Choose, Data, Json, Mode
from openbell.cli.shell.output import say, say_json

if TYPE_CHECKING:
    from openbell.run.assemble import Prepared, Shelves
    from openbell.run.doctor.line import Line

EXAMPLES = """
openbell doctor                        this machine
openbell doctor quick my.yaml          the same, the file, its secrets, rules and alerts, and every account's line
openbell doctor data my.yaml           its bars: order, gaps, highs and lows, age
openbell doctor signals my.yaml        what each strategy says of each instrument
openbell doctor strategy my.yaml       are its symbols there, do their bars come, do its parameters fit them?
openbell doctor perf my.yaml           resources, intervals of updates, log level
openbell doctor alerts my.yaml         quick, and a trial alert through every channel: is it taken?
openbell doctor full my.yaml           all of that, and a whole simulated run, stopped and started again
openbell doctor main my.yaml           the account main: clock, TLS, keys, rights, kind, data, request budget
"""
KINDS = ("quick", "data", "signals", "strategy", "perf", "alerts", "full")
Kind = Annotated[
    str, typer.Argument(metavar=f"[{'|'.join(KINDS)}|ACCOUNT]", help="What is looked at.", show_default=True)
]
Level = Annotated[
    str, typer.Option("--log-level", metavar="LEVEL", help="Level that the run's log files are to have, for `perf`.")
]
MaybeFile = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="Configuration file (YAML).", show_default=False)
]


def doctor(
    kind: Kind = "quick",
    file: MaybeFile = None,
    mode: Mode = None,
    data: Data = None,
    source: Choose = None,
    log_level: Level = "INFO",
    as_json: Json = False,
) -> int:
    """Look whether all is ready: each part ok, warn or fail, with one remedy."""
    from openbell.run.doctor.line import worst

    if kind not in KINDS and file is None:
        what = f"{kind!r} is not one of {', '.join(KINDS)}, and an account stands in a file"
        is_file = Path(kind).is_file()
        raise Wrong(what, f"openbell doctor quick {kind}" if is_file else f"openbell doctor {kind} FILE")
    lines = _machine()
    if file is not None:
        lines += _of_file(kind, file, (mode, data, source))
        lines += _of_pace(file, mode, log_level) if kind == "perf" else []
    elif kind != "quick":
        raise Wrong(f"doctor {kind} needs a file", f"openbell doctor {kind} FILE")
    level = worst(lines)
    if as_json:
        checks = [{"part": line.part, "level": line.level, "told": line.told, "fix": line.fix} for line in lines]
        say_json({"kind": kind, "file": str(file) if file else None, "worst": level, "checks": checks})
    else:
        for line in lines:
            say(line.text())
        counts = [sum(line.level == one for line in lines) for one in ("ok", "warn", "fail")]
        say(f"{counts[0]} ok, {counts[1]} warn, {counts[2]} fail")
    return FAILED if level == "fail" else DONE


def _machine() -> "list[Line]":
    from openbell.run import state
    from openbell.run.doctor.machine import figures, machine, try_to_write

    home = state.home(os.environ)
    # The nearest folder that is there already: the doctor itself makes none.
    there = next(folder for folder in (home, *home.parents) if folder.is_dir())
    return machine(there, figures(there), try_to_write)


def _of_file(kind: str, file: Path, asked: tuple[str | None, Path | None, str | None]) -> "list[Line]":
    """Return the lines of a file, of what stands behind it, and of what was asked for besides.

    Raises:
        Wrong: It trades real money, of which nothing but a single account is looked at.
    """
    from openbell.cli.shell.begin import access, prepare
    from openbell.config.explain import ConfigError
    from openbell.run import assemble, rehearsals, state
    from openbell.run.clock import WallClock
    from openbell.run.doctor.line import Line, worst
    from openbell.run.doctor.reach import sirens
    from openbell.run.doctor.setup import account, calendars, setup, venues
    from openbell.run.sessions import sessions_of

    mode, data, choose = asked
    try:
        loaded, _ = assemble.read(file, os.environ, mode)
        if kind in KINDS and "live" in {loaded.config.mode_of(name) for name in loaded.config.accounts}:
            what = f"{file} trades real money, and {kind} looks at none of that"
            raise Wrong(what, f"openbell doctor {kind} {file} --mode sim, or openbell doctor ACCOUNT {file}", REFUSED)
        prepared, found = prepare(file, mode)
    except ConfigError as error:
        first = next(problem for problem in error.problems if not problem.is_warning)
        count = sum(not problem.is_warning for problem in error.problems)
        fix = f"openbell check {file} tells all {count}" if count > 1 else f"correct it, then: openbell check {file}"
        return [Line(part="file", level="fail", told=first.text(), fix=fix)]
    home = state.home(os.environ)
    if kind not in KINDS:
        if kind not in prepared.spec.accounts:
            known = ", ".join(prepared.spec.accounts)
            raise Wrong(f"{file} has no account {kind!r}; known: {known}", "openbell doctor --help")
        lines = account(prepared, kind, access())
        # Who cannot be asked for the account is not asked for its instruments: it may be shut, and that is waited for.
        return lines if worst(lines) == "fail" else [*lines, *_instruments(prepared, (file, mode), kind, home)]
    lines = setup(prepared, found, rehearsals.outcomes(home, str(file.resolve())))
    lines += sirens(home, str(file.resolve()), WallClock().now())
    look_up = sessions_of(prepared.loaded.config.calendars, home / "calendars.json")
    lines += [*calendars(prepared, look_up, WallClock().now()), *venues(prepared, access())]
    if kind == "alerts":
        return [*lines, *_trial_alerts(file, prepared, found)]
    return lines if kind in ("quick", "perf") else [*lines, *_trial(kind, file, (data, choose))]


def _trial_alerts(file: Path, prepared: "Prepared", found: "Shelves") -> "list[Line]":
    """Send a trial alert to every target of every channel, and return a line for each."""
    from openbell.run.alerts.trial import try_out
    from openbell.run.clock import WallClock
    from openbell.run.doctor.reach import tried

    config = prepared.loaded.config
    title = config.title or file.stem
    return tried(try_out(config.alerts.named, found.channels.module, title, WallClock().now()), file)


def _instruments(prepared: "Prepared", of: tuple[Path, str | None], name: str, home: Path) -> "list[Line]":
    """Return the lines of what the vendor of an account lists, nothing where none is asked."""
    from openbell.cli.shell.begin import access, prepare, traded
    from openbell.run.doctor.instruments import instruments

    wire = prepared.wires.get(name)
    if wire is None or not hasattr(wire.broker, "listed"):
        return []
    own = {name: traded(prepared)[name]}
    return instruments(prepared, own, home, access(), lambda known: prepare(*of, known=known)[0])


def _of_pace(file: Path, mode: str | None, level: str) -> "list[Line]":
    """Return the lines of resources, intervals and log level.

    Raises:
        Wrong: There is no such level.
    """
    from openbell.cli.shell.begin import prepare
    from openbell.config.explain import ConfigError
    from openbell.edges.logs.book import LEVELS
    from openbell.run.clock import WallClock
    from openbell.run.doctor.pace import SPAN_NS, pace
    from openbell.run.sensors import Machine

    if level not in LEVELS:
        raise Wrong(f"{level!r} is not a level", f"known: {', '.join(LEVELS)}")
    try:
        prepared, _ = prepare(file, mode)
    except ConfigError:
        # What is wrong with it was said already.
        return []
    machine = Machine(Path())
    WallClock().sleep(SPAN_NS)
    return pace(prepared, machine(), level)


def _trial(kind: str, file: Path, asked: tuple[Path | None, str | None]) -> "list[Line]":
    """Return the lines of bars, signals and a whole run, all of it simulated."""
    from openbell.cli.shell.begin import Asked, begin
    from openbell.run.clock import WallClock
    from openbell.run.doctor.line import Line
    from openbell.run.doctor.market import market
    from openbell.run.doctor.trial import signals, whole
    from openbell.run.source import SourceError

    words = Asked(file=file, mode="sim", data=asked[0], choose=asked[1])
    try:
        prepared, source = begin(words)
    except SourceError as error:
        fix = "name other data with --data, or correct source and bars in the file"
        return [Line(part="feed", level="fail", told=str(error).replace("\n", "; "), fix=fix)]
    now = WallClock().now()
    named = {symbol: one.calendar for symbol, one in prepared.spec.instruments.items()}
    lines = market(source, named, now) if kind in ("data", "strategy", "full") else []
    if kind in ("signals", "strategy", "full"):
        lines += signals(prepared, source)
    if kind == "full":
        with tempfile.TemporaryDirectory(prefix="doctor-") as scratch:
            fresh, again = begin(words)
            lines += whole(fresh, again, Path(scratch) / "state", now)
    return lines
