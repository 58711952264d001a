"""What the web side asks of the runs; `run/web` answers."""

from pathlib import Path
from typing import Any, Protocol

import msgspec


class UnknownState(Exception):
    """There is no such state; the text names those that there are."""


class Refused(Exception):
    """A command cannot be given; the text says why and what to do."""


class Frame(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What is new of one state.

    Readers who wait for the same have the same one, so that it is written once.

    Attributes:
        since: Number of the frame that it follows. n: Its own. sections: Rows set and dropped, and rows added.
    """

    since: int
    n: int
    sections: dict[str, Any]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A person's word for a run.

    Attributes:
        kind: pause, resume, stop, kill or refuse. actor: Who, as written down.
        scope: all, account:NAME, deployment:NAME or instrument:SYMBOL.
        tier: Of a kill, 0 to 4; None for its usual one. close: True to close positions on a stop.
        ask: The entry that waits for a person and is refused.
    """

    kind: str
    actor: str
    scope: str = "all"
    reason: str = ""
    tier: int | None = None
    close: bool = False
    ask: str = ""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of a stream: before a record, at most so many, of a deployment or symbol."""

    before_seq: int | None = None
    count: int = 200
    deployment: str = ""
    symbol: str = ""


class Watch(Protocol):
    """One reader of one state."""

    async def next(self) -> Frame | None:
        """Return what is new once there is something; None where a snapshot is needed."""

    def snapshot(self) -> tuple[int, dict[str, Any]]:
        """Return the latest frame's number and all that stands; what is new behind it is next."""

    def close(self) -> None:
        """Stop reading."""


class States(msgspec.Struct, frozen=True, kw_only=True):
    """All states.

    Attributes:
        shown: A row for each that can be read, the newest first.
        dark: id, path, why and is_running of each that cannot; commands reach it still.
    """

    shown: list[dict[str, Any]]
    dark: list[dict[str, Any]]


class Room(Protocol):
    """All states that may be shown."""

    def states(self) -> States:
        """Return all states."""

    def snapshot(self, state: str) -> tuple[int, dict[str, Any]]:
        """Return the number of the latest frame and the state as it stands. Raises UnknownState."""

    def watch(self, state: str) -> Watch:
        """Return a reader that begins behind the latest frame. Raises UnknownState.

        For "" it is one of the list of all.
        """

    def pulse(self, state: str) -> dict[str, Any]:
        """Return the engine's last sign of life, none for "". Raises UnknownState."""

    def bars(self, state: str, symbol: str, count: int) -> list[list[float]]:
        """Return the newest bars of an instrument: seconds, prices, volume. Raises UnknownState."""

    def equity(self, state: str, account: str) -> dict[str, Any]:
        """Return an equity curve. Raises UnknownState."""

    def page(self, state: str, what: str, wanted: Wanted) -> list[dict[str, Any]]:
        """Return older rows of a stream, newest first. Raises UnknownState."""

    def journal(self, state: str, before_seq: int | None, count: int, text: str) -> list[dict[str, Any]]:
        """Return records in words, newest first. Raises UnknownState."""

    def verify(self, state: str) -> dict[str, Any]:
        """Return whether a journal is whole. Raises UnknownState."""

    def at(self, state: str, seq: int) -> dict[str, Any]:
        """Return the state as it stood after a record. Raises UnknownState."""

    def config(self, state: str) -> dict[str, Any]:
        """Return the configuration of a run, secrets masked. Raises UnknownState."""

    def strategies(self) -> list[dict[str, Any]]:
        """Return the strategies that can be named, with the schema of their options."""

    def give(self, state: str, order: Order) -> dict[str, Any]:
        """Give a command and say what became of it. Raises UnknownState, Refused."""


class Invalid(Exception):
    """What was asked for cannot be run; the text says why, `field` where (empty: nowhere)."""

    def __init__(self, text: str, field: str = "") -> None:
        """Say what is wrong, and where."""
        super().__init__(text)
        self.field = field


class Starter(Protocol):
    """Who tells what would be run, and runs it."""

    def plan(self, wish: dict[str, Any], *, asks: bool) -> dict[str, Any]:
        """Return what a deployment would be; a broker is asked what it lists where `asks` is true."""

    def check(self, text: str) -> dict[str, Any]:
        """Return what a configuration would be."""

    async def deploy(self, wish: dict[str, Any], actor: str) -> dict[str, Any]:
        """Start a deployment and say which it is. Raises Invalid, Refused."""


class Trials(Protocol):
    """Backtests asked for on the page."""

    def begin(self, wish: dict[str, Any], actor: str) -> dict[str, Any]:
        """Start one and return its row. Raises Invalid, Refused."""

    def all(self) -> list[dict[str, Any]]:
        """Return a row for each, the newest first."""

    def one(self, key: str) -> dict[str, Any]:
        """Return the row of one. Raises UnknownState."""

    def cancel(self, key: str) -> None:
        """End one and forget it. Raises UnknownState."""

    def report(self, key: str) -> Path:
        """Return its report, a file. Raises UnknownState."""


class Upkeep(Protocol):
    """What those ask who look after the system."""

    def metrics(self) -> str:
        """Return what Prometheus reads."""

    def faults(self) -> list[dict[str, str]]:
        """Return what is unwell with the runs: state, what, and in words."""

    def unheard(self) -> list[dict[str, str]]:
        """Return the same of messages that reached nobody; it reads files."""

    def logs(self, state: str, component: str, count: int, text: str) -> dict[str, Any]:
        """Return the newest lines of a log file that hold a text. Raises UnknownState."""

    def calendars(self, state: str, days: int) -> list[dict[str, Any]]:
        """Return a run's calendars: zone, sessions of the next days. Raises UnknownState."""


class Messages(Protocol):
    """What a run told people, and how it reaches them."""

    def told(self, state: str, before: int | None, count: int) -> dict[str, Any]:
        """Return messages, the newest first, with their ways, and channels. Raises UnknownState."""

    def acknowledge(self, state: str, numbers: list[int], actor: str) -> int:
        """Note that messages were seen, all for none; say how many. Raises UnknownState, Refused."""

    def try_out(self, state: str, channel: str, actor: str) -> list[str]:
        """Return why each target of a channel took no test, or "". Raises UnknownState, Refused."""


class Sides(msgspec.Struct, frozen=True, kw_only=True):
    """All sides of what stands behind the routes."""

    room: Room
    starter: Starter
    trials: Trials
    upkeep: Upkeep
    messages: Messages
