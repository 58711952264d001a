"""One engine for one account.

An operating system's lock on what tells the account from all others.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from openbell.edges.journal import AlreadyRunning

_NAME_CHARS = 24


@contextmanager
def sole(home: Path, places: Iterable[str]) -> Iterator[None]:
    """Be the only engine on this machine that trades the accounts `places`.

    Whatever its state directory is.

    Args:
        home: Folder of all state, where the locks lie.
        places: What tells each account from every other: broker, host and the broker's account number.

    Raises:
        AlreadyRunning: Another process trades one of them.
    """
    folder = home / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        for place in sorted(places):
            name = hashlib.sha256(place.encode()).hexdigest()[:_NAME_CHARS]
            file = stack.enter_context((folder / f"{name}.lock").open("a+", encoding="utf-8"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip()
                raise AlreadyRunning(f"account {place}", int(holder) if holder.isdecimal() else 0) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield
