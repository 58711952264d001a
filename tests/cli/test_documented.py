"""The commands of the page on configuration are executed, in its order."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.process import words
from tools.tree import ROOT

PAGE = ROOT / "docs" / "how-to" / "configure.md"


@pytest.mark.slow
def test_every_command_of_the_page_runs(tmp_path: Path) -> None:
    commands = [
        line
        for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        for line in block.splitlines()
        if "paced.yaml" not in line  # A file that the page holds itself: tests/docs writes it and runs them.
    ]
    assert len(commands) == 8
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBELL_HOME": str(tmp_path)}
    for command in commands:
        given = shlex.split(command.partition(" > ")[0])
        own = dict(word.split("=", 1) for word in given if word.startswith("OPENBELL__"))
        rest = [word for word in given if word not in ("openbell", *(f"{k}={v}" for k, v in own.items()))]
        done = subprocess.run(
            words(*rest), input="\n" * 5, capture_output=True, text=True, check=False, cwd=tmp_path,
            env=environment | own,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stderr)
        assert all(value in done.stdout for value in own.values())
