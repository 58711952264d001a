"""`openbell status`: where a run stands, from its journal alone."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from openbell.cli.shell.options import Json, StateOption, StateWord, shown_time
from openbell.cli.shell.output import headline_of, say, say_json

if TYPE_CHECKING:
    from openbell.run.reading import Read

EXAMPLES = """
openbell status                 the run written last; it may be running, stopped or crashed
openbell status runs/a --json   another one, for machines
"""


def status(word: StateWord = None, state: StateOption = None, as_json: Json = False) -> int:
    """Show where a run stands: money, orders, closed gates; running, stopped or crashed."""
    from openbell.cli.shell.finish import alarms
    from openbell.cli.shell.killed import digits_of, drill_line, drills_of, kill_lines, kills_as_data
    from openbell.cli.shell.people import people_as_data, people_lines
    from openbell.cli.shell.place import chosen
    from openbell.report.barred import frozen, told
    from openbell.report.metrics import summary, text_status
    from openbell.run import latency
    from openbell.run import state as states
    from openbell.run.alerts import siren
    from openbell.run.clock import WallClock
    from openbell.run.pause import paused_until
    from openbell.run.reading import read_book

    folder = chosen(word, state)
    read = read_book(states.journal(folder))
    truth, process = read.book.truth, states.runner(folder)
    mode, until = shown_mode(folder, read), paused_until(read, os.environ)
    unheard = siren.count(folder, WallClock().now())
    if as_json:
        say_json({
            **summary(read.book, {"mode": mode}), "state": str(folder), "seq": read.seq, "is_running": bool(process),
            "pid": process or None, "latches": _latches(read),
            "held": [position.instrument for position in read.book.all_positions() if position.qty],
            "frozen": truth.frozen, "mismatched": truth.mismatched, "listed": told(read.book),
            "rules": list(read.genesis.rules), "latency": latency.figures(folder),
            "drills": drills_of(folder), "kills": kills_as_data(read.book), "account_digits": digits_of(read.book),
            "paused_until": shown_time(until) if until else None, **people_as_data(read.book),
            "commands_waiting": sum(1 for _ in states.commands(folder)), "messages_unheard": unheard,
        })  # fmt: skip
        return 0
    say(headline_of(read.book, mode, sys.stdout))
    running = f"process {process}" if process else "no engine runs it"
    say(f"{folder}: {running}; seq {read.seq:,}, market time {shown_time(truth.ts)}")
    if unheard != 0:
        say(f"SIREN: {siren.words(unheard, folder.name)}{'; then openbell alerts ack' if unheard else ''}")
    if until is not None:
        say(f"paused: outside trading hours until {shown_time(until) if until else 'a session that nobody knows yet'}")
    say(text_status(read.book, is_running=bool(process)))
    for line in (*people_lines(read.book), *alarms(truth.latches.values()), *kill_lines(read.book)):
        say(line)
    for line in (*(f"NO ENTRY: {line}" for line in (*frozen(read.book), *told(read.book))), *latency.lines(folder)):
        say(line)
    say(drill_line(drills_of(folder)))
    waiting = [command.kind for _, command in states.commands(folder) if command is not None]
    if waiting:
        say(f"waiting for the engine: {', '.join(waiting)}")
    return 0


def _latches(read: "Read") -> list[dict[str, str]]:
    return [
        {"kind": latch.kind, "scope": latch.scope, "reason": latch.reason, "release": latch.release}
        for latch in read.book.truth.latches.values()
    ]


def shown_mode(folder: Path, read: "Read") -> str:
    """Return the mode as shown: the demo has its own word."""
    from openbell.run import state as states

    origin = states.read_origin(folder)
    return "demo" if origin.started and not origin.file else read.genesis.mode
