"""The sample of another system's guide as it stands: taken over, and run at the front of the broker that it names."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from openbell.core.codes import Code
from openbell.core.effects import Decision
from openbell.core.events import Bar, Event, Fill
from openbell.core.types import Side
from openbell.edges.logs.book import MAIN
from openbell.run import state as states
from openbell.run.logbook import FOLDER
from openbell.run.reading import read_book
from openbell.run.records import entries
from tests.cli.process import Said, until
from tests.edges.brokers.stage import Stage
from tests.edges.brokers.waves import OPENED
from tests.house.source import ROOT

Caller = Callable[..., Said]
SAMPLE = ROOT / "examples" / "live-momentum" / "config" / "live_momentum_strategy.yaml"
NAME = "Live Momentum Strategy"
WAVE = [20.0] * 100 + [20.6, 21.2, 21.8] + [22.4] * 300 + [21.8, 21.2, 20.6]
"""Prices of minutes: calm for longer than the slow average needs, a rise of twelve percent, calm, and a fall."""
WAVES = 20


def recorded(folder: Path) -> Path:
    """Write minutes of what the sample trades; one of them stays where it is."""
    folder.mkdir()
    for symbol, prices in (("SPY", WAVE * WAVES), ("QQQ", [35.0] * len(WAVE) * WAVES)):
        rows = ["ts,open,high,low,close,volume"]
        for n, px in enumerate(prices, 1):
            at = f"{OPENED + timedelta(minutes=n):%Y-%m-%dT%H:%M:00Z}"
            rows.append(f"{at},{px},{px},{px},{px},6000")
        (folder / f"{symbol}.csv").write_text("\n".join(rows) + "\n")
    return folder


def told(state: Path) -> Iterator[Event]:
    """Yield what a run was told."""
    return (entry.event for entry in entries(states.journal(state)))


def signals(state: Path) -> list[tuple[float, int, tuple[float, ...]]]:
    """Return close, signal and figures of each bar of SPY from the first rise to the first wish to buy."""
    found = [
        (entry.event.close, effect.signal, effect.numbers)
        for entry in entries(states.journal(state))
        if isinstance(entry.event, Bar) and entry.event.instrument == "SPY" and entry.event.close != WAVE[0]
        for effect in entry.effects
        if isinstance(effect, Decision)
    ]
    return found[: 1 + next(n for n, (_, signal, _) in enumerate(found) if signal == Code.SIGNAL_LONG)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A front of Alpaca's protocols that plays while somebody listens; it trades at any hour of this machine."""
    path = recorded(tmp_path / "minutes")
    made = Stage(tmp_path, "alpaca", "{url}", "--speed", "max", "--symbols", "SPY,QQQ", "--data", str(path))
    made.env |= {
        "ALPACA_API_KEY": "PKTEST", "ALPACA_SECRET_KEY": "secret",
        "OPENBELL__ACCOUNTS__MAIN__URL": (tmp_path / "paper.yaml").read_text(),
        "OPENBELL__INSTRUMENTS__DEFAULT__CALENDAR": "24x7", "OPENBELL__RULES__TRADING_HOURS__HOURS": "00:00-24:00",
        "OPENBELL__RULES__CONFIRMATION__WAIT": "2s", "OPENBELL__LOGGING__PATH": str(tmp_path / "logs"),
    }  # fmt: skip
    yield made
    made.end(made.front)


@pytest.mark.slow
def test_the_sample_is_taken_over_as_it_stands_and_trades_at_the_front(
    stage: Stage, call: Caller, tmp_path: Path
) -> None:
    ours, state = tmp_path / "ours.yaml", tmp_path / "state"
    said = call("config", "import", SAMPLE, "--out", ours)
    assert (said.code, said.out) == (0, f"wrote {ours}; next: openbell check {ours}\n")
    # Where this machine is so busy that the engine lags, entries wait while it does, and no minute longer.
    patient = "rules:\n  - {kind: disconnect, hold: 10h, cancel: 20h}\n"
    ours.write_text(ours.read_text(encoding="utf-8").replace("rules:\n", patient), encoding="utf-8")
    run = stage.begin("run", str(ours), "--state", str(state))

    def has_said(words: str) -> bool:
        return words in (tmp_path / "run.out").read_text()

    def is_protected() -> bool:
        assert run.poll() is None, (tmp_path / "run.out").read_text()
        sent = [one["asked"] for one in stage.entries("request") if one["method"] == "POST"]
        return any(json.loads(text).get("stop_price") for text in sent)

    try:
        for words in ("guardian of", "rules in force", "account main: alpaca", "main: READY"):
            until(partial(has_said, words), words)
        until(is_protected, "a position with its stop at the front")
    finally:
        stage.end(run)
    book = read_book(states.journal(state)).book
    bought = next(event for event in told(state) if isinstance(event, Fill))
    assert (bought.instrument, bought.side, bought.qty, bought.px) == ("SPY", Side.BUY, 8, Decimal("22.4"))
    assert 8 * bought.px < 200 < 9 * bought.px
    assert book.truth.title == NAME
    assert f"start: {NAME}: Live_Momentum on SPY, QQQ" in (tmp_path / "logs" / MAIN).read_text(encoding="utf-8")
    assert NAME in call("status", state).out
    page = tmp_path / "report.html"
    assert call("report", state, "--out", page).code == 0
    assert re.search(f"<title>[^<]*{NAME}", page.read_text(encoding="utf-8"))
    assert (state / FOLDER).exists()
    # The same file on the same minutes, by another verb: each bar is decided in the same way up to the first purchase.
    tested = tmp_path / "tested"
    words = ("backtest", str(ours), "--data", str(tmp_path / "minutes"), "--state", str(tested))
    assert stage.begin(*words).wait(timeout=180) == 0, (tmp_path / "backtest.out").read_text()
    live, past = signals(state), signals(tested)
    assert live == past
    assert live[-1][:2] == (22.4, Code.SIGNAL_LONG)
