"""What belongs to this tree, and one fingerprint for all of it.

A test report is worth something only for the files it was made from: `fingerprint` says which those were.
"""

import hashlib
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORT = Path(".reports") / "tests.json"
"""Where the test run leaves the outcome of every test, relative to the root."""
SKIPPED_DIRS = {".git", ".venv", ".reports", ".hypothesis", "__pycache__", "dist", "build", "node_modules"}
LISTS_ONLY = {"tests/requirements.toml"}
"""Files that only name tests: changing them changes no outcome."""


def _from_git(root: Path) -> list[str] | None:
    command = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    if not (root / ".git").exists():
        return None
    try:
        answer = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [name for name in answer.stdout.decode().split("\0") if name]


def _from_disk(root: Path) -> list[str]:
    names: list[str] = []
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f not in SKIPPED_DIRS and not f.endswith("_cache")]
        names += [(Path(folder) / file).relative_to(root).as_posix() for file in files]
    return names


def files(root: Path = ROOT) -> list[str]:
    """Return the paths of the tree's own files, sorted, relative to `root` and with forward slashes.

    With git these are the tracked files and the new ones it does not ignore; without, all but caches.
    """
    names = _from_git(root)
    names = _from_disk(root) if names is None else names
    return sorted(name for name in names if (root / name).is_file())


def fingerprint(root: Path = ROOT) -> str:
    """Return the SHA-256, in hex, of the names and contents of the tree's files."""
    total = hashlib.sha256()
    for name in files(root):
        if name in LISTS_ONLY:
            continue
        content = hashlib.sha256((root / name).read_bytes()).hexdigest()
        total.update(f"{name}\0{content}\n".encode())
    return total.hexdigest()
