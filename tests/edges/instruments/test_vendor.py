"""What the file leaves open the vendor fills; what it states may be stricter, never looser."""

from typing import Any

import pytest

from openbell.edges.instruments import Config, load
from openbell.edges.instruments.vendor import settle

BTC: dict[str, str | bool] = {
    "kind": "crypto", "currency": "USDT", "tick": "0.01", "lot": "0.00001", "min_qty": "0.00001", "min_notional": "5",
    "can_short": False,
}  # fmt: skip


def test_what_the_file_does_not_say_is_as_the_vendor_says() -> None:
    found = settle({"BTCUSDT": {"adv": 5}}, {"BTCUSDT": BTC})
    assert found.entries["BTCUSDT"] == {"adv": 5, **BTC}
    assert found.origins["BTCUSDT"] == {"adv": "file", **dict.fromkeys(BTC, "vendor")}
    assert found.told == ()


def test_a_symbol_that_the_file_does_not_name_is_as_the_vendor_says() -> None:
    made = load(settle({}, {"BTCUSDT": BTC}).entries, ["BTCUSDT"])["BTCUSDT"]
    assert (made.kind, f"{made.lot}", f"{made.min_notional}") == ("crypto", "0.00001", "5")


def test_a_symbol_that_no_vendor_speaks_of_stays_as_it_is() -> None:
    found = settle({"SPY": {"lot": 10}}, {})
    assert (found.entries, found.origins) == ({"SPY": {"lot": 10}}, {"SPY": {"lot": "file"}})


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"tick": "0.005"}, "tick 0.005 is no multiple of 0.01, the vendor's"),
        ({"tick": [{"above": 0, "tick": "0.01"}, {"above": 9, "tick": "0.025"}]}, "tick 0.025 is no multiple of 0.01"),
        ({"lot": "0.000015"}, "lot 0.000015 is no multiple of 0.00001, the vendor's"),
        ({"kind": "stock"}, "kind is stock in the file and crypto at the vendor; leave it out"),
        ({"currency": "USD"}, "currency is USD in the file and USDT at the vendor; leave it out"),
    ],
)
def test_what_the_vendor_would_refuse_is_an_error_by_name(fields: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=f"^BTCUSDT: {error}"):
        settle({"BTCUSDT": fields}, {"BTCUSDT": BTC})


def test_every_error_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="BTCUSDT: tick.*\nBTCUSDT: lot") as raised:
        settle({"BTCUSDT": {"tick": "0.003", "lot": "0.000001"}}, {"BTCUSDT": BTC})
    assert len(str(raised.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("fields", "told", "kept"),
    [
        ({"tick": "0.05"}, "the file's tick 0.05 counts; the vendor takes 0.01", {"tick": "0.05"}),
        ({"lot": "0.001"}, "the file's lot 0.001 counts; the vendor takes 0.00001",
         {"lot": "0.001", "min_qty": "0.001"}),
        ({"min_notional": 1}, "min_notional is 1 in the file and 5 at the vendor; the vendor's counts",
         {"min_notional": "5"}),
        ({"min_notional": 9}, "min_notional is 9 in the file and 5 at the vendor; the file's counts",
         {"min_notional": 9}),
        ({"can_short": True}, "the file says can_short, and the vendor lends none of it: nothing is sold short",
         {"can_short": False}),
    ],
)  # fmt: skip
def test_what_differs_otherwise_is_told_and_the_stricter_word_counts(
    fields: dict[str, Any], told: str, kept: dict[str, Any]
) -> None:
    found = settle({"BTCUSDT": fields}, {"BTCUSDT": BTC})
    assert found.told == (f"BTCUSDT: {told}",)
    assert {name: found.entries["BTCUSDT"][name] for name in kept} == kept


@pytest.mark.parametrize("fields", [{name: BTC[name]} for name in BTC])
def test_the_same_word_is_no_news_and_is_the_files(fields: dict[str, Any]) -> None:
    found = settle({"BTCUSDT": Config.model_validate(fields)}, {"BTCUSDT": BTC})
    assert found.told == ()
    assert load(found.entries, ["BTCUSDT"]) == load({"BTCUSDT": BTC}, ["BTCUSDT"])


def test_a_file_may_forbid_shorts_that_the_vendor_lends() -> None:
    found = settle({"SPY": {"can_short": False}}, {"SPY": {"kind": "stock", "can_short": True}})
    assert (found.entries["SPY"]["can_short"], found.told) == (False, ())


def test_what_is_wrong_by_itself_is_left_to_be_named_where_instruments_are_made() -> None:
    assert settle({"BTCUSDT": {"lto": 1}}, {"BTCUSDT": BTC}).entries == {"BTCUSDT": {"lto": 1}}
