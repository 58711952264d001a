"""What a channel is handed, and how sending can fail."""

import msgspec

LEAST_WAIT_S = 300.0
"""Before a door that was closed in our face is tried again, seconds."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One message on its way to one target.

    Attributes:
        mark: The same whenever this message is sent again, and of no other one. number: Grows in the order of sending.
        ts: Instant of what it tells, UTC ns. level, kind, event: What it tells, as configured.
        title: Begins with the mode. text: All of it, in words. state: The run's directory name.
        fields: The numbers as text. is_again: True where an earlier try may have arrived.
    """

    mark: str
    number: int
    ts: int
    level: str
    kind: str
    event: str
    title: str
    text: str
    state: str = ""
    fields: dict[str, str] = {}
    is_again: bool = False

    @property
    def plain(self) -> str:
        """Title and text together, with a word of warning where it may have come before."""
        again = "\n(this may have arrived before)" if self.is_again else ""
        return f"{self.title}\n{self.text}{again}"


class Fault(Exception):
    """A message did not get through; the text says why, without address or secret."""


class NotNow(Fault):
    """It was not taken and certainly not delivered.

    `wait_s` is when to try again, None for the usual.
    """

    def __init__(self, text: str, wait_s: float | None = None) -> None:
        """Say why."""
        super().__init__(text)
        self.wait_s = wait_s


class Unclear(Fault):
    """It was handed over and nobody said whether it arrived."""


class Never(Fault):
    """This message will not be taken, however often it is sent."""
