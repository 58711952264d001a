"""`openbell run`: trade a configuration file, journaled, from where its state ends."""

from pathlib import Path
from typing import Annotated

import typer

from openbell.cli.shell.options import (
    Choose,
    Data,
    File,
    Json,
    Mode,
    Report,
    Speed,
    StateOption,
    Until,
    parse_speed,
    parse_until,
)

NoGuardian = Annotated[
    bool, typer.Option("--no-guardian", help="Without the process that takes orders back when the engine hangs.")
]
EXAMPLES = """
openbell run my.yaml                                   in the file's mode, at the file's speed
openbell run my.yaml --mode dry_run                    orders are planned and written down, and sent nowhere
openbell run my.yaml --data bars --speed max --json    over recorded bars, as fast as possible
openbell run my.yaml --state runs/a                    go on where runs/a was stopped or crashed
"""


def run(
    file: File,
    mode: Mode = None,
    data: Data = None,
    source: Choose = None,
    speed: Speed = None,
    state: StateOption = None,
    until: Until = None,
    report: Report = None,
    as_json: Json = False,
    no_guardian: NoGuardian = False,
) -> int:
    """Trade a configuration file; a killed or stopped run goes on where its journal ends."""
    from openbell.cli.shell.begin import Asked
    from openbell.cli.shell.drive import Drive, start

    end = parse_until(until) if until else None
    pace = (parse_speed(speed),) if speed else ()
    asked = Asked(file=file, mode=mode, data=data, choose=source)
    drive = Drive(
        pace=pace, state=state, until=end, report=report, as_json=as_json, name=name_of(file),
        has_guardian=not no_guardian,
    )  # fmt: skip
    return start(asked, drive)


def name_of(file: Path) -> str:
    """Return what a new state is called: the file's name, or its folder's for `config`."""
    return file.resolve().parent.name if file.stem == "config" else file.stem
