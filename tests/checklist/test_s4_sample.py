"""The sample of another system's guide as it stands: taken over, and run at the front of the broker that it names."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from openbell.edges.logs.book import MAIN
from openbell.run import state as states
from openbell.run.logbook import FOLDER
from openbell.run.reading import read_book
from tests.cli.process import Said, until
from tests.edges.brokers.stage import Stage
from tests.edges.brokers.waves import OPENED
from tests.house.source import ROOT

Caller = Callable[..., Said]
SAMPLE = ROOT / "examples" / "live-momentum" / "config" / "live_momentum_strategy.yaml"
NAME = "Live Momentum Strategy"
RISE = [20.0] * 40 + [20.6, 21.2, 21.8, 22.4] + [22.4] * 4000
"""Prices of minutes: more than the slow average needs, a rise of twelve percent, and calm."""


def recorded(folder: Path) -> Path:
    """Write minutes of what the sample trades; one of them stays where it is."""
    folder.mkdir()
    for symbol, prices in (("SPY", RISE), ("QQQ", [35.0] * len(RISE))):
        rows = ["ts,open,high,low,close,volume"]
        for n, px in enumerate(prices, 1):
            at = f"{OPENED + timedelta(minutes=n):%Y-%m-%dT%H:%M:00Z}"
            rows.append(f"{at},{px},{px},{px},{px},6000")
        (folder / f"{symbol}.csv").write_text("\n".join(rows) + "\n")
    return folder


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
    run = stage.begin("run", str(ours), "--state", str(state))

    def is_protected() -> bool:
        assert run.poll() is None, (tmp_path / "run.out").read_text()
        sent = [one["asked"] for one in stage.entries("request") if one["method"] == "POST"]
        return any(json.loads(text).get("stop_price") for text in sent)

    try:
        until(is_protected, "a position with its stop at the front")
    finally:
        stage.end(run)
    book = read_book(states.journal(state))
    (held,) = [one for one in book.truth.positions.values() if one.qty]
    assert (held.deployment, held.instrument, held.qty) == ("Live_Momentum", "SPY", 8)
    assert 8 * 22 < 200 < 9 * 23
    assert book.truth.title == NAME
    assert f"start: {NAME}: Live_Momentum on SPY, QQQ" in (tmp_path / "logs" / MAIN).read_text(encoding="utf-8")
    assert NAME in call("status", state).out
    page = tmp_path / "report.html"
    assert call("report", state, "--out", page).code == 0
    assert f"<title>{NAME}" in page.read_text(encoding="utf-8")
    assert (state / FOLDER).exists()
