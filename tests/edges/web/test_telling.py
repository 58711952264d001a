"""Messages over the wire where there are none, and how often a channel may be tried."""

from pathlib import Path

from openbell.edges.web.gate import PACES
from tests.run.web.stage import Stage, home_with, on_stage


def test_a_run_without_alerts_says_so(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        found = await stage.get("/api/alerts/told?state=small")
        assert (found["is_kept"], found["messages"]) == (False, [])
        for path, form in (("acknowledge", {}), ("try", {"channel": "x"})):
            status, body, _ = await stage.ask("POST", f"/api/alerts/{path}", {"state": "small", **form})
            assert status == 409 and "its file has no alerts" in body["error"]["text"]

    on_stage(home_with(tmp_path, "small"), act)


def test_a_test_may_cost_money_and_has_a_pace_of_its_own(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        form = {"state": "nowhere", "channel": "none"}
        found = [(await stage.ask("POST", "/api/alerts/try", form))[0] for _ in range(8)]
        assert found == [404] * 6 + [429] * 2

    on_stage(tmp_path, act, paces=PACES)
