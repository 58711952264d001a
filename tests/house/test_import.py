"""`import openbell` is free: nothing heavy is loaded, nothing opened, nothing started."""

import subprocess
import sys

import pytest

from tests.house.source import ROOT

HEAVY = ("numba", "numpy", "polars", "pandas", "exchange_calendars", "fastapi", "pydantic", "typer", "rich")
WATCH = """
import _thread
import sys

touched = []

def counted(name):
    start = getattr(_thread, name)
    def started(*args, **kwargs):
        touched.append(f"_thread.{name}")
        return start(*args, **kwargs)
    return started

for name in {"start_new_thread", "start_joinable_thread"} & set(dir(_thread)):
    setattr(_thread, name, counted(name))
for name in [name for name in sys.modules if name == "threading"]:
    del sys.modules[name]  # made anew over the counted starters

def watch(event, args):
    if event in {"socket.__new__", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.fork"}:
        touched.append(event)
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        touched.append(f"open {args[0]} for writing")

sys.addaudithook(watch)
MODULES
heavy = [name for name in HEAVY if name in sys.modules]
print(*heavy, *touched, sep="\\n")
"""


def _touched_by(statement: str) -> str:
    code = WATCH.replace("MODULES", statement).replace("HEAVY", repr(HEAVY))
    command = [sys.executable, "-B", "-c", code]
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.strip()


def test_importing_openbell_touches_nothing() -> None:
    assert _touched_by("import openbell") == ""


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("import numpy", "numpy"),
        ("import socket; socket.socket()", "socket.__new__"),
        ("import threading; threading.Thread(target=print).start()", "_thread.start"),
        ("import os; open(os.devnull, 'w')", "for writing"),
    ],
)
def test_a_planted_touch_is_caught(statement: str, named: str) -> None:
    assert named in _touched_by(statement)
