"""`openbell notify`, and what `openbell run` starts beside itself."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.cli.process import CONFIG, Said, begin
from tests.edges.alerts.fakes import front


def test_a_state_whose_file_has_no_alerts_is_told(call: Callable[..., Said], finished: Path) -> None:
    said = call("notify", finished)
    assert said.code == 2
    assert "has no alerts" in said.err


def test_a_run_with_alerts_has_its_notifier_beside_it(tmp_path: Path) -> None:
    """From one command to a webhook: nothing else is started by hand, and the run ends by itself."""

    async def play() -> list[str]:
        async with front() as there:
            file = tmp_path / "c.yaml"
            file.write_text(f'{CONFIG}alerts: [{{url: "{there.url}/x", kinds: {{system: info}}}}]\n', encoding="utf-8")
            with begin(tmp_path, "run", file, "--state", tmp_path / "s", "--speed", "max", "--json") as run:
                out, err = await asyncio.to_thread(run.communicate)
                assert (run.returncode, out.count("\n"), "notifier of" in err) == (0, 1, True)
            return [asked.body["event"] for asked in there.taken]

    assert asyncio.run(play()) == ["engine_started", "engine_stopped"]
