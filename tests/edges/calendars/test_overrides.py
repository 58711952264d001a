"""Corrections as the user writes them."""

from datetime import date, time

import pytest
from pydantic import ValidationError

from openbell.edges.calendars.overrides import Config, correct
from openbell.edges.calendars.week import NEW_YORK, fx_days


def test_text_as_in_yaml_is_understood() -> None:
    config = Config.model_validate({"closed": ["2024-07-05"], "early_closes": {"2024-07-03": "13:00"}})
    assert config.closed == (date(2024, 7, 5),)
    assert config.early_closes == {date(2024, 7, 3): time(13)}


def test_unknown_keys_are_errors() -> None:
    with pytest.raises(ValidationError):
        Config.model_validate({"holidays": []})


def test_no_corrections_change_nothing() -> None:
    span = (date(2024, 7, 1), date(2024, 7, 5))
    days = fx_days(*span)
    assert correct(days, Config(), NEW_YORK, span) == days
