"""Fees: every model, with its least and its most, to the hundred-millionth."""

import pytest

from openbell.parts.venue.options import FeeModel, fee
from tests.core.build import d


def model(kind: str, **fields: object) -> FeeModel:
    return FeeModel(kind=kind, **{name: d(value) for name, value in fields.items()})


@pytest.mark.parametrize(
    ("made", "qty", "value", "is_maker", "wanted"),
    [
        (model("none", rate=5), 100, 1000, False, "0"),
        (model("per_share", rate="0.005"), 100, 1000, False, "0.5"),
        (model("per_share", rate="0.005", minimum=1), 100, 1000, False, "1"),
        (model("per_share", rate="0.005", minimum=1), 300, 1000, False, "1.5"),
        (model("per_share", rate="0.005", minimum=1, maximum="0.01"), 1000, 200, False, "2"),
        (model("per_share", rate="0.005", maximum="0.01"), 100, 10, False, "0.1"),
        (model("per_notional", rate="0.001"), 1, "1234.56", False, "1.23456"),
        (model("per_notional", rate="0.001"), 1, "0.000055", False, "0.00000006"),
        (model("per_notional", rate="0.001"), 1, "0.000025", False, "0.00000002"),  # halves to even
        (model("per_notional", rate="0.001"), 1, "0.000035", False, "0.00000004"),
        (model("maker_taker", maker="0.0002", taker="0.0005"), 1, 1000, True, "0.2"),
        (model("maker_taker", maker="0.0002", taker="0.0005"), 1, 1000, False, "0.5"),
        (model("maker_taker", maker="-0.0001", taker="0.0005"), 1, 1000, True, "-0.1"),
        (model("maker_taker", maker="-0.0001", taker="0.0005", minimum="0.01"), 1, 1000, True, "0.01"),
    ],
)
def test_fees(made: FeeModel, qty: object, value: object, is_maker: bool, wanted: str) -> None:
    assert fee(made, d(qty), d(value), is_maker=is_maker) == d(wanted)
