"""What every answer has."""

from pathlib import Path

from tests.run.web.stage import Stage, on_stage

HEADERS = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}  # fmt: skip
"""Written down here: whoever weakens one has to weaken it twice."""


def test_E11_every_answer_has_the_headers_that_keep_a_page_to_itself(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        for path in ("/api/health", "/api/states", "/api/nothing"):
            _, _, reply = await stage.ask("GET", path, None, {})
            for name, value in HEADERS.items():
                assert reply.headers[name] == value
            assert reply.headers["cache-control"] == "no-store"
            assert "server" not in reply.headers

    on_stage(tmp_path, act)
