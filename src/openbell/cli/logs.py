"""`openbell logs`: what a run has written into its log files."""

import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import Json, StateOption, StateWord
from openbell.cli.shell.output import say, say_json

EXAMPLES = """
openbell logs                          the latest lines of the run written last
openbell logs --level warning          refusals, alerts and worse
openbell logs runs/a --component Orders --last 200
openbell logs --grep AAPL --json       for machines
"""
LEVELS = ("debug", "info", "warning", "error", "critical")
Component = Annotated[
    str | None,
    typer.Option("--component", metavar="NAME", help="Engine, Data, Strategy, Risk or Orders.", show_default=False),
]
Level = Annotated[str, typer.Option("--level", metavar="LEVEL", help="Least level that is shown.")]
Last = Annotated[int, typer.Option("--last", metavar="N", min=1, help="Lines to show.")]
Grep = Annotated[
    str | None, typer.Option("--grep", metavar="TEXT", help="Only lines that hold TEXT.", show_default=False)
]


def logs(
    word: StateWord = None,
    state: StateOption = None,
    component: Component = None,
    level: Level = "debug",
    last: Last = 50,
    grep: Grep = None,
    as_json: Json = False,
) -> int:
    """Show what a run has written into its log files, the latest last."""
    from openbell.cli.shell.place import chosen

    if level.lower() not in LEVELS:
        raise Wrong(f"--level: {level!r} is not a level", f"known: {', '.join(LEVELS)}")
    folder = chosen(word, state) / "logs"
    file = folder / (f"{component}.log" if component else "TradingSystem_main.log")
    if not file.is_file():
        there = ", ".join(sorted(path.stem for path in folder.glob("*.log"))) if folder.is_dir() else "none"
        raise Wrong(f"{file}: there is no such log file", f"there are: {there}")
    shown = set(LEVELS[LEVELS.index(level.lower()) :])
    lines = (told for path in (*_older(file), file) for told in _matching(path, grep))
    kept = deque((told for told in lines if told.get("log.level") in shown), maxlen=last)
    if as_json:
        say_json({"file": str(file), "lines": list(kept)})
        return 0
    for told in kept:
        stamp = str(told["@timestamp"])[:19].replace("T", " ")
        say(f"{stamp}  {str(told['log.level']).upper():<8} {told['log.logger']:<9} {told['message']}{_rest(told)}")
    if not kept:
        say("no such line")
    return 0


def _older(file: Path) -> list[Path]:
    """Return the files put aside, the oldest first."""
    found = [path for path in file.parent.glob(f"{file.name}.*") if path.suffix[1:].isdecimal()]
    return sorted(found, key=lambda path: -int(path.suffix[1:]))


def _matching(path: Path, grep: str | None) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (_read(line) for line in lines if grep is None or grep in line)


def _read(line: str) -> dict[str, Any]:
    """Return a line's fields; none of a line that a crash has cut."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _rest(told: dict[str, Any]) -> str:
    fields = told.get("openbell")
    return "  " + " ".join(f"{name}={value}" for name, value in fields.items()) if isinstance(fields, dict) else ""
