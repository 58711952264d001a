"""The texts of a session; whole sessions are in the checklist's tests."""

from decimal import Decimal

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import Status
from openbell.report.console import (
    Narrator,
    Started,
    Words,
    status_word,
    text_banner,
    text_decision,
    text_plan,
    words_of,
)
from tests.core import build as b
from tests.core.build import d

STARTED = Started(mode="live", account="12345678", tickers=("AAPL",), max_daily_trades=20)


def test_the_plan_is_printed_as_documented() -> None:
    book = b.book()
    plan = text_plan(book, b.draft("buy", 10, limit=d("273.20")), Words(action="BUY", conviction=0.85), "live")
    assert (
        plan
        == """\
============================================================
EXECUTION PLAN
============================================================
Action: BUY
Ticker: AAPL
Shares: 10
Price: $273.20
Total Value: $2,732.00
Conviction: 0.85
Mode: LIVE
============================================================"""
    )


def test_a_banner_without_limits_says_so() -> None:
    lines = text_banner(Started(mode="sim", account="a", tickers=("X", "Y"))).splitlines()
    assert lines[6:9] == ["Max Daily Trades: no limit", "Max Position Size: no limit", "Kill Switch Threshold: none"]
    told = Started(mode="sim", account="a", tickers=(), max_daily_loss=Decimal("0.015"), max_position="$1.00")
    assert text_banner(told).splitlines()[7:9] == ["Max Position Size: $1.00", "Kill Switch Threshold: -1.5%"]


@pytest.mark.parametrize(
    ("signal", "action"),
    [(Code.SIGNAL_LONG, "BUY"), (Code.CROSS_UP, "BUY"), (Code.SIGNAL_FLAT, "SELL"), (Code.NO_SIGNAL, "HOLD")],
)
def test_a_decision_tells_its_side_its_numbers_and_its_share(signal: Code, action: str) -> None:
    spec = b.run_spec(b.deployment_spec(size=b.SizeSpec(kind="weight", value=d("0.05"))))
    made = fx.Decision(
        deployment="alpha", instrument="AAPL", signal=signal, code=signal, target=0.5, numbers=(1.5, float("nan"), 0.25)
    )
    words = words_of(b.book(spec), made, ("fast", "slow", "confidence"))
    assert (words.action, words.conviction, words.size) == (action, 0.25, d("0.025"))
    assert words.reasoning.endswith(": fast 1.5, confidence 0.25")
    assert text_decision(words).splitlines()[1:3] == ["Conviction: 0.25", "Position Size: 2.5%"]
    assert "not told" in text_decision(Words(action="HOLD"))


def test_statuses_have_the_words_of_a_brokers_screen() -> None:
    order = b.order()
    found = {}
    for status in Status:
        order.status = status
        found[str(status)] = status_word(order)
    assert found["working"] == "SUBMITTED" and found["partial"] == "PARTIALLY_FILLED" and found["filled"] == "FILLED"
    assert set(found.values()) == {
        "PENDING", "SUBMITTED", "PARTIALLY_FILLED", "FILLED", "CANCELLED", "REJECTED",
    }  # fmt: skip


def heard(level: str, effects: list[fx.Effect], event: ev.Event | None = None) -> list[str]:
    said: list[str] = []
    narrator = Narrator(lambda _, text: said.append(text), STARTED, {}, lambda: 0.0, level)
    narrator.watch(b.book(), event or b.command("stop"), effects)
    return said


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (Code.DAILY_TRADES, "WARNING: Daily trade limit reached (20) - skipping execution"),
        (Code.NO_MARK, "WARNING: No price data for AAPL - skipping"),
        (Code.MAX_POSITIONS, "WARNING: AAPL not ordered: R205 max_positions"),
    ],
)
def test_refusals_have_their_documented_lines(code: Code, line: str) -> None:
    refused = fx.Decision(deployment="alpha", instrument="AAPL", signal=Code.SIGNAL_LONG, code=code)
    assert heard("WARNING", [refused]) == [line]
    assert heard("ERROR", [refused]) == heard("", [refused]) == []


def test_alerts_are_said_at_their_level() -> None:
    made = [fx.Alert(level=level, key="k", text=level) for level in ("info", "warning", "error", "critical")]
    assert heard("INFO", list(made)) == ["INFO: info", "WARNING: warning", "ERROR: error", "ERROR: critical"]
    assert heard("ERROR", list(made)) == ["ERROR: error", "ERROR: critical"]
