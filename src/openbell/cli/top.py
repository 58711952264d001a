"""`openbell top`: the control room in a terminal."""

import os
from pathlib import Path
from typing import Annotated

import typer

from openbell.cli.shell.options import StateOption, StateWord

EXAMPLES = """
openbell top                                     the run written last; s stops it in two steps, q leaves
openbell top runs/a                              another one, also while its engine is dead
openbell top --server http://127.0.0.1:8787      what a control room serves, with the token in $OPENBELL_TOKEN
"""
Server = Annotated[
    str | None,
    typer.Option("--server", metavar="ADDRESS", help="Of a control room, in place of a state.", show_default=False),
]


def top(word: StateWord = None, state: StateOption = None, server: Server = None) -> int:
    """Watch a run in this terminal: money, positions, orders, limits, alerts, and STOP."""
    from openbell.cli.shell.board import Board
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.place import chosen
    from openbell.run.clock import WallClock
    from openbell.run.web.desk import Desk, OwnDesk, ServedDesk, Unreachable

    if server is None:
        desk: Desk = OwnDesk(chosen(word, state), WallClock())
    else:
        token = os.environ.get("OPENBELL_TOKEN", "")
        if not token:
            raise Wrong("--server needs a token in $OPENBELL_TOKEN", "make one on its page, or with POST /api/tokens")
        try:
            desk = ServedDesk(server, token, Path(word).name if word is not None else "")
            desk.look()
        except Unreachable as error:
            raise Wrong(f"--server: {error}", "look at the address and the token") from None
    Board(desk).run()
    return 0
