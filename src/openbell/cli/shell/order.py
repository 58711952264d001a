"""Operators' words: left in the state, and watched until the engine has taken them."""

import getpass
import os
from pathlib import Path

import msgspec

from openbell.cli.shell.failure import REFUSED, Wrong
from openbell.cli.shell.output import say, say_json
from openbell.core.events import Command
from openbell.run import giving
from openbell.run.clock import Clock, WallClock
from openbell.run.state import journal


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A command as given.

    `kind` is stop, kill, enable, resume, adopt, release, arm, disarm or config; the rest is as in `events.Command`.
    """

    kind: str
    scope: str = "all"
    reason: str = ""
    close: bool = False
    tier: int | None = None
    digits: str = ""
    change: str = ""
    until: int = 0


def give(folder: Path, word: Word, *, as_json: bool, effect: str, clock: Clock | None = None) -> bool:
    """Give a command, wait until a running engine has taken it, say what became of it.

    It goes through the local socket; where nobody answers there it is left as a file, which works with all else dead.

    Args:
        folder: The state.
        word: The command.
        as_json: For machines.
        effect: What it does, in words.
        clock: Wall clock, the machine's own where none is given.

    Returns:
        True if an engine has taken it.

    Raises:
        Wrong: The scope names nothing of this run, or the engine refuses the command.
    """
    clock = clock or WallClock()
    if journal(folder).is_dir():
        check_scope(folder, word.scope)
    command = Command(
        ts=0, id=giving.new_id(clock), kind=word.kind, actor=actor(), reason=word.reason, scope=word.scope,
        close=word.close, tier=word.tier, digits=word.digits, change=word.change, until=word.until,
    )  # fmt: skip
    given = giving.give(folder, command, clock)
    if given.refusal:
        raise Wrong(given.refusal, "mend that, then try again", REFUSED)
    if given.is_taken:
        told = f"{word.kind}: taken by the engine; {effect}"
    elif given.process:
        patience = giving.PATIENCE_NS // 10**9
        told = f"{word.kind}: the engine (process {given.process}) has not answered in {patience} s; it waits"
    else:
        told = f"{word.kind}: no engine runs {folder}; it will be taken first at the next start, then {effect}"
    if as_json:
        say_json({
            "state": str(folder), "id": command.id, "kind": word.kind, "scope": word.scope, "close": word.close,
            "tier": word.tier, "is_taken": given.is_taken, "by": given.by,
            "pid": given.process or None, "told": told,
        })  # fmt: skip
    else:
        say(told)
    return given.is_taken


def actor() -> str:
    """Return who gives the command: the user's name, or number where they have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def check_scope(folder: Path, scope: str) -> None:
    """Do nothing if a scope names something of the run.

    Raises:
        Wrong: It does not.
    """
    try:
        giving.check_scope(folder, scope)
    except giving.UnknownScope as unknown:
        raise Wrong(f"--scope: {unknown}", unknown.advice) from None
