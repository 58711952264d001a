"""`openbell stop`: end a run in good order."""

from typing import Annotated

import typer

from openbell.cli.shell.options import Json, StateOption, StateWord

EXAMPLES = """
openbell stop             entries are taken back; positions and their resting protection stay
openbell stop --close     positions are closed as well, and it ends once the venue agrees that all is flat
"""
Close = Annotated[bool, typer.Option("--close", help="Close positions as well.")]


def stop(word: StateWord = None, state: StateOption = None, close: Close = False, as_json: Json = False) -> int:
    """End a run in good order; positions and their protection stay, unless --close."""
    from openbell.cli.shell.order import Word, give
    from openbell.cli.shell.output import say, say_json
    from openbell.cli.shell.place import chosen
    from openbell.run.state import runner

    folder = chosen(word, state)
    if not close and not runner(folder):
        # Left for the next start it would end that run at its first moment, and nobody would know why.
        told = f"stop: no engine runs {folder}; there is nothing to stop"
        if as_json:
            say_json({"state": str(folder), "kind": "stop", "is_taken": False, "pid": None, "told": told})
        else:
            say(told)
        return 0
    effect = "positions are being closed, then the run ends" if close else "positions and resting protection stay"
    give(folder, Word(kind="stop", close=close, reason="operator"), as_json=as_json, effect=effect)
    return 0
