"""Operators' words: left in the state, and watched until the engine has taken them."""

import getpass
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from openbell.cli.shell.failure import REFUSED, Wrong
from openbell.cli.shell.output import say, say_json
from openbell.cli.shell.place import is_alive, runner
from openbell.core.events import Command
from openbell.run import state
from openbell.run.clock import Clock, WallClock
from openbell.run.hatch import call

PATIENCE_NS = 5_000_000_000
"""How long to wait for a running engine to take a command, ns of wall time."""
_NAP_NS = 50_000_000


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A command as given: `kind` is stop, kill, enable, resume, adopt, release or config.

    The rest is as in `events.Command`.
    """

    kind: str
    scope: str = "all"
    reason: str = ""
    close: bool = False
    tier: int | None = None
    digits: str = ""
    change: str = ""


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
    check_scope(folder, word.scope)
    now = clock.now()
    command = Command(
        ts=0, id=f"{now}-{os.getpid()}", kind=word.kind, actor=actor(), reason=word.reason, scope=word.scope,
        close=word.close, tier=word.tier, digits=word.digits, change=word.change,
    )  # fmt: skip
    process = runner(folder)
    reply = _call(folder, command) if process else None
    if reply is not None and (reply.get("is_refused") or not reply.get("ok")):
        raise Wrong("; ".join(reply.get("told") or [str(reply.get("error"))]), "mend that, then try again", REFUSED)
    is_taken = reply is not None or _leave(folder, command, process, clock)
    process = process if is_alive(process) else 0
    if is_taken:
        told = f"{word.kind}: taken by the engine; {effect}"
    elif process:
        told = f"{word.kind}: the engine (process {process}) has not answered in {PATIENCE_NS // 10**9} s; it waits"
    else:
        told = f"{word.kind}: no engine runs {folder}; it will be taken first at the next start, then {effect}"
    if as_json:
        say_json({
            "state": str(folder), "id": command.id, "kind": word.kind, "scope": word.scope, "close": word.close,
            "tier": word.tier, "is_taken": is_taken, "by": "socket" if reply is not None else "file",
            "pid": process or None, "told": told,
        })  # fmt: skip
    else:
        say(told)
    return is_taken


def _call(folder: Path, command: Command) -> dict[str, Any] | None:
    fields = {name: getattr(command, name) for name in command.__struct_fields__ if name != "ts"}
    return call(folder, fields, PATIENCE_NS / 10**9)


def _leave(folder: Path, command: Command, process: int, clock: Clock) -> bool:
    """Leave a command as a file; return True once a running engine has taken it."""
    now = clock.now()
    path = state.leave_command(folder, command)
    while process and path.exists() and clock.now() - now < PATIENCE_NS:
        clock.sleep(_NAP_NS)
        process = process if is_alive(process) else 0
    return not path.exists()


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
    from openbell.run.records import first_event, parse_spec

    if scope == "all":
        return
    kind, _, name = scope.partition(":")
    spec = parse_spec(first_event(state.journal(folder)))
    known: dict[str, Collection[str]] = {
        "account": spec.accounts,
        "deployment": spec.deployments,
        "instrument": spec.instruments,
    }
    if kind not in known:
        advice = "write all, account:NAME, deployment:NAME or instrument:SYMBOL"
        raise Wrong(f"--scope: {scope!r} is not a scope", advice)
    if name not in known[kind]:
        raise Wrong(f"--scope: there is no {kind} {name!r} in this run", f"known: {', '.join(known[kind])}")
