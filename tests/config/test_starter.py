"""The first file: every answer gives one that can be run, without a warning."""

from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from openbell.config.starter import APPETITES, MODES, Answers, alike, kind_of, starter
from openbell.core.types import MINUTE_NS
from openbell.run import assemble, source
from openbell.run.backtest import backtest
from openbell.run.sessions import sessions_of
from openbell.schema import Amount
from tools.tree import ROOT

DAY_NS = 1440 * MINUTE_NS
CALENDARS = ROOT / ".reports" / "calendars.json"
"""Sessions once computed are kept: those of the Korea Exchange take ten seconds."""


@pytest.mark.parametrize(("mode", "risk"), list(product(MODES, APPETITES)))
def test_every_choice_gives_a_file_without_a_warning(mode: str, risk: str, tmp_path: Path) -> None:
    file = tmp_path / "first.yaml"
    file.write_text(starter(Answers(mode=mode, risk=risk)), encoding="utf-8")
    loaded, found = assemble.read(file, {})
    prepared = assemble.prepare(loaded, found)
    assert [warning.code for warning in prepared.loaded.warnings] == (["L510"] if mode == "paper" else [])
    assert prepared.spec.mode == mode


@pytest.mark.parametrize(
    ("symbols", "kind", "currency"),
    [
        (("SPY", "ON", "true"), "stock", "USD"),
        (("005930", "000660"), "krx", "KRW"),
        (("EURUSD", "GBP/USD"), "fx", "USD"),
        (("BTCUSDT", "ETH-USD"), "crypto", "USD"),
        (("BTCUSDT", "ETHUSDT"), "crypto", "USDT"),
        (("BTC/EUR",), "crypto", "EUR"),
        (("BTCUSDT", "SPY"), "stock", "USD"),
    ],
)
def test_symbols_tell_what_they_are(symbols: tuple[str, ...], kind: str, currency: str, tmp_path: Path) -> None:
    assert kind_of(symbols) == kind
    file = tmp_path / "first.yaml"
    file.write_text(starter(Answers(symbols=symbols)), encoding="utf-8")
    loaded, _ = assemble.read(file, {})
    assert loaded.config.deployments[0].instruments == symbols
    assert loaded.config.accounts["main"].base == currency


@pytest.mark.parametrize(
    ("symbols", "found"),
    [
        (("AAPL", "EURUSD", "MSFT", "SPY"), ("AAPL", "MSFT")),
        (("BTCUSD", "BTCUSDT", "ETHUSD"), ("BTCUSD", "ETHUSD")),
        (("SPY",), ("SPY",)),
    ],
)
def test_what_is_proposed_is_of_one_kind_and_paid_with_one_currency(
    symbols: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert alike(symbols) == found


def test_recorded_bars_cash_and_alerts_stand_in_it(tmp_path: Path) -> None:
    answers = Answers(
        market=str(tmp_path / "my bars"), feed="csv", alerts=True, cash=Amount(Decimal(5000), "EUR"), bars="5m"
    )
    file = tmp_path / "first.yaml"
    file.write_text(starter(answers), encoding="utf-8")
    loaded, _ = assemble.read(file, {"ALERT_URL": "https://hook.example/abcdef"})
    source = loaded.config.source
    assert source is not None
    assert (source.kind, getattr(source.options, "path", None)) == ("csv", tmp_path / "my bars")
    assert loaded.config.deployments[0].budget.capital == Amount(Decimal(5000), "EUR")
    assert loaded.config.alerts.channels[0].options.url == "https://hook.example/abcdef"


@pytest.mark.parametrize(
    "symbols", [("SPY", "QQQ"), ("EURUSD", "GBPUSD"), ("USDJPY",), ("BTCUSDT", "ETHUSDT"), ("005930", "000660")]
)
def test_whatever_is_traded_the_first_file_trades_on_every_day_and_no_limit_ends_it(
    symbols: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "first.yaml"
    file.write_text(starter(Answers(symbols=symbols)), encoding="utf-8")
    loaded, found = assemble.read(file, {})
    prepared = assemble.prepare(loaded, found)
    assert not prepared.loaded.warnings
    look_up = sessions_of({}, CALENDARS)
    told = source.load(prepared.spec, prepared.feed, prepared.feed_options, look_up, None)
    result = backtest(prepared, told)
    days = {trade.exit_ts // DAY_NS for trade in result.recorder.trades}
    assert len(days) >= 5
    assert result.book.truth.latches == {}


def test_a_share_is_not_held_overnight_and_what_trades_round_the_clock_may_be() -> None:
    assert "overnight: false" in starter(Answers())
    assert "overnight: false" in starter(Answers(symbols=("005930",)))
    for answers in (Answers(symbols=("EURUSD",)), Answers(bars="1d", market="bars", feed="csv")):
        assert "overnight" not in starter(answers)
