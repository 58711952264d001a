"""`openbell restore`: a state made of a backup."""

from pathlib import Path
from typing import Annotated

import typer

from openbell.cli.shell.options import Json
from openbell.cli.shell.output import say, say_json

EXAMPLES = """
openbell restore a.backup runs/again          a new state, compared with the one that was backed up
openbell restore a.backup runs/again --json   the same, told as one object
"""
Source = Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote.")]
Place = Annotated[Path, typer.Argument(metavar="STATE", help="State directory to make; nothing may be there.")]


def restore(file: Source, state: Place, as_json: Json = False) -> int:
    """Make a new state directory of a backup; it appears whole and compared, or not at all."""
    from openbell.run import backup as backups

    made = backups.restore(file, state)
    if as_json:
        say_json({"file": str(file), "state": str(state), "seq": made.seq, "facts": made.facts})
        return 0
    say(f"{state} stands where {made.title} stood at seq {made.seq:,}; openbell status {state} shows it")
    return 0
