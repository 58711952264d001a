"""`openbell arm`: let a run trade real money, for a while."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.enable import Digits
from openbell.cli.kill import Scope
from openbell.cli.shell.options import Json, StateOption

if TYPE_CHECKING:
    from openbell.core.spec import RunSpec
    from openbell.run.arming import Arming

EXAMPLES = """
openbell arm my.yaml                        before the first start: makes the state, asks for the account's last digits
openbell arm runs/a --for 4h                a run that exists, whether an engine runs it or not
openbell arm runs/a --digits 4821 --for 8h  the same without a question
"""
Place = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE|STATE]", help="File of a run that has not begun, or a state.", show_default=False),
]
Lasts = Annotated[str, typer.Option("--for", metavar="SPAN", help="For how long: 30m, 8h, 1d.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the journal.")]


def arm(
    word: Place = None,
    state: StateOption = None,
    lasts: Lasts = "8h",
    scope: Scope = "all",
    digits: Digits = None,
    reason: Reason = "",
    as_json: Json = False,
) -> int:
    """Allow new risk with real money until a time that you choose; only a person can."""
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.options import shown_time
    from openbell.run.clock import WallClock
    from openbell.schema import parse_span

    try:
        span = parse_span(lasts)
    except ValueError as error:
        raise Wrong(f"--for: {error}", "write it like 30m, 8h or 1d") from None
    if span <= 0:
        raise Wrong(f"--for: {lasts!r} is no time", "write it like 30m, 8h or 1d")
    folder, spec = _place(word, state)
    until = WallClock().now() + span
    leave_arm(folder, spec, (scope, digits, reason, until), as_json=as_json)
    if not as_json:
        from openbell.cli.shell.output import say

        say(f"armed until {shown_time(until)}; openbell disarm {folder} ends it sooner")
    return 0


def _place(word: Path | None, option: Path | None) -> "tuple[Path, RunSpec]":
    """Return the state that is meant, made where it is new, and what its run is."""
    import os

    from openbell.cli.run import name_of
    from openbell.cli.shell.begin import prepare
    from openbell.cli.shell.place import chosen
    from openbell.run import state as states
    from openbell.run.clock import WallClock
    from openbell.run.records import first_event, parse_spec

    if word is None or not word.is_file():
        folder = chosen(word, option)
        return folder, parse_spec(first_event(states.journal(folder)))
    prepared, _ = prepare(word, None)
    now = WallClock().now()
    folder = option or states.create(os.environ, name_of(word), now)
    states.make(folder)
    known = states.Origin(file=str(word.resolve()), folder=str(word.resolve().parent), started=now)
    states.write_origin(folder, known)
    return folder, prepared.spec


def leave_arm(folder: Path, spec: "RunSpec", terms: tuple[str, str | None, str, int], *, as_json: bool = False) -> None:
    """Ask for the digits, and give the command to the run of a state.

    Args:
        folder: The state.
        spec: Its run.
        terms: Scope, digits as typed (None to ask for them), reason, end (UTC ns).
        as_json: For machines.

    Raises:
        Wrong: Nothing of the scope holds real money, nobody is there to type, or the digits are others.
    """
    from openbell.cli.shell.failure import REFUSED, Wrong
    from openbell.cli.shell.order import Word, give
    from openbell.run.arming import standing
    from openbell.run.clock import WallClock

    scope, digits, reason, until = terms
    meant = [one for one in standing(spec, folder, WallClock().now()) if scope in ("all", f"account:{one.account}")]
    if not meant:
        raise Wrong(f"no account of {scope} holds real money", "there is nothing to arm; sim and paper need none")
    typed = _typed(spec, meant, as_json=as_json) if digits is None else digits
    if typed.replace(" ", "") != ",".join(one.digits for one in meant):
        names = ", ".join(one.account for one in meant)
        raise Wrong(f"the digits typed are not the last four of account {names}", "look at the broker's page", REFUSED)
    told = Word(kind="arm", scope=scope, reason=reason, digits=typed, until=until)
    give(folder, told, as_json=as_json, effect="new risk with real money is allowed")


def _typed(spec: "RunSpec", meant: "list[Arming]", *, as_json: bool) -> str:
    """Return what a person types as the last digits of each account."""
    from openbell.cli.shell.failure import REFUSED, Wrong
    from openbell.cli.shell.output import styled, tell
    from openbell.run.arming import RISK

    if as_json or not sys.stdin.isatty():
        raise Wrong("nobody is here to type the account's digits", "run it at a terminal, or give --digits", REFUSED)
    tell(RISK)
    for one in meant:
        account = spec.accounts[one.account]
        kind = "SIMULATED: a local server, no real money" if account.is_simulated else "REAL MONEY"
        tell(styled(f" {kind}: account {one.account} ", "red", sys.stderr))
        mine = [d for d in spec.deployments.values() if d.account == one.account]
        for deployment in mine:
            symbols = ", ".join(deployment.instruments)
            tell(f"  {deployment.name}: {deployment.strategy} on {symbols}, {deployment.capital:f} {account.currency}")
    return ",".join(str(typer.prompt(f"last four digits of account {one.account}")).strip() for one in meant)
