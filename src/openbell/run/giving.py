"""Commands for a run: over its local socket, or as a file where nobody answers there."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from openbell.core.events import Command
from openbell.core.types import NS
from openbell.run import state
from openbell.run.clock import Clock
from openbell.run.hatch import call
from openbell.run.records import first_event, parse_spec

PATIENCE_NS = 5 * NS
"""How long a running engine may take to take a command, ns of wall time."""
_NAP_NS = NS // 20


class UnknownScope(Exception):
    """A scope names nothing of the run; `advice` says what would."""

    def __init__(self, text: str, advice: str) -> None:
        """Say what is wrong, and what to write."""
        super().__init__(text)
        self.advice = advice


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command.

    Attributes:
        is_taken: True once an engine has it. by: socket or file. process: The engine, 0 where none runs.
        refusal: Why the engine will not do it, empty where it does.
    """

    is_taken: bool
    by: str
    process: int
    refusal: str = ""


def new_id(clock: Clock) -> str:
    """Return an id for a command that no other one has."""
    return f"{clock.now()}-{os.getpid()}"


def over_socket(folder: Path, command: Command) -> dict[str, Any] | None:
    """Give a command to an engine and return its reply, None where nobody answers."""
    fields = {name: getattr(command, name) for name in command.__struct_fields__ if name != "ts"}
    return call(folder, fields, PATIENCE_NS / NS)


def give(folder: Path, command: Command, clock: Clock) -> Given:
    """Give a command, by socket or as a file, and wait until a running engine has it.

    With every other part of the system dead the file still works: an engine takes it first at its next start.
    """
    process = state.runner(folder)
    reply = over_socket(folder, command) if process else None
    if reply is None:
        is_taken = _leave(folder, command, process, clock)
        return Given(is_taken=is_taken, by="file", process=process if state.is_alive(process) else 0)
    refusal = ""
    if reply.get("is_refused") or not reply.get("ok"):
        refusal = "; ".join(reply.get("told") or [str(reply.get("error"))])
    return Given(is_taken=not refusal, by="socket", process=process, refusal=refusal)


def _leave(folder: Path, command: Command, process: int, clock: Clock) -> bool:
    """Leave a command as a file; return True once a running engine has taken it."""
    now = clock.now()
    path = state.leave_command(folder, command)
    while process and path.exists() and clock.now() - now < PATIENCE_NS:
        clock.sleep(_NAP_NS)
        process = process if state.is_alive(process) else 0
    return not path.exists()


def check_scope(folder: Path, scope: str) -> None:
    """Do nothing if a scope names something of the run.

    Raises:
        UnknownScope: It does not.
    """
    if scope == "all":
        return
    kind, _, name = scope.partition(":")
    spec = parse_spec(first_event(state.journal(folder)))
    parts = [f"{one.name}/{symbol}" for one in spec.deployments.values() for symbol in one.instruments]
    known: dict[str, Collection[str]] = {
        "account": spec.accounts,
        "deployment": parts if "/" in name else spec.deployments,
        "instrument": spec.instruments,
    }
    if kind not in known:
        advice = "write all, account:NAME, deployment:NAME, deployment:NAME/SYMBOL or instrument:SYMBOL"
        raise UnknownScope(f"{scope!r} is not a scope", advice)
    if name not in known[kind]:
        raise UnknownScope(f"there is no {kind} {name!r} in this run", f"known: {', '.join(known[kind])}")
