"""`openbell backup`: a whole state as one file."""

from pathlib import Path
from typing import Annotated

import typer

from openbell.cli.shell.options import Json, StateOption
from openbell.cli.shell.output import say, say_json

EXAMPLES = """
openbell backup runs/a a.backup          journal, snapshots and origin in one file, read again and compared
openbell backup runs/a a.backup --json   the same, told as one object; a run may go on meanwhile
"""
First = Annotated[Path, typer.Argument(metavar="[STATE]", help="State directory; default: the one written last.")]
Second = Annotated[Path | None, typer.Argument(metavar="FILE", help="File to write; it must not exist.")]


def backup(state: First, file: Second = None, chosen_state: StateOption = None, as_json: Json = False) -> int:
    """Write a state into one file that `restore` makes a state of again."""
    from openbell.cli.shell.place import chosen
    from openbell.run import backup as backups

    # With one word alone it is the file, and the state is the one named by --state or written last.
    word, target = (None, state) if file is None else (state, file)
    folder = chosen(word, chosen_state)
    made = backups.backup(folder, target)
    size = target.stat().st_size
    if as_json:
        say_json({"state": str(folder), "file": str(target), "seq": made.seq, "facts": made.facts, "bytes": size})
        return 0
    say(f"{folder} up to seq {made.seq:,} is in {target} ({size:,} bytes), read again and compared")
    return 0
