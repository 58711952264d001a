"""Every route and every kind of caller."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from openbell.core.types import NS
from openbell.edges.web.gate import COOKIE, MOST_BODY, MOST_HEADERS, PACES, Gate, Reach, place_of
from openbell.edges.web.identity import PREFIX, SCOPES, Identity
from openbell.edges.web.policy import POLICIES
from openbell.edges.web.sessions import IDLE_NS, LONGEST_NS, STEPPED_UP_NS, Paces, Sessions
from openbell.run.clock import FakeClock
from tests.run.web.stage import Stage, home_with, on_stage

UPGRADE = (
    b"GET /api/live HTTP/1.1\r\nHost: HOST\r\nOrigin: http://[::\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n"
)
"""A handshake from a page whose address is none."""
FILLED = {"{id}": "small:cross", "{key}": "none", "{path}": "index.html"}


def path_of(template: str) -> str:
    for name, value in FILLED.items():
        template = template.replace(name, value)
    return template


def test_E3_a_caller_without_a_session_gets_401_before_anything_is_read(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        for is_set_up in (False, True):
            if is_set_up:
                await stage.come_in()
            for (method, template), policy in POLICIES.items():
                if not policy.scope:
                    continue
                for headers in ({}, {"cookie": f"{COOKIE}=made-up"}, {"authorization": f"Bearer {PREFIX}a_b"}):
                    status, body, _ = await stage.ask(method, path_of(template), {"nonsense": 1}, headers)
                    assert (status, body["error"]["code"]) == (401, "E2400"), (method, template, headers)
            status, body, _ = await stage.ask("GET", "/api/nothing", None, {})
            assert status == 401
        status, body, _ = await stage.ask("GET", "/api/nothing")
        assert (status, body["error"]["code"]) == (403, "E2401")
        status, body, _ = await stage.ask("PUT", "/api/states")
        assert (status, body["error"]["code"]) == (405, "E2405")

    on_stage(home_with(tmp_path, "small"), act)


def test_E3_E7_a_session_that_is_over_opens_no_route(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Sessions] = []

    def made(now: Callable[[], int]) -> Sessions:
        kept.append(Sessions(now))
        return kept[-1]

    monkeypatch.setattr("openbell.run.web.serve.Sessions", made)

    async def act(stage: Stage) -> None:
        await stage.come_in()
        (sessions,) = kept
        for (method, template), policy in POLICIES.items():
            if not policy.scope:
                continue
            for idle, age in ((IDLE_NS + 1, IDLE_NS + 1), (0, LONGEST_NS + 1)):
                session = sessions.begin(SCOPES, is_stepped_up=True)
                session.used -= idle
                session.began -= age
                headers = {"cookie": f"{COOKIE}={session.id}", "x-openbell-csrf": session.csrf}
                status, body, _ = await stage.ask(method, path_of(template), {"nonsense": 1}, headers)
                assert (status, body["error"]["code"]) == (401, "E2400"), (method, template)
        status, _, _ = await stage.ask("GET", "/api/states")
        assert status == 200, "the session beside them is not over"

    on_stage(home_with(tmp_path, "small"), act)


def test_E12_a_viewer_looks_an_operator_acts_as_well_and_only_an_administrator_gives_rights(tmp_path: Path) -> None:
    may = {
        "viewer": {"read"}, "stopper": {"read", "cancel"}, "operator": {"read", "trade"},
        "administrator": {"read", "trade", "admin"},
    }  # fmt: skip

    async def act(stage: Stage) -> None:
        await stage.come_in()
        callers = {"administrator": stage.headers()}
        for role in ("viewer", "stopper", "operator"):
            _, made, _ = await stage.ask("POST", "/api/tokens", {"name": role, "scopes": sorted(may[role])})
            callers[role] = {"authorization": f"Bearer {made['token']}"}
        for (method, template), policy in POLICIES.items():
            # These end the very session that asks.
            if not policy.scope or template.startswith("/api/logout"):
                continue
            for role, headers in callers.items():
                status, body, _ = await stage.ask(method, path_of(template), {"nonsense": 1}, headers)
                is_refused = status == 403 and body["error"]["code"] == "E2402"
                is_person = role == "administrator"
                # Who may trade may cancel; who may cancel lets no risk in.
                has = policy.scope in may[role] or (policy.scope == "cancel" and "trade" in may[role])
                wanted = has and (is_person or not policy.is_for_sessions)
                assert is_refused is not wanted and status != 401, (role, method, template, body)
        kinds = (("viewer", "pause", 403), ("operator", "pause", 200), ("operator", "resume", 200),
                 ("stopper", "pause", 200), ("stopper", "kill", 200), ("stopper", "resume", 403))  # fmt: skip
        for role, kind, wanted in kinds:
            form = {"state": "small", "kind": kind, "reason": f"as {role}"}
            status, body, _ = await stage.ask("POST", "/api/command", form, callers[role])
            assert status == wanted, body

    on_stage(home_with(tmp_path, "small"), act)


def test_E3_SI2_what_changes_something_needs_scope_proof_and_origin(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        _, made, _ = await stage.ask("POST", "/api/tokens", {"name": "board", "scopes": ["read"]})
        reading = {"authorization": f"Bearer {made['token']}"}
        for (method, template), policy in POLICIES.items():
            if method == "GET" or not policy.scope:
                continue
            path = path_of(template)
            forged = {name: value for name, value in stage.headers().items() if name == "cookie"}
            for headers in (
                forged,
                {**forged, "x-openbell-csrf": "wrong"},
                stage.headers(origin="http://elsewhere.example"),
                stage.headers(origin="null"),
                stage.headers(sec_fetch_site="cross-site"),
            ):
                status, body, _ = await stage.ask(method, path, {}, headers)
                assert (status, body["error"]["code"]) == (403, "E2404"), (method, path, headers)
            if policy.scope != "read" or policy.is_for_sessions:
                status, body, _ = await stage.ask(method, path, {}, reading)
                assert (status, body["error"]["code"]) == (403, "E2402"), (method, path)

    on_stage(home_with(tmp_path, "small"), act)


def test_E12_a_token_for_other_addresses_opens_nothing(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        for networks, wanted in (
            (["192.0.2.7", "10.0.0.0/8"], 401),
            (["127.0.0.1"], 200),
            (["::1", "127.0.0.0/8"], 200),
        ):
            form = {"name": "board", "scopes": ["read"], "networks": networks}
            _, made, _ = await stage.ask("POST", "/api/tokens", form)
            reading = {"authorization": f"Bearer {made['token']}", "x-forwarded-for": "192.0.2.7"}
            assert (await stage.ask("GET", "/api/states", None, reading))[0] == wanted, networks
        assert (await stage.get("/api/tokens"))[0]["networks"] == ["192.0.2.7/32", "10.0.0.0/8"]
        status, body, _ = await stage.ask("POST", "/api/tokens", {**form, "networks": ["everywhere"]})
        assert (status, body["error"]["field"]) == (422, "networks.0")

    on_stage(home_with(tmp_path, "small"), act)


def test_E6_SI3_an_old_proof_opens_none_of_what_needs_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Sessions] = []
    monkeypatch.setattr("openbell.run.web.serve.Sessions", lambda now: kept.append(Sessions(now)) or kept[-1])

    async def act(stage: Stage) -> None:
        await stage.come_in()
        (sessions,) = kept
        needing = [key for key, policy in POLICIES.items() if policy.needs_step_up]
        assert {path for _, path in needing} >= {
            "/api/tokens",
            "/api/second-factor/begin",
            "/api/second-factor/confirm",
        }
        for method, template in needing:
            for age in (STEPPED_UP_NS + 60 * NS, None):
                session = sessions.begin(SCOPES, is_stepped_up=age is not None)
                session.stepped_up -= age or 0
                headers = {"cookie": f"{COOKIE}={session.id}", "x-openbell-csrf": session.csrf}
                status, body, _ = await stage.ask(method, path_of(template), {}, headers)
                assert (status, body["error"]["code"]) == (403, "E2403"), (method, template, age)
        assert await stage.get("/api/tokens") == []

    on_stage(home_with(tmp_path, "small"), act)


def test_SI7_a_token_that_may_read_reads_and_changes_nothing(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        _, made, _ = await stage.ask("POST", "/api/tokens", {"name": "board", "scopes": ["read"]})
        reading = {"authorization": f"Bearer {made['token']}"}
        status, _, _ = await stage.ask("GET", "/api/states", None, reading)
        assert status == 200
        status, _, _ = await stage.ask("POST", "/api/command", {"state": "small", "kind": "pause"}, reading)
        assert status == 403
        assert not list((tmp_path / "small" / "commands").iterdir())
        (kept,) = await stage.get("/api/tokens")
        assert (kept["name"], kept["scopes"]) == ("board", ["read"]) and "token" not in kept
        status, _, _ = await stage.ask("DELETE", f"/api/tokens/{kept['id']}")
        assert status == 204
        status, _, _ = await stage.ask("GET", "/api/states", None, reading)
        assert status == 401

    on_stage(home_with(tmp_path, "small"), act)


def test_E9_another_name_of_this_host_is_not_answered_to(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        for host in ("evil.example", "127.0.0.1", "evil.example:80"):
            status, body, _ = await stage.ask("GET", "/api/health", None, {"host": host})
            assert (status, body["error"]["code"]) == (421, "E2421"), host
        status, _, _ = await stage.ask("GET", "/api/health", None, {"host": stage.address.removeprefix("http://")})
        assert status == 200

    on_stage(tmp_path, act)


@pytest.mark.parametrize(("length", "status"), [(MOST_BODY, 422), (MOST_BODY + 1, 413)])
def test_E22_a_body_has_an_end(length: int, status: int, tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        frame = len(json.dumps({"password": ""}))
        found, _, _ = await stage.ask("POST", "/api/login", {"password": "x" * (length - frame)}, {})
        assert found == status

    on_stage(tmp_path, act)


def test_E22_a_body_that_goes_on_beyond_what_it_said_is_cut(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        async def endless() -> Any:
            for _ in range(64):
                yield b"x" * 8192

        sent = 0
        try:
            async with stage.http.post(stage.address + "/api/login", data=endless()) as reply:
                sent = reply.status
        except aiohttp.ClientError:
            sent = 400
        assert sent in (400, 413)

    on_stage(tmp_path, act)


async def said(stage: Stage, text: bytes) -> bytes:
    """Return the first line of the answer to bytes that no client would send; HOST stands for the server."""
    host = stage.address.partition("//")[2]
    reader, writer = await asyncio.open_connection(*host.split(":"))
    writer.write(text.replace(b"HOST", host.encode()))
    line = await reader.readline()
    writer.close()
    return line


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"GET /api/session HTTP/1.1\r\nHost: HOST\r\nCookie: a@b=1; (=; =; ;;\r\n\r\n", b"200"),
        (b"GET /api/states HTTP/1.1\r\nHost: HOST\r\nCookie: \xff\x80\r\n\r\n", b"401"),
        (b"GET /api/states HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer obt_\xff_\r\n\r\n", b"401"),
        (b"POST /api/login HTTP/1.1\r\nHost: HOST\r\nOrigin: http://[\r\nContent-Length: 2\r\n\r\n{}", b"403"),
        (b"GET /static/%00.js HTTP/1.1\r\nHost: HOST\r\n\r\n", b"404"),
        (b"GET /static/..%2f..%2fgate.js HTTP/1.1\r\nHost: HOST\r\n\r\n", b"404"),
        (b"POST /api/login HTTP/1.1\r\nHost: HOST\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"400"),
        (
            UPGRADE,
            b"403",
        ),
    ],
)
def test_E20_what_no_browser_sends_is_answered_and_breaks_nothing(text: bytes, status: bytes, tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        assert (await said(stage, text)).split()[1] == status

    on_stage(home_with(tmp_path), act)


def test_E7_a_cookie_that_is_none_costs_a_session_nothing(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        for before in ("a@b=1; ", '"; ', "=; ", f"x{COOKIE}=other; "):
            headers = {**stage.headers(), "cookie": f"{before}{COOKIE}={stage.cookie}"}
            status, _, _ = await stage.ask("GET", "/api/states", None, headers)
            assert status == 200, before

    on_stage(home_with(tmp_path), act)


def test_E13_who_has_one_address_of_IPv6_is_one_of_all_that_they_have() -> None:
    assert place_of("127.0.0.1") == place_of("::ffff:127.0.0.1") == "127.0.0.1"
    assert place_of("2001:db8:1:2::1") == place_of("2001:db8:1:2:ffff:ffff:ffff:ffff") != place_of("2001:db8:1:3::1")
    assert place_of("testclient") == "testclient"


@pytest.mark.parametrize("broken", ["identity", "sessions", "paces", "policy"])
def test_E21_what_guards_the_door_and_fails_lets_nobody_through(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["path"])

    def fails(*_: object) -> Any:
        raise RuntimeError("it is broken")

    async def nothing(*_: object) -> Any:
        raise AssertionError

    clock = FakeClock(1)
    gate = Gate(
        app,
        Identity(Path("/nowhere"), clock.now),
        Sessions(clock.now),
        Paces(clock.now, PACES),
        Reach(hosts=frozenset(["h"])),
    )
    what = {
        "identity": "openbell.edges.web.identity.Identity.scopes_of", "sessions": "openbell.edges.web.sessions.Sessions.find",
        "paces": "openbell.edges.web.sessions.Paces.wait", "policy": "openbell.edges.web.gate.policy_of",
    }  # fmt: skip
    monkeypatch.setattr(what[broken], fails)
    cookie, token = (b"cookie", f"{COOKIE}=x".encode()), (b"authorization", f"Bearer {PREFIX}a_b".encode())
    who = {"identity": [token], "sessions": [cookie]}.get(broken, [token, cookie])
    for method, path in (("GET", "/api/states"), ("POST", "/api/command"), ("GET", "/api/health")):
        for given in who:
            headers = [(b"host", b"h"), given]
            scope = {"type": "http", "method": method, "path": path, "headers": headers, "client": ("::1", 1)}
            with pytest.raises(RuntimeError):
                asyncio.run(gate(scope, nothing, nothing))
    assert reached == []


def test_E22_headers_and_nesting_have_an_end(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        for size, wanted in ((MOST_HEADERS + 1, 431), (1000, 200)):
            status, _, _ = await stage.ask("GET", "/api/health", None, {"x-much": "a" * size})
            assert status == wanted
        for bomb in (b"[" * 60_000, b'{"a":' * 10_000, b'{"password":' + b"[" * 30_000):
            head = {"content-type": "application/json", "connection": "close"}
            async with stage.http.post(stage.address + "/api/login", data=bomb, headers=head) as reply:
                assert reply.status in (400, 422), await reply.text()
                assert "Traceback" not in await reply.text()
        status, _, _ = await stage.ask("GET", "/api/health", None, {})
        assert status == 200

    on_stage(tmp_path, act)
