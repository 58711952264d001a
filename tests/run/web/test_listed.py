"""What somebody wants to deploy beside what its broker lists."""

from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from openbell.edges.brokers.failures import Transient
from openbell.edges.brokers.listed import Listed
from openbell.run import listings
from openbell.run.assemble import Prepared
from openbell.run.web.listed import ACCOUNT, KIND, SYMBOLS, Look
from tests.run.test_listings import ACCESS, BTC, ETH, FILE, Vendor, known, prepared, wires


def looked(folder: Path, vendor: Any, *, asks: bool = True, text: str = FILE) -> list[tuple[str, str, bool]]:
    found = prepared(folder, text=text)
    found.wires = wires(vendor)
    look = Look(home=folder, access=ACCESS, asks=asks)
    return look(found, lambda there: prepared(folder, there, text))


def test_S5_022_a_symbol_that_is_not_listed_stands_at_the_symbols(tmp_path: Path) -> None:
    assert looked(tmp_path, Vendor(BTCUSDT=BTC)) == [(SYMBOLS, "main: there host:1 does not list ETHUSDT", False)]
    whole = Vendor(BTCUSDT=BTC, ETHUSDT=replace(ETH, halted=""))
    assert looked(tmp_path, whole) == []


def test_what_does_not_trade_now_is_worth_a_second_look(tmp_path: Path) -> None:
    found = looked(tmp_path, Vendor(BTCUSDT=BTC, ETHUSDT=ETH))
    assert found == [(SYMBOLS, "ETHUSDT does not trade now: ETHUSDT is BREAK", True)]


def test_a_list_that_cannot_be_had_stands_at_the_account(tmp_path: Path) -> None:
    vendor = Vendor()
    vendor.failure = Transient("no answer")
    ((place, text, is_warning),) = looked(tmp_path, vendor)
    assert (place, is_warning) == (ACCOUNT, False) and text.endswith("does not list its instruments: no answer")


def test_who_may_not_trade_has_nobody_asked(tmp_path: Path) -> None:
    vendor = Vendor(BTCUSDT=BTC)
    told = "nobody has asked yet whether the broker lists BTCUSDT, ETHUSDT"
    assert looked(tmp_path, vendor, asks=False) == [(SYMBOLS, told, True)]
    listings.keep(tmp_path, known(BTCUSDT=BTC)["main"])
    ((_, text, _),) = looked(tmp_path, vendor, asks=False)
    assert text.endswith("lists ETHUSDT") and vendor.asked == []


def test_what_the_vendor_lists_otherwise_stands_at_the_kind(tmp_path: Path) -> None:
    stock = Listed(fields={"kind": "crypto", "currency": "USDT", "tick": "0.01", "lot": "0.5"})
    text = FILE.replace("BTCUSDT, ETHUSDT", "BTCUSDT") + "instruments: {BTCUSDT: {lot: 0.7}}\n"
    ((place, told, is_warning),) = looked(tmp_path, Vendor(BTCUSDT=stock), text=text)
    assert (place, is_warning) == (KIND, False) and "BTCUSDT" in told


@pytest.mark.parametrize("asks", [True, False])
def test_a_broker_without_a_list_is_taken_at_its_word(asks: bool, tmp_path: Path) -> None:
    class Silent:
        def place(self, options: Any) -> tuple[str, str, str]:
            return "there", "host:1", "account"

    assert looked(tmp_path, cast(Prepared, Silent()), asks=asks) == []
