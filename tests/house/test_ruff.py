"""Rules that ruff holds for us: each catches what was planted, so that no ignore switches it off unnoticed."""

import subprocess
import sys

import pytest

from tests.house.source import ROOT

PLANTED = [
    ("FBT001", "run/x.py", "def f(is_open: bool) -> None: ..."),
    ("FBT002", "run/x.py", "def f(is_open=True) -> None: ..."),
    ("DTZ005", "run/x.py", "import datetime\nnow = datetime.datetime.now()"),
    ("F403", "run/x.py", "from math import *"),
    ("BLE001", "run/x.py", "try:\n    f()\nexcept Exception:\n    pass"),
    ("T201", "run/x.py", "print(1)"),
    ("TID252", "run/x.py", "from . import y"),
    ("B006", "run/x.py", "def f(a=[]): ..."),
    ("D103", "run/x.py", "def f(): ..."),
    ("D417", "run/x.py", 'def f(a, b):\n    """Do.\n\n    Args:\n        a: One.\n    """'),
    ("F401", "run/x.py", "import json"),
    ("C901", "run/x.py", "def f(a):\n" + "    if a:\n        a()\n" * 11),
    ("PGH003", "run/x.py", "a = 1  # type" + ": ignore"),
    ("PGH004", "run/x.py", "a = 1  # no" + "qa"),
    ("S307", "run/x.py", "eval('1')"),
    ("PLW0603", "run/x.py", "N = 0\ndef f():\n    global N\n    N = 1"),
]


@pytest.mark.parametrize(("code", "path", "text"), PLANTED)
def test_a_planted_violation_is_caught(code: str, path: str, text: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise"]
    command += ["--stdin-filename", f"src/openbell/{path}", "-"]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    assert f" {code} " in done.stdout, done.stdout + done.stderr
