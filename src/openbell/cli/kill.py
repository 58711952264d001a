"""`openbell kill`: no new risk from now on, until somebody resumes."""

from typing import Annotated

import typer

from openbell.cli.shell.options import Json, StateOption, StateWord
from openbell.cli.stop import Close

EXAMPLES = """
openbell kill                                 no new risk anywhere; working entries are taken back
openbell kill --close                         the same, and every position is closed
openbell kill --scope instrument:SPY          only there; also account:NAME and deployment:NAME
"""
Scope = Annotated[str, typer.Option("--scope", metavar="SCOPE", help="all, account:A, deployment:D or instrument:S.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the journal.")]


def kill(
    word: StateWord = None,
    state: StateOption = None,
    close: Close = False,
    scope: Scope = "all",
    reason: Reason = "operator",
    as_json: Json = False,
) -> int:
    """Close the gate for new risk; it stays closed over every restart until `resume`."""
    from openbell.cli.shell.order import Word, give
    from openbell.cli.shell.place import chosen

    effect = f"no new risk in {scope} until `openbell resume`" + (", positions are being closed" if close else "")
    told = Word(kind="kill", close=close, scope=scope, reason=reason)
    give(chosen(word, state), told, as_json=as_json, effect=effect)
    return 0
