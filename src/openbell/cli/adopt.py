"""`openbell adopt`: make the book what the venue says where the two disagree."""

from typing import Annotated

import typer

from openbell.cli.kill import Scope
from openbell.cli.shell.options import Json, StateOption, StateWord

EXAMPLES = """
openbell adopt --scope instrument:SPY --reason "sold 50 by phone"
openbell adopt --scope account:main --reason "transferred in from another broker"
"""
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="What explains it; kept in the journal.")]


def adopt(
    reason: Why,
    word: StateWord = None,
    state: StateOption = None,
    scope: Scope = "all",
    as_json: Json = False,
) -> int:
    """Take the venue's figure where the book disagrees; frozen deployments may trade again."""
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.order import Word, give
    from openbell.cli.shell.place import chosen

    if not reason.strip():
        raise Wrong("--reason is empty", "say what explains the difference")
    told = Word(kind="adopt", scope=scope, reason=reason)
    effect = f"the venue's figures are taken over in {scope}, as `external`, and mismatches there are cleared"
    give(chosen(word, state), told, as_json=as_json, effect=effect)
    return 0
