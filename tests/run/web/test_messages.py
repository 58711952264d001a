"""What was told, over the wire: how far it has come, that it was seen, and whether a channel works."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from openbell.edges.web import answers
from openbell.run.alerts.notifier import Notifier
from openbell.run.clock import WallClock
from tests.edges.alerts.fakes import Front, front
from tests.run.alerts.stage import history, market, notifier
from tests.run.web.stage import Stage, on_stage, opened

STATE = "s"
"""The state of `tests.run.alerts.stage.market`."""


def beside(folder: Path, alerts: str, act: Callable[[Stage, Front, Notifier], Awaitable[None]]) -> None:
    """Carry a run's messages to a front while it is served, and act."""

    async def play() -> None:
        async with front() as there:
            made = market(folder, alerts.replace("URL", there.url))
            one = notifier(made, WallClock())
            is_over: list[bool] = []
            carrying = asyncio.create_task(one.run(lambda: bool(is_over)))
            async with opened(made.state.parent, only=(made.state,)) as stage:
                await stage.come_in()
                await act(stage, there, one)
            is_over.append(True)
            there.is_open.set()
            await carrying
            one.close()

    asyncio.run(play())


async def told(stage: Stage, is_so: Callable[[Any], bool]) -> Any:
    """Return the first answer that is as wanted."""
    while not is_so(found := await stage.get(f"/api/alerts/told?state={STATE}&count=500")):
        await stage.ask("GET", "/api/health")
    answers.Messages.model_validate(found)
    return found


def ways(found: Any) -> list[str]:
    return [way["state"] for row in found["messages"] for way in row["ways"]]


def test_messages_are_shown_with_how_far_they_have_come_and_acknowledged(tmp_path: Path) -> None:
    async def act(stage: Stage, there: Front, _: Notifier) -> None:
        found = await told(stage, lambda it: {"sent"} == set(ways(it)) and len(ways(it)) >= 10)
        assert (found["is_kept"], found["has_notifier"]) == (True, True)
        assert [(one["name"], one["kind"], one["targets"], one["waiting"]) for one in found["channels"]] == [
            ("hook", "webhook", 1, 0)
        ]
        assert there.url not in str(found), "an address may hold a secret"
        numbers = [row["id"] for row in found["messages"]]
        assert numbers == sorted(numbers, reverse=True)
        assert "engine_started" in {row["event"] for row in found["messages"]}
        page = await stage.get(f"/api/alerts/told?state={STATE}&count=2&before={numbers[1]}")
        assert [row["id"] for row in page["messages"]] == numbers[2:4]
        form = {"state": STATE, "numbers": numbers[:2]}
        _, body, _ = await stage.ask("POST", "/api/alerts/acknowledge", form)
        assert body == {"count": 2}
        shown = (await told(stage, lambda _: True))["messages"]
        assert [bool(row["acked_ts"]) for row in shown[:3]] == [True, True, False]
        assert shown[0]["acked_by"] == "web owner 127.0.0.1"
        _, body, _ = await stage.ask("POST", "/api/alerts/acknowledge", {"state": STATE})
        assert body == {"count": len(numbers) - 2}

    beside(tmp_path, "[{name: hook, url: 'URL/canary-hook', level: info}]", act)


def test_a_channel_is_tried_through_the_notifier_and_it_is_written_down(tmp_path: Path) -> None:
    async def act(stage: Stage, there: Front, one: Notifier) -> None:
        there.by_path["/closed"] = lambda _: web.Response(status=403)
        await told(stage, lambda it: it["has_notifier"])
        whys = {}
        for name in ("hook", "closed"):
            status, body, _ = await stage.ask("POST", "/api/alerts/try", {"state": STATE, "channel": name})
            whys[name] = body["whys"]
            assert status == 200
        assert whys == {
            "hook": [""],
            "closed": ["answered 403: its address, key or password is wrong, or it was closed"],
        }
        assert [asked.body["title"].split(":")[0] for asked in there.taken if asked.body["event"] == "test"] == [
            "[SIM] Checklist"
        ]
        status, body, _ = await stage.ask("POST", "/api/alerts/try", {"state": STATE, "channel": "none"})
        assert status == 409 and "it has hook, closed" in body["error"]["text"]
        noted = [row.text for row in history(tmp_path / STATE) if row.event == "channel_tried"]
        assert noted[0] == "hook tried by web owner 127.0.0.1: target 1: taken"
        assert noted[1].startswith("closed tried by web owner 127.0.0.1: target 1: answered 403")

    beside(tmp_path, "[{name: hook, url: 'URL/x', level: error}, {name: closed, url: 'URL/closed', level: error}]", act)


def test_without_a_notifier_a_test_is_refused_at_once(tmp_path: Path) -> None:
    made = market(tmp_path, "[{name: hook, url: 'http://127.0.0.1:1/x'}]")
    one = notifier(made)
    one.look()
    one.close()

    async def act(stage: Stage) -> None:
        await stage.come_in()
        assert not (await stage.get(f"/api/alerts/told?state={STATE}"))["has_notifier"]
        form = {"state": STATE, "channel": "hook"}
        status, body, _ = await stage.ask("POST", "/api/alerts/try", form)
        assert status == 409 and "openbell notify" in body["error"]["text"]

    on_stage(made.state.parent, act, only=(made.state,))
