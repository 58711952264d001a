"""The supervisor: starts an engine and what stands beside it, and brings back who dies.

It holds no key, no socket and no state. An engine that ends by itself ends the run; one that was killed, or fell over
an error nobody expected, comes back, at most so often in so long. The others always come back.
"""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from types import FrameType, MappingProxyType

import msgspec

from openbell.core.types import NS
from openbell.run.clock import Clock
from openbell.run.hangup import HANG_UP, Terminal

MARK = "OPENBELL_SUPERVISOR"
"""Set in the environment of every child: the supervisor's process id. What a child starts in turn inherits it."""
FELL = 70
"""Exit code of an engine that fell over an error nobody expected; it has left a kill for its next start."""
MOST_RETURNS = 5
WITHIN_NS = 600 * NS
"""An engine that was killed or fell more often than that in so long stays down; the guardian takes the orders back."""
PAUSE_NS = NS
"""Before a child is started again; it doubles with each time that the child came back within `WITHIN_NS`. The guardian
is never waited for longer."""
_MOST_DOUBLINGS = 5
HEARD_NS = NS
"""An engine that dies within this of a signal may not have taken it."""
NAP_NS = NS // 20
GRACE_NS = 5 * NS
"""How long the guardian may take to end."""
_FORWARDED = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)


def is_supervised() -> bool:
    """Return True in a process that a supervisor has started itself, as long as that lives.

    A run that a control room starts inherits the mark of the supervisor above it: it needs one of its own.
    """
    return os.environ.get(MARK) == str(os.getppid())


class Child(msgspec.Struct, kw_only=True):
    """One process to be kept.

    Attributes:
        name: For people. words: Its command line. is_main: True for the engine, whose own end is the end of all.
        withheld: Variables of this process that it does not get: whoever talks to others holds no key.
        process: The one that runs now. returns: When it was started again. due: When it may start; both in
            ns of a clock that nobody sets.
    """

    name: str
    words: Sequence[str]
    is_main: bool = False
    withheld: Collection[str] = ()
    process: subprocess.Popen[bytes] | None = None
    returns: deque[int] = msgspec.field(default_factory=deque)
    due: int = 0


GUARDIAN, NOTIFIER = "guardian", "notifier"
"""The processes that take the orders back of an engine that stays down, and tell people that it does."""
LAST_WORD_NS = 15 * NS
"""How long the notifier, for which an engine is silent after ten seconds, is left to tell so without a guardian."""


class Supervisor:
    """Keeps an engine and the processes beside it alive.

    Attributes:
        engine: Whose own end is the end of all. sides: The others, by name.
    """

    def __init__(
        self,
        engine: Sequence[str],
        sides: Mapping[str, Sequence[str]],
        clock: Clock,
        tell: Callable[[str], None],
        withheld: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> None:
        """Keep processes alive.

        Args:
            engine: Its command line.
            sides: Those of the others, by name.
            clock: Wall clock.
            tell: Takes lines for people.
            withheld: Variables of the environment that one of the others does not get, by its name.
        """
        self.engine = Child(name="engine", words=engine, is_main=True)
        self.sides = {
            name: Child(name=name, words=words, withheld=withheld.get(name, ())) for name, words in sides.items()
        }
        self._clock, self._tell = clock, tell
        self._asked: list[int] = []
        self._sent: list[tuple[int, int]] = []

    def run(self) -> int:
        """Run until the engine has ended by itself or has died too often; return its exit code."""
        before = [(number, signal.signal(number, self._hear)) for number in (*_FORWARDED, signal.SIGINT)]
        try:
            with Terminal(lambda: self._asked.append(HANG_UP)):
                return self._keep()
        finally:
            self._end_sides()
            for number, handler in before:
                signal.signal(number, handler)

    def _hear(self, number: int, _: FrameType | None) -> None:
        # Ctrl-C reaches the engine from the terminal by itself; a second one from here would end it at once.
        if number in _FORWARDED:
            self._asked.append(number)

    def _keep(self) -> int:
        code: int | None = None
        while code is None:
            now = self._clock.grown()
            for child in (self.engine, *self.sides.values()):
                if child.process is None and now >= child.due:
                    self._start(child)
            # One that has died hears nothing: what was meant for it waits for the next.
            while self._asked and self.engine.process is not None and self.engine.process.poll() is None:
                number = self._asked.pop(0)
                self._sent = [*((at, n) for at, n in self._sent if now - at < HEARD_NS), (now, number)]
                self.engine.process.send_signal(number)
            self._clock.sleep(NAP_NS)
            code = self._look(self.engine)
            if code is None:
                self._look_beside()
        return code

    def _look_beside(self) -> None:
        for child in self.sides.values():
            self._look(child)

    def _start(self, child: Child) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in child.withheld}
        environment[MARK] = str(os.getpid())
        # The others do not hear the terminal's Ctrl-C: they stay until the engine has ended.
        is_apart = not child.is_main
        # What comes before the engine hears would end it unheard; held back, it is there once it listens.
        held = signal.pthread_sigmask(signal.SIG_BLOCK, (*_FORWARDED, HANG_UP) if child.is_main else ())
        child.process = subprocess.Popen(child.words, env=environment, start_new_session=is_apart)  # noqa: S603  # our own words
        signal.pthread_sigmask(signal.SIG_SETMASK, held)

    def _look(self, child: Child) -> int | None:
        """Return the exit code that ends the run; None while it goes on."""
        code = child.process.poll() if child.process is not None else None
        if code is None:
            return None
        child.process = None
        if child.is_main and code >= 0 and code != FELL:
            return code
        now = self._clock.grown()
        child.returns.append(now)
        if child.is_main:
            # What was said to it just before is said again: nobody knows whether it was heard.
            self._asked = [number for at, number in self._sent if now - at < HEARD_NS] + self._asked
            self._sent = []
        while now - child.returns[0] > WITHIN_NS:
            child.returns.popleft()
        if child.is_main and len(child.returns) > MOST_RETURNS:
            word = "fell" if code == FELL else "was killed"
            self._tell(f"supervisor: the engine {word} {len(child.returns)} times; it stays down")
            # The guardian still has to see that nothing comes back, and the notifier to tell so.
            return self._outlast(1 if code == FELL else 128 - code)
        doublings = 0 if child.name == GUARDIAN else min(len(child.returns) - 1, _MOST_DOUBLINGS)
        child.due = now + (PAUSE_NS << doublings)
        how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
        how = "fell over an error nobody expected" if child.is_main and code == FELL else how
        self._tell(f"supervisor: the {child.name} {how}; it is started again")
        return None

    def _outlast(self, code: int) -> int:
        """Leave the others alone: a guardian until told to end, a notifier until it must have told.

        The guardian takes the orders back, and retries where it could not.
        """
        kept = [self.sides[name] for name in (GUARDIAN, NOTIFIER) if name in self.sides]
        upto = self._clock.grown() + LAST_WORD_NS
        while kept and not self._asked and (GUARDIAN in self.sides or self._clock.grown() < upto):
            for child in kept:
                if child.process is None and self._clock.grown() >= child.due:
                    self._start(child)
            self._clock.sleep(NAP_NS)
            self._look_beside()
        return code

    def _end_sides(self) -> None:
        running = [child.process for child in self.sides.values() if child.process is not None]
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(GRACE_NS / NS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
