"""Other services: Apprise delivers, in a process of its own that is ended when the time is up."""

import asyncio

import pytest
from pydantic import ValidationError

from openbell.edges.alerts import apprise
from openbell.edges.alerts.letter import NotNow, Unclear
from tests.edges.alerts.fakes import front, letter


def test_a_service_of_apprise_gets_title_text_and_kind() -> None:
    async def play() -> None:
        async with front() as there:
            config = apprise.Config(url=there.url.replace("http://", "json://"))
            await apprise.send(config, letter(level="critical"), *apprise.targets(config))
            (asked,) = there.taken
            assert (asked.body["title"], asked.body["message"], asked.body["type"]) == (
                "[SIM] Small: order filled", "BUY 10 AAPL at $273.20, total $2,732.00", "failure",
            )  # fmt: skip

    asyncio.run(play())


def test_one_that_hangs_is_ended() -> None:
    async def play() -> None:
        async with front() as there:
            there.is_open.clear()
            config = apprise.Config(url=there.url.replace("http://", "json://"), timeout="200ms")
            with pytest.raises(Unclear, match="no answer in time"):
                await apprise.send(config, letter(), config.url)

    asyncio.run(play())


def test_an_address_that_no_service_has_is_a_fault_without_it() -> None:
    config = apprise.Config(url="nosuchservice://secret-0815")
    with pytest.raises(NotNow, match="none that Apprise knows") as fault:
        asyncio.run(apprise.send(config, letter(), config.url))
    assert "secret" not in str(fault.value)


def test_what_is_no_address_is_refused_at_once() -> None:
    with pytest.raises(ValidationError):
        apprise.Config(url="nonsense")
