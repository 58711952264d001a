"""The first compilation: another process takes what this one has not begun.

What either has compiled lies on disk, where the loop finds it. Nothing depends on the other one: what it has not done
is compiled by who needs it.
"""

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from openbell.parts.kernels.layout import Ints

HELPER = ("-P", "-W", "ignore", "-m", "openbell.run.ahead")
"""How Python starts the other process: modules that lie in the user's folder are none of its own."""


def shared(numbers: Sequence[int], make: Callable[[int], object], words: Sequence[str] = HELPER) -> int:
    """Carry out work with another process; the first comes first, whoever takes it.

    Args:
        numbers: What is to be done.
        make: Does one of them here.
        words: How Python starts the other process. It writes a line each time that it has nothing to do, and reads a
            number; it ends where there is none.

    Returns:
        How many of them were done here.
    """
    waiting = deque(numbers)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(  # noqa: S603  # our own words
        [sys.executable, *words], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as helper:  # fmt: skip
        serving = threading.Thread(target=_serve, args=(waiting, helper.stdin, helper.stdout), daemon=True)
        serving.start()
        try:
            done = _work(waiting, make)
            serving.join()
        finally:
            # It has nothing to do, or what it does is of no more use.
            helper.kill()
    return done


def _work(waiting: "deque[int]", make: Callable[[int], object]) -> int:
    done = 0
    while True:
        try:
            number = waiting.popleft()
        except IndexError:
            return done
        make(number)
        done += 1


def _serve(waiting: "deque[int]", given: IO[bytes], said: IO[bytes]) -> None:
    """Give the other process a number whenever it asks; its input ends where nothing is left, and then so does it."""
    for _ in said:
        try:
            given.write(b"%d\n" % waiting.popleft())
            given.flush()
        except (IndexError, OSError):
            break
    given.close()


def compile_ahead(g: "Ints") -> None:
    """Compile what a run needs and is not on disk, on two processors where there are two.

    Args:
        g: The run's grid. What does not come about here is compiled when the loop begins.
    """
    from openbell.parts.kernels.entrance import make, missing
    from openbell.parts.kernels.known import remembering

    numbers = missing(g)
    if len(numbers) > 1 and processors() > 1:
        # Where no process can be started there is this one.
        with suppress(OSError), remembering():
            shared(numbers, make)


def processors() -> int:
    """Return on how many processors this process may run."""
    return len(os.sched_getaffinity(0))


def main() -> None:
    """Compile what is asked for, until nothing is."""
    from openbell.parts.kernels.entrance import make
    from openbell.parts.kernels.known import remembering
    from openbell.run.collector import rare_collections

    # Ctrl-C is its parent's affair, and without a parent its input ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with rare_collections(), remembering():
        sys.stdout.write("\n")
        sys.stdout.flush()
        for line in sys.stdin:
            make(int(line))
            sys.stdout.write("\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
