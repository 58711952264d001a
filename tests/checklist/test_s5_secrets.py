"""Secrets of every kind are put in where they belong, and looked for wherever anything comes out."""

import asyncio
import json
import logging
from pathlib import Path

import pyotp
import pytest

from openbell.edges.web.policy import POLICIES
from openbell.run import assemble
from openbell.run.alerts.codes import issue
from openbell.run.alerts.notifier import Notifier
from openbell.run.clock import WallClock
from tests.checklist.market import Market, config, rows
from tests.cli.process import begin
from tests.edges.alerts.fakes import Asked, front
from tests.run.alerts.stage import TRADED
from tests.run.web.stage import Stage, opened, settled

SECRETS = {
    "ALERT_URL": "http://127.0.0.1:1/CANARY-hook-81f3", "BOT": "77:CANARYbot5521", "MAIL": "CANARY mail 9d0",
    "SMS": "CANARYsms4410",
}  # fmt: skip
PASSWORD = "CANARY wading heron 7"
ALERTS = (
    '[{url: "${ALERT_URL}", level: info}, {kind: telegram, token: "${BOT}", chats: ["7"], api: "http://127.0.0.1:1"},'
    ' {kind: email, server: 127.0.0.1, port: 1, user: a@example.com, password: "${MAIL}", to: [a@example.com]},'
    ' {kind: sms, sid: AC1, token: "${SMS}", sender: "+1555", to: ["+1556"], api: "http://127.0.0.1:1"}]'
)
FILLED = {"{id}": "s:t", "{key}": "none", "{path}": "index.html"}
QUERY = "?state=s&symbol=AAA&account=main&seq=3"


async def answers(stage: Stage) -> list[str]:
    """Return what every route answers to the owner: its text and its headers."""
    found = []
    for (method, template), policy in POLICIES.items():
        path = template
        for name, value in FILLED.items():
            path = path.replace(name, value)
        if policy.pace == "stop" or path.endswith(("logout", "logout-all")):
            continue
        body = {"state": "s", "channel": "webhook", "numbers": [], "config": "x", "password": PASSWORD}
        status, text, reply = await stage.ask(method, path + (QUERY if method == "GET" else ""), body)
        assert status != 500, (method, path)
        found.append(f"{method} {path} {status} {text} {dict(reply.headers)}")
    assert len(found) > 40
    return found


async def frames(stage: Stage) -> list[str]:
    """Return the first messages of the socket."""
    _, made, _ = await stage.ask("POST", "/api/ticket", {})
    address = stage.address.replace("http", "ws") + "/api/live"
    async with stage.http.ws_connect(address, origin=stage.address) as socket:
        await socket.send_json({"ticket": made["ticket"], "state": "s"})
        found = [(await socket.receive_str()) for _ in range(3)]
    assert any('"snapshot"' in one for one in found)
    return found


def test_S5_160_SI1_no_secret_comes_out_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("openbell.run.alerts.notifier.FAREWELL_NS", 0)
    caplog.set_level(logging.DEBUG)
    made = Market(tmp_path, config(head=f"alerts: {ALERTS}"), rows(list(TRADED)))
    assert made.run("--speed", "max") == 0
    loaded, found = assemble.read(made.file, SECRETS)
    clock = WallClock()
    one = Notifier(made.state, loaded.config.alerts, found.channels, clock)
    codes = issue(one.outbox, 3, clock.now())
    heard: list[str] = []
    secrets = {*SECRETS.values(), PASSWORD, "CANARY", *codes}

    async def play() -> None:
        over: list[bool] = []
        carrying = asyncio.create_task(one.run(lambda: bool(over)))
        async with opened(tmp_path, only=(made.state,)) as stage:
            form = {"code": stage.told.setup_code, "password": PASSWORD}
            _, body, reply = await stage.ask("POST", "/api/setup", form, {})
            stage.keep(body, reply)
            await settled(stage, "s")
            _, token, _ = await stage.ask("POST", "/api/tokens", {"name": "bot", "scopes": ["read"]})
            _, factor, _ = await stage.ask("POST", "/api/second-factor/begin")
            given = {"secret": factor["secret"], "code": pyotp.TOTP(factor["secret"]).now()}
            _, recovery, _ = await stage.ask("POST", "/api/second-factor/confirm", given)
            secrets.update((token["token"], factor["secret"], *recovery["recovery_codes"], stage.told.setup_code))
            heard.extend(await answers(stage))
            heard.extend(await frames(stage))
            # What a session is known by comes out where it is given, and nowhere else.
            assert not any(stage.cookie in text for text in heard)
        over.append(True)
        await carrying

    asyncio.run(play())
    one.close()
    heard.extend(record.getMessage() for record in caplog.records)
    # The owner's file keeps the second factor, which no code can be compared with otherwise: for its owner alone.
    own = tmp_path / "web" / "owner.json"
    assert own.stat().st_mode & 0o777 == 0o600
    heard.append(own.read_text(encoding="utf-8").replace(json.loads(own.read_bytes())["secret"], ""))
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != own]
    assert {"alerts.db", "audit.jsonl", "TradingSystem_main.log"} <= {path.name for path in files}
    heard.extend(path.read_bytes().decode("latin-1") for path in files)
    found_in = [(secret, text[:120]) for secret in secrets for text in heard if secret in text]
    assert found_in == []


BROKEN = '''\
"""Falls over with words that nobody may read."""

from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


PARAMS = ()
STATE = (("bars", "i8", 1),)


def step(state, params, row):
    raise ValueError("no log-in with CANARY-of-mine, nor with token=eyJhbGciOi")
'''


def test_S5_164_an_error_is_an_event_at_sentry_without_its_secrets(tmp_path: Path) -> None:
    async def play() -> list[Asked]:
        async with front() as there:
            dsn = there.url.replace("://", "://0123456789abcdef@") + "/7"
            hook = f"{{url: '{there.url}/hook', secret: CANARY-of-mine, level: error}}"
            head = f"alerts: [{{kind: sentry, dsn: '{dsn}', level: error}}, {hook}]"
            made = Market(tmp_path, config(head=head), rows(list(TRADED)))
            (tmp_path / "wishes.py").write_text(BROKEN, encoding="utf-8")
            with begin(tmp_path, "run", made.file, "--state", made.state, "--speed", "max", "--json") as run:
                await asyncio.to_thread(run.communicate)
                assert run.returncode == 0
            return there.taken

    taken = asyncio.run(play())
    (event,) = [one.body[2] for one in taken if one.path == "/api/7/envelope/"]
    assert (event["level"], event["environment"]) == ("fatal", "SIM")
    assert "ValueError: no log-in with ***, nor with token=***" in event["message"]["formatted"]
    assert event["tags"]["event"] == "system_error"
    (body,) = [one.body for one in taken if one.path == "/hook"]
    for secret in ("CANARY", "eyJhbGciOi", "0123456789abcdef"):
        assert secret not in str(event)
        assert secret not in str(body)
