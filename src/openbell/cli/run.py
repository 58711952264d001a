"""`openbell run`: trade a configuration file, journaled, from where its state ends."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from openbell.cli.shell.options import (
    Choose,
    Data,
    Json,
    Report,
    Speed,
    StateOption,
    Until,
    parse_speed,
    parse_until,
)
from openbell.cli.shell.session import Flags
from openbell.cli.shell.spread import spread

NoGuardian = Annotated[
    bool, typer.Option("--no-guardian", help="Without the process that takes orders back when the engine hangs.")
]
OptionalFile = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="Configuration file (YAML); none with --account.", show_default=False),
]
EXAMPLES = """
openbell run my.yaml                                   in the file's mode, at the file's speed
openbell run my.yaml --mode dry_run                    orders are planned and written down, and sent nowhere
openbell run my.yaml --data bars --speed max --json    over recorded bars, as fast as possible
openbell run my.yaml --state runs/a                    go on where runs/a was stopped or crashed
openbell run my.yaml --port 8787                       with the control room in a browser beside it
openbell run --account 12345678 --tickers AAPL NVDA    without a file: a dry run on an invented market
openbell run --mode sim --account 12345678 --confirm   the same at the simulated exchange, yes or no to each entry
"""


@spread
def run(
    flags: Flags,
    file: OptionalFile = None,
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
    from openbell.cli.shell.drive import Drive, start, start_brief
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.session import brief_of, level_of

    end = parse_until(until) if until else None
    pace = (parse_speed(speed),) if speed else ()
    drive = Drive(
        pace=pace, state=state, until=end, report=report, as_json=as_json, name=name_of(file) if file else "session",
        has_guardian=not no_guardian, confirm=flags.confirm is not False,
        level=level_of(flags) if flags.log_level else "", port=flags.port,
        is_attended=flags.attended,
    )  # fmt: skip
    if file is not None:
        if flags.said:
            what = f"{', '.join(flags.said)}: these stand for a run without a FILE, and {file} is one"
            raise Wrong(what, "write them into the file, or leave the FILE out")
        return start(Asked(file=file, mode=flags.mode, data=data, choose=source), drive)
    brief = brief_of(flags)
    drive = msgspec.structs.replace(drive, level=level_of(flags))
    return start_brief(brief, Asked(file=Path(), data=data, choose=source), drive)


def name_of(file: Path) -> str:
    """Return what a new state is called: the file's name, or its folder's for `config`."""
    return file.resolve().parent.name if file.stem == "config" else file.stem
