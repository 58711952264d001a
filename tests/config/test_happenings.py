"""What alerts tell of: every happening has its kind, level and words."""

import pytest

from openbell.config.happenings import HAPPENINGS, KINDS, LEVELS, fill_in, unknown_fields


@pytest.mark.parametrize("name", HAPPENINGS)
def test_every_happening_is_whole(name: str) -> None:
    happening = HAPPENINGS[name]
    assert happening.kind in KINDS
    assert happening.level in LEVELS
    assert unknown_fields(name, happening.words) == []


def test_every_kind_has_a_happening() -> None:
    assert {happening.kind for happening in HAPPENINGS.values()} == set(KINDS)


def test_a_template_is_filled_in_and_read_in_no_other_way() -> None:
    fields = {"symbol": "A{qty}", "qty": "10"}
    assert (
        fill_in("{symbol} {qty} {symbol.__class__} {0} {nothing} {{", fields)
        == "A{qty} 10 {symbol.__class__} {0} {nothing} {{"
    )


def test_a_field_that_is_none_is_found() -> None:
    assert unknown_fields("signal", "{symbol} {pnl}") == ["pnl"]
