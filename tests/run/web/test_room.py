"""Words for runs, and what is never shown."""

import json
from pathlib import Path

from openbell.run import state as states
from tests.run.web.stage import Stage, home_with, on_stage


def test_a_word_for_a_run_that_nobody_runs_waits_in_its_directory(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        form = {"state": "small", "kind": "kill", "close": True, "reason": "drill"}
        status, body, _ = await stage.ask("POST", "/api/command", form)
        assert (status, body["ok"], body["how"]) == (200, False, "waiting")
        ((_, command),) = states.commands(tmp_path / "small")
        assert command is not None
        assert (command.kind, command.tier, command.close, command.reason) == ("kill", 3, True, "drill")
        assert command.actor == "web owner 127.0.0.1"
        status, body, _ = await stage.ask("POST", "/api/command", {**form, "scope": "deployment:nobody"})
        assert (status, body["error"]["code"]) == (409, "E2412") and "known: cross" in body["error"]["text"]
        status, body, _ = await stage.ask("POST", "/api/command", {**form, "kind": "order"})
        assert (status, body["error"]["field"]) == (422, "kind")

    on_stage(home_with(tmp_path, "small"), act)


def test_SI1_no_secret_of_the_owner_is_ever_shown(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        _, made, _ = await stage.ask("POST", "/api/tokens", {"name": "board", "scopes": ["read", "trade"]})
        owner = json.loads((tmp_path / "web" / "owner.json").read_text(encoding="utf-8"))
        secrets = [made["token"], owner["password"], stage.cookie, *(t["digest"] for t in owner["tokens"].values())]
        for path in (
            "/api/session",
            "/api/states",
            "/api/snapshot?state=small",
            "/api/config?state=small",
            "/api/tokens",
        ):
            _, body, _ = await stage.ask("GET", path)
            assert not any(secret in json.dumps(body) for secret in secrets), path

    on_stage(home_with(tmp_path, "small"), act)
