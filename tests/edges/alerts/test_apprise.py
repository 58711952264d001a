"""Other services: Apprise delivers, in a process of its own that is ended when the time is up."""

import asyncio
import subprocess
import sys

import pytest
from aiohttp import web
from pydantic import ValidationError

from openbell.edges.alerts import apprise
from openbell.edges.alerts.letter import NotNow, Unclear
from tests.edges.alerts.fakes import front, letter
from tests.test_links import INSIDE


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


def test_E16_it_is_not_led_on_to_another_place() -> None:
    async def play() -> None:
        async with front() as there:
            there.answers.append(web.Response(status=307, headers={"location": f"{there.url}/inside"}))
            config = apprise.Config(url=there.url.replace("http://", "json://") + "/?redirect=yes")
            with pytest.raises(Unclear):
                await apprise.send(config, letter(), config.url)
            assert [one.path for one in there.asked] == ["/"]

    asyncio.run(play())


LED = """
import json, socket, sys
from openbell.edges.alerts import apprise
inside = sys.argv[1:]
looked = []
def look_up(host, port, *more, **named):
    looked.append(host)
    return [(socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, port, 0, 0)[: 4 if ":" in one else 2])
            for one in inside]
socket.getaddrinfo = look_up
given = {"url": "jsons://hooks.example/x", "title": "t", "body": "b", "type": "info"}
code = apprise.deliver(json.dumps(given).encode())
print(code, looked)
"""


def test_E16_no_service_is_reached_where_its_name_leads_inside() -> None:
    inside = [one for one in INSIDE if "%" not in one]
    told = subprocess.run([sys.executable, "-c", LED, *inside], capture_output=True, text=True, check=True).stdout
    assert told.split()[-2:] == [str(apprise.NO_WAY), "['hooks.example']"]
    for url in ("jsons://10.0.0.1/", "jsons://a.example, ntfys://169.254.169.254/topic"):
        with pytest.raises(ValidationError, match="public internet"):
            apprise.Config(url=url)
