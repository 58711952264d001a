"""How long each stage of an order's way took.

They are counts in fixed buckets, in a file beside the sign of life. Whoever watches reads the file; the engine waits
for nobody who does.
"""

from bisect import bisect_left
from pathlib import Path

import msgspec

from openbell.core.types import NS
from openbell.files import write_whole

LATENCY = "latency"
STAGES = ("data", "signal", "risk", "send", "ack", "fill")
"""In the order of the road: data to the engine, a strategy's word, the gate, to the line, the venue's yes, its fill."""
BOUNDS: tuple[int, ...] = (*(digit * 10**power for power in range(3, 11) for digit in (1, 2, 5)), 100 * NS)
"""Upper bounds of the buckets, ns, each inside its bucket: a microsecond to 100 seconds. One more has no bound."""
_US, _MS = 1e-6, 1e-3


class Tally(msgspec.Struct, kw_only=True):
    """What a stage took.

    Attributes:
        counts: Observations by bucket, the last without a bound. total: Of all of them, ns.
    """

    counts: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: int = 0

    def note(self, span: int) -> None:
        """Count one observation, ns; a negative one, from a clock that is behind, counts as 0."""
        if span < 0:
            span = 0
        self.counts[bisect_left(BOUNDS, span)] += 1
        self.total += span

    @property
    def count(self) -> int:
        """Return the number of observations."""
        return sum(self.counts)


Tallies = dict[str, dict[str, Tally]]
"""By account and stage."""


class Latencies(msgspec.Struct, frozen=True, kw_only=True):
    """What one process has measured.

    Attributes:
        pid: Of the engine. since: When it began, UTC ns. tallies: By account and stage.
    """

    pid: int
    since: int
    tallies: Tallies


def write_latencies(folder: Path, found: Latencies) -> None:
    """Replace a state directory's latencies.

    They need not survive a power cut. Raises OSError.
    """
    write_whole(folder / LATENCY, msgspec.json.encode(found))


def read_latencies(folder: Path) -> Latencies | None:
    """Return what was measured last, None where nothing was, or nothing of it can be read."""
    try:
        found = msgspec.json.decode((folder / LATENCY).read_bytes(), type=Latencies)
    except (OSError, msgspec.MsgspecError):
        return None
    is_whole = all(len(one.counts) == len(BOUNDS) + 1 for stages in found.tallies.values() for one in stages.values())
    return found if is_whole else None


def quantile(tally: Tally, share: float) -> float | None:
    """Return the span, seconds, within which a share (0 to 1) of the observations stayed.

    None is returned without any. Inside a bucket they are taken to lie evenly, as Prometheus takes them; beyond the
    last bound it is that bound.
    """
    wanted = share * tally.count
    if not wanted:
        return None
    below = low = 0
    for bound, count in zip(BOUNDS, tally.counts, strict=False):
        if count and below + count >= wanted:
            return (low + (bound - low) * (wanted - below) / count) / NS
        below, low = below + count, bound
    return BOUNDS[-1] / NS


def figures(folder: Path) -> dict[str, dict[str, dict[str, float | int | None]]]:
    """Return how often each stage was passed, by account, and in what time, seconds.

    Half of the observations are within `p50_s`, 99 % within `p99_s`. A stage that nothing passed is left out.
    """
    found = read_latencies(folder)
    return {
        account: {
            stage: {"count": one.count, "p50_s": quantile(one, 0.5), "p99_s": quantile(one, 0.99)}
            for stage, one in stages.items()
            if one.count
        }
        for account, stages in (found.tallies.items() if found is not None else ())
    }


def lines(folder: Path) -> list[str]:
    """Return the same in words, a line for each account that something was measured of."""
    told = []
    for account, stages in figures(folder).items():
        parts = [f"{stage} {_span(one['p50_s'])} / {_span(one['p99_s'])}" for stage, one in stages.items()]
        told += [f"latency of {account}, 50 % / 99 % within: {', '.join(parts)}"] if parts else []
    return told


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < _MS:
        return f"{seconds / _US:.3g} us"
    return f"{seconds / _MS:.3g} ms" if seconds < 1.0 else f"{seconds:.3g} s"
