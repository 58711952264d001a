from decimal import Decimal

import pytest

from openbell.edges.brokers.listed import least, plain, step


@pytest.mark.parametrize(("told", "kept"), [("0.000000001", "0.00000001"), ("0.00001", "0.00001"), ("0", "0")])
def test_a_step_finer_than_ours_is_made_as_coarse_as_ours(told: str, kept: str) -> None:
    assert step(Decimal(told)) == Decimal(kept)


@pytest.mark.parametrize(
    ("told", "lot", "kept"), [("0.000011", "0.00001", "0.00002"), ("5", "1", "5"), ("0.3", "0", "0.3")]
)
def test_a_least_quantity_is_whole_steps(told: str, lot: str, kept: str) -> None:
    assert least(Decimal(told), Decimal(lot)) == Decimal(kept)


def test_numbers_are_written_without_exponent_and_trailing_zeros() -> None:
    assert [plain(Decimal(text)) for text in ("1E-8", "5.00000000", "100")] == ["0.00000001", "5", "100"]
