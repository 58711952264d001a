"""The doctor's look at an account, at a front and from answers."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from openbell.core.types import NS
from openbell.edges.brokers import binance
from openbell.edges.brokers.binance.examine import examine, rates, rights, skew
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.finding import Finding
from tests.edges.brokers.binance.test_probe import BAN, config
from tests.wire.binance.stand import T0, running

PARTS = ("line", "keys", "kind", "rights", "clock", "data", "rate")
WEIGHT = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1}
MS_NS = NS // 1000


def looked(folder: Path, *faults: dict[str, Any], times: int = 1, **fields: str) -> list[Finding]:
    """Look at an account of a front, and return what was found last."""

    async def scene() -> list[Finding]:
        async with running(folder, 0, *faults) as hands:
            access = Access(now=lambda: hands.server.time, rates=folder / "rates")
            for _ in range(times):
                found = await examine(config(hands.base, **fields), "paper", binance.LIMITS, access)
            return found

    return asyncio.run(scene())


def levels(found: list[Finding]) -> dict[str, str]:
    return {one.part: one.level for one in found}


def test_an_account_of_a_front_is_well_in_every_part_and_told_as_simulated(tmp_path: Path) -> None:
    found = looked(tmp_path)
    # What the key of a front may do is what its account says.
    assert levels(found) == dict.fromkeys(PARTS, "ok")
    assert "SIMULATED" in found[0].told
    assert found[-1].told == "at most 4600 weight a minute, 200 kept for cancels; the venue takes 6000"


@pytest.mark.parametrize(
    ("fault", "fields", "part"),
    [
        ({}, {"secret": "wrong"}, "keys"), ({}, {"account": "7"}, "kind"),
        ({"do": "half_reply", "at": "account"}, {}, "line"), ({"do": "garbage", "at": "clock"}, {}, "line"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_with_its_remedy(
    tmp_path: Path, fault: dict[str, Any], fields: dict[str, str], part: str
) -> None:
    found = looked(tmp_path, *([fault] if fault else []), **fields)
    assert levels(found)[part] == "fail"
    assert all(one.fix for one in found if one.level != "ok")


def test_F55_an_address_that_is_shut_is_one_finding_and_is_not_asked_again(tmp_path: Path) -> None:
    (found,) = looked(tmp_path, BAN, times=2)
    assert (found.part, found.level, found.fix) == ("line", "fail", "ask again then")
    assert found.told.startswith("the venue takes nothing from this address: this address was refused")


def test_nobody_there_is_one_finding() -> None:
    (found,) = asyncio.run(examine(config(), "paper", binance.LIMITS, Access(now=lambda: T0)))
    assert (found.part, found.level) == ("line", "fail")


@pytest.mark.parametrize("host", ["https://api.binance.com", "http://127.0.0.1:1"])
def test_a_key_that_can_withdraw_is_refused(host: str) -> None:
    found = [rights(config(host), {"canWithdraw": may}).level for may in (True, None, False)]
    assert found == ["fail", "fail", "ok"]


@pytest.mark.parametrize("host", ["https://testnet.binance.vision", "https://demo-api.binance.com"])
def test_where_there_is_no_real_money_nothing_can_be_sent_away(host: str) -> None:
    assert rights(config(host), {"canWithdraw": True}).level == "ok"


@pytest.mark.parametrize(
    ("off", "level"),
    [(0, "ok"), (100, "ok"), (101, "warn"), (500, "warn"), (501, "fail"), (-102, "warn"), (-2000, "fail")],
)
def test_F57_the_clock_is_compared_and_the_time_in_between_is_no_difference(off: int, level: str) -> None:
    now = T0 + off * MS_NS
    assert skew(now, (T0, T0)).level == level
    assert skew(now, (T0 - 3 * NS, T0 + 3 * NS)).level == "ok"


@pytest.mark.parametrize(
    ("rules", "level"),
    [
        ({"rateLimits": [WEIGHT | {"limit": 4600}]}, "ok"), ({"rateLimits": [WEIGHT | {"limit": 4599}]}, "fail"),
        ({"rateLimits": []}, "warn"), ({}, "warn"), (None, "warn"), ({"rateLimits": [WEIGHT, 7]}, "warn"),
    ],
)  # fmt: skip
def test_F54_what_is_sent_must_fit_what_the_venue_takes(rules: Any, level: str) -> None:
    assert [one.level for one in rates(rules, binance.LIMITS)] == ["ok", level]
