"""Views and commands over the wire."""

import threading
from pathlib import Path
from typing import Any

import pytest

from openbell.cli.shell.place import hold
from openbell.core.events import Command
from openbell.run import state as states
from openbell.run.clock import WallClock
from openbell.run.hatch import Hatch
from openbell.run.notebook import connect
from tests.run.web.stage import Stage, home_with, on_stage, settled


def test_a_state_is_shown_as_its_journal_tells_it(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        shown = await settled(stage, "small")
        (row,) = (await stage.get("/api/states"))["states"]
        assert (row["id"], row["badge"], row["is_running"]) == ("small", "sim", False)
        client = connect(tmp_path / "small")
        account = client._book.truth.accounts["main"]
        assert shown["accounts"]["main"]["equity"] == format(account.equity.normalize(), "f")
        assert len(shown["positions"]) == client.positions().height
        one = shown["deployments"]["cross"]
        assert one["trades"] == client.trades().height > 0
        assert one["status"] == "stopped"
        history = (await stage.get("/api/trading/history/cross?count=3000"))["trades"]
        assert [one["exit_px"] for one in history[::-1]] == [f"{px.normalize():f}" for px in client.trades()["exit_px"]]
        assert await stage.get("/api/trading/deployment/small:cross") == {**one, "state": "small"}
        listed = (await stage.get("/api/trading/deployments"))["deployments"]
        assert [row["id"] for row in listed] == ["cross"]
        held = (await stage.get("/api/trading/positions/cross"))["positions"]
        assert [row["key"] for row in held] == list(shown["positions"])
        points = (await stage.get("/api/equity?state=small&account=main"))["points"]
        assert points[-1][2] == shown["accounts"]["main"]["equity"]
        bars = (await stage.get("/api/bars?state=small&symbol=AAA&count=10"))["bars"]
        assert len(bars) == 10 and bars[-1][4] == float(shown["instruments"]["AAA"]["px"])
        assert (await stage.get("/api/journal/verify?state=small"))["is_sound"]

    on_stage(home_with(tmp_path, "small"), act)


def test_what_is_not_there_is_404_and_says_what_is(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        for path in (
            "/api/snapshot?state=nowhere", "/api/bars?state=a&symbol=ZZZ", "/api/equity?state=a&account=nobody",
            "/api/trading/deployment/nobody", "/api/trading/positions/a:nobody", "/static/nothing.js",
            "/static/..%2f..%2fapp.py", "/static/app.py",
        ):  # fmt: skip
            status, body, _ = await stage.ask("GET", path)
            assert (status, body["error"]["code"]) == (404, "E2409"), path
        status, body, _ = await stage.ask("GET", "/api/trading/deployment/cross")
        assert (status, body["error"]["code"]) == (409, "E2411"), "two runs have one of that name"
        status, _, _ = await stage.ask("GET", "/api/trading/deployment/a:cross")
        assert status == 200

    on_stage(home_with(tmp_path, "a", "b"), act)


def test_a_snapshot_that_one_has_is_not_sent_again(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        await settled(stage, "small")
        _, _, reply = await stage.ask("GET", "/api/snapshot?state=small")
        for _ in range(50):
            # On a slow machine the room may have looked at the state once more in between, and found it aged.
            tag = stage.headers(if_none_match=reply.headers["etag"])
            status, body, reply = await stage.ask("GET", "/api/snapshot?state=small", None, tag)
            if status == 304:
                break
        assert (status, body) == (304, "")

    on_stage(home_with(tmp_path, "small"), act)


def test_an_engine_answers_over_its_socket_and_an_emergency_reaches_all(tmp_path: Path) -> None:
    heard: list[Command] = []
    home_with(tmp_path, "one", "two", "three", "dark")
    # An engine goes on with what it has in memory, whatever becomes of its journal: it has to be stopped all the same.
    (states.journal(tmp_path / "dark") / "000001.seg").write_bytes(b"not a journal")

    def take(command: Command) -> dict[str, Any]:
        heard.append(command)
        return {"told": ["no"], "is_refused": command.reason == "refuse"}

    async def act(stage: Stage) -> None:
        await stage.come_in()
        form = {"state": "one", "kind": "pause", "reason": "lunch"}
        status, body, _ = await stage.ask("POST", "/api/command", form)
        assert (status, body["ok"], body["how"]) == (200, True, "answered")
        assert (heard[-1].kind, heard[-1].reason) == ("pause", "lunch")
        status, body, _ = await stage.ask("POST", "/api/command", {**form, "reason": "refuse"})
        assert (status, body["error"]["text"]) == (409, "no")
        status, body, _ = await stage.ask("POST", "/api/trading/stop/one:cross")
        assert body["ok"] and (heard[-1].scope, heard[-1].tier) == ("deployment:cross", 3)
        while len([row for row in (await stage.get("/api/states"))["states"] if row["is_running"]]) < 2:
            pass
        (dark,) = (await stage.get("/api/states"))["dark"]
        assert (dark["id"], dark["is_running"]) == ("dark", True) and "no first record" in dark["why"]
        status, body, _ = await stage.ask("POST", "/api/trading/emergency-stop", {})
        results = {name: one["ok"] for name, one in body["results"].items()}
        assert results == {"one:cross": True, "two:cross": True, "dark": True}
        assert [command.kind for command in heard[-3:]] == ["kill", "kill", "kill"]
        assert not states.journal(tmp_path / "three").joinpath("KILL").exists()

    hatches = [Hatch(tmp_path / name, take, WallClock()) for name in ("one", "two", "dark")]
    is_over = threading.Event()

    def listen() -> None:
        while not is_over.wait(0.005):
            for hatch in hatches:
                hatch.poll()

    engine = threading.Thread(target=listen)
    engine.start()
    for name in ("one", "two", "dark"):
        (states.journal(tmp_path / name) / "lock").write_text(str(threading.get_native_id()), encoding="ascii")
    try:
        with hold(tmp_path / "one"), hold(tmp_path / "two"), hold(tmp_path / "dark"):
            on_stage(tmp_path, act)
    finally:
        is_over.set()
        engine.join()
        for hatch in hatches:
            hatch.close()


def test_E6_going_on_where_money_may_be_real_needs_a_fresh_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a run that cannot be read nobody can tell whether its money is real: it counts as real."""
    home_with(tmp_path, "small", "dark")
    (states.journal(tmp_path / "dark") / "000001.seg").write_bytes(b"not a journal")

    async def act(stage: Stage) -> None:
        await stage.come_in()
        _, made, _ = await stage.ask("POST", "/api/tokens", {"name": "bot", "scopes": ["read", "trade"]})
        token = {"authorization": f"Bearer {made['token']}"}

        async def resume(state: str, headers: dict[str, str] | None = None) -> Any:
            form = {"state": state, "kind": "resume", "reason": "all is well"}
            status, body, _ = await stage.ask("POST", "/api/command", form, headers)
            return status, body.get("how") or body["error"]["code"]

        assert await resume("small", token) == (200, "waiting")
        assert await resume("dark", token) == (403, "E2402")
        assert await resume("dark") == (200, "waiting")
        monkeypatch.setattr("openbell.edges.web.sessions.STEPPED_UP_NS", -1)
        assert await resume("dark") == (403, "E2403")
        assert await resume("small") == (200, "waiting")
        form = {"state": "dark", "kind": "kill", "reason": "now"}
        status, _, _ = await stage.ask("POST", "/api/command", form, token)
        assert status == 200, "stopping needs no proof"

    on_stage(tmp_path, act)
