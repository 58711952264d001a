"""`openbell enable`: open a gate again that a kill or a limit has closed."""

from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.kill import Scope
from openbell.cli.resume import Why
from openbell.cli.shell.options import Json, StateOption, StateWord

if TYPE_CHECKING:
    from openbell.run.reading import Read

EXAMPLES = """
openbell enable --reason "feed was late, looked at it"            shows what is in the way, asks for the digits
openbell enable --reason "strategy corrected" --digits 4821       the same without a question
"""
Digits = Annotated[
    str | None,
    typer.Option(
        "--digits", metavar="NNNN", help="Last four digits of the account, as `status` shows; several: 1234,5678.",
        show_default=False,
    ),
]  # fmt: skip


def enable(
    reason: Why,
    word: StateWord = None,
    state: StateOption = None,
    scope: Scope = "all",
    digits: Digits = None,
    as_json: Json = False,
) -> int:
    """Allow new risk again after a kill or a limit; sizes are a quarter for ten minutes."""
    from openbell.cli.shell.failure import REFUSED, Wrong
    from openbell.cli.shell.order import Word, check_scope, give
    from openbell.cli.shell.place import chosen
    from openbell.core.enable import obstacles
    from openbell.core.events import Command
    from openbell.run import state as states
    from openbell.run.reading import read_book

    folder = chosen(word, state)
    check_scope(folder, scope)
    read = read_book(states.journal(folder))
    if not as_json:
        _show(read, scope)
    typed = _typed(read, scope) if digits is None and not as_json else digits or ""
    told = Command(ts=0, id="", kind="enable", actor="", reason=reason, scope=scope, digits=typed)
    against = obstacles(read.book, told)
    if against:
        raise Wrong(f"not enabled: {'; '.join(against)}", "mend that first, then enable again", REFUSED)
    word_told = Word(kind="enable", scope=scope, reason=reason, digits=typed)
    effect = f"new risk is allowed again in {scope}, at a quarter of its size for ten minutes"
    if _has_steps(read):
        effect += ", once feeds and venue have shown that they work: openbell status says when"
    give(folder, word_told, as_json=as_json, effect=effect)
    return 0


def _show(read: "Read", scope: str) -> None:
    """Show what was closed and how it stands, and the limits that will hold again."""
    from openbell.cli.shell.output import say
    from openbell.core.kill import summary

    truth = read.book.truth
    for latch in truth.latches.values():
        if scope in ("all", latch.scope):
            say(f"closed: {latch.kind} {latch.scope}: {latch.reason}")
    for state in truth.kills.values():
        say(summary(read.book, state))
    say("the limits that will hold:")
    for text in read.genesis.rules:
        say(f"  {text}")


def _has_steps(read: "Read") -> bool:
    """Return True if the rule `recovery` lets entries pass only some time after."""
    import msgspec

    return "recovery" in msgspec.json.decode(read.genesis.config).get("rules", {})


def _typed(read: "Read", scope: str) -> str:
    """Ask for the last digits of each account that would be opened."""
    from openbell.core.kill import accounts_in

    names = accounts_in(read.book, scope)
    return ",".join(str(typer.prompt(f"last four digits of account {name}")) for name in names)
