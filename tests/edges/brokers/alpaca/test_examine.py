"""The doctor's look at an account, at a front and from answers."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from openbell.core.types import NS
from openbell.edges.brokers import alpaca
from openbell.edges.brokers.alpaca.examine import Answer, entitled, kinds, rate, skew
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.finding import Finding
from tests.wire.alpaca.stand import T0, Hands, running

PAPER = {"account_number": "PA3K9ZQ1L7XY", "status": "ACTIVE", "shorting_enabled": True, "multiplier": "2"}


def place(**fields: str) -> Any:
    """Return options of an account."""
    given = {"url": "https://paper-api.alpaca.markets", "account": "", "key": "PKX", "secret": "s", "feed": "iex"}
    return SimpleNamespace(**(given | fields))


def answer(body: Any = None, status: int = 200, left: str = "200", told: int = T0) -> Answer:
    return Answer(status=status, body=body, left=left, asked=T0, told=told)


def looked(folder: Path, *faults: dict[str, Any], **fields: str) -> list[Finding]:
    """Look at an account of a front."""

    async def scene() -> list[Finding]:
        async with running(folder, 0, *faults) as hands:
            return await _look(hands, fields)

    return asyncio.run(scene())


async def _look(hands: Hands, fields: dict[str, str]) -> list[Finding]:
    given = {"key": "PKTEST", "secret": "secret", "url": hands.base, **fields}
    config = alpaca.Config.model_validate(given)
    return await alpaca.examine(config, "paper", alpaca.LIMITS, Access(now=lambda: hands.server.time))


def levels(found: list[Finding]) -> dict[str, str]:
    return {one.part: one.level for one in found}


def test_an_account_of_a_front_is_well_in_every_part_and_told_as_simulated(tmp_path: Path) -> None:
    found = looked(tmp_path)
    assert levels(found) == dict.fromkeys(("line", "keys", "kind", "rights", "clock", "data", "rate"), "ok")
    assert "SIMULATED" in found[0].told


@pytest.mark.parametrize(
    ("fault", "fields", "part"),
    [
        ({}, {"secret": "wrong"}, "keys"), ({}, {"account": "PAOTHER"}, "kind"),
        ({"do": "error_before_accept", "at": "history", "status": 403}, {}, "data"),
        ({"do": "garbage", "at": "clock"}, {}, "clock"), ({"do": "half_reply", "at": "account"}, {}, "line"),
        ({"do": "redirect", "at": "account"}, {}, "keys"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_with_its_remedy(
    tmp_path: Path, fault: dict[str, Any], fields: dict[str, str], part: str
) -> None:
    found = looked(tmp_path, *([fault] if fault else []), **fields)
    assert levels(found)[part] == "fail"
    assert all(one.fix for one in found if one.level != "ok")


def test_keys_that_are_refused_are_told_once_and_nothing_is_told_that_only_follows_from_them(tmp_path: Path) -> None:
    assert levels(looked(tmp_path, secret="wrong")) == {"line": "ok", "keys": "fail"}


def test_nobody_there_is_one_finding() -> None:
    config = alpaca.Config.model_validate({"key": "PKX", "secret": "s", "url": "http://127.0.0.1:9"})
    (found,) = asyncio.run(alpaca.examine(config, "paper", alpaca.LIMITS, Access(now=lambda: T0)))
    assert (found.part, found.level) == ("line", "fail")


@pytest.mark.parametrize(
    ("fields", "mode", "level"),
    [
        ({}, "paper", "ok"), ({}, "live", "fail"), ({"account_number": "123456789"}, "paper", "fail"),
        ({"status": "ACCOUNT_CLOSED"}, "paper", "fail"), ({"trading_blocked": True}, "paper", "fail"),
        ({"trade_suspended_by_user": True}, "paper", "fail"),
    ],
)  # fmt: skip
def test_the_account_must_be_of_the_kind_that_the_mode_is_for_and_open(
    fields: dict[str, Any], mode: str, level: str
) -> None:
    assert [one.level for one in kinds(place(), PAPER | fields, mode)] == [level]


@pytest.mark.parametrize(("off_ms", "level"), [(0, "ok"), (-300, "warn"), (700, "fail"), (-2000, "fail")])
def test_F57_the_clock_is_compared_and_the_time_in_between_is_no_difference(off_ms: int, level: str) -> None:
    stamp = f"2026-11-20T12:00:{10 + off_ms / 1000:09.6f}Z"
    clock = Answer(status=200, body={"timestamp": stamp}, left="", asked=T0 + 10 * NS, told=T0 + 10 * NS)
    assert skew(clock).level == level
    slow = Answer(status=200, body={"timestamp": "2026-11-20T12:00:05Z"}, left="", asked=T0, told=T0 + 10 * NS)
    assert skew(slow).level == "ok"


def test_F54_what_is_sent_must_fit_what_the_venue_takes() -> None:
    assert rate(answer(left="200"), alpaca.LIMITS).level == "ok"
    assert rate(answer(left="100"), alpaca.LIMITS).level == "fail"
    assert rate(answer(left=""), alpaca.LIMITS).level == "warn"


def test_a_feed_that_is_not_paid_for_is_refused() -> None:
    found = entitled(place(feed="sip"), answer({"message": "subscription does not permit"}, status=403))
    assert (found.level, "feed: iex" in found.fix) == ("fail", True)
