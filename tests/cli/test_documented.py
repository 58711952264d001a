"""The commands of the page on configuration are executed, in its order."""

import re
import shlex
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from tests.cli.process import Said
from tools.tree import ROOT

PAGE = ROOT / "docs" / "how-to" / "configure.md"


@pytest.mark.slow
def test_every_command_of_the_page_runs(
    call: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = [
        line
        for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        for line in block.splitlines()
        if "paced.yaml" not in line  # A file that the page holds itself: tests/docs writes it and runs them.
    ]
    assert len(commands) == 8
    monkeypatch.chdir(tmp_path)
    for command in commands:
        given = shlex.split(command.partition(" > ")[0])
        own = dict(word.split("=", 1) for word in given if word.startswith("OPENBELL__"))
        rest = [word for word in given if word not in ("openbell", *(f"{k}={v}" for k, v in own.items()))]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", StringIO("\n" * 5))
            for name, value in own.items():
                patch.setenv(name, value)
            done = call(*rest)
        assert done.code == 0, (command, done.err)
        assert all(value in done.out for value in own.values())
