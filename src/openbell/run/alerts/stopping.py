"""Words from outside that may only stop: who may send them, and with which code.

A mail and a text message name their sender, and anybody can write another's name there. So a name on the list alone
does nothing: each word needs a one-time code, and whatever is asked is written down before it is done.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path

import msgspec

from openbell.core.events import Command
from openbell.core.ladder import CANCEL, FLATTEN
from openbell.core.types import MINUTE_NS
from openbell.edges.alerts.outbox import Outbox
from openbell.run import giving
from openbell.run.alerts import codes
from openbell.run.clock import Clock

STALE_NS = 15 * MINUTE_NS
"""A word that took longer was meant for another moment."""
MOST = 20
"""Wrong words of one channel that are answered and written down in a minute; a right code is never held back."""
_WORD = re.compile(r"\bstop(\s+close)?\b[\s:]*((?:[0-9][\s.-]*){15})(?![0-9])", re.IGNORECASE)

Write = Callable[[str, str, str], None]


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What came over a channel.

    Attributes:
        channel: Its name. sender: As the word itself says. text: All of it. arrived: When, UTC ns.
    """

    channel: str
    sender: str
    text: str
    arrived: int


class Stopping:
    """Obeys words that stop; there are no others here."""

    def __init__(self, outbox: Outbox, folder: Path, clock: Clock, write: Write) -> None:
        """Stop the run of a state; `write` takes channel, sender and what came of it."""
        self._outbox, self._folder, self._clock, self._write = outbox, folder, clock, write
        self._recent: dict[str, deque[int]] = {}
        # One after the other: a code that two bring at the same time works once.
        self._lock = asyncio.Lock()

    async def obey(self, word: Word, allowed: Collection[str]) -> str:
        """Do what somebody wrote and return the answer for them, empty where none is due."""
        async with self._lock:
            is_listed = plain(word.sender) in {plain(one) for one in allowed}
            found = _WORD.search(word.text)
            code = re.sub(r"\D", "", found[2]) if found is not None else ""
            why = self._fault(word, code) if is_listed else "this sender is on no list"
            if found is not None and not why:
                return await self._stop(word, code, is_close=bool(found[1]))
            if not self._is_in_pace(word.channel):
                return ""
            self._note(word, f"refused: {why}")
            # Who is on no list is not answered: not even that somebody listens.
            return f"{why}; nothing was done" if is_listed else ""

    def _fault(self, word: Word, code: str) -> str:
        if not code:
            return "only STOP CODE and STOP CLOSE CODE are known here"
        if self._clock.now() - word.arrived > STALE_NS:
            return f"it is more than {STALE_NS // MINUTE_NS} minutes old"
        return codes.fault(self._outbox, code, self._clock.now())

    async def _stop(self, word: Word, code: str, *, is_close: bool) -> str:
        what = "stop and close" if is_close else "stop"
        self._note(word, f"{what}: being given")
        # Its id is that of the code: given twice by a process that ended in between, it counts once.
        command = Command(
            ts=0, id=f"code-{code[:3]}-{word.arrived}", kind="kill", actor=f"{word.channel} {word.sender}",
            reason=f"asked for over {word.channel}", tier=FLATTEN if is_close else CANCEL,
        )  # fmt: skip
        given = await asyncio.to_thread(giving.give, self._folder, command, self._clock)
        codes.use(self._outbox, code)
        if given.refusal:
            said = f"refused: {given.refusal}"
        else:
            said = "taken by the engine" if given.is_taken else "no engine runs; it is taken first at the next start"
        self._note(word, f"{what}: {said}")
        return f"{what}: {said}; {codes.left(self._outbox, self._clock.now())} codes are left"

    def _is_in_pace(self, channel: str) -> bool:
        now, recent = self._clock.now(), self._recent.setdefault(channel, deque(maxlen=MOST))
        if len(recent) == MOST and now - recent[0] < MINUTE_NS:
            return False
        recent.append(now)
        return True

    def _note(self, word: Word, what: str) -> None:
        self._write(word.channel, word.sender, what)


def plain(sender: str) -> str:
    """Return an address or a number as it is compared. Pure."""
    return re.sub(r"[\s().-]", "", sender).casefold() if sender.strip().startswith("+") else sender.strip().casefold()
