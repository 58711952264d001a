"""What fronts behind a door lend alike, to their faults and to their operators."""

from collections.abc import Callable
from typing import Any, Protocol

from openbell.wire.door import Door
from openbell.wire.log import Log
from openbell.wire.market import Market
from openbell.wire.mischief import Frame


class Announcer:
    """Passes announcements on; those that an act sets off are kept together.

    Attributes:
        publish: Called with each announcement that no request set off. note: With everything booked.
    """

    def __init__(self) -> None:
        """Begin with nobody who listens."""
        self.publish: Callable[[Frame], None] = lambda _: None
        self.note: Callable[[dict[str, Any]], None] = lambda _: None
        self._collected: list[Frame] | None = None

    def announce(self, frame: Frame) -> None:
        """Pass an announcement on; while a request is carried out it waits for the reply."""
        if self._collected is None:
            self.publish(frame)
        else:
            self._collected.append(frame)

    def collect(self, act: Callable[[], Frame | None]) -> list[Frame]:
        """Return what is to be announced of an act, behind its own frame if it has one."""
        self._collected = []
        try:
            own = act()
            return [own, *self._collected] if own is not None else self._collected
        finally:
            self._collected = None


class Front(Protocol):
    """A server behind a door."""

    door: Door
    log: Log

    @property
    def time(self) -> int:
        """Its clock, UTC ns."""


class Overseer:
    """The part of an operator that is the same at every such front.

    Attributes:
        rules: What will go wrong. log: Acts are written down.
    """

    def __init__(self, front: Front, market: Market) -> None:
        """Act on a front and its market."""
        self.rules = front.door.mischief.rules
        self.log = front.log
        self.market = market
        self._front = front

    @property
    def time(self) -> int:
        """The front's clock, UTC ns."""
        return self._front.time

    def flag(self, symbol: str, flags: dict[str, Any]) -> None:
        """Let the list say something else of a symbol.

        Raises:
            ValueError: This list has no flags.
        """
        raise ValueError("this front's list has no flags; halt the symbol")

    def set_right(self) -> None:
        """Set the clock right."""
        self._front.door.windows.skew = 0

    def cut(self) -> None:
        """Cut every connection at once."""
        self._front.door.cut_all()

    def play(self, instants: int) -> int:
        """Play the next minutes whole and return how many there were."""
        return sum(self.market.play_whole(self.time) for _ in range(instants))
