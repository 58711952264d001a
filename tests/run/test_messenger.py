"""Services of a program's configuration get what its run has to say."""

import asyncio
from pathlib import Path

import pytest

from openbell import LiveTrader, LiveTradingConfig, StrategyConfig
from tests.edges.alerts.fakes import front

TOKEN = "12:canary-token"


def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LiveTrader:
    """Return a trader whose messages go to a bot; its keys stand in the environment."""
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path))
    config = LiveTradingConfig()
    config.add_strategy(StrategyConfig(name="momentum", symbols=["EURUSD"], parameters={"timeframe": "H1"}))
    config.notifications.services = ["telegram"]
    config.notifications.notification_levels = ["INFO", "WARNING", "ERROR", "CRITICAL"]
    return LiveTrader(config)


def test_a_bot_tells_that_the_run_has_begun_and_ended_and_no_file_holds_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play() -> list[str]:
        async with front() as there:
            for name, value in (("TELEGRAM_BOT_TOKEN", TOKEN), ("TELEGRAM_CHAT_ID", "7"),
                                ("OPENBELL__ALERTS__TELEGRAM__API", there.url)):  # fmt: skip
                monkeypatch.setenv(name, value)
            trader = told(monkeypatch, tmp_path)
            assert await asyncio.to_thread(trader.start), trader.reason
            await asyncio.to_thread(trader.wait)
            assert trader.reason == ""
            assert {one.path for one in there.taken} == {f"/bot{TOKEN}/sendMessage"}
            return [str(one.body["text"]) for one in there.taken]

    texts = asyncio.run(play())
    assert "Engine started" in texts[0] and "Engine stopped" in texts[-1]
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"Engine started" in written and TOKEN.encode() not in written


def test_a_key_that_is_missing_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)
    trader = told(monkeypatch, tmp_path)
    assert (trader.start(), "TELEGRAM_BOT_TOKEN is not set" in trader.reason) == (False, True)
