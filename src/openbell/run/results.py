"""What a run says of itself at its end, in every mode the same figures."""

from collections.abc import Callable
from typing import Any

import msgspec

from openbell.core.book import Book
from openbell.report.recorder import Recorder


class LateRecorder(Recorder):
    """A recorder that looks on only when somebody wants to see what it saw."""

    def __init__(self, make: Callable[[], Recorder]) -> None:
        """Hold `make`, which lets a recorder watch the whole run."""
        self._make = make

    def __getattr__(self, name: str) -> Any:
        """Watch now, and become what has watched."""
        if "_make" not in self.__dict__:
            raise AttributeError(name)
        seen = self.__dict__.pop("_make")()
        self.__dict__.update(seen.__dict__)
        return getattr(self, name)


class Result(msgspec.Struct, kw_only=True):
    """A finished or stopped run.

    Attributes:
        book: Where it ended. recorder: What a report is made of.
        figures: What `--json` prints: money as text, counts as numbers.
        notes: What happened on the way, in words. is_complete: True when the source was read to its end.
    """

    book: Book
    recorder: Recorder
    figures: dict[str, Any]
    notes: tuple[str, ...] = ()
    is_complete: bool = True
