"""What a size counts of an account's fees."""

import pytest

from openbell.core.spec import Costs
from openbell.parts.venue.options import FeeModel
from openbell.run.costs import costs_of
from tests.core.build import d


@pytest.mark.parametrize(
    ("fees", "wanted"),
    [
        (FeeModel(), Costs()),
        (FeeModel(kind="none", rate=d(1), minimum=d(1)), Costs()),
        (FeeModel(kind="per_notional", rate=d("0.001"), minimum=d(1)), Costs(share=d("0.002"), fixed=d(2))),
        (FeeModel(kind="per_share", rate=d("0.005")), Costs(unit=d("0.010"))),
        (FeeModel(kind="maker_taker", maker=d("0.0002"), taker=d("0.0005")), Costs(share=d("0.0010"))),
        (FeeModel(kind="maker_taker", maker=d("-0.0002"), taker=d("-0.0001")), Costs()),
    ],
)
def test_both_orders_are_counted_at_the_dearer_of_their_fees_and_no_rebate_is(fees: FeeModel, wanted: Costs) -> None:
    assert costs_of(fees) == wanted
