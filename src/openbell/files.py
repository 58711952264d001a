"""Files that appear whole or not at all: the old contents or the new, never a half."""

import os
from pathlib import Path

PRIVATE = 0o600
"""Mode of a file that is its owner's alone."""
SHARED = 0o666
"""Mode of a file for whoever the owner's mask lets read it."""


def write_whole(path: Path, data: bytes, *, mode: int = PRIVATE, durable: bool = False) -> None:
    """Write a file, replacing an older one in one step.

    Args:
        path: Its folder must be there.
        data: All of it.
        mode: Rights of the new file, less what the process's mask takes.
        durable: Return only when file and name would survive a power cut.

    Raises:
        OSError: The file cannot be written; an older one stands as it stood.
    """
    # A name of its own for each process: two that write at once must not write into one draft.
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with os.fdopen(file, "wb") as out:
            out.write(data)
            if durable:
                out.flush()
                os.fsync(out.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder would survive a power cut.

    Raises:
        OSError: The folder cannot be opened or synced.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
