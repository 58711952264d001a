"""Which state a verb means, who is running it, and what is in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openbell.cli.shell.failure import Wrong
from openbell.run import state


def chosen(word: Path | None, option: Path | None) -> Path:
    """Return the state directory that was named, else the one written last.

    Raises:
        Wrong: Two different ones are named.
        NoState: Nothing is there.
    """
    if word is not None and option is not None and word != option:
        raise Wrong(f"two states are named, {word} and {option}", "name one of them")
    named = word or option
    return state.existing(named) if named is not None else state.newest(os.environ)


def runner(folder: Path) -> int:
    """Return the id of the process that runs a state, 0 for none. It changes nothing."""
    lock = state.journal(folder) / "lock"
    try:
        text = lock.read_text(encoding="ascii")
    except OSError:
        return 0
    process = int(text) if text.isdecimal() else 0
    if not process or not is_alive(process):
        return 0
    # The number may have been given to another process since: only a lock held is proof.
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return process
    return 0


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Stay the one who runs a state between two runs of this process."""
    with (state.journal(folder) / "lock").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_alive(process: int) -> bool:
    """Return True if a process of that id exists."""
    if not process:
        return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True  # Alive, and another user's.
    except OSError:
        return False
    return True
