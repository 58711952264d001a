"""`openbell release`: hand what a deployment holds over to the operator."""

from typing import Annotated

import typer

from openbell.cli.adopt import Why
from openbell.cli.shell.options import Json, StateOption, StateWord

EXAMPLES = """
openbell release --scope deployment:cross --reason "I manage this position myself from here"
"""
Whose = Annotated[str, typer.Option("--scope", metavar="SCOPE", help="deployment:D, or account:A for all in it.")]


def release(
    scope: Whose,
    reason: Why,
    word: StateWord = None,
    state: StateOption = None,
    as_json: Json = False,
) -> int:
    """Give a deployment's positions to `external` and take its orders back; it is flat."""
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.order import Word, give
    from openbell.cli.shell.place import chosen

    if not reason.strip():
        raise Wrong("--reason is empty", "say who looks after the position now")
    if not scope.startswith(("deployment:", "account:")):
        raise Wrong(f"--scope {scope} names no deployment", "write deployment:NAME, or account:NAME for all in it")
    told = Word(kind="release", scope=scope, reason=reason)
    effect = f"what {scope} holds is `external` now: it has no stop and no strategy"
    give(chosen(word, state), told, as_json=as_json, effect=effect)
    return 0
