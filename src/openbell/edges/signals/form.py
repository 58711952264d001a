"""What a signal may say: one JSON object, no key that is not known."""

import re
from typing import Annotated

import msgspec

MOST_BODY = 16 << 10
"""Bytes of one body."""
_DECIMAL = re.compile(r"-?[01](\.[0-9]{1,12})?")


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signal as its sender says it.

    Attributes:
        id: Its own name at its source: 1 to 64 of letters, digits and `. _ : -`. instrument: Symbol.
        target: Share of a full position, -1 to 1; a number or the same as text. reason: Why, for people, on one line.

    Raises:
        ValueError: `target` is none.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}\Z")]
    instrument: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    target: float | str
    reason: Annotated[str, msgspec.Meta(max_length=300, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\Z")] = ""

    def __post_init__(self) -> None:
        """Refuse what is no share of a position."""
        if isinstance(self.target, str) and not _DECIMAL.fullmatch(self.target):
            raise ValueError(f"target {self.target[:40]!r} is no number such as 0.5")
        if not -1.0 <= self.share <= 1.0:
            raise ValueError(f"target {self.target} is not from -1 to 1")

    @property
    def share(self) -> float:
        """The target as a number; there is one zero alone."""
        return float(self.target) + 0.0


def parsed(body: bytes) -> Wanted:
    """Return what a body says. Pure.

    Raises:
        ValueError: It is no signal; the text says why.
    """
    return msgspec.json.decode(body, type=Wanted)
