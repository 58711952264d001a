"""Sentry gets each message as an event of the project that the DSN names."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from openbell.edges.alerts import sentry
from openbell.edges.alerts.letter import NotNow
from tests.edges.alerts.fakes import front, letter

KEY = "0123456789abcdef0123456789abcdef"


def event(body: Any) -> dict[str, Any]:
    """Return the event of an envelope whose parts agree."""
    head, item, found = body
    assert head == {"event_id": found["event_id"]}
    assert (item["type"], item["content_type"]) == ("event", "application/json")
    return dict(found)


def test_an_event_says_what_happened_and_comes_twice_as_the_same() -> None:
    async def play() -> None:
        async with front() as there:
            config = sentry.Config(dsn=there.url.replace("://", f"://{KEY}@") + "/7")
            there.answers = [web.Response(status=200)]
            for is_again in (False, True):
                said = letter(title="[SIM] Small: ERROR: system error", level="critical", is_again=is_again)
                await sentry.send(config, said, *sentry.targets(config))
            first, second = there.asked
            assert (first.method, first.path) == ("POST", "/api/7/envelope/")
            assert first.headers["Content-Type"] == "application/x-sentry-envelope"
            assert (
                first.headers["X-Sentry-Auth"] == f"Sentry sentry_version=7, sentry_client=openbell, sentry_key={KEY}"
            )
            told = event(first.body)
            assert (told["level"], told["environment"], told["platform"]) == ("fatal", "SIM", "python")
            assert told["message"]["formatted"].startswith("[SIM] Small: ERROR: system error\n")
            assert (told["extra"], told["timestamp"]) == ({"symbol": "AAPL"}, "2023-11-14T22:13:20+00:00")
            assert event(second.body)["event_id"] == told["event_id"]
            assert len(told["event_id"]) == 32
            assert KEY not in str(first.body)

    asyncio.run(play())


def test_the_size_of_the_event_stands_before_it_in_bytes() -> None:
    made = sentry.envelope(sentry.Config(dsn=f"https://{KEY}@o1.ingest.sentry.io/7"), letter(text="Verlust: 5 €"))
    _, item, found, end = made.split(b"\n")
    assert (f'"length":{len(found)}}}'.encode() in item, end) == (True, b"")


def test_a_key_that_is_not_known_there_is_tried_again_later() -> None:
    async def play() -> None:
        async with front() as there:
            there.answers = [web.Response(status=403)]
            dsn = there.url.replace("://", f"://{KEY}@") + "/7"
            with pytest.raises(NotNow, match="answered 403"):
                await sentry.send(sentry.Config(dsn=dsn), letter(), dsn)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("dsn", "there"),
    [
        (f"https://{KEY}@o1.ingest.sentry.io/7", "https://o1.ingest.sentry.io/api/7/envelope/"),
        (f"https://{KEY}:old@sentry.example:9000/below/7", "https://sentry.example:9000/below/api/7/envelope/"),
        (f"http://{KEY}@[::1]:9000/7", "http://[::1]:9000/api/7/envelope/"),
    ],
)
def test_an_address_stands_for_its_project(dsn: str, there: str) -> None:
    assert sentry.project(dsn) == (there, KEY)


@pytest.mark.parametrize(
    ("dsn", "why"),
    [
        ("https://sentry.io/7", "is no DSN"),
        (f"https://{KEY}@sentry.io", "is no DSN"),
        (f"https://{KEY}@sentry.io/mine", "is no DSN"),
        (f"ftp://{KEY}@sentry.io/7", "is no DSN"),
        (f"https://{KEY}@sentry.io:none/7", "is no DSN"),
    ],
)
def test_what_is_no_address_of_a_project_is_refused(dsn: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        sentry.Config(dsn=dsn)
