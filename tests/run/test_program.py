"""A run inside a program: awaited or in a thread, stopped, paused, killed, refused with its reason."""

import asyncio
import signal
from decimal import Context, getcontext, localcontext
from pathlib import Path
from typing import Any

import pytest

from openbell import (
    LiveTrader,
    LiveTradingConfig,
    LiveTradingEngine,
    NotAvailable,
    ProgramError,
    Status,
    StrategyConfig,
    TradingMode,
)
from openbell.config.program import ExecutionConfig
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.run.modes import ModeRefused
from openbell.run.source import SourceError
from tests.checklist.market import Told
from tests.cli.process import until

BUSY = Status.RUNNING, Status.PAUSED


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))


def config(**fields: Any) -> LiveTradingConfig:
    return LiveTradingConfig(**{"kis_account_no": "12345678", "tickers": ["AAPL", "NVDA"], **fields})


def slow(**fields: Any) -> LiveTradingConfig:
    """Return a run that takes some minutes by the clock, so that it can be spoken to on a busy machine too."""
    return config(speed="1200x", **fields)


def running(trader: LiveTrader) -> Told:
    """Start a trader and return its journal once decisions are in it."""
    assert trader.start(), trader.reason
    until(lambda: trader.get_status() in BUSY and trader.get_statistics().equity > 0, "the first decisions")
    assert trader.state is not None
    return Told(trader.state / "journal")


def test_an_engine_runs_to_the_end_and_tells_its_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    engine = LiveTradingEngine(config=config(mode=TradingMode.SIM))
    assert engine.state is None
    assert engine.get_metrics()["total_decisions"] == 0

    async def main() -> None:
        await engine.start()
        with pytest.raises(ProgramError, match="started before"):
            await engine.start()
        await engine.stop()

    asyncio.run(main())
    found = engine.get_metrics()
    parts = ("total_executions", "hold", "rejected", "skipped", "errors")
    assert found["total_decisions"] == sum(found[name] for name in parts) > 700
    assert found["total_executions"] == found["buy"] + found["sell"] > 5
    assert "SESSION METRICS" in found["text"] and f"Daily Trades: {found['daily_trades']}/20" in found["text"]
    assert capsys.readouterr().out.startswith("Executed Trades:\n  2024-01-0")


def test_an_engine_is_stopped_in_good_order_while_it_runs() -> None:
    engine = LiveTradingEngine(slow())

    async def main() -> None:
        task = asyncio.create_task(engine.start())
        await asyncio.to_thread(until, lambda: engine.get_metrics()["total_decisions"] > 20, "some decisions")
        with pytest.raises(ProgramError, match="started before"):
            await engine.start()
        await engine.stop()
        await task

    asyncio.run(main())
    decided = engine.get_metrics()["total_decisions"]
    assert 20 < decided < 700
    told = Told(engine.state / "journal")  # type: ignore[operator]  # it was started
    assert {order.oid for order in told.orders} == set(told.book.truth.orders)


def test_the_kill_switch_stops_entries_before_the_call_returns_and_is_opened_again() -> None:
    engine = LiveTradingEngine(slow())

    async def main() -> None:
        task = asyncio.create_task(engine.start())
        await asyncio.to_thread(until, lambda: engine.get_metrics()["total_decisions"] > 20, "some decisions")
        # As printed in the document, where the engine is awaited: the run goes on in a thread of its own.
        engine.activate_kill_switch("Manual override")
        assert [latch.kind for latch in _book(engine).truth.latches.values()] == ["kill"]
        engine.deactivate_kill_switch()
        assert _book(engine).truth.latches == {}
        await engine.stop()
        await task

    asyncio.run(main())
    told = Told(engine.state / "journal")  # type: ignore[operator]  # it was started
    given = [(c.kind, c.actor, c.reason) for c in told.events(ev.Command)]
    assert given == [("kill", "program", "Manual override"), ("enable", "program", "deactivated by the program")]


def test_no_entry_follows_the_kill_switch_whose_reason_is_kept_and_told() -> None:
    engine = LiveTradingEngine(slow())

    async def main() -> None:
        task = asyncio.create_task(engine.start())
        await asyncio.to_thread(until, lambda: engine.get_metrics()["total_decisions"] > 20, "some decisions")
        await asyncio.to_thread(engine.activate_kill_switch, "Manual override")
        await engine.stop()
        await task

    asyncio.run(main())
    engine.config.speed, engine.config.state = "max", engine.state
    rest = LiveTradingEngine(engine.config)
    asyncio.run(rest.start())
    told = Told(engine.state / "journal")  # type: ignore[operator]  # it was started
    at = next(n for n, entry in enumerate(told.entries) if isinstance(entry.event, ev.Command))
    after = [effect for entry in told.entries[at:] for effect in entry.effects]
    assert len(told.entries) - at > 500
    assert [effect for effect in after if isinstance(effect, fx.Submit) and not effect.reduce_only] == []
    assert any(isinstance(effect, fx.Decision) and effect.code in (Code.KILLED, Code.LATCHED) for effect in after)
    assert [a.level for a in told.effects(fx.Alert) if "Manual override" in a.text][:1] == ["critical"]
    assert "Manual override" in next(iter(told.book.truth.latches.values())).reason


def _book(engine: LiveTradingEngine) -> Any:
    return Told(engine.state / "journal").book  # type: ignore[operator]  # it was started


def test_what_cannot_be_done_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    for fields, error, text in (
        ({"mode": TradingMode.PAPER}, ModeRefused, "no broker is connected"),
        ({"mode": TradingMode.LIVE}, ModeRefused, "live needs a broker"),
        ({"execution": ExecutionConfig(retry_attempts=9)}, NotAvailable, "retry_attempts"),
        ({"kis_account_no": "12"}, ValueError, "8 digits"),
    ):
        with pytest.raises(error, match=text):
            asyncio.run(LiveTradingEngine(config(**fields)).start())
    assert not (tmp_path / "home").exists()
    with pytest.raises(SourceError):
        asyncio.run(LiveTradingEngine(config(data=tmp_path)).start())
    with pytest.raises(TypeError, match="give a LiveTradingConfig"):
        LiveTradingEngine({"mode": "sim"})  # type: ignore[arg-type]  # what a user may try
    with pytest.raises(ProgramError, match="nothing has been started"):
        LiveTradingEngine(config()).activate_kill_switch("early")


def test_a_trader_says_why_it_cannot_start() -> None:
    for fields, text in (
        ({"mode": TradingMode.LIVE}, "live needs a broker"), ({"strategies": [StrategyConfig(name="momentun", symbols=["A"])]}, "momentum"),
    ):  # fmt: skip
        trader = LiveTrader(config(**fields))
        assert trader.start() is False
        assert text in trader.reason
        assert trader.get_status() is Status.ERROR


def test_a_trader_runs_pauses_resumes_and_stops_and_its_figures_are_those_of_the_journal() -> None:
    with localcontext(Context(prec=9)):
        trader = LiveTrader(slow(account_name="Demo Account"))
        assert (trader.get_status(), trader.get_statistics().equity) == (Status.STOPPED, 0)
        heard = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        running(trader)
        # The process stays its owner's: what a signal means, and how it counts.
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == heard
        with pytest.raises(ProgramError, match="runs already"):
            trader.start()
        trader.pause("coffee")
        assert trader.get_status() is Status.PAUSED
        trader.resume()
        assert trader.get_status() is Status.RUNNING
        trader.stop()
        trader.stop()
        assert trader.get_status() is Status.STOPPED
        found = trader.get_statistics()
        assert getcontext().prec == 9
    told = Told(trader.state / "journal")  # type: ignore[operator]  # it was started
    account = told.book.truth.accounts["12345678"]
    assert (found.account_name, found.equity) == ("Demo Account", account.equity)
    assert found.total_pnl == account.equity - account.equity_start
    assert (found.total_trades, found.status) == (told.book.truth.counts.trades, Status.STOPPED)
    assert [c.kind for c in told.events(ev.Command)] == ["kill", "resume"]


def test_a_trader_goes_on_where_it_was_stopped() -> None:
    trader = LiveTrader(slow())
    running(trader)
    trader.stop()
    bars = Told(trader.state / "journal").book.truth.counts.bars  # type: ignore[operator]  # it was started
    trader.config.speed = "max"
    assert trader.start(), trader.reason
    assert trader.wait(300)
    told = Told(trader.state / "journal")  # type: ignore[operator]  # it was started
    assert bars < told.book.truth.counts.bars == 790


def test_a_person_in_the_program_answers_for_each_entry() -> None:
    asked: list[str] = []
    made = config()
    made.execution.confirm_trades = True
    trader = LiveTrader(made, person=lambda book, ask: asked.append(ask.id) or ("yes" if len(asked) == 2 else "no"))
    assert trader.start(), trader.reason
    assert trader.wait(300)
    told = Told(trader.state / "journal")  # type: ignore[operator]  # it was started
    assert len(asked) > 3 and len(told.entered) == 1
