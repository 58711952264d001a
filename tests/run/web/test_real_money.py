"""Real money from the page, to its end: a live-mode exchange on this machine, keys in the vault, and a stop."""

import io
import json
import signal
import subprocess
import sys
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyotp
import pytest

from openbell.cli import perform
from openbell.core.types import NS
from openbell.run.clock import WallClock
from tests.cli.process import until
from tests.edges.brokers import waves
from tests.run.web.stage import Stage, on_stage
from tests.vaults import WORD, open_by

KEYS = {"LIVE_KEY": "PKCANARY71", "LIVE_SECRET": "CANARY-of-the-secret-5512"}
NUMBER = "PA3K9ZQ1L7XY"


@pytest.fixture
def front(tmp_path: Path) -> Any:
    """Start a front and return its address."""
    path = waves.write(tmp_path / "minutes", {"AAPL": (190.0, 3)}, minutes=400)
    ready = tmp_path / "ready"
    words = (
        "venue", "alpaca", "--port", "0", "--speed", "60x", "--symbols", "AAPL", "--data", str(path),
        "--cash", "87654.32 USD", "--key", KEYS["LIVE_KEY"], "--secret", KEYS["LIVE_SECRET"],
    )  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "openbell", *words, "--ready-file", str(ready)])
    until(ready.is_file, "the front")
    yield ready.read_text().strip()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=180)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home whose vault holds the keys."""
    open_by(tmp_path, monkeypatch)
    for name, value in KEYS.items():
        monkeypatch.setattr("sys.stdin", io.StringIO(value + "\n"))
        assert perform(["secrets", "set", name]) == 0
    return tmp_path / "home"


def wish(address: str, **change: Any) -> dict[str, Any]:
    options = {"key": "${vault:LIVE_KEY}", "secret": "${vault:LIVE_SECRET}", "url": address, "account": NUMBER}
    return {
        "strategy": {"kind": "ema_cross", "options": {"fast": 2, "slow": 3}}, "symbols": ["AAPL"], "mode": "live",
        "account": {"broker": "alpaca", "options": options}, "accepts_risk": True, "digits": NUMBER[-4:], **change,
    }  # fmt: skip


def test_S5_022_a_symbol_that_the_exchange_does_not_list_is_refused_before_anything_is_started(
    home: Path, front: str
) -> None:
    async def act(stage: Stage) -> None:
        await proven(stage)
        strange = wish(front, symbols=["AAPL", "ZZZQ"])
        _, body, _ = await stage.ask("POST", "/api/trading/plan", strange)
        wrong = [one for one in body["problems"] if not one["is_warning"]]
        assert (body["is_valid"], [one["field"] for one in wrong]) == (False, ["symbols"]), body["problems"]
        assert wrong[0]["text"].endswith("does not list ZZZQ")
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", strange)
        assert (status, body["error"]["code"], body["error"]["field"]) == (422, "E2423", "symbols"), body
        assert "does not list ZZZQ" in body["error"]["text"] and "AAPL" not in body["error"]["text"]
        assert (await stage.get("/api/trading/deployments"))["deployments"] == []
        _, made, _ = await stage.ask("POST", "/api/tokens", {"name": "eye", "scopes": ["read"]})
        reader = {"authorization": f"Bearer {made['token']}"}
        _, body, _ = await stage.ask("POST", "/api/trading/plan", wish(front, symbols=["MSFT"]), reader)
        assert body["is_valid"] and [one["field"] for one in body["problems"] if "asked yet" in one["text"]] == [
            "symbols"
        ]

    on_stage(home, act)
    assert not [path for path in home.iterdir() if (path / "config.yaml").exists()]


def there(address: str) -> dict[str, Any]:
    """Return the account as the exchange tells it to whoever has its keys."""
    headers = {"APCA-API-KEY-ID": KEYS["LIVE_KEY"], "APCA-API-SECRET-KEY": KEYS["LIVE_SECRET"]}
    with urllib.request.urlopen(urllib.request.Request(f"{address}/v2/account", headers=headers)) as reply:
        return dict(json.load(reply))


async def proven(stage: Stage) -> None:
    """Come in with a second factor, freshly proven."""
    await stage.come_in()
    _, factor, _ = await stage.ask("POST", "/api/second-factor/begin")
    form = {"secret": factor["secret"], "code": pyotp.TOTP(factor["secret"]).now()}
    status, _, _ = await stage.ask("POST", "/api/second-factor/confirm", form)
    assert status == 200


def test_real_money_is_deployed_tracked_and_stopped_and_its_keys_come_out_nowhere(home: Path, front: str) -> None:
    heard: list[str] = []

    async def act(stage: Stage) -> None:
        await proven(stage)
        status, body, _ = await stage.ask("POST", "/api/trading/plan", wish(front))
        heard.append(str(body))
        assert (status, body["is_valid"]) == (200, True), body
        status, body, _ = await stage.ask("POST", "/api/trading/deploy", wish(front, digest=body["digest"]))
        heard.append(str(body))
        assert (status, body.get("mode")) == (201, "live"), body
        state = body["state"]
        until_ts = WallClock().now() + 180 * NS
        while True:
            shown = await stage.get(f"/api/snapshot?state={state}")
            account = shown["accounts"]["main"]
            if account["line"] and account["line"]["is_up"]:
                break
            assert WallClock().now() < until_ts, account
        known = there(front)
        # Nothing but the exchange says so: the wish is for 100,000 dollars.
        assert Decimal(account["cash"]) == Decimal(known["cash"]) == Decimal("87654.32")
        assert Decimal(account["equity"]) == Decimal(known["portfolio_value"]) == Decimal("87654.32")
        assert (account["number_end"], account["is_simulated"]) == (NUMBER[-4:], True)
        assert account["armed_until_ts"] is not None
        for path in (f"/api/config?state={state}", f"/api/logs?state={state}", f"/api/journal?state={state}"):
            heard.append(json.dumps(await stage.get(path)))
        for path in ("/docs", "/openapi.json"):
            status, said, _ = await stage.ask("GET", path)
            assert (status, said["error"]["code"]) == (403, "E2415") and state in said["error"]["text"]
        status, said, _ = await stage.ask("POST", f"/api/trading/stop/{body['id']}")
        assert (status, said["ok"]) == (200, True), said
        status, again, _ = await stage.ask("POST", "/api/trading/deploy", wish(front))
        assert status == 201, ("right behind: its account is free once the first has ended", again)
        running = {row["id"]: row["is_running"] for row in (await stage.get("/api/states"))["states"]}
        assert not running[state]
        status, said, _ = await stage.ask("POST", f"/api/trading/stop/{again['id']}")
        assert (status, said["ok"]) == (200, True), said
        while any(row["is_running"] for row in (await stage.get("/api/states"))["states"]):
            pass
        assert "DeploymentConfig" in await stage.get("/docs")
        heard.append(json.dumps(shown))

    on_stage(home, act)
    vault = [path for path in home.rglob("*") if path.is_file() and "vault" in path.name]
    heard += [path.read_bytes().decode("latin-1") for path in home.rglob("*") if path.is_file()]
    assert vault and len(heard) > 10
    for text in heard:
        assert not [secret for secret in (*KEYS.values(), WORD) if secret in text], text[:200]
