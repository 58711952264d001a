"""What is answered has the documented form, page after page."""

from pathlib import Path
from typing import Any

from openbell.edges.web import answers
from tests.run.web.stage import Stage, home_with, on_stage, settled


def test_a_run_is_shown_in_the_documented_shape(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        await stage.ask("POST", "/api/trading/stop/small:cross")
        shown = await settled(stage, "small")
        snapshot = answers.Snapshot.model_validate(shown)
        assert snapshot.fills and snapshot.trades and snapshot.decisions and snapshot.orders
        past = answers.Standing.model_validate(await stage.get("/api/at?state=small&seq=900"))
        assert past.limits.keys() == snapshot.limits.keys()
        assert past.limits["main/weekly_loss"].state == "off" and past.limits["main/weekly_loss"].why_off
        session = snapshot.instruments["AAA"].session
        assert (session.zone, session.is_open) == ("America/New_York", False)
        assert session.next_ts is not None and int(session.next_ts) > int(snapshot.run.market_ts)
        assert snapshot.instruments["AAA"].tick == "0.01"

    on_stage(home_with(tmp_path, "small"), act)


def test_a_page_of_rows_is_of_what_was_asked_and_ends_between_two_records(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        await settled(stage, "small")
        whole = (await stage.get("/api/decisions?state=small&count=3000&symbol=AAA"))["decisions"]
        assert len(whole) > 700 and {row["symbol"] for row in whole} == {"AAA"}
        pages: list[Any] = []
        before = ""
        path = "/api/decisions?state=small&count=401&symbol=AAA&deployment=cross"
        while page := (await stage.get(path + before))["decisions"]:
            assert len(page) <= 401
            pages += page
            before = f"&before_seq={page[-1]['seq']}"
        assert pages == whole
        assert (await stage.get("/api/fills?state=small&deployment=nobody"))["fills"] == []

    on_stage(home_with(tmp_path, "small"), act)
