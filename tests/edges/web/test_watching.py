"""Metrics over the wire."""

import re
from pathlib import Path

from openbell.run.web.gauges import NAMES
from tests.run.web.stage import Stage, home_with, on_stage, settled

SAMPLE = re.compile(r'^(openbell_[a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$')


def test_prometheus_is_told_what_the_snapshot_shows_to_who_may_read(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        await stage.come_in()
        shown = await settled(stage, "small")
        status, _, _ = await stage.ask("GET", "/metrics", None, {})
        assert status == 401
        _, made, _ = await stage.ask("POST", "/api/tokens", {"name": "prometheus", "scopes": ["read"]})
        reading = {"authorization": f"Bearer {made['token']}"}
        status, text, reply = await stage.ask("GET", "/metrics", None, reading)
        assert (status, reply.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        samples = [line for line in text.splitlines() if not line.startswith("#")]
        found = [SAMPLE.match(line) for line in samples]
        assert all(found) and {one.group(1) for one in found if one} <= set(NAMES)
        values = {
            one.group(1): float(one.group(3)) for one in found if one and "deployment" not in (one.group(2) or "")
        }
        account = shown["accounts"]["main"]
        assert values["openbell_equity"] == float(account["equity"])
        assert abs(values["openbell_drawdown_ratio"] - account["drawdown"]) < 1e-8
        assert (values["openbell_up"], values["openbell_records_total"]) == (0, shown["run"]["seq"])
        assert 'openbell_trades_total{state="small",deployment="cross",account="main"} ' in text
        for name in NAMES:
            assert f"# HELP {name} " in text and f"# TYPE {name} " in text

    on_stage(home_with(tmp_path, "small"), act)
