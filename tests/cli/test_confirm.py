"""`openbell confirm`; a run that asks stands in the test of a live run at the front."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said

Caller = Callable[..., Said]


def test_with_nothing_to_confirm_it_says_so(call: Caller, finished: Path) -> None:
    assert call("confirm", finished).out == "no entry waits for a person\n"
    assert call("confirm", finished, "--json").data["waiting"] == []


def test_an_answer_without_a_question_is_wrong_input(call: Caller, finished: Path) -> None:
    said = call("confirm", finished, "--id", "confirm/x", "--answer", "yes")
    assert (said.code, "no entry waits for a person as confirm/x" in said.err) == (2, True)
