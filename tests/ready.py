"""Processes of `openbell` that a test starts come out of one that has imported everything: an interpreter takes longer to
read the program than most of them run.

`Ready` is `subprocess.Popen` with two ways to start `python -m openbell WORDS`. Where nothing is asked of the interpreter
itself, the words are carried out by a copy of a process that has read the modules and done nothing; all else is started as
it always is, and so is what such a process starts in turn. A copy is a process of its own like any other: its parent is
whoever asked, its memory shares nothing that either can change, its input, outputs, environment, folder and session are
those it was given, and its end is seen as that of every child.
"""

import array
import gc
import io
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from ctypes import CDLL
from inspect import signature
from pathlib import Path
from typing import Any

from tools.tree import ROOT

WARM = (
    "numpy", "polars.exceptions", "aiohttp", "rich.table", "jinja2", "openbell.cli.run", "openbell.cli.shell.drive",
    "openbell.cli.shell.finish", "openbell.cli.shell.table", "openbell.cli.venue", "openbell.edges.brokers.alpaca",
    "openbell.edges.brokers.binance", "openbell.edges.brokers.plain", "openbell.edges.vault", "openbell.run.assemble",
    "openbell.run.front", "openbell.run.guardian", "openbell.run.reading", "openbell.run.shell", "openbell.run.supervise", "openbell.run.venue",
)  # fmt: skip
SOURCE = str(ROOT / "src")
SUBREAPER = 36
"""Linux's PR_SET_CHILD_SUBREAPER: whose parent has gone becomes a child of the process that has it set."""
PLAIN = {"preexec_fn": None, "close_fds": True, "pass_fds": (), "shell": False, "executable": None, "gid": None, "gids": None,
         "uid": None, "umask": -1, "process_group": -1}  # fmt: skip
_started = subprocess.Popen._execute_child  # type: ignore[attr-defined]
_form = signature(_started)


class Ready(subprocess.Popen):  # type: ignore[type-arg]
    """A process like any other, begun as a copy of a ready one where that comes to the same."""

    def _execute_child(self, *args: Any) -> None:
        """Start the program."""
        asked = _form.bind(self, *args).arguments
        words = asked["args"] if isinstance(asked["args"], (list, tuple)) else ()
        environment = os.environ if asked["env"] is None else asked["env"]
        is_ours = [str(word) for word in words[:3]] == [sys.executable, "-m", "openbell"]
        if (
            sys.platform != "linux"
            or not is_ours
            or any(asked[name] != usual for name, usual in PLAIN.items())
            or not _is_of_ours(environment)
        ):
            _started(self, *args)
            return
        numbers = [
            own if given == -1 else given
            for own, given in enumerate((asked["p2cread"], asked["c2pwrite"], asked["errwrite"]))
        ]
        order = {
            "words": [str(word) for word in words[3:]], "env": dict(environment), "cwd": str(asked["cwd"] or Path.cwd()), "is_apart": asked["start_new_session"],
            "held": [int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())],
        }  # fmt: skip
        self.pid = _nursery().bear(order, numbers)
        self._child_created = True
        self._close_pipe_fds(*(asked[name] for name in _form.parameters if name[:3] in ("p2c", "c2p", "err")))


def _is_of_ours(environment: Mapping[str, str]) -> bool:
    """Return True where the interpreter would be as this one is, with the package of this tree."""
    own = {name: value for name, value in os.environ.items() if _is_for_python(name)}
    if {name: value for name, value in environment.items() if _is_for_python(name)} != own:
        return False
    folders = environment.get("PYTHONPATH", "").split(os.pathsep)
    known = {Path(folder).resolve() for folder in folders if (Path(folder) / "openbell").is_dir()}
    return known == {Path(SOURCE)}


def _is_for_python(name: str) -> bool:
    """Return True for a variable that an interpreter reads when it starts; a copy sees to the last three itself."""
    is_its_own = name.startswith(("PYTHON", "LC_", "NUMBA")) or name in ("LANG", "TZ", "LD_PRELOAD")
    return is_its_own and name not in ("PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE")


class Nursery:
    """The hand on the process that makes copies of itself."""

    def __init__(self) -> None:
        """Start it; the first order waits until it has imported."""
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._guard = threading.Lock()
        environment = {**os.environ, "PYTHONPATH": f"{SOURCE}{os.pathsep}{ROOT}"}
        environment.pop("OPENBELL_SUPERVISOR", None)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.ready", str(theirs.fileno())], env=environment, cwd=ROOT,
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def bear(self, order: dict[str, Any], numbers: list[int]) -> int:
        """Let a copy carry out an order with three open files; return its process id. It is a child of this process."""
        with self._guard:
            reap = CDLL(None).prctl
            reap(SUBREAPER, 1, 0, 0, 0)
            try:
                socket.send_fds(self._line, [json.dumps(order).encode()], numbers)
                return int(self._line.recv(100))
            finally:
                reap(SUBREAPER, 0, 0, 0, 0)

    def close(self) -> None:
        """End it; what it has borne goes on."""
        self._line.close()
        self._process.wait()


_made: list[Nursery] = []


def _nursery() -> Nursery:
    if not _made:
        _made.append(Nursery())
    return _made[0]


def close() -> None:
    """End the process that makes copies; what it has borne goes on."""
    while _made:
        _made.pop().close()


def serve(number: int) -> None:
    """Make copies until nobody asks any more."""
    from importlib import import_module

    for name in WARM:
        import_module(name)
    # What was imported is shared with every copy for as long as nobody counts it.
    gc.collect()
    gc.freeze()
    line = socket.socket(fileno=number)
    while True:
        message, numbers, _, _ = socket.recv_fds(line, 1 << 20, 3)
        if not message:
            return
        order = json.loads(message)
        told, tells = os.pipe()
        word, gives = os.pipe()
        between = os.fork()
        if not between:
            # A child of a child that ends at once becomes one of whoever asked.
            pid = os.fork()
            if pid:
                os.write(tells, array.array("q", [pid]).tobytes())
                os._exit(0)
            line.detach()
            for one in (number, told, tells, gives):
                os.close(one)
            _become(order, numbers, word)
        for one in (tells, word, *numbers):
            os.close(one)
        pid = array.array("q", os.read(told, 8))[0]
        os.waitpid(between, 0)
        for one in (told, gives):
            os.close(one)
        line.send(str(pid).encode())


def _become(order: dict[str, Any], numbers: list[int], word: int) -> None:
    """Be the process that was asked for, once it has its parent, which a closed pipe tells; ends it."""
    os.read(word, 1)
    os.close(word)
    for own, given in enumerate(numbers):
        os.dup2(given, own)
    for given in numbers:
        os.close(given)
    if order["is_apart"]:
        os.setsid()
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    folders = [folder for folder in order["env"].get("PYTHONPATH", "").split(os.pathsep) if folder]
    known = {SOURCE, str(ROOT), ""}
    sys.path[:] = [order["cwd"], *folders, *(path for path in sys.path if path not in known)]
    sys.dont_write_bytecode = bool(order["env"].get("PYTHONDONTWRITEBYTECODE"))
    sys.argv = [str(Path(SOURCE) / "openbell" / "__main__.py"), *order["words"]]
    sys.orig_argv = [sys.executable, "-m", "openbell", *order["words"]]
    is_unbuffered = bool(order["env"].get("PYTHONUNBUFFERED"))
    for own, name in enumerate(("stdin", "stdout", "stderr")):
        before = getattr(sys, name)
        binary = os.fdopen(own, "wb" if own else "rb", 0 if own and is_unbuffered else -1, closefd=False)
        through = io.TextIOWrapper(
            binary, before.encoding, before.errors, line_buffering=own == 2 or os.isatty(own),
            write_through=own > 0 and is_unbuffered,
        )  # fmt: skip
        setattr(sys, name, through)
        setattr(sys, f"__{name}__", through)
    signal.pthread_sigmask(signal.SIG_SETMASK, order["held"])
    runpy.run_module("openbell", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
