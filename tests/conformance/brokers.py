"""The list that every broker's adapter passes: a situation, a request, and what the engine must be told.

A broker joins by a `Bench` of its own in `BENCHES` of `test_brokers`: it plays the situations with frames of its
protocol. What is expected stands here once, for all of them.
"""

from typing import NamedTuple, Protocol


class Case(NamedTuple):
    """One line of the list: `told` is what comes in, in short, each with the order's happening or the event's name."""

    id: str
    situation: str
    request: str
    told: tuple[str, ...]


class Bench(Protocol):
    """Plays situations for one broker."""

    def play(self, situation: str, request: str) -> tuple[str, ...]:
        """Send a request into a situation and return what was told."""


CASES = (
    Case("TC01_F08", "taken", "submit", ("accepted",)),
    Case("TC02", "refused", "submit", ("rejected",)),
    Case("TC03_F22", "refused", "cancel", ("cancel_refused",)),
    Case("TC04", "refused", "amend", ("replace_refused",)),
    Case("TC05_F01", "silence", "submit", ("lost",)),
    Case("TC06_F01", "silence", "cancel", ("lost",)),
    Case("TC07_F01", "silence", "amend", ("lost",)),
    Case("TC08_F03", "late", "submit", ("lost", "accepted")),
    Case("TC09_F04", "server error", "submit", ("lost",)),
    Case("TC10_F04", "server error", "cancel", ("lost",)),
    Case("TC11_F04", "line gone", "submit", ("lost", "link down")),
    Case("TC12_F04", "line gone", "cancel", ("lost", "link down")),
    Case("TC13_F05", "taken twice", "submit", ("accepted",)),
    Case("TC14_F06", "filled before taken", "submit", ("fill", "accepted")),
    Case("TC15_F09", "filled without a word", "submit", ("fill",)),
    Case("TC16_F10_F58", "web page", "submit", ("lost", "link down")),
    Case("TC17_F11", "unknown code", "submit", ("lost",)),
    Case("TC18_F11", "unknown code", "cancel", ("lost",)),
    Case("TC19_F54", "too many", "submit", ("rejected",)),
    Case("TC20_F54", "too many", "order", ("lost",)),
    Case("TC21_F02", "not known", "order", ("absent",)),
    Case("TC22", "known", "order", ("fill", "accepted")),
    Case("TC23_F60", "half an answer", "state", ("state failed",)),
    Case("TC24_F60", "server error", "state", ("state failed",)),
    Case("TC25_F43", "whole", "state", ("fill", "state")),
    Case("TC26_F43", "line gone", "state", ("state failed", "link down")),
    Case("TC27_F72", "fenced", "submit", ("rejected", "given up")),
    Case("TC28_F73", "another mode", "hello", ("given up",)),
    Case("TC29_F46", "not confirmed", "hello", ("line dead",)),
    Case("TC30_F45", "mute data", "nothing", ("data down",)),
    Case("TC31_F57", "clock off", "hello", ("clock down", "link up")),
    Case("TC32_F02", "before the hello", "submit", ("lost",)),
    Case("TC33_F01", "has it already", "submit", ("lost",)),
)
"""A time-out, an unknown outcome, a code in no table: never an ending. An answer that lacks its half: never a zero."""
