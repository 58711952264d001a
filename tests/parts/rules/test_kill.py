"""kill: no new risk while a kill is in force."""

import pytest

from openbell.core.codes import Code
from openbell.parts.rules import kill
from tests.parts.rules.facts import verdict


@pytest.mark.parametrize(("is_killed", "wanted"), [(0, 0), (1, Code.KILLED)])
def test_it_refuses_while_killed(is_killed: int, wanted: int) -> None:
    assert verdict(kill, kill.Config(), is_killed=is_killed) == wanted


def test_it_is_about_entries_and_says_so() -> None:
    assert (kill.APPLIES, kill.text(kill.Config())) == ("entry", "no new risk while killed")
