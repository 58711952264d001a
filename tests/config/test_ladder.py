"""How kills are carried out, as a file says it."""

from pathlib import Path

import pytest

from openbell.config.ladder import KillTerms, in_words
from openbell.config.plan import plan
from openbell.core.ladder import Terms
from openbell.core.types import NS
from tests.config.fake import errors, read, swap
from tests.core.build import d

OWN = """\
kill:
  collar: 3%
  slice_value: 5000
  slice_quantity: 10
  wait: 1s
  cancel_tries: 5
  close_tries: 6
  ramp: 5m
  ramp_part: 50%
  guardian: {alert: 5s, pull: 20s}
alerts:
"""


def test_a_file_that_says_nothing_has_the_cores_own_terms(tmp_path: Path) -> None:
    kill = read(tmp_path, swap()).config.kill
    assert kill.terms() == Terms()
    assert (kill.guardian.alert, kill.guardian.pull) == (10 * NS, 30 * NS)
    assert in_words(kill)["line"] == (
        "Kill: orders are asked back 3 times, first after 2s; holdings are closed no worse than 5% from the mark, worth at "
        "most 100,000 an order; for 10m after enable entries have 25% of their size. Guardian: alert after 10s of silence, "
        "every order back after 30s."
    )


def test_each_of_them_can_be_said_and_is_told_by_the_plan(tmp_path: Path) -> None:
    loaded = read(tmp_path, swap(("alerts:\n", OWN)))
    assert loaded.config.kill.terms() == Terms(
        collar=d("0.03"), slice_notional=d(5000), slice_qty=d(10), wait=NS, cancel_tries=5, close_tries=6, ramp=300 * NS,
        ramp_part=2,
    )  # fmt: skip
    assert (loaded.config.kill.guardian.alert, loaded.config.kill.guardian.pull) == (5 * NS, 20 * NS)
    made = plan(loaded)
    assert made.data["kill"]["collar"] == "3%"
    (line,) = [line for line in made.lines if line.startswith("Kill:")]
    for words in ("back 5 times, first after 1s", "3% from", "at most 5,000", "10 units", "5m after", "50% of", "20s."):
        assert words in line


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("kill: {collar: 0%}", "kill.collar: "),
        ("kill: {collar: 100%}", "kill.collar: "),
        ("kill: {ramp_part: 30%}", "kill: ramp_part 30% is not one over a whole number; write 25%"),
        ("kill: {guardian: {alert: 30s}}", "kill.guardian: pull is not later than alert"),
        ("kill: {wait: 0s}", "kill.wait: "),
        ("kill: {cancel_tries: 0}", "kill.cancel_tries: "),
        ("kill: {tries: 3}", "kill.tries: unknown key"),
    ],
)
def test_terms_that_cannot_be_are_told(written: str, said: str, tmp_path: Path) -> None:
    found = errors(tmp_path, swap(("alerts:\n", f"{written}\nalerts:\n")))
    assert any(said in line for line in found), found


def test_all_that_the_core_knows_can_be_said() -> None:
    assert len(KillTerms.model_fields) - 1 == len(Terms.__struct_fields__)
