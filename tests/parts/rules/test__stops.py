"""What a declared stop is worth as a share of the price."""

import pytest

from openbell.parts.rules._stops import stop_share
from tests.core.build import d, exits


@pytest.mark.parametrize(
    ("fields", "is_declared", "share"),
    [
        ({}, False, 1),
        ({"take_profit": "0.05"}, False, 1),
        ({"stop_loss": "0.02"}, True, "0.02"),
        ({"stop_loss": "0.02", "trail_frac": "0.01"}, True, "0.01"),
        ({"stop_atr": 2}, True, 1),
        ({"trail_amount": 2}, True, 1),
    ],
)
def test_the_nearest_stop_counts_and_what_is_not_known_counts_in_full(
    fields: dict, is_declared: bool, share: object
) -> None:
    assert exits(**fields).has_stop == is_declared
    assert stop_share(exits(**fields)) == d(share)
