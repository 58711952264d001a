"""Waking up: the machine slept, a virtual one was paused, or the clock was set forward.

Logical time jumps first, by the word that every line is down: so a timer that should have come many times comes once,
and what was meant for an earlier hour is seen to be old. Then the lines are to be opened anew, and tell what happened.
"""

from collections.abc import Iterable

from openbell.core.events import Link
from openbell.core.types import NS
from openbell.run.loop import Loop

SLEPT_NS = 5 * NS
"""A longer silence between two looks at the clock means that nothing ran in between."""


def has_slept(last: int, now: int) -> bool:
    """Return True if so much went by between two looks at the clock (ns) that we slept."""
    return now - last > SLEPT_NS


def wake(loop: Loop, accounts: Iterable[str], last: int, now: int) -> None:
    """Take every line for down as of `now` (ns), then let what is due come, each timer once.

    `last` is when the clock was looked at before. The caller opens the lines again.
    """
    # What was due by then comes first, and what a crash has left over.
    loop.catch_up(last)
    seconds = (now - last) // NS
    for name in accounts:
        # Not `take`: that would first deliver every timer of the time slept through, again and again.
        loop.deliver(Link(ts=now, account=name, channel="orders", is_up=False, text=f"woke after {seconds} s"))
    loop.catch_up(now)


def come_back(loop: Loop) -> None:
    """Take every line for down that a process had which ended without a word.

    Time goes on where it ended, and nothing was asked since: a timer that finds the line up would ask into the void,
    and then tell that nobody has answered.
    """
    truth = loop.engine.book.truth
    # What a crash has left over comes first.
    loop.catch_up(truth.ts)
    for name in [name for name, contact in truth.contacts.items() if contact.is_up]:
        text = "the process before ended without a word"
        loop.deliver(Link(ts=truth.ts, account=name, channel="orders", is_up=False, text=text))
