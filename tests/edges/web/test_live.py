"""The socket."""

import asyncio
import itertools
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from openbell.edges.web import answers
from openbell.edges.web.frames import SECTIONS
from openbell.edges.web.live import GONE, PROTOCOL, TOO_MANY, Cadence
from openbell.edges.web.policy import SOCKET
from openbell.run import state as states
from openbell.run.clock import WallClock
from openbell.run.live import Settings, live
from tests.run.alerts.stage import market, notifier
from tests.run.small import small
from tests.run.web.deltas import fold
from tests.run.web.stage import Stage, home_with, on_stage, settled


async def socket_of(stage: Stage, state: str) -> aiohttp.ClientWebSocketResponse:
    """Return a socket that has told its ticket."""
    _, body, _ = await stage.ask("POST", "/api/ticket")
    url = stage.address.replace("http", "ws") + SOCKET
    socket = await stage.http.ws_connect(url, headers={"origin": stage.address})
    await socket.send_json({"ticket": body["ticket"], "state": state})
    return socket


def sent(pause_s: float, made: list[float], takes_s: float = 0.0) -> list[float]:
    """Return when frames that were made at `made` (s) are sent, each of which takes a while; what waits goes as one."""
    cadence, free, found = Cadence(pause_s), 0.0, list[float]()
    while made:
        start = max(made[0], free)
        made = [at for at in made if at > start]
        found.append(start + takes_s)
        free = found[-1] + cadence.sent(found[-1])
    return found


def test_frames_made_as_often_as_they_are_wanted_go_at_once() -> None:
    made = [10 + 0.2 * n + (0.03 if n % 3 else 0.0) for n in range(50)]
    assert sent(0.2, made, 0.01) == [at + 0.01 for at in made]


def test_frames_made_more_often_are_sent_no_more_often_than_wanted() -> None:
    times = sent(0.2, [10 + 0.01 * n for n in range(1000)])
    assert len(times) <= 2 + 10 / 0.2
    assert min(b - a for a, b in itertools.pairwise(times[2:])) >= 0.2 - 1e-9


def test_who_was_told_nothing_for_long_is_owed_no_more_than_one() -> None:
    cadence = Cadence(0.2)
    assert cadence.sent(10.0) == 0.0
    assert [round(cadence.sent(at), 9) for at in (20.0, 20.0, 20.0)] == [0.0, 0.2, 0.4]


def test_a_socket_tells_what_stands_and_then_all_that_is_new(tmp_path: Path) -> None:
    """A page that adds up snapshot and deltas has what the server has, while a run goes."""
    folder = tmp_path / "home" / "going"
    states.make(folder)
    (tmp_path / "work").mkdir()
    prepared, market = small(tmp_path / "work")
    live(prepared, market, Settings(state=folder, until_bars=200))

    async def act(stage: Stage) -> None:
        await stage.come_in()
        before = await settled(stage, "going")
        socket = await socket_of(stage, "going")
        hello, snapshot = await socket.receive_json(), await socket.receive_json()
        assert (hello["type"], hello["protocol"]) == ("hello", PROTOCOL)
        assert snapshot["type"] == "snapshot" and snapshot["data"]["run"]["seq"] == before["run"]["seq"]
        page, n, deltas = snapshot["data"], snapshot["n"], 0

        shown, steps = threading.Semaphore(0), itertools.count(1)

        def step(*_: object) -> None:
            # The run goes on once its page has been told of what it did: however fast either is, there are some deltas.
            if next(steps) in (100, 200, 300):
                assert shown.acquire(timeout=300)

        going = threading.Thread(target=lambda: live(prepared, market, Settings(state=folder, watch=step)))
        going.start()
        last = 1 << 62
        while page["run"]["seq"] < last:
            told = await socket.receive_json()
            if not going.is_alive():
                after = await settled(stage, "going")
                last = after["run"]["seq"]
            if told["type"] == "snapshot":
                page, n = told["data"], told["n"]
            elif told["type"] == "delta":
                assert told["since"] == n
                n, deltas = told["n"], deltas + 1
                fold(page, told["data"])
                shown.release()
        assert deltas >= 3
        going.join()
        await socket.close()
        for name in ("accounts", "positions", "orders", "instruments"):
            assert page[name] == after[name], name
        for name in ("fills", "trades"):
            assert page[name][-50:] == after[name][-50:]

    on_stage(tmp_path / "home", act)


async def until(socket: aiohttp.ClientWebSocketResponse, page: dict[str, Any], is_so: Callable[[], bool]) -> None:
    """Bring a page up to date by what a socket tells until it is as wanted; nothing may be missing in between."""
    while not page or not is_so():
        told = await socket.receive_json()
        if told["type"] == "snapshot":
            page.clear()
            page.update(told["data"], n=told["n"])
        elif told["type"] == "delta":
            assert told["since"] == page["n"]
            page["n"] = told["n"]
            fold(page, told["data"])


def test_a_socket_tells_of_the_log_of_messages_and_of_other_runs(tmp_path: Path) -> None:
    made = market(tmp_path, "[{name: hook, url: 'http://127.0.0.1:1/x', level: info}]")
    state = made.state.name
    line = {"@timestamp": "2024-01-02T00:00:00Z", "log.level": "info", "log.logger": "Engine"}
    log = made.state / "logs" / "TradingSystem_main.log"
    log.parent.mkdir(exist_ok=True)

    async def act(stage: Stage) -> None:
        await stage.come_in()
        socket, page = await socket_of(stage, state), dict[str, Any]()
        await until(socket, page, lambda: state in page["told"] and state in page["states"])
        assert not page["told"][state]["is_kept"] and page["log"] == [] and page["messages"] == {}
        one = notifier(made, WallClock())
        one.look()
        for n in range(3):
            with log.open("a") as file:
                file.write(json.dumps({**line, "message": f"step {n}"}) + "\n")
        await until(socket, page, lambda: len(page["log"]) == 3 and len(page["messages"]) > 3)
        assert [row["text"] for row in page["log"]] == ["step 0", "step 1", "step 2"]
        told = await stage.get(f"/api/alerts/told?state={state}")
        assert list(page["messages"].values()) == told["messages"]
        assert page["channels"] == {row["name"]: row for row in told["channels"]}
        answers.Message.model_validate(told["messages"][0])
        await stage.ask("POST", "/api/alerts/acknowledge", {"state": state, "numbers": [told["messages"][0]["id"]]})
        first = str(told["messages"][0]["id"])
        await until(socket, page, lambda: page["messages"][first]["acked_ts"] is not None)
        home_with(tmp_path, "another")
        await until(socket, page, lambda: "another" in page["states"])
        snapshot = answers.Snapshot.model_validate(await settled(stage, state))
        assert [row.text for row in snapshot.log] == ["step 0", "step 1", "step 2"]
        assert set(snapshot.model_fields_set) | {"bars"} == set(SECTIONS)
        one.close()
        await socket.close()

    on_stage(tmp_path, act)


def test_a_socket_for_no_run_tells_the_list_of_all(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        socket, page = await socket_of(stage, ""), dict[str, Any]()
        hello = await socket.receive_json()
        assert (hello["type"], hello["badge"], hello["is_running"]) == ("hello", None, False)
        await until(socket, page, lambda: True)
        assert page == {"states": {}, "dark": {}, "n": 0}
        home_with(tmp_path, "small")
        (states.journal(tmp_path / "odd")).mkdir(parents=True)
        await until(socket, page, lambda: bool(page["states"] and page["dark"]))
        found = await stage.get("/api/states")
        assert list(page["dark"].values()) == found["dark"]
        listed = answers.Listed.model_validate(page["states"]["small"])
        (run,) = found["states"]
        assert (listed.id, listed.title, listed.ended_ts) == (run["id"], run["title"], run["beat_ts"])
        await socket.close()

    on_stage(tmp_path, act)


def test_a_socket_for_nothing_and_one_too_many_are_closed(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        socket = await socket_of(stage, "nowhere")
        told = await socket.receive()
        assert (told.type, told.data) == (aiohttp.WSMsgType.CLOSE, GONE)
        many = [await socket_of(stage, "small") for _ in range(5)]
        for one in many:
            assert (await one.receive_json())["type"] == "hello"
        more = await socket_of(stage, "small")
        assert (await more.receive()).data == TOO_MANY
        await many[0].close()
        while (await (again := await socket_of(stage, "small")).receive()).data == TOO_MANY:
            await again.close()
        await asyncio.gather(*(one.close() for one in (*many, again)))

    on_stage(home_with(tmp_path, "small"), act)


def test_E10_a_socket_from_another_page_or_without_a_ticket_is_closed(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        url = stage.address.replace("http", "ws") + SOCKET
        for origin in ({}, {"origin": "http://elsewhere.example"}, {"origin": "null"}):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await stage.http.ws_connect(url, headers=origin)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await stage.http.ws_connect(url + "/more", headers={"origin": stage.address})
        for hello in ({"ticket": "made-up", "state": "small"}, {"state": "small"}, ["x"]):
            async with stage.http.ws_connect(url, headers={"origin": stage.address}) as socket:
                await socket.send_json(hello)
                told = await socket.receive()
                assert told.type is aiohttp.WSMsgType.CLOSE and told.data == 4401

    on_stage(home_with(tmp_path, "small"), act)
