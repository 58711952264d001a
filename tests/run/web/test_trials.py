"""Backtests asked for on the page."""

from pathlib import Path
from typing import Any

from openbell.core.types import NS
from openbell.run.clock import WallClock
from tests.run.web.stage import Stage, on_stage

WISH: dict[str, Any] = {
    "strategy": {"kind": "ema_cross", "options": {"fast": 3, "slow": 8}},
    "symbols": ["AURA"],
    "timeframe": "1h",
    "market": {"seed": 7, "days": 60},
    "risk": {"position_size": 0.1},
}


async def done(stage: Stage, key: str) -> dict[str, Any]:
    until = WallClock().now() + 300 * NS
    shares = [0.0]
    while WallClock().now() < until:
        row = await stage.get(f"/api/backtests/{key}")
        shares.append(row["share"])
        if row["status"] != "running":
            assert shares == sorted(shares), "progress goes forward alone"
            return dict(row)
    raise AssertionError(row)


def test_a_backtest_is_begun_followed_read_and_forgotten(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        status, begun, _ = await stage.ask("POST", "/api/backtests", WISH)
        assert (status, begun["status"], begun["title"]) == (202, "running", "ema_cross")
        _, plan, _ = await stage.ask("POST", "/api/trading/plan", WISH)
        assert begun["digest"] == plan["digest"], "what is tried is what would be deployed"
        row = await done(stage, begun["id"])
        assert (row["status"], row["share"], row["text"]) == ("done", 1.0, "")
        figures = row["figures"]
        assert figures["bars"] == 60 * 24 and figures["trades"] > 5 and figures["equity_end"]
        status, text, reply = await stage.ask("GET", f"/api/backtests/{begun['id']}/report")
        assert status == 200 and "attachment" in reply.headers["content-disposition"]
        assert text.startswith("<!doctype html>") and "ema_cross" in text
        assert [one["id"] for one in (await stage.get("/api/backtests"))["backtests"]] == [begun["id"]]
        status, _, _ = await stage.ask("DELETE", f"/api/backtests/{begun['id']}")
        assert status == 204
        status, _, _ = await stage.ask("GET", f"/api/backtests/{begun['id']}")
        assert status == 404

    on_stage(tmp_path, act)
