"""Real money is started by nobody in passing."""

from pathlib import Path
from typing import Any

import pyotp
import pytest

from openbell.edges.web.deploying import WARNING
from tests.run.web.stage import PASSWORD, Stage, home_with, on_stage

LIVE: dict[str, Any] = {"strategy": {"kind": "ema_cross"}, "symbols": ["AAA"], "mode": "live"}


def test_E6_SI3_live_needs_a_session_a_second_factor_a_second_proof_and_the_warning_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(stage: Stage) -> None:
        code = stage.told.link.partition("#open=")[2]
        status, body, reply = await stage.ask("POST", "/api/open", {"code": code}, {})
        stage.keep(body, reply)
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", LIVE)
        assert (status, body["error"]["code"]) == (403, "E2414"), "there is no owner yet"
        await stage.come_in()
        for mode, warning in (("live", WARNING), ("sim", "")):
            _, plan, _ = await stage.ask("POST", "/api/trading/plan", {**LIVE, "mode": mode})
            assert (plan["is_valid"], plan["warning"]) == (mode == "sim", warning)
        _, made, _ = await stage.ask("POST", "/api/tokens", {"name": "bot", "scopes": ["trade"]})
        trading = {"authorization": f"Bearer {made['token']}"}
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", LIVE, trading)
        assert (status, body["error"]["code"]) == (403, "E2402")
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", LIVE)
        assert (status, body["error"]["code"]) == (403, "E2414")
        _, factor, _ = await stage.ask("POST", "/api/second-factor/begin")
        totp = pyotp.TOTP(factor["secret"])
        form = {"secret": factor["secret"], "code": totp.now()}
        status, kept, _ = await stage.ask("POST", "/api/second-factor/confirm", form)
        assert status == 200
        recovery = iter(kept["recovery_codes"])
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", LIVE)
        assert (status, body["error"]["field"], body["error"]["text"]) == (422, "accepts_risk", WARNING)
        whole = {**LIVE, "accepts_risk": True, "digits": "1234"}
        with monkeypatch.context() as later:
            later.setattr("openbell.edges.web.sessions.STEPPED_UP_NS", -1)
            status, body, _ = await stage.ask("POST", "/api/trading/deploy", whole)
            assert (status, body["error"]["code"]) == (403, "E2403"), "the proof is too old"
        status, body, _ = await stage.ask("POST", "/api/step-up", {"password": PASSWORD})
        assert (status, body["error"]["code"]) == (403, "E2408"), "the password alone proves nothing any more"
        login = {"password": PASSWORD, "totp": next(recovery)}
        status, body, reply = await stage.ask("POST", "/api/login", login, {})
        assert status == 200
        stage.keep(body, reply)
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", {**LIVE, "accepts_risk": True})
        assert (status, body["error"]["field"]) == (422, "digits")
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", whole)
        assert status == 422 and body["error"]["code"] == "E2423", "then the plan says what is lacking"

    on_stage(home_with(tmp_path, "small"), act, has_link=True)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["small", "web"]
