"""What a run says of itself at its end, in every mode the same figures."""

from typing import Any

import msgspec

from openbell.core.book import Book
from openbell.report.recorder import Recorder


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
