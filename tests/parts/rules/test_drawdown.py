"""drawdown: the fall from the peak against a limit."""

import pytest

from openbell.core.codes import Code
from openbell.parts.rules import drawdown
from tests.parts.rules.facts import verdict

NO = Code.DRAWDOWN


@pytest.mark.parametrize(
    ("limit", "equity", "peak", "wanted"),
    [
        ("10%", 90_000.01, 100_000, 0),
        ("10%", 90_000, 100_000, NO),
        ("10%", 89_999.99, 100_000, NO),
        ("10%", 100_000, 100_000, 0),
        ("10%", 99_000, 110_000, NO),
        ("10%", -1, 0, NO),
        ("0%", 100_000, 100_000, 0),
    ],
)
def test_falls(limit: str, equity: float, peak: float, wanted: int) -> None:
    assert verdict(drawdown, drawdown.Config(limit=limit), equity=equity, peak=peak) == wanted


def test_it_watches_and_opens_by_hand() -> None:
    assert (drawdown.APPLIES, drawdown.WATCH, drawdown.Config().release) == ("entry", True, "manual")
    assert drawdown.text(drawdown.Config(release="session")).startswith(
        "no new risk until the next session after falling"
    )


def test_its_words_have_no_zeros_at_the_end() -> None:
    config = drawdown.Config(reduce="off", flatten="off")
    assert drawdown.text(config) == "no new risk until resumed by hand after falling 10% from the peak"
