"""One engine for each account outside the process, wherever its state directory lies.

The lock is the operating system's, on a file named after broker, host and the broker's account number, in one folder
of the machine: it goes with the process, however that ends. It does not reach other machines; there the venue's own
lease epoch, or its refusal of a second session, has to.
"""

import fcntl
import os
import tempfile
from hashlib import sha256
from pathlib import Path

_MODE = 0o666
_OPEN_TO_ALL = 0o1777


class AccountTaken(Exception):
    """Another engine of this machine trades the account; the text says which process."""


def common_folder() -> Path:
    """Return the folder of this machine in which engines of all users meet."""
    return Path(tempfile.gettempdir()) / "openbell-accounts"


class Claims:
    """The accounts that this process trades; they are given up when it ends."""

    def __init__(self, folder: Path) -> None:
        """Meet others in `folder`, which is made where it is missing."""
        self._folder = folder
        self._held: dict[str, int] = {}

    def take(self, broker: str, host: str, number: str) -> None:
        """Claim one account; claiming it again changes nothing.

        Args:
            broker: Kind of broker.
            host: Where its orders go.
            number: The broker's own account number.

        Raises:
            AccountTaken: Another process has it.
        """
        # The folder is open to all, so the name must not tell the number.
        name = sha256(f"{broker}\0{host}\0{number}".encode()).hexdigest()[:32]
        if name in self._held:
            return
        if not self._folder.is_dir():
            self._folder.mkdir(exist_ok=True)
            self._folder.chmod(_OPEN_TO_ALL)
        try:
            descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
        except PermissionError as error:
            text = f"the account of {broker} at {host} that ends in {number[-4:]} is another user's of this machine"
            raise AccountTaken(f"{text} ({error.filename}); run both as one user") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            text = f"the account of {broker} at {host} that ends in {number[-4:]} is traded by process {pid or '?'}"
            raise AccountTaken(f"{text}; one engine for each account, whatever its state directory") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._held[name] = descriptor

    def release(self) -> None:
        """Give up every account."""
        for descriptor in self._held.values():
            os.close(descriptor)
        self._held = {}
