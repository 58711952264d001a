"""A state directory as one file, and back.

Nothing counts as done before it has been read again and compared.
"""

import gzip
import io
import json
import os
import shutil
import tarfile
import zlib
from hashlib import sha256
from pathlib import Path, PurePosixPath

import msgspec

from openbell.edges import journal as log
from openbell.edges.journal.record import ALIGN
from openbell.files import sync_folder
from openbell.run import state as states
from openbell.run.facts import facts_hash
from openbell.run.reading import read_book

FORMAT = 1
MANIFEST = "manifest.json"
TRIES = 3
"""A journal that is being written may change under the copy; it is then copied anew, so many times in all."""
_LEFT_OUT = ("lock",)
_FIRST = ("head", "lease")
"""Copied before the log: what vouches for records must not be younger than the copied records."""


class BackupError(Exception):
    """A backup cannot be made or restored; the text says why. Nothing was changed."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds.

    Attributes:
        format: Of this file. title: Of the run. instance: Tag of its orders.
        seq, head: Last record and the chain hash after it, hex.
        facts: Hash of what the records amount to, hex.
        files: Size in bytes and SHA-256 of each file, by path.
    """

    format: int
    title: str
    instance: str
    seq: int
    head: str
    facts: str
    files: dict[str, tuple[int, str]]


def backup(state: Path, target: Path) -> Manifest:
    """Write the state directory `state` into the file `target`; its run may go on.

    Commands that wait are left out: they were given to that run, not to a later one.

    Raises:
        BackupError: The target is there already, or the journal is damaged.
    """
    if target.exists():
        raise BackupError(f"{target} is there already; name another file")
    staged = _beside(target, "copy")
    draft = target.with_name(f".{target.name}.part")
    try:
        manifest = _stage(state, staged)
        _pack(staged, manifest, draft)
        read_back = _unpack(draft, _fresh(staged))
        _compare(staged, read_back)
        draft.replace(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        draft.unlink(missing_ok=True)
    return manifest


def restore(file: Path, state: Path) -> Manifest:
    """Make the state directory `state` from a backup; it appears whole or not at all.

    Raises:
        BackupError: The file is damaged or no backup, or something is at `state` already.
    """
    if state.exists() and (not state.is_dir() or any(state.iterdir())):
        raise BackupError(f"{state} holds something already; a backup is restored into a new place only")
    staged = _beside(state, "restored")
    try:
        manifest = _unpack(file, staged)
        _compare(staged, manifest)
        if state.is_dir():
            state.rmdir()
        staged.rename(state)
        sync_folder(state.parent)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return manifest


def _stage(state: Path, staged: Path) -> Manifest:
    """Copy a state until the copy of its journal is sound, and say what it holds."""
    problem = ""
    for _ in range(TRIES):
        shutil.rmtree(staged, ignore_errors=True)
        states.make(staged)
        try:
            _copy(state, staged)
        except FileNotFoundError as error:
            problem = f"{error.filename} went away while it was copied"
            continue
        found = log.verify(states.journal(staged))
        if found.is_sound and found.records:
            return _manifest(staged)
        problem = found.problem or "the journal has no record yet"
    raise BackupError(f"{state} cannot be backed up: {problem}")


def _copy(state: Path, staged: Path) -> None:
    folder = states.journal(state)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".tmp"]
    files.sort(key=lambda path: path.parent == folder and path.name not in _FIRST)
    origin = state / "origin.json"
    for path in [*files, *([origin] if origin.is_file() else [])]:
        name = path.relative_to(state)
        if path.name in _LEFT_OUT:
            continue
        there = staged / name
        there.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        there.write_bytes(_used(path.read_bytes()) if path.suffix == ".seg" else path.read_bytes())
        there.chmod(0o600)


def _used(data: bytes) -> bytes:
    """Return a segment without the room reserved at its end; records begin and end at whole words."""
    used = len(data.rstrip(b"\0"))
    return data[: used + -used % ALIGN]


def _manifest(staged: Path) -> Manifest:
    read = read_book(states.journal(staged))
    found = log.verify(states.journal(staged))
    names = sorted(path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_file())
    return Manifest(
        format=FORMAT,
        title=read.genesis.title,
        instance=read.genesis.instance,
        seq=found.seq,
        head=found.head_hash.hex(),
        facts=facts_hash(read.book),
        files={name: _measure((staged / name).read_bytes()) for name in names},
    )


def _measure(data: bytes) -> tuple[int, str]:
    return len(data), sha256(data).hexdigest()


def _pack(staged: Path, manifest: Manifest, draft: Path) -> None:
    text = json.dumps(msgspec.to_builtins(manifest), indent=1, sort_keys=True).encode()
    with draft.open("xb") as file:
        draft.chmod(0o600)
        with tarfile.open(fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
            for name in (MANIFEST, *manifest.files):
                data = text if name == MANIFEST else (staged / name).read_bytes()
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(data), 0o600
                archive.addfile(entry, io.BytesIO(data))
        file.flush()
        os.fsync(file.fileno())


def _unpack(file: Path, staged: Path) -> Manifest:
    """Write the files of a backup into `staged`, each compared with the manifest."""
    try:
        with tarfile.open(file, "r:gz") as archive:
            manifest = _read_manifest(file, archive)
            states.make(staged)
            left = dict(manifest.files)
            for entry in (one for one in archive if one.name != MANIFEST):
                _take(staged, entry.name, _content(archive, entry), left)
    except (tarfile.TarError, EOFError, ValueError, zlib.error, gzip.BadGzipFile) as error:
        raise BackupError(f"{file} is damaged or no backup: {error}") from error
    if left:
        raise BackupError(f"{file} is damaged: {', '.join(left)} missing")
    return manifest


def _take(staged: Path, name: str, data: bytes, left: dict[str, tuple[int, str]]) -> None:
    """Write one file of a backup, which must be among those `left` and as said there."""
    if left.pop(name, None) != _measure(data) or not _is_inside(name):
        raise BackupError(f"the backup is damaged: {name} is not what its manifest says")
    there = staged / name
    there.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    there.write_bytes(data)
    there.chmod(0o600)


def _read_manifest(file: Path, archive: tarfile.TarFile) -> Manifest:
    first = archive.next()
    if first is None or first.name != MANIFEST:
        raise BackupError(f"{file} is no backup: it does not begin with a manifest")
    manifest = msgspec.json.decode(_content(archive, first), type=Manifest)
    if manifest.format != FORMAT:
        raise BackupError(f"{file} is a backup of format {manifest.format}; this version reads {FORMAT}")
    return manifest


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    """Return the bytes of an entry; a link, a folder or a device has none."""
    source = archive.extractfile(entry) if entry.isfile() else None
    return source.read() if source is not None else b""


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _compare(staged: Path, manifest: Manifest) -> None:
    """Judge the journal that was unpacked, and fold it: it must amount to what it amounted to."""
    found = log.verify(states.journal(staged))
    if not found.is_sound or (found.seq, found.head_hash.hex()) != (manifest.seq, manifest.head):
        raise BackupError(f"the journal in the backup ends at seq {found.seq}, not {manifest.seq}: {found.problem}")
    if facts_hash(read_book(states.journal(staged)).book) != manifest.facts:
        raise BackupError("the journal in the backup does not amount to the book that was backed up")


def _beside(place: Path, word: str) -> Path:
    """Return a folder that nobody uses, on the same file system as `place`."""
    place.parent.mkdir(parents=True, exist_ok=True)
    return place.with_name(f".{place.name}.{word}-{os.getpid()}")


def _fresh(folder: Path) -> Path:
    """Empty a folder and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder
