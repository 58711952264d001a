"""What requests may hold."""

import json
from pathlib import Path

from openbell.edges.web import forms
from tests.run.web.stage import PASSWORD, Stage, on_stage


def test_E20_what_is_wrong_with_a_request_is_said_without_its_values(tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        secret = "CANARY-8f1d"
        status, body, _ = await stage.ask("POST", "/api/setup", {"code": secret, "password": 5}, {})
        assert (status, body["error"]["field"]) == (422, "password")
        assert secret not in json.dumps(body) and "Traceback" not in json.dumps(body)
        status, body, _ = await stage.ask("POST", "/api/setup", {"code": "no", "password": PASSWORD, "x": 1}, {})
        assert (status, body["error"]["field"]) == (422, "x")
        assert forms.Problem(**body).error.id

    on_stage(tmp_path, act)
