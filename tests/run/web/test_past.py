"""What was."""

from pathlib import Path
from typing import Any

from tests.run.web.stage import Stage, home_with, on_stage, settled


def test_the_past_is_shown_page_by_page_and_at_any_record(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        now = await settled(stage, "small")
        for what in ("decisions", "fills", "trades"):
            found: list[Any] = []
            before = ""
            while page := (await stage.get(f"/api/{what}?state=small&count=100{before}"))[what]:
                found += page
                before = f"&before_seq={page[-1]['seq']}"
            seqs = [row["seq"] for row in found]
            assert seqs == sorted(seqs, reverse=True)
            assert len(found) >= len(now[what])
        last = now["run"]["seq"]
        then = await stage.get(f"/api/at?state=small&seq={last}")
        for section in ("accounts", "positions", "orders", "instruments"):
            assert then[section] == now[section]
        first = await stage.get("/api/at?state=small&seq=1")
        assert first["positions"] == {} and first["accounts"]["main"]["equity"] == "100000"
        records = (await stage.get("/api/journal?state=small&count=5&q=submit"))["records"]
        assert len(records) == 5 and all("Submit(" in row["text"] for row in records)

    on_stage(home_with(tmp_path, "small"), act)
