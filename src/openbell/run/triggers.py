"""What an operator, a signal or another process asks of a run: one way in for all of them.

Command files, the kill file, signals and the local socket all end as `Command` events whose actor names the trigger.
A word is taken off its place only once it is durable, so a crash in between repeats it, and its id makes it count once.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from openbell.core.events import Command
from openbell.core.ladder import CANCEL, SEVER
from openbell.run import state
from openbell.run.reload import as_event

FALLEN = "system error"
"""Actor of the kill that an engine leaves for its next start when it falls over an error nobody expected."""
KILL_FILE = "KILL"
"""A file of this name in a state directory is a kill; what it holds may name the tier."""


class Waiting(msgspec.Struct, frozen=True):
    """A command that waits, and what takes it off its place once it is durable."""

    command: Command
    done: Callable[[], None]


def waiting(folder: Path) -> Iterator[Waiting]:
    """Yield what waits in a state directory: the kill file first, then commands, oldest first."""
    killed = kill_file(folder)
    if killed is not None:
        yield killed
    for path, command in state.commands(folder):
        # An order, a signal or a yes that waited would meet another market than the one it was meant for.
        if command is None or command.kind in ("order", "signal", "confirm") or as_event(command, 0) is None:
            path.rename(path.with_suffix(".unreadable"))
            continue
        yield Waiting(command, lambda path=path: path.unlink(missing_ok=True))  # type: ignore[misc]  # bound early


def kill_file(folder: Path) -> Waiting | None:
    """Return the kill that the kill file asks for, None where there is none.

    Whatever it holds, it is a kill: a tier where it begins with one, tier 2 else; behind it may stand why.
    """
    path = folder / KILL_FILE
    try:
        told = path.stat()
        text = path.read_text(encoding="utf-8", errors="replace")[:1000].strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        return Waiting(_kill(f"file-{path}", "kill file", f"it cannot be read: {error}", CANCEL), lambda: None)
    first, _, rest = text.partition(" ")
    is_tier = first in ("0", "1", "2", "3", "4")
    why = rest.strip() if is_tier else text
    tier = int(first) if is_tier else CANCEL
    command = _kill(f"file-{told.st_mtime_ns}-{told.st_ino}", "kill file", why or "kill file", tier)
    return Waiting(command, lambda: _set_aside(path))


def _set_aside(path: Path) -> None:
    """Keep what was asked for under another name, so that it is asked for once."""
    if path.exists():
        path.rename(path.with_name(f"{KILL_FILE}.taken"))


def signalled(number: int, name: str, tier: int) -> Command:
    """Return the kill that a signal asks for.

    `number` tells it from the others of this process.
    """
    return _kill(f"signal-{os.getpid()}-{number}", f"signal {name}", f"signal {name} to process {os.getpid()}", tier)


def _kill(key: str, actor: str, reason: str, tier: int) -> Command:
    return Command(ts=0, id=key, kind="kill", actor=actor, reason=reason, tier=tier)


def is_severing(command: Command) -> bool:
    """Return True for a kill after which this process may send nothing more."""
    return command.kind == "kill" and command.tier is not None and command.tier >= SEVER
