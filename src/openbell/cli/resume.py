"""`openbell resume`: go on after a pause, or after a strategy that fell over."""

from typing import Annotated

import typer

from openbell.cli.kill import Scope
from openbell.cli.shell.options import Json, StateOption, StateWord

EXAMPLES = """
openbell resume --reason "looked at it, feed was late"
openbell resume --scope deployment:cross --reason "strategy corrected"
"""
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it is safe again; kept in the journal.")]


def resume(
    reason: Why,
    word: StateWord = None,
    state: StateOption = None,
    scope: Scope = "all",
    as_json: Json = False,
) -> int:
    """Go on after a pause or a fallen strategy; a kill or a limit needs `openbell enable`."""
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.order import Word, give
    from openbell.cli.shell.place import chosen

    if not reason.strip():
        raise Wrong("--reason is empty", "say why new risk is safe again")
    told = Word(kind="resume", scope=scope, reason=reason)
    give(
        chosen(word, state),
        told,
        as_json=as_json,
        effect=f"pauses in {scope} are over",
    )
    return 0
