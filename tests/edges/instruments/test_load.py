"""From configuration to instruments, and every way in which it can be wrong."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openbell.core.types import TickBand
from openbell.edges.instruments import Config, instrument, load, read


def test_the_order_is_that_of_the_symbols_and_others_are_left_out() -> None:
    made = load({"QQQ": {"tick": "0.05"}, "XXX": {}}, ["SPY", "QQQ"])
    assert list(made) == ["SPY", "QQQ"]
    assert made["QQQ"].bands == (TickBand(above=Decimal(0), tick=Decimal("0.05")),)


def test_what_is_not_configured_gets_the_default_kind() -> None:
    made = load({"EURUSD": {"lot": 1}}, ["EURUSD", "USDJPY"], "fx")
    assert made["EURUSD"].lot == 1
    assert made["EURUSD"].calendar == made["USDJPY"].calendar == "fx"
    assert load({}, ["SPY"])["SPY"].calendar == "NYSE"


def test_every_field_can_be_corrected() -> None:
    fields: dict[str, Any] = {
        "currency": "EUR", "quantum": 0.001, "lot": 10, "min_qty": 20, "min_notional": 5, "multiplier": 2,
        "calendar": "XETR", "positive": False, "can_short": False,
    }  # fmt: skip
    made = load({"SAP": {"tick": 0.01, **fields}}, ["SAP"])["SAP"]
    assert {name: getattr(made, name) for name in fields} == {
        name: Decimal(str(value)) if type(value) in (int, float) else value for name, value in fields.items()
    }


def test_a_table_of_ticks_is_taken_over() -> None:
    bands = [{"above": 0, "tick": 0.01}, {"above": 10, "tick": 0.05}]
    made = load({"X": {"tick": bands}}, ["X"])["X"]
    assert made.tick_at(Decimal("9.99")) == Decimal("0.01")
    assert made.tick_at(Decimal(10)) == Decimal("0.05")


@pytest.mark.parametrize(
    ("fields", "quantum"),
    [
        ({"tick": "0.015625"}, "0.000025"),
        ({"tick": "0.01"}, "0.0001"),
        ({"kind": "future", "tick": "0.25", "multiplier": 50}, "0.25"),
        ({"kind": "future", "tick": "5", "multiplier": 1}, "1"),
        ({"kind": "fx", "tick": "0.0001"}, "0.00001"),
        ({"kind": "crypto", "tick": "0.5"}, "0.5"),
    ],
)
def test_the_fill_step_divides_every_tick_and_one_unit(fields: dict[str, Any], quantum: str) -> None:
    made = instrument("EURUSD", Config.model_validate(fields))
    assert made.quantum == Decimal(quantum)
    assert made.steps * made.quantum == 1


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"kind": "future", "tick": 1}, "X: a future needs multiplier"),
        ({"kind": "future", "multiplier": 1}, "X: a future needs tick"),
        ({"kind": "stok"}, "X: kind: Input should be 'stock'"),
        ({"tik": 1}, "X: tik: unknown field; known are kind, currency, tick"),
        ({"lot": "many"}, "X: lot: 'many' is not a number"),
        ({"lot": 0}, "X: lot must be above 0"),
        ({"multiplier": -1}, "X: multiplier must be above 0"),
        ({"tick": 0}, "X: quantum must be above 0|X: tick must be above 0"),
        ({"tick": -1}, "X: tick must be above 0"),
        ({"quantum": 0.003}, "X: 1 / quantum must be a whole number"),
        ({"tick": 0.015, "quantum": 0.01}, "X: tick 0.015 is not a whole multiple of quantum 0.01"),
        ({"min_qty": -1}, "must not be negative"),
        ({"min_qty": 15, "lot": 10}, "X: min_qty 15 is not a whole multiple of lot 10"),
        ({"lot": "0.000000001"}, "X: lot 1E-9 is finer than"),
        ({"tick": [{"above": 1, "tick": 1}]}, "X: the first band"),
        ({"tick": []}, "X: the first band"),
        ({"tick": [{"above": 0, "tick": 1}, {"above": 0, "tick": 2}]}, "X: the bands of tick must ascend"),
    ],
)
def test_wrong_numbers_are_refused_by_name(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        load({"X": fields}, [])


def test_all_errors_come_at_once() -> None:
    with pytest.raises(ValueError, match=r"(?s)A: lot.*B: lot"):
        load({"A": {"lot": 0}, "B": {"lot": 0}}, [])


def test_a_yaml_file_is_read_with_tickers_as_text(tmp_path: Path) -> None:
    path = tmp_path / "instruments.yaml"
    path.write_text("ON: {kind: stock, tick: 0.01}\n'005930': {kind: krx}\n")
    assert list(load(read(path), ["ON", "005930"])) == ["ON", "005930"]


@pytest.mark.parametrize("text", ["- SPY\n", "SPY: stock\n", "SPY: {kind: [\n"])
def test_what_is_not_a_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "instruments.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"instruments\.yaml"):
        read(path)


def test_a_checked_config_is_taken_as_it_is() -> None:
    assert load({"X": Config(kind="crypto")}, ["X"])["X"].calendar == "24x7"
