"""Coming in and going out."""

from pathlib import Path

import aiohttp
import pytest

from openbell.edges.web.gate import COOKIE, PACES
from openbell.edges.web.policy import SOCKET
from tests.run.web.stage import PASSWORD, Stage, home_with, on_stage


def test_E6_what_needs_a_second_proof_asks_for_it(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        opened = await stage.get("/api/session")
        assert opened["stepped_up_until_ts"] is not None, "the password has just been typed"
        status, begun, _ = await stage.ask("POST", "/api/second-factor/begin")
        assert status == 200 and begun["address"].startswith("otpauth://")
        status, body, _ = await stage.ask("POST", "/api/step-up", {"password": "not this one at all"})
        assert (status, body["error"]["code"]) == (403, "E2408")
        status, _, _ = await stage.ask("POST", "/api/step-up", {"password": PASSWORD})
        assert status == 200

    on_stage(tmp_path, act)


def test_E6_a_session_by_link_has_no_second_proof(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        code = stage.told.link.partition("#open=")[2]
        status, body, reply = await stage.ask("POST", "/api/open", {"code": code}, {})
        assert (status, body["scopes"], body["stepped_up_until_ts"]) == (200, ["read", "trade"], None)
        stage.keep(body, reply)
        for path in ("/api/tokens", "/api/second-factor/begin", "/api/logout-all"):
            status, _, _ = await stage.ask("POST", path, {"name": "x", "scopes": ["read"]})
            assert status == 403
        status, body, _ = await stage.ask("POST", "/api/open", {"code": code}, {})
        assert (status, body["error"]["code"]) == (403, "E2406"), "a link works once"

    on_stage(tmp_path, act, has_link=True)


def test_E7_E8_the_cookie_is_the_servers_own_and_a_new_one_each_time(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        first = stage.cookie
        fixed = {"cookie": f"{COOKIE}={first}"}
        status, body, reply = await stage.ask("POST", "/api/login", {"password": PASSWORD}, fixed)
        assert status == 200 and reply.cookies[COOKIE].value != first
        written = reply.headers.getall("set-cookie")[0].lower()
        for word in ("__host-openbell=", "httponly", "secure", "samesite=strict", "path=/"):
            assert word in written
        assert "domain" not in written
        stage.keep(body, reply)
        status, _, _ = await stage.ask("POST", "/api/logout")
        assert status == 204
        status, _, _ = await stage.ask("GET", "/api/states")
        assert status == 401

    on_stage(tmp_path, act)


def test_E13_the_sixth_login_of_a_minute_waits_whatever_it_says_of_its_address(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        for n in range(PACES["login"] - 1):
            told = {"x-forwarded-for": f"10.0.0.{n}"}
            status, body, _ = await stage.ask("POST", "/api/login", {"password": "not this one at all"}, told)
            assert (status, body["error"]["code"]) == (401, "E2408")
        status, body, reply = await stage.ask("POST", "/api/login", {"password": PASSWORD}, {})
        assert (status, body["error"]["code"]) == (429, "E2429")
        assert 0 < int(reply.headers["retry-after"]) <= 60

    on_stage(tmp_path, act, paces=PACES)


def test_E7_who_comes_in_anew_leaves_no_session_behind(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        old = stage.headers()
        status, body, reply = await stage.ask("POST", "/api/login", {"password": PASSWORD}, old)
        assert status == 200
        assert (await stage.ask("GET", "/api/states", None, old))[0] == 401
        stage.keep(body, reply)
        assert (await stage.ask("GET", "/api/states"))[0] == 200

    on_stage(home_with(tmp_path), act)


def test_E10_E12_a_socket_ends_with_the_key_by_which_it_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openbell.edges.web.live.RECHECK_S", 0.001)

    async def act(stage: Stage) -> None:
        await stage.come_in()
        _, made, _ = await stage.ask("POST", "/api/tokens", {"name": "robot", "scopes": ["read"]})
        by_key = {"authorization": f"Bearer {made['token']}"}
        _, body, _ = await stage.ask("POST", "/api/ticket", {}, by_key)
        socket = await stage.http.ws_connect(
            stage.address.replace("http", "ws") + SOCKET, headers={"origin": stage.address}
        )
        await socket.send_json({"ticket": body["ticket"], "state": "small"})
        assert (await socket.receive_json())["type"] == "hello"
        (row,) = (await stage.ask("GET", "/api/tokens"))[1]
        assert (await stage.ask("DELETE", f"/api/tokens/{row['id']}"))[0] == 204
        async for message in socket:
            assert message.type is aiohttp.WSMsgType.TEXT
        assert socket.closed

    on_stage(home_with(tmp_path, "small"), act)
