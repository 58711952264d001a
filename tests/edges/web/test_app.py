"""What every answer has."""

from pathlib import Path

from openbell.edges.web.gate import HEADERS
from tests.run.web.stage import Stage, on_stage


def test_E11_every_answer_has_the_headers_that_keep_a_page_to_itself(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        for path in ("/api/health", "/api/states", "/api/nothing"):
            _, _, reply = await stage.ask("GET", path, None, {})
            for name, value in HEADERS.items():
                assert reply.headers[name] == value
            assert reply.headers["cache-control"] == "no-store"
            assert "server" not in reply.headers

    on_stage(tmp_path, act)
