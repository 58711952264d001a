"""Backtests over the wire that do not come to an end."""

from pathlib import Path

from tests.run.web.stage import Stage, on_stage
from tests.run.web.test_trials import WISH, done


def test_a_backtest_is_cancelled_and_a_bad_one_says_why(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        long = {**WISH, "timeframe": "1m", "market": {"days": 2000}}
        _, begun, _ = await stage.ask("POST", "/api/backtests", long)
        _, second, _ = await stage.ask("POST", "/api/backtests", long)
        status, body, _ = await stage.ask("POST", "/api/backtests", WISH)
        assert status == 409 and "cancel" in body["error"]["text"], "two at a time"
        for one in (begun, second):
            status, _, _ = await stage.ask("DELETE", f"/api/backtests/{one['id']}")
            assert status == 204
        _, more, _ = await stage.ask("POST", "/api/backtests", {**WISH, "market": {"kind": "recorded"}})
        row = await done(stage, more["id"])
        assert row["status"] == "failed" and "data" in row["text"] and row["figures"] is None
        status, body, _ = await stage.ask("GET", f"/api/backtests/{more['id']}/report")
        assert (status, body["error"]["code"]) == (404, "E2409")
        status, body, _ = await stage.ask("POST", "/api/backtests", {**WISH, "strategy": {"kind": "nothing"}})
        assert (status, body["error"]["field"]) == (422, "strategy.kind")

    on_stage(tmp_path, act)
