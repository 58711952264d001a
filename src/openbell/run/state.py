"""State directories: where a run keeps its journal and its report.

The commands left for a run lie there too.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from openbell.core.events import Command
from openbell.files import write_whole


class NoState(Exception):
    """There is no state where one was looked for; the text says where and what to do."""


class Origin(msgspec.Struct, kw_only=True):
    """Where a run came from.

    It is kept beside its journal so that `replay` finds private parts again.

    Attributes:
        file: Configuration file as given, empty for the demo. folder: Folder its relative paths begin in.
        started: Wall time of the first start, UTC ns.
    """

    file: str = ""
    folder: str = ""
    started: int = 0


def home(environment: Mapping[str, str]) -> Path:
    """Return the folder of all state: `$OPENBELL_HOME`, else `~/.openbell`."""
    given = environment.get("OPENBELL_HOME", "")
    return Path(given) if given else Path(environment.get("HOME", ".")) / ".openbell"


def leases(environment: Mapping[str, str]) -> Path:
    """Return the folder of the accounts' lease epochs: one for all states."""
    return home(environment) / "leases"


def vault(environment: Mapping[str, str]) -> Path:
    """Return the file of secrets: one for all states."""
    return home(environment) / "vault.json"


def newest(environment: Mapping[str, str]) -> Path:
    """Return the state directory whose journal was written last.

    Raises:
        NoState: There is none.
    """
    root = home(environment)
    found = [(journal(path).stat().st_mtime_ns, path) for path in root.glob("*") if journal(path).is_dir()]
    if not found:
        raise NoState(f"no state under {root}; start one with `openbell demo` or name it with --state DIR")
    return max(found)[1]


def existing(path: Path) -> Path:
    """Return `path` if a run's state is there.

    Raises:
        NoState: It is not.
    """
    if not journal(path).is_dir():
        raise NoState(f"{path} holds no openbell state; `openbell run FILE --state {path}` starts one there")
    return path


def create(environment: Mapping[str, str], name: str, now: int) -> Path:
    """Return a new, empty state directory under home.

    It is named after the run and the second it was made in.
    """
    root = home(environment)
    stamp = now // 1_000_000_000
    while True:
        path = root / f"{name}-{stamp}"
        if not path.exists():
            make(path)
            return path
        stamp += 1


def make(path: Path) -> None:
    """Make a state directory that only its owner can enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    (path / "commands").mkdir(mode=0o700, exist_ok=True)


def journal(path: Path) -> Path:
    """Return where a state keeps its journal."""
    return path / "journal"


def write_origin(path: Path, origin: Origin) -> None:
    """Remember where a run came from, unless that is known already."""
    target = path / "origin.json"
    if not target.exists():
        write_whole(target, msgspec.json.encode(origin))


def read_origin(path: Path) -> Origin:
    """Return where a run came from; an empty one when nobody wrote it down."""
    target = path / "origin.json"
    return msgspec.json.decode(target.read_bytes(), type=Origin) if target.exists() else Origin()


def leave_command(path: Path, command: Command) -> Path:
    """Leave a command for the run, or for its next start, and return the file that holds it.

    The file appears whole or not at all, and works with every other part of the system dead.
    """
    folder = path / "commands"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{command.id}.json"
    fields = {name: getattr(command, name) for name in command.__struct_fields__}
    write_whole(target, json.dumps(fields).encode(), durable=True)
    return target


def commands(path: Path) -> Iterator[tuple[Path, Command | None]]:
    """Yield the commands that wait, oldest first, with their files.

    None stands for one that cannot be read.
    """
    folder = path / "commands"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".json")) if folder.is_dir() else []
    for name in names:
        try:
            fields = json.loads((folder / name).read_text(encoding="utf-8"))
            yield folder / name, Command(**fields)
        except (OSError, ValueError, TypeError):
            yield folder / name, None


def runner(folder: Path) -> int:
    """Return the id of the process that runs a state, 0 for none. It changes nothing."""
    return writer(journal(folder))


def writer(folder: Path) -> int:
    """Return the id of the process that writes a journal, 0 for none. It changes nothing."""
    lock = folder / "lock"
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
