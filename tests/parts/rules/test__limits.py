"""Limits as shares and as money: at the limit, a step below, a step above; what is off reaches nothing."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from openbell.parts.rules._limits import (
    in_words,
    limit_params,
    passes,
    reached,
    stage_params,
)
from openbell.schema import PartConfig, Stage, parse_amount, parse_limit


class Options(PartConfig):
    stage: Stage = Decimal("0.05")


@pytest.mark.parametrize(("value", "is_over"), [(999, False), (1000, False), (1001, True)])
def test_a_share_and_money_bind_alike(value: int, is_over: bool) -> None:
    assert passes(value, limit_params(Decimal("0.1")), 10_000) == is_over
    assert passes(value, (0, 1, 1000), 0) == is_over


@pytest.mark.parametrize(("lost", "is_reached"), [(-2000, False), (999, False), (1000, True), (1001, True)])
def test_SD1_a_stage_is_reached_by_a_loss_and_never_by_a_gain(lost: int, is_reached: bool) -> None:
    assert reached(lost, 10_000, (1, 10)) == is_reached
    assert not reached(lost, 10_000, stage_params(None))


def test_a_limit_reads_and_writes_as_people_do() -> None:
    assert parse_limit("10%") == Decimal("0.1")
    assert parse_limit("500 USD") == parse_amount("500 USD")
    assert (in_words(parse_limit("10%")), in_words(parse_limit("500 USD"))) == ("10% of equity", "500 USD")
    assert limit_params(parse_limit("500 USD")) == (0, 1, 500 * 10**8)


def test_a_stage_can_be_switched_off_and_is_written_back_so() -> None:
    assert Options(stage="off").model_dump(mode="json") == {"stage": "off"}
    assert Options().model_dump(mode="json") == {"stage": "5%"}
    with pytest.raises(ValidationError):
        Options(stage="on")
