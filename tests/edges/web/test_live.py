"""The socket."""

import asyncio
import itertools
import threading
from pathlib import Path

import aiohttp
import pytest

from openbell.edges.web.live import GONE, PROTOCOL, TOO_MANY
from openbell.edges.web.policy import SOCKET
from openbell.run import state as states
from openbell.run.live import Settings, live
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
