"""Help: examples before options, for every verb."""

from collections.abc import Callable

import pytest

from openbell.cli.shell.table import VERBS
from tests.cli.process import Said

NAMES = [module.__name__.rpartition(".")[2] for module in VERBS]


@pytest.mark.parametrize(
    "words", [[], *([name] for name in NAMES), ["journal"], ["journal", "verify"], ["journal", "export"]]
)
def test_examples_come_first(call: Callable[..., Said], words: list[str]) -> None:
    said = call(*words, "--help")
    assert (said.code, said.err) == (0, "")
    places = [said.out.index(part) for part in ("Examples:\n  openbell", "Usage: openbell", "Options:")]
    assert places == sorted(places)
    assert "\x1b" not in said.out


def test_alone_it_helps(call: Callable[..., Said]) -> None:
    assert call().out == call("--help").out
    assert all(f"  {name} " in call().out for name in NAMES)
    assert "$OPENBELL_HOME" in call().out
