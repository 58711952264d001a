"""What the doctor says of the instruments that a vendor lists."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from openbell.config.explain import ConfigError
from openbell.edges.brokers.failures import Transient
from openbell.edges.brokers.listed import Listed
from openbell.run.assemble import Prepared
from openbell.run.doctor import instruments as doctor
from openbell.run.doctor.line import Line
from openbell.run.listings import Known
from tests.run.test_listings import ACCESS, BTC, ETH, FILE, TRADED, Vendor, prepared, wires


def looked(folder: Path, vendor: Vendor, text: str = FILE) -> list[Line]:
    made = cast(Prepared, SimpleNamespace(wires=wires(vendor)))
    return doctor.instruments(made, TRADED, folder, ACCESS, lambda known: prepared(folder, known, text))


def test_each_instrument_has_a_line_and_what_does_not_trade_is_a_warning(tmp_path: Path) -> None:
    found = looked(tmp_path, Vendor(BTCUSDT=BTC, ETHUSDT=ETH))
    assert [(one.part, one.level) for one in found] == [
        ("instruments", "ok"),
        ("instrument", "ok"),
        ("instrument", "warn"),
    ]
    assert "tick 0.01 (vendor)" in found[1].told
    assert found[2].fix == "no order is sent until the vendor lists it again"


def test_a_difference_is_a_warning(tmp_path: Path) -> None:
    found = looked(tmp_path, Vendor(BTCUSDT=BTC, ETHUSDT=ETH), FILE + "instruments: {BTCUSDT: {lot: 0.001}}\n")
    assert "BTCUSDT: the file's lot 0.001 counts; the vendor takes 0.00001" in [
        one.told for one in found if one.level == "warn"
    ]


def test_a_vendor_that_is_silent_is_a_failure_with_a_remedy(tmp_path: Path) -> None:
    vendor = Vendor()
    vendor.failure = Transient("nobody there")
    (line,) = looked(tmp_path, vendor)
    assert (line.level, "nobody there" in line.told, "start again" in line.fix) == ("fail", True, True)


def test_a_file_that_the_vendor_would_refuse_is_a_failure(tmp_path: Path) -> None:
    def again(known: Known) -> Any:
        raise ConfigError([SimpleNamespace(is_warning=False, text=lambda: "lot is wrong")], "run.yaml")  # type: ignore[list-item]  # what is asked of it

    made = cast(Prepared, SimpleNamespace(wires=wires(Vendor(BTCUSDT=BTC, ETHUSDT=ETH))))
    (line,) = doctor.instruments(made, TRADED, tmp_path, ACCESS, again)
    assert (line.level, line.told, line.fix) == ("fail", "lot is wrong", "correct the file")


@pytest.mark.parametrize("most", [1])
def test_of_many_the_rest_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(doctor, "MOST", most)
    found = looked(tmp_path, Vendor(BTCUSDT=BTC, ETHUSDT=Listed(fields=ETH.fields)))
    assert found[-1].told == "1 more are as the vendor lists them"
