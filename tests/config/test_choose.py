"""Choosing parts by their kind."""

import pytest
from pydantic import TypeAdapter, ValidationInfo
from pydantic.functional_validators import PlainValidator
from pydantic_core import PydanticCustomError

from openbell.config.choose import Part, catalog_of, check, choose, each, need_mapping
from openbell.config.explain import Fault
from tests.config.fake import CATALOG, Ema, Instrument


def test_choose_returns_checked_options() -> None:
    part = choose({"kind": "ema_cross", "fast": "5"}, CATALOG.strategies, "strategy")
    assert part == Part(kind="ema_cross", options=Ema(fast=5))
    assert part.model_dump() == {"kind": "ema_cross", "fast": 5, "slow": 26}
    assert choose(part, CATALOG.strategies, "strategy") is part


def test_choose_reports_all_faults_below_itself() -> None:
    with pytest.raises(PydanticCustomError) as caught:
        choose({"kind": "ema_cross", "fast": "x", "slwo": 1}, CATALOG.strategies, "strategy")
    assert [fault.loc for fault in (caught.value.context or {})["faults"]] == [("fast",), ("slwo",)]


def test_check_puts_its_place_before_paths_and_returns_none() -> None:
    faults: list[Fault] = []
    assert check(Ema, {"fast": True}, faults, loc=("a", 1)) is None
    assert [fault.loc for fault in faults] == [("a", 1, "fast")]


def test_each_keeps_what_is_checked_already() -> None:
    one = Instrument()
    assert each({"A": one, "B": {}}, Instrument) == {"A": one, "B": one}


def test_need_mapping() -> None:
    assert need_mapping({"a": 1}, "x") == {"a": 1}
    with pytest.raises(PydanticCustomError):
        need_mapping([], "x")


def test_no_catalog_is_a_mistake_of_the_caller() -> None:
    def ask(value: object, info: ValidationInfo) -> object:
        return catalog_of(info)

    adapter = TypeAdapter[object](object)
    assert adapter.validate_python(1) == 1
    from typing import Annotated

    asking = TypeAdapter[object](Annotated[object, PlainValidator(ask)])
    assert asking.validate_python(1, context={"catalog": CATALOG}) is CATALOG
    with pytest.raises(TypeError, match="validate with context"):
        asking.validate_python(1)
