"""A process that has imported everything, and forks engines and venues that are processes of their own.

A start then costs what the program does, not what the interpreter reads. What is forked has nothing in common with its
siblings but the code in memory: its state comes from the disk, its sockets are its own, and a SIGKILL ends it alone.

Orders come as JSON lines: `{"words": [...], "home": ..., "err": fifo}` answers the process id, `{"end": pid, "by": signal}`
ends one, waits for it and answers its exit code, negative for a signal's number. The end of its input ends it and what
it has left.
"""

import gc
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.house.source import ROOT

WARM = (
    "openbell.cli.run", "openbell.cli.venue", "openbell.cli.shell.drive", "openbell.cli.shell.table",
    "openbell.edges.brokers.plain", "openbell.run.shell", "openbell.run.venue",
)  # fmt: skip


class Nursery:
    """The hand on such a process."""

    def __init__(self) -> None:
        """Start it; the first order waits until it has imported."""
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "NO_COLOR": "1"}
        environment.pop("OPENBELL_SUPERVISOR", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.metal.nursery"], env=environment, cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def bear(self, home: Path, fifo: Path, *words: str) -> int:
        """Start `openbell` with `words`, its errors written to `fifo`; return its process id."""
        return self._ask({"words": words, "home": str(home), "err": str(fifo)})

    def end(self, pid: int, number: signal.Signals) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        return self._ask({"end": pid, "by": int(number)})

    def close(self) -> None:
        """End it and what it has left."""
        self._process.communicate()

    def _ask(self, order: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def serve() -> None:
    """Take orders until there are no more."""
    from importlib import import_module

    for name in WARM:
        import_module(name)
    # What was imported is shared with every child for as long as nobody counts it.
    gc.freeze()
    children: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "words" in order:
            pid = _fork(order)
            children.add(pid)
            answer = pid
        else:
            answer = _end(order["end"], order["by"])
            children.discard(order["end"])
        print(answer, flush=True)
    for pid in children:
        _end(pid, signal.SIGKILL)


def _end(pid: int, number: int) -> int:
    os.kill(pid, number)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _fork(order: dict[str, Any]) -> int:
    """Fork a process that becomes the one ordered."""
    # Opened before the fork: whoever reads must not take a child that has not begun for one that has ended.
    errors = os.open(order["err"], os.O_WRONLY)
    pid = os.fork()
    if pid:
        os.close(errors)
        return pid
    code = 1
    try:
        os.dup2(errors, 2)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.environ["OPENBELL_HOME"] = order["home"]
        from openbell.cli import main

        main(order["words"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
