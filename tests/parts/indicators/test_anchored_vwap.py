"""Average price since a chosen moment."""

import pytest
from pydantic import ValidationError

from openbell.parts.indicators import anchored_vwap
from tests.conformance.market import market
from tests.core.build import T0, bar
from tests.parts.indicators.library import golden, played, rows, shown


def test_it_begins_at_its_anchor_and_sessions_do_not_interrupt_it() -> None:
    bars = rows([bar(n, close, 1.0) for n, close in enumerate((90.0, 10.0, 20.0, 30.0), 1)], 2)
    anchor = T0 // 1_000_000_000 + 60
    assert shown(played(anchored_vwap, bars, anchor=anchor)[0]) == [None, 10.0, 15.0, 20.0]


def test_without_an_anchor_it_begins_at_once_as_the_other_librarys() -> None:
    found = played(anchored_vwap, rows(market("recorded")))[0]
    assert found == pytest.approx(golden("vwap", "vwap"))


def test_an_anchor_is_a_moment() -> None:
    with pytest.raises(ValidationError):
        anchored_vwap.Config(anchor=-1)
