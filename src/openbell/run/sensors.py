"""The machine's sensors: processor, memory and disk, each as a share of what there is."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

_PROC = Path("/proc")
_STAT, _MEMORY = _PROC / "stat", _PROC / "meminfo"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the machine: shares from 0 to 1, None where the system does not tell."""

    cpu: float | None
    memory: float | None
    disk: float | None


Sensors = Callable[[], Reading]
"""Looks at the machine once."""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """What a process uses: processor time since it began, seconds, and memory, bytes."""

    cpu_s: float
    memory: int


def process_use(process: int, proc: Path = _PROC) -> Use | None:
    """Return what a process uses, None where the kernel does not tell it in `proc`."""
    try:
        # The name, which may hold anything, stands in brackets before the numbers.
        words = (proc / str(process) / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        pages = int((proc / str(process) / "statm").read_text(encoding="ascii").split()[1])
        ticks = int(words[11]) + int(words[12])
    except (OSError, ValueError, IndexError):
        return None
    return Use(cpu_s=ticks / os.sysconf("SC_CLK_TCK"), memory=pages * os.sysconf("SC_PAGE_SIZE"))


class Machine:
    """Sensors of this machine; the processor's use is that since the last look."""

    def __init__(self, folder: Path, stat: Path = _STAT, memory: Path = _MEMORY) -> None:
        """Watch the disk of `folder`; `stat` and `memory` are where the kernel tells of the others."""
        self._folder, self._stat, self._memory = folder, stat, memory
        self._before = self._times()

    def __call__(self) -> Reading:
        """Look once."""
        disk = shutil.disk_usage(self._folder)
        return Reading(cpu=self._cpu(), memory=self._used_memory(), disk=disk.used / (disk.used + disk.free))

    def _times(self) -> tuple[int, int] | None:
        """Return ticks of all kinds, and idle ones, since the machine was started."""
        try:
            words = self._stat.read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
        except OSError:
            return None
        ticks = [int(word) for word in words[:8]]
        return sum(ticks), ticks[3] + ticks[4]

    def _cpu(self) -> float | None:
        before, now = self._before, self._times()
        self._before = now
        if before is None or now is None:
            # Other systems tell the length of the queue only.
            return min(os.getloadavg()[0] / (os.cpu_count() or 1), 1.0)
        span = now[0] - before[0]
        return 1.0 - (now[1] - before[1]) / span if span > 0 else None

    def _used_memory(self) -> float | None:
        try:
            lines = self._memory.read_text(encoding="ascii").splitlines()
        except OSError:
            return None
        told = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        return 1.0 - told["MemAvailable"] / told["MemTotal"]
