"""The section of log files: what a file says that says nothing, and what cannot be meant."""

import pytest
from pydantic import ValidationError

from openbell.config.logs import Logging


def test_without_a_word_all_but_the_portfolio_is_written() -> None:
    made = Logging()
    assert (made.level, made.trades, made.signals, made.portfolio, made.path) == ("INFO", True, True, False, "")


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValidationError, match="level"):
        Logging(level="LOUD")  # type: ignore[arg-type]  # what a user may write
