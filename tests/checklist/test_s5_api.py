"""S5's endpoints over real engines on a simulated exchange, through the real server."""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openbell.cli.demo import market
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.edges.web.gate import PACES
from openbell.run import state as states
from openbell.run.live import Settings, live
from openbell.run.web.follow import Follower
from tests.checklist.market import Told
from tests.run.web.stage import Stage, on_stage, settled


def played(folder: Path, until_bars: int) -> Path:
    """Run the demo, which has two deployments on the same three symbols, for so many bars."""
    prepared, source = market(None, is_long=False)
    live(prepared, source, Settings(state=folder, until_bars=until_bars))
    return folder


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve thousand bars of the demo, played once and only read."""
    return played(tmp_path_factory.mktemp("long") / "one", 12_000)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of some two thousand bars."""
    return played(tmp_path_factory.mktemp("short") / "one", 2500)


def bars_when_both_hold(long: Path) -> int:
    """Return after how many bars of the demo both of its deployments have held something for an hour."""
    follower, since = Follower(long), 0
    while follower.look(1):
        bars = follower.book.truth.counts.bars
        held = {one.deployment for one in follower.book.all_positions() if one.qty}
        since = (since or bars) if held == {"cross", "dips"} else 0
        if since and bars - since >= 180:
            return bars - 90
    raise AssertionError("they never do")


@contextmanager
def trading(folder: Path) -> Iterator[None]:
    """Let an engine trade the demo in a thread while something is looked at."""
    prepared, source = market(None, is_long=True)
    is_over = threading.Event()
    settings = Settings(state=folder, speed=3600.0, is_interrupted=is_over.is_set)
    engine = threading.Thread(target=lambda: live(prepared, source, settings))
    engine.start()
    try:
        yield
    finally:
        is_over.set()
        engine.join()


async def until(stage: Stage, state: str, is_so: Any) -> dict[str, Any]:
    """Return the first snapshot of a run that is as wanted."""
    while True:
        status, body, _ = await stage.ask("GET", f"/api/snapshot?state={state}")
        if status == 200 and is_so(body):
            return dict(body)


def test_deployments_are_listed_with_their_status_and_each_alone(tmp_path: Path, short: Path) -> None:
    shutil.copytree(short, tmp_path / "one")

    async def act(stage: Stage) -> None:
        await stage.come_in()
        await settled(stage, "one")
        listed = (await stage.get("/api/trading/deployments"))["deployments"]
        assert {row["id"]: row["status"] for row in listed} == {"cross": "stopped", "dips": "stopped"}
        for row in listed:
            assert await stage.get(f"/api/trading/deployment/{row['id']}") == row
        for path in ("deployment", "positions", "history"):
            status, body, _ = await stage.ask("GET", f"/api/trading/{path}/nobody")
            assert (status, "no deployment 'nobody'" in body["error"]["text"]) == (404, True)

    on_stage(tmp_path, act)


def test_positions_are_those_of_this_deployment_alone(tmp_path: Path, long: Path) -> None:
    played(tmp_path / "home" / "one", bars_when_both_hold(long))

    async def act(stage: Stage) -> None:
        await stage.come_in()
        shown = await settled(stage, "one")
        for name in ("cross", "dips"):
            rows = (await stage.get(f"/api/trading/positions/{name}"))["positions"]
            assert rows and {row["deployment"] for row in rows} == {name}
            assert {row["key"] for row in rows} == {key for key in shown["positions"] if key.startswith(f"{name}/")}

    on_stage(tmp_path / "home", act)


def test_history_is_newest_first_and_paged(tmp_path: Path, long: Path) -> None:
    shutil.copytree(long, tmp_path / "one")

    async def act(stage: Stage) -> None:
        await stage.come_in()
        await settled(stage, "one")
        whole = (await stage.get("/api/trading/history/dips?count=3000"))["trades"]
        assert len(whole) > 20
        closed = [int(row["closed_ts"]) for row in whole]
        assert closed == sorted(closed, reverse=True)
        pages: list[Any] = []
        before = ""
        while page := (await stage.get(f"/api/trading/history/dips?count=7{before}"))["trades"]:
            assert len(page) <= 7
            pages += page
            before = f"&before_seq={page[-1]['seq']}"
        assert pages == whole
        one = whole[0]
        assert {"closed_ts", "symbol", "side", "entry_px", "exit_px", "pnl", "pnl_share", "reason"} <= set(one)

    on_stage(tmp_path, act)


def held_at(told: Told, place: int) -> set[str]:
    """Return what the deployment `dips` held when the step at `place` was taken."""
    mine = {one.oid for step in told.entries for one in step.effects if getattr(one, "deployment", "") == "dips"
            and isinstance(one, fx.Submit)}  # fmt: skip
    sums: dict[str, Decimal] = {}
    for fill in (step.event for step in told.entries[:place]):
        if isinstance(fill, ev.Fill) and fill.oid in mine:
            sums[fill.instrument] = sums.get(fill.instrument, Decimal(0)) + fill.qty * fill.side.sign
    return {symbol for symbol, qty in sums.items() if qty}


def test_a_deployment_is_stopped_closed_and_may_be_stopped_again(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        await until(stage, "one", lambda shown: any(k.startswith("dips/") for k in shown["positions"]))
        for _ in range(2):
            status, body, _ = await stage.ask("POST", "/api/trading/stop/dips")
            assert (status, body["ok"]) == (200, True)
        shown = await until(stage, "one", lambda it: it["kills"] and it["kills"]["deployment:dips"]["is_done"])
        assert not any(key.startswith("dips/") for key in shown["positions"])
        assert shown["deployments"]["dips"]["status"] == "stopped"
        assert shown["deployments"]["cross"]["status"] == "active"
        # Behind its end it may be said once more as well.
        status, body, _ = await stage.ask("POST", "/api/trading/stop/dips")
        assert (status, body["ok"]) == (200, True)
        status, body, _ = await stage.ask("POST", "/api/trading/stop/nobody")
        assert (status, body["error"]["code"]) == (404, "E2409")

    with trading(tmp_path / "one"):
        on_stage(tmp_path, act)
    told = Told(states.journal(tmp_path / "one"))
    words = [n for n, entry in enumerate(told.entries) if isinstance(entry.event, ev.Command)]
    behind = [one for entry in told.entries[words[0] :] for one in entry.effects if isinstance(one, fx.Submit)]
    closing = [order.instrument for order in behind if order.deployment == "dips"]
    # On a busy machine a stop may have closed what was seen before the word came.
    assert len(words) == 3 and sorted(closing) == sorted(held_at(told, words[0])), "each holding is closed once"
    assert all(order.reduce_only for order in behind if order.deployment == "dips")


def test_an_emergency_stop_closes_everything_and_is_written_down_once(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        await until(stage, "one", lambda shown: shown["positions"])
        form = {"reason": "the market is mad"}
        status, body, _ = await stage.ask("POST", "/api/trading/emergency-stop", form)
        assert status == 200
        assert {name: one["ok"] for name, one in body["results"].items()} == {"one:cross": True, "one:dips": True}
        shown = await until(stage, "one", lambda it: it["kills"] and it["kills"]["all"]["is_done"])
        assert shown["positions"] == {}
        assert not any(row["is_open"] for row in shown["orders"].values())
        found = (await stage.get("/api/journal?state=one&count=3000&q=the market is mad"))["records"]
        commands = [row for row in found if row["kind"] == "Command"]
        assert len(commands) == 1
        assert "actor=web owner 127.0.0.1" in commands[0]["text"] and int(commands[0]["ts"]) > 0

    with trading(tmp_path / "one"):
        on_stage(tmp_path, act)


def test_every_action_has_its_row(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        await until(stage, "one", lambda shown: int(shown["run"]["seq"]) > 10)
        kinds = ["pause", "resume", "pause", "resume", "kill"]
        for n, kind in enumerate(kinds):
            form = {"state": "one", "kind": kind, "reason": f"audit {n}", "scope": "deployment:dips"}
            status, body, _ = await stage.ask("POST", "/api/command", form)
            assert (status, body["ok"]) == (200, True)
        await until(stage, "one", lambda shown: shown["kills"])
        found = (await stage.get("/api/journal?state=one&count=3000&q=reason=audit"))["records"]
        commands = [row["text"] for row in found if row["kind"] == "Command"][::-1]
        assert [f"kind={kind}" in text for kind, text in zip(kinds, commands, strict=True)] == [True] * len(kinds)
        for path in ("stop/cross", "emergency-stop"):
            status, _, _ = await stage.ask("POST", f"/api/trading/{path}", {"reason": "audit of all"})
            assert status == 200
        await until(stage, "one", lambda shown: "all" in shown["kills"])
        # As many rows as actions, whoever asked by whatever address: no more and no fewer.
        found = (await stage.get("/api/journal?state=one&count=3000&q=actor=web owner"))["records"]
        every = [row["text"] for row in found if row["kind"] == "Command"][::-1]
        assert [re.findall(r"\bscope=([\w:]+)", text)[0] for text in every] == [
            *["deployment:dips"] * 5, "deployment:cross", "all",
        ]  # fmt: skip

    with trading(tmp_path / "one"):
        on_stage(tmp_path, act)


def test_a_burst_is_held_back_and_stopping_never_is(tmp_path: Path) -> None:
    played(tmp_path / "one", 100)

    async def act(stage: Stage) -> None:
        await stage.come_in()
        found = [(await stage.ask("GET", "/api/states"))[0] for _ in range(25)]
        # The stage has asked once whether the server is there: twenty in a minute, and the one behind them no more.
        assert found == [200] * 19 + [429] * 6
        status, body, reply = await stage.ask("GET", "/api/states")
        assert (status, 0 < int(reply.headers["retry-after"]) <= 60) == (429, True)
        for _ in range(30):
            status, _, _ = await stage.ask("POST", "/api/trading/emergency-stop", {"state": "one"})
            assert status == 200
            status, _, _ = await stage.ask("POST", "/api/trading/stop/one:dips")
            assert status == 200

    on_stage(tmp_path, act, paces={**PACES, "read": 20})
    assert len(list(states.commands(tmp_path / "one"))) == 60


def test_a_restart_keeps_deployments(tmp_path: Path, short: Path) -> None:
    shutil.copytree(short, tmp_path / "one")
    seen: list[Any] = []

    async def act(stage: Stage) -> None:
        if not seen:
            await stage.come_in()
        else:
            status, body, reply = await stage.ask("POST", "/api/login", {"password": "seven quiet herons wade"}, {})
            assert status == 200
            stage.keep(body, reply)
        await settled(stage, "one")
        seen.append(await stage.get("/api/trading/deployments"))

    on_stage(tmp_path, act)
    on_stage(tmp_path, act)
    assert seen[0] == seen[1]
    assert Decimal(seen[0]["deployments"][0]["capital"]) == 60_000
