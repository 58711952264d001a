"""What is deployed from a page is a run of its own."""

import asyncio
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from openbell.core.types import NS
from openbell.edges.web import audit
from openbell.run import attended
from openbell.run import state as states
from openbell.run.clock import WallClock
from tests.run.web.stage import PASSWORD, Stage, home_with, on_stage, settled

WISH: dict[str, Any] = {
    "strategy": {"kind": "ema_cross", "options": {"fast": 3, "slow": 8}},
    "symbols": ["AURA", "BOLT"],
    "timeframe": "5m",
    "market": {"seed": 7, "days": 150, "speed": 18_000},
    "risk": {"position_size": 0.1},
}


async def row_when(stage: Stage, key: str, is_so: Any) -> dict[str, Any]:
    """Return a deployment once it is as wanted."""
    until = WallClock().now() + 300 * NS
    while WallClock().now() < until:
        status, body, _ = await stage.ask("GET", f"/api/trading/deployment/{key}")
        if status == 200 and is_so(body):
            return dict(body)
    raise AssertionError(f"{key} never came to that: {body}")


def connections(process: int) -> list[str]:
    """Return the network connections of a process, as the kernel lists them: local and remote address."""
    sockets = set()
    for link in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            sockets.add(str(link.readlink()))
    assert sockets
    found = []
    for protocol in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{process}/net/{protocol}").read_text(encoding="ascii").splitlines()[1:]:
            parts = line.split()
            if f"socket:[{parts[9]}]" in sockets:
                found.append(f"{protocol} {parts[1]} {parts[2]}")
    return found


async def ended(stage: Stage, state: str) -> None:
    """Return once a run has no engine any more."""
    while next(row for row in (await stage.get("/api/states"))["states"] if row["id"] == state)["is_running"]:
        pass


def test_a_deployment_outlives_the_server_and_the_death_of_its_engine_and_ends_flat(tmp_path: Path) -> None:
    begun: dict[str, Any] = {}

    async def deploy(stage: Stage) -> None:
        await stage.come_in()
        _, plan, _ = await stage.ask("POST", "/api/trading/plan", WISH)
        assert plan["is_valid"] and "no real money" in plan["lines"][1]
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", {**WISH, "digest": plan["digest"]})
        assert status == 201, body
        begun.update(body)
        row = await row_when(stage, body["id"], lambda it: it["trades"] > 0)
        engine = states.runner(tmp_path / body["state"])
        assert (mode := (await stage.get(f"/api/snapshot?state={body['state']}"))["run"]["mode"]) == "sim", mode
        assert connections(engine) == [], "its exchange is within the process: no order can leave it"
        assert (row["id"], row["status"], row["instruments"]) == ("ema_cross", "active", ["AURA", "BOLT"])

    async def go_on(stage: Stage) -> None:
        _, body, reply = await stage.ask("POST", "/api/login", {"password": PASSWORD}, {})
        stage.keep(body, reply)
        assert (await row_when(stage, begun["id"], bool))["status"] == "active"
        before = await row_when(stage, begun["id"], lambda it: it["status"] == "active")
        engine = states.runner(tmp_path / begun["state"])
        os.kill(engine, signal.SIGKILL)
        while states.runner(tmp_path / begun["state"]) in (0, engine):
            await asyncio.to_thread(threading.Event().wait, 0.05)
        await row_when(stage, begun["id"], lambda it: it["trades"] > before["trades"])
        status, body, _ = await stage.ask("POST", "/api/trading/stop/ema_cross")
        assert (status, body["ok"]) == (200, True), body
        await ended(stage, begun["state"])
        shown = await settled(stage, begun["state"])
        assert shown["positions"] == {} and not any(row["is_open"] for row in shown["orders"].values())
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", WISH)
        assert (status, body["deployment"]) == (201, "ema_cross"), "the same name again"
        assert body["state"] != begun["state"]
        status, _, _ = await stage.ask("POST", "/api/trading/stop/ema_cross")
        assert status == 200, "the name means the one that runs"
        await ended(stage, body["state"])

    on_stage(tmp_path, deploy)
    assert states.runner(tmp_path / begun["state"]), "it goes on without the server"
    on_stage(tmp_path, go_on)
    ordered = attended.ordered(tmp_path / begun["state"])
    assert ordered is not None and ordered.actor == "web owner 127.0.0.1"
    noted = [one for one in audit.entries(tmp_path / "web" / audit.NAME) if one.what == "deploy"]
    assert [one.text for one in noted] == [
        f"ema_cross in mode sim of plan {begun['digest']}", "ema_cross in mode sim"
    ]  # fmt: skip
    assert all(one.actor == ordered.actor and one.ts > 0 for one in noted), "a row for each that was asked for"


def test_a_deployment_that_was_stopped_leaves_no_task_and_no_process_behind(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        # What the first questions of a server begin has begun.
        await stage.get("/api/states")
        # By its number, not counted: what an earlier test left may end meanwhile.
        tasks, others = len(asyncio.all_tasks()), children()
        asked = WallClock().now()
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", WISH)
        assert status == 201, body
        await row_when(stage, body["id"], lambda it: it["status"] == "active")
        assert children() - others
        status, said, _ = await stage.ask("POST", f"/api/trading/stop/{body['id']}")
        assert (status, said["ok"]) == (200, True), said
        await ended(stage, body["state"])
        while children() - others or len(asyncio.all_tasks()) > tasks:
            assert WallClock().now() - asked < 300 * NS, (asyncio.all_tasks(), children())
            await stage.get("/api/health")

    on_stage(tmp_path, act)


def test_what_has_not_begun_in_time_is_ended_and_not_found_trading_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openbell.run.web.starter.PATIENCE_NS", 0)

    async def act(stage: Stage) -> None:
        await stage.come_in()
        others = children()
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", WISH)
        assert status == 409 and "it did not start" in body["error"]["text"], body
        assert not children() - others

    on_stage(tmp_path, act)
    (state,) = tmp_path.glob("ema_cross-*")
    assert not states.runner(state)


def children() -> set[int]:
    """Return the processes that this one has begun and that live."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            found |= {int(one) for one in (task / "children").read_text().split() if lives(int(one))}
    return found


def lives(process: int) -> bool:
    """Return whether a process has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_cannot_run_is_refused_with_its_field_and_starts_nothing(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        for change, status, field in (
            ({"strategy": {"kind": "nothing"}}, 422, "strategy.kind"),
            ({"strategy": {"kind": "ema_cross", "options": {"fats": 3}}}, 422, "strategy.options"),
            ({"strategy": {"kind": "../evil.py"}}, 422, "strategy.kind"),
            ({"risk": {"daily_loss": 2}}, 422, "risk.daily_loss"),
            ({"risk": {"max_positions": 0}}, 422, "risk.max_positions"),
            ({"risk": {"position_size": 0.2}}, 422, "risk.position_size"),
            ({"timeframe": "2m"}, 422, "timeframe"),
            ({"account": {"broker": "sim", "options": {"fees": "${HOME}"}}}, 422, "account.options.fees"),
            ({"account": {"broker": "alpaca", "options": {"key": "${file:/etc/passwd}"}}}, 422, "account.options.key"),
            ({"mode": "paper"}, 422, "account.options"),
            ({"mode": "live"}, 403, None),
            ({"digest": "0" * 64}, 409, None),
            ({"market": {"kind": "recorded"}}, 409, None),
        ):
            found, body, _ = await stage.ask("POST", "/api/trading/deploy", {**WISH, **change})
            assert (found, body["error"]["field"]) == (status, field), body
        assert "it did not start: error:" in body["error"]["text"], "the last of them got as far as its data"
        assert (await stage.get("/api/trading/deployments"))["deployments"] == []

    on_stage(tmp_path, act)
    assert not [path for path in tmp_path.iterdir() if states.runner(path)]


def test_an_engine_that_ends_by_an_error_is_shown_with_its_reason(tmp_path: Path) -> None:
    home_with(tmp_path, "small")
    (tmp_path / "small" / attended.LOG).write_text("bars\nerror: the disk is full\nnext: make room\n", encoding="utf-8")
    attended.conclude(tmp_path / "small", 1, 5)

    async def act(stage: Stage) -> None:
        await stage.come_in()
        row = await stage.get("/api/trading/deployment/small:cross")
        assert (row["status"], row["reason"]) == ("error", "error: the disk is full next: make room")
        attended.conclude(tmp_path / "small", 0, 6)
        await row_when(stage, "small:cross", lambda it: it["status"] == "stopped")

    on_stage(tmp_path, act)


def test_a_text_of_a_configuration_is_planned_without_variables_or_private_parts(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("raise SystemExit('ran')", encoding="utf-8")

    async def act(stage: Stage) -> None:
        await stage.come_in()
        _, made, _ = await stage.ask("POST", "/api/trading/plan", WISH)
        _, again, _ = await stage.ask("POST", "/api/plan", {"config": made["config"]})
        assert (again["is_valid"], again["digest"]) == (True, made["digest"])
        for bad in ("ema_cross", str(tmp_path / "evil.py")), ("AURA", "${HOME}"), ("AURA", "${file:/etc/passwd}"):
            _, body, _ = await stage.ask("POST", "/api/plan", {"config": made["config"].replace(*bad)})
            assert not body["is_valid"] and body["problems"], bad
            assert "root:" not in str(body)
        _, body, _ = await stage.ask("POST", "/api/plan", {"config": "mode: [\n"})
        assert not body["is_valid"] and body["problems"][0]["line"] > 0

    on_stage(tmp_path, act)
