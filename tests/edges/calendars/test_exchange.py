"""What the calendar package is asked, and what happens without it."""

from datetime import date
from importlib import metadata

import pytest

from openbell.edges.calendars import exchange


def test_an_extract_reaches_beyond_what_was_asked_so_that_later_starts_hit_the_cache() -> None:
    found = exchange.extract("NYSE", date(2024, 7, 1), date(2024, 7, 2))
    assert found.zone == "America/New_York"
    assert found.first < date(2024, 7, 1)
    assert found.last == date(2024, 7, 2) + exchange.AHEAD
    assert "2024-07-03" in [day.date for day in found.days]


def test_our_alias_and_the_packages_code_agree() -> None:
    span = (date(2024, 7, 1), date(2024, 7, 2))
    assert exchange.extract("KRX", *span) == exchange.extract("XKRX", *span)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    with pytest.raises(ValueError, match="install it, or use the calendars fx or 24x7"):
        exchange.extract("NYSE", date(2024, 7, 1), date(2024, 7, 2))
