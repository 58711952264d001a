"""The machine: Python, memory, disk, clock. Nothing is asked of the network."""

import ctypes
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from openbell.run.doctor.line import Line, well

PYTHONS = ((3, 11), (3, 13))
"""First and last version that is tested."""
GB = 10**9
LEAST_DISK, GOOD_DISK = GB // 10, GB
"""Free bytes below which a run must not start, and below which there is a warning."""
LEAST_MEMORY, LEAST_CORES = GB, 2
"""What a run of ten instruments needs, with the guardian beside it."""
_TIME_ERROR = 5
"""What adjtimex returns where the kernel's clock is not kept by any time service."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a machine has: Python, cores, memory and free disk in bytes, state of its clock."""

    python: tuple[int, int]
    cores: int
    memory: int
    disk: int
    clock: int


def figures(home: Path) -> Figures:
    """Return what this machine has; `home` is where states are kept."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    disk = shutil.disk_usage(home).free
    return Figures(
        python=sys.version_info[:2], cores=os.cpu_count() or 1, memory=memory, disk=disk, clock=_clock_state()
    )


def _clock_state() -> int:
    """Return what the kernel says of its clock, -1 where it says nothing."""
    buffer = ctypes.create_string_buffer(512)
    try:
        return int(ctypes.CDLL(None, use_errno=True).adjtimex(buffer))
    except (AttributeError, OSError):
        return -1


def machine(home: Path, found: Figures, write: Callable[[Path], str]) -> list[Line]:
    """Return how the machine is.

    Args:
        home: Where states are kept.
        found: What it has.
        write: Writes a file durably in a folder and returns why it cannot, empty where it can.
    """
    return [_python(found), _room(found), _disk(home, found, write(home)), _clock(found)]


def try_to_write(home: Path) -> str:
    """Write a file durably and delete it; return why that cannot be done, empty where it can."""
    try:
        with tempfile.NamedTemporaryFile(dir=home) as file:
            file.write(b"openbell")
            file.flush()
            os.fdatasync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _python(found: Figures) -> Line:
    version, (first, last) = platform.python_version(), PYTHONS
    if first <= found.python <= last:
        return well("python", version)
    fix = "make setup PYTHON=python3.13 builds an environment of one that is"
    return Line(part="python", level="fail", told=f"{found.python[0]}.{found.python[1]} is not tested", fix=fix)


def _room(found: Figures) -> Line:
    told = f"{found.cores} cores, {found.memory / GB:.1f} GB of memory"
    if found.cores >= LEAST_CORES and found.memory >= LEAST_MEMORY:
        return well("machine", told)
    fix = f"give it {LEAST_CORES} cores and {LEAST_MEMORY // GB} GB"
    return Line(part="machine", level="warn", told=told, fix=fix)


def _disk(home: Path, found: Figures, why: str) -> Line:
    if why:
        fix = "make it writable, or set OPENBELL_HOME to a folder that is"
        return Line(part="disk", level="fail", told=f"{home} cannot be written: {why}", fix=fix)
    told = f"{found.disk / GB:,.1f} GB free at {home}"
    if found.disk >= GOOD_DISK:
        return well("disk", told)
    fix = "free some, or set OPENBELL_HOME to a larger disk"
    return Line(part="disk", level="warn" if found.disk >= LEAST_DISK else "fail", told=told, fix=fix)


def _clock(found: Figures) -> Line:
    if 0 <= found.clock < _TIME_ERROR:
        return well("clock", "kept by a time service")
    told = "the kernel says that no time service keeps it" if found.clock >= 0 else "the kernel says nothing of it"
    fix = "start a time service, such as chrony or systemd-timesyncd"
    return Line(part="clock", level="warn", told=told, fix=fix)
