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


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Stay the one who runs a state between two runs of this process."""
    with (state.journal(folder) / "lock").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
