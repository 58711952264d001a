"""Words from a chat: who is allowed may ask, pause and stop.

Whoever else writes is ignored and written down.
"""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from openbell.core.events import Command
from openbell.core.ladder import CANCEL, FLATTEN
from openbell.core.types import NS
from openbell.edges.alerts import telegram
from openbell.edges.alerts.letter import Fault
from openbell.run import giving
from openbell.run.alerts import replies
from openbell.run.alerts.watch import Watch
from openbell.run.clock import Clock

CODE_NS = 60 * NS
"""How long a code is good."""
STALE_S = 120
"""A word that is older was meant for another moment, seconds."""
POLL_S = 20
"""How long the Bot API is asked to wait for something new, seconds."""
AGAIN_S = 5.0
"""After a failure, before it is asked again, seconds."""
_ASKED = ("resume", "kill")
"""Words that need a code."""
_KNOWN = ("status", "positions", "pnl", "why", "pause", "resume", "kill", "help", "start")


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote: update, user, chat, when (s since 1970), and the text."""

    update: int
    user: str
    chat: str
    date: int
    text: str


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code that one user may use once: for which words, until when (ns)."""

    text: str
    words: tuple[str, ...]
    until: int


class Control:
    """Answers what users of one bot write.

    Attributes:
        place: Number of the next update; to be kept, so that no word counts twice.
    """

    def __init__(
        self, options: telegram.Config, folder: Path, watch: Watch, clock: Clock, write: Callable[[str, str, str], None]
    ) -> None:
        """Listen for a bot.

        Args:
            options: Of the bot.
            folder: The state that commands are for.
            watch: Tells how it stands.
            clock: Wall time.
            write: Writes down who asked what, and what came of it.
        """
        self.place = 0
        self._options, self._folder, self._watch, self._clock = options, folder, watch, clock
        self._write = write
        self._codes: dict[str, Code] = {}
        self.is_well: Callable[[], bool] = lambda: True

    async def run(self, keep: Callable[[int], None]) -> None:
        """Listen and answer, for ever; `keep` makes a place durable before its word is obeyed."""
        while True:
            try:
                body = {"offset": self.place, "timeout": POLL_S, "allowed_updates": ["message"]}
                answer = await telegram.ask(self._options, "getUpdates", body, POLL_S * NS)
            except Fault:
                await asyncio.sleep(AGAIN_S)
                continue
            for word in words_of(answer):
                self.place = word.update + 1
                keep(self.place)
                await self._answer(word)

    async def _answer(self, word: Word) -> None:
        if word.user not in self._options.control:
            # Nothing is answered: not even that somebody listens.
            self._write(word.user, "unknown", "ignored: this user is on no list")
            return
        said = await self.obey(word)
        try:
            await telegram.say(self._options, word.chat, said)
        except Fault as fault:
            self._write(word.user, word.text.split()[0], f"done, and the answer did not get through: {fault}")

    async def obey(self, word: Word) -> str:
        """Do what an allowed user writes, and return the answer."""
        name, *rest = word.text.removeprefix("/").lower().split() or ("help",)
        name = name.partition("@")[0]
        if name not in _KNOWN:
            return f"unknown word; known:\n{replies.HELP}"
        if self._clock.now() // NS - word.date > STALE_S:
            self._write(word.user, name, "ignored: it is too old")
            return f"/{name} is from more than {STALE_S} s ago and was not obeyed; write it again"
        if name in ("pause", *_ASKED):
            return await self._order(word.user, name, rest)
        return self._told(name, rest)

    def _told(self, name: str, rest: list[str]) -> str:
        book = self._watch.book
        if name == "status":
            return replies.status(book, is_well=self.is_well())
        if name == "positions":
            return replies.positions(book)
        if name == "pnl":
            return replies.pnl(book)
        if name == "why":
            return replies.why(self._watch.latest, rest[0] if rest else "")
        return replies.HELP

    async def _order(self, user: str, name: str, rest: list[str]) -> str:
        if name in _ASKED:
            words = (name, *(one for one in rest if one == "close"))
            code = next((one for one in rest if one.isdigit()), "")
            if not code:
                return self._new_code(user, words)
            if not self._is_good(user, code, words):
                self._write(user, name, "refused: its code is wrong, used or too old")
                return f"that code is wrong, used or too old; nothing was done. /{' '.join(words)} asks for another"
        is_close = "close" in rest
        command = Command(
            ts=0, id=giving.new_id(self._clock), kind=name, actor=f"telegram {user}", reason="asked for in a chat",
            tier=None if name != "kill" else FLATTEN if is_close else CANCEL,
        )  # fmt: skip
        given = await asyncio.to_thread(giving.give, self._folder, command, self._clock)
        if given.refusal:
            said = f"refused: {given.refusal}"
        elif given.is_taken:
            said = "taken by the engine"
        else:
            said = "no engine has taken it yet; it is taken first at the next start"
        self._write(user, name, said)
        return f"/{name}: {said}"

    def _new_code(self, user: str, words: tuple[str, ...]) -> str:
        text = f"{secrets.randbelow(1_000_000):06}"
        self._codes[user] = Code(text=text, words=words, until=self._clock.now() + CODE_NS)
        self._write(user, words[0], "a code was given")
        return f"write /{' '.join(words)} {text} within {CODE_NS // NS} s to do it"

    def _is_good(self, user: str, text: str, words: tuple[str, ...]) -> bool:
        """Say whether a code is right; whatever is tried, it is gone."""
        code = self._codes.pop(user, None)
        if code is None or code.words != words or self._clock.now() > code.until:
            return False
        return hmac.compare_digest(code.text, text)


def words_of(answer: Any) -> list[Word]:
    """Return the messages in an answer of the Bot API, whatever else is in it. Pure."""
    found = []
    for update in answer.get("result", ()) if isinstance(answer, dict) else ():
        try:
            message = update.get("message") or {}
            found.append(Word(
                update=int(update["update_id"]), user=str(message.get("from", {}).get("id", "")),
                chat=str(message.get("chat", {}).get("id", "")), date=int(message.get("date", 0)),
                text=str(message.get("text", "")).strip(),
            ))  # fmt: skip
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return found
