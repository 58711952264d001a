"""Logs and calendars of what is shown."""

import json
from pathlib import Path

from tests.run.web.stage import Stage, home_with, on_stage


def test_logs_and_calendars_are_shown(tmp_path: Path) -> None:
    home = home_with(tmp_path, "small")
    logs = home / "small" / "logs"
    logs.mkdir(exist_ok=True)
    line = {"@timestamp": "2024-01-02T00:00:00Z", "log.level": "info", "message": "begun", "log.logger": "Engine"}
    text = "".join(json.dumps({**line, "message": f"step {n}"}) + "\n" for n in range(9)) + '{"cut'
    (logs / "TradingSystem_main.log").write_text(text, encoding="utf-8")

    async def act(stage: Stage) -> None:
        await stage.come_in()
        found = await stage.get("/api/logs?state=small&count=4")
        assert found["components"] == ["main"]
        assert [one["text"] for one in found["lines"]] == ["step 8", "step 7", "step 6"]
        assert [one["text"] for one in (await stage.get("/api/logs?state=small&q=STEP 3"))["lines"]] == ["step 3"]
        status, body, _ = await stage.ask("GET", "/api/logs?state=small&component=none")
        assert status == 404 and "it has main" in body["error"]["text"]
        status, _, _ = await stage.ask("GET", "/api/logs?state=small&component=../journal")
        assert status == 422
        (nyse,) = (await stage.get("/api/calendars?state=small&days=7"))["calendars"]
        assert (nyse["name"], nyse["zone"]) == ("NYSE", "America/New_York")
        assert 3 <= len(nyse["sessions"]) <= 6 and nyse["sessions"][0]["date"] >= "2024-01-03"

    on_stage(home, act)
