"""All chance of a run: one stream per concern, forked from the seed by label, and the tape of the faults drawn.

A stream that is asked once more moves no other. A fault that is muted still takes its numbers from its stream, so
the run without it draws the same for everything else until the two really differ.
"""

import random
from collections.abc import Iterable, Sequence
from typing import Any


class Draws:
    """One stream of numbers."""

    def __init__(self, seed: int, label: str) -> None:
        """Fork the stream `label` from `seed`."""
        self._random = random.Random(f"{seed}/{label}").random

    def unit(self) -> float:
        """Return a number in [0, 1)."""
        return self._random()

    def below(self, n: int) -> int:
        """Return a whole number in [0, n)."""
        return int(self._random() * n)

    def between(self, low: int, high: int) -> int:
        """Return a whole number in [low, high]."""
        return low + int(self._random() * (high - low + 1))

    def chance(self, p: float) -> bool:
        """Return True with probability `p`."""
        return self._random() < p

    def pick(self, values: Sequence[Any]) -> Any:
        """Return one of the values."""
        return values[int(self._random() * len(values))]


class Hit:
    """One fault that was drawn: `key` names it for good, `size` in [0, 1) says how bad it is."""

    __slots__ = ("key", "size")

    def __init__(self, key: str, size: float) -> None:
        """Name it."""
        self.key = key
        self.size = size


class Tape:
    """Draws faults and writes down which ones came."""

    def __init__(self, seed: int, rates: dict[str, float], muted: Iterable[str] = (), limit: int = 1 << 30) -> None:
        """Draw each class of fault at its rate; the muted ones (by key) never come, nor any beyond `limit`."""
        self._seed, self._rates = seed, rates
        self._muted = frozenset(muted)
        self._streams: dict[str, Any] = {}
        self._asked: dict[str, int] = {}
        self.limit = limit
        self.fired: list[str] = []
        self.is_over = False
        """True once faults have stopped for good."""

    def ask(self, kind: str) -> Hit | None:
        """Return a fault of this class if it is due at this opportunity."""
        rate = self._rates.get(kind)
        if rate is None or self.is_over:
            return None
        stream = self._streams.get(kind)
        if stream is None:
            stream = self._streams[kind] = random.Random(f"{self._seed}/fault/{kind}").random
        number = self._asked[kind] = self._asked.get(kind, 0) + 1
        due, size = stream() < rate, stream()
        if not due:
            return None
        key = f"{kind}#{number}"
        if key in self._muted or len(self.fired) >= self.limit:
            return None
        self.fired.append(key)
        return Hit(key, size)
