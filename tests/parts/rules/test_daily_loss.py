"""daily_loss: the day's signed result against a limit; a gain never stops anything (SD1)."""

import pytest

from openbell.core.codes import Code
from openbell.parts.rules import daily_loss
from tests.parts.rules.facts import verdict

NO = Code.DAILY_LOSS
CENT = 0.01


@pytest.mark.parametrize(
    ("limit", "facts", "wanted"),
    [
        ("3%", {"equity": 97_000 + CENT}, 0),
        ("3%", {"equity": 97_000}, NO),
        ("3%", {"equity": 97_000 - CENT}, NO),
        ("3%", {"equity": 100_000}, 0),
        ("3%", {"equity": 105_000}, 0),
        ("5%", {"equity": 105_000}, 0),
        ("3%", {"equity": 195_000}, 0),
        ("3%", {"equity": 117_000, "session_flows": 20_000}, NO),  # a deposit hides no loss
        ("3%", {"equity": 117_000 + CENT, "session_flows": 20_000}, 0),
        ("3%", {"equity": 77_000, "session_flows": -20_000}, NO),  # and a withdrawal is none
        ("3%", {"equity": 80_000, "session_flows": -20_000}, 0),
        ("0%", {"equity": 100_000}, 0),
        ("0%", {"equity": 100_000 - CENT}, NO),
        ("3%", {"equity": 0, "session_equity": 0}, 0),
        ("3%", {"equity": -5, "session_equity": 0}, NO),
        ("0.333333%", {"equity": 100_000 - 333.333}, NO),
        ("0.333333%", {"equity": 100_000 - 333.332}, 0),
    ],
)
def test_losses(limit: str, facts: dict[str, float], wanted: int) -> None:
    assert verdict(daily_loss, daily_loss.Config(limit=limit), **facts) == wanted


def test_it_watches_and_says_when_it_opens_again() -> None:
    assert (daily_loss.APPLIES, daily_loss.WATCH) == ("entry", True)
    text = daily_loss.text(daily_loss.Config(limit="3%"))
    assert text.startswith("no new risk until the next session after losing 3")
    assert "until resumed by hand" in daily_loss.text(daily_loss.Config(release="manual"))


def test_its_words_have_no_zeros_at_the_end() -> None:
    assert (
        daily_loss.text(daily_loss.Config(limit="3%")) == "no new risk until the next session after losing 3% in a day"
    )
