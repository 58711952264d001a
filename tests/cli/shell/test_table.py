"""The table of verbs."""

from collections.abc import Callable

from openbell import __version__
from openbell.cli.shell.table import VERBS, application
from tests.cli.process import Said


def test_each_verb_is_a_file_with_examples() -> None:
    assert len(set(VERBS)) == len(VERBS)
    for module in VERBS:
        assert module.EXAMPLES.strip().startswith("openbell ")
    assert application().info.name is not None


def test_the_version_is_told(call: Callable[..., Said]) -> None:
    said = call("--version")
    assert (said.code, said.out) == (0, f"openbell {__version__}\n")


def test_colours_can_be_switched_off_anywhere(call: Callable[..., Said]) -> None:
    assert call("--version", "--no-color").code == 0
