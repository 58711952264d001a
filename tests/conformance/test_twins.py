"""Every stock strategy found: its compiled twin gives the same orders, fills and figures as the plain engine."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from openbell.config.starter import Answers, starter
from openbell.core.spec import ExitSpec, SizeSpec
from openbell.core.strategy import StockStrategy
from openbell.core.types import Instrument
from openbell.edges.calendars import sessions
from openbell.parts.rules import daily_loss, max_positions
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run import assemble, source
from openbell.run.compiled import why_plain
from openbell.run.parts import bind_strategy
from openbell.run.sessions import sessions_of
from openbell.run.verified import verify
from tests.conformance.market import DATA, kinds, module
from tests.core.build import account_spec, d, deployment_spec, run_spec
from tests.parts.kernels import build as b
from tests.parts.kernels.markets import random_run

b.begin()
CALENDARS = b.CACHE.parent / "calendars.json"
SHORT: dict[str, dict[str, Any]] = {
    "breakout": {"period": 5, "exit_period": 3},
    "ema_cross": {"fast": 2, "slow": 5},
    "mean_reversion": {"period": 5, "entry": 1.2, "exit": 0.2},
    "momentum": {"fast_period": 2, "slow_period": 5, "signal_threshold": "0.05%"},
    "smart_money": {"left": 1, "right": 2},
    "swing_trend_momentum": {"higher": "7m", "period": 3},
    "volume_breakout": {"period": 5, "exit_period": 3},
    "vwap": {"band": "0.05%", "min_bars": 2, "flat_before": "3m"},
}
"""Options with which short markets make many decisions; others play with their defaults."""


def bound(kind: str, options: dict[str, Any]) -> Any:
    found: Any = module("strategies", kind)
    return bind_strategy(kind, found, found.Config(**options))


STOCK = [kind for kind in kinds("strategies") if isinstance(bound(kind, {}), StockStrategy)]


def equal(prepared: Any, told: Any) -> dict[str, Any]:
    found = verify(prepared, told, b.CACHE)
    assert found["reason"] == "" and found["difference"] == ""
    return found["compiled"]


@pytest.mark.parametrize("kind", STOCK)
def test_its_twin_is_the_same_on_random_markets(kind: str) -> None:
    b.compiled_once()
    orders = 0
    for seed in range(24 if os.environ.get("OPENBELL_THOROUGH", "") in {"", "0"} else 600):
        prepared, told = random_run(seed)
        prepared.strategies = {name: bound(kind, SHORT.get(kind, {})) for name in prepared.strategies}
        if why_plain(prepared, told):
            continue
        found = verify(prepared, told, b.CACHE)
        assert found["difference"] == ""
        assert found["reason"].removeprefix("the compiled twin gave up: ") in b.GAVE_UP
        orders += found["compiled"]["orders"] if found["compiled"] else 0
    assert orders > 30


def file_of(symbol: str) -> Path:
    path = DATA / "us_equity_1m" / f"{symbol}_2024H1Q3.parquet"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    return path


EXITS = (
    ExitSpec(stop_loss=d("0.004"), take_profit=d("0.012")),
    ExitSpec(trail_frac=d("0.003"), take_profit=d("0.012")),
    ExitSpec(stop_atr=d("4"), trail_atr=d("2.5"), atr_period=20),
    ExitSpec(stop_loss=d("0.01"), trail_amount=d("1.37")),
)


@pytest.mark.parametrize(("kind", "exits"), [(kind, EXITS[n % len(EXITS)]) for n, kind in enumerate(STOCK)])
def test_its_twin_is_the_same_on_recorded_minutes(kind: str, exits: ExitSpec) -> None:
    b.compiled_once()
    assert equal(*recorded(bound(kind, {}), exits))["orders"] > 20


def recorded(strategy: Any, exits: ExitSpec) -> tuple[Any, Any]:
    """Return a run of a strategy over recorded minutes of two shares."""
    import polars as pl

    tables = []
    for symbol in ("NVR", "TYL"):
        rows = pl.read_parquet(file_of(symbol)).head(4_000)
        stamps = rows["ts"].cast(pl.Int64).to_numpy() * 1_000 + b.MINUTE_NS
        tables.append(b.table(symbol, rows.select("open", "high", "low", "close").to_numpy(), stamps, rows["volume"]))
    things = [Instrument(symbol=symbol, calendar="NYSE") for symbol in ("NVR", "TYL")]
    spec = run_spec(
        deployment_spec(
            instruments=("NVR", "TYL"),
            can_short=True,
            size=SizeSpec(kind="weight", value=d("0.3")),
            exits=exits,
        ),
        instruments=things,
        accounts=[account_spec(calendar="NYSE")],
    )
    fees = VenueOptions(fees=FeeModel(kind="per_share", rate=d("0.005"), minimum=d(1)), spread=d("0.0002"))
    rules = [b.rule(daily_loss, limit="3%"), b.rule(max_positions, limit=2)]
    prepared = b.prepared(spec, {"alpha": strategy}, rules, fees)
    begin, end = (pick(int(pick(t.ts)) for t in tables) for pick in (min, max))
    schedule = [event for event in sessions("NYSE", begin, end) if event.ts <= end + 1]
    return prepared, b.source(spec, tables, schedule)


def test_what_is_sized_by_confidence_has_the_same_parts_of_a_position() -> None:
    b.compiled_once()
    prepared, told = random_run(3)
    options = SHORT["momentum"] | {"size_by_confidence": True}
    prepared.strategies = {name: bound("momentum", options) for name in prepared.strategies}
    assert equal(prepared, told)["orders"] > 5


FREE: dict[str, dict[str, Any]] = {
    "pairs": {"period": 40, "entry": 1.5, "exit": 0.2},
    "rebalance": {"every": "session"},
}


@pytest.mark.parametrize("kind", FREE)
def test_strategies_of_several_instruments_have_a_twin_on_recorded_minutes(kind: str) -> None:
    b.compiled_once()
    assert equal(*recorded(bound(kind, FREE[kind]), ExitSpec()))["orders"] > 10


# --- files that say nothing of rules ------------------------------------------------------------------------------


def loaded(text: str, folder: Path, data: Path | None = None, until: int | None = None) -> Any:
    """Return a file's run, with every standard rule in force."""
    (folder / "config.yaml").write_text(text)
    found, shelves = assemble.read(folder / "config.yaml", {})
    prepared = assemble.prepare(found, shelves)
    assert {"order_rate", "stop_outs", "near_close", "drawdown"} <= {rule.kind for rule in prepared.rules}
    look_up = sessions_of(found.config.calendars, CALENDARS)
    feed, options = prepared.feed, prepared.feed_options
    if data is not None:
        feed, options = (
            shelves.feeds.module("parquet"),
            shelves.feeds["parquet"](path=data, source=SOURCES.get(data.name, "")),
        )
    assert feed is not None and options is not None
    return prepared, source.load(prepared.spec, feed, options, look_up, until)


@pytest.mark.parametrize("symbols", [("SPY", "QQQ"), ("005930", "000660")], ids=["stocks", "korea"])
@pytest.mark.parametrize("risk", ["low", "high"])
def test_the_first_file_of_the_wizard_has_a_twin(symbols: tuple[str, ...], risk: str, tmp_path: Path) -> None:
    b.compiled_once()
    found = equal(*loaded(starter(Answers(symbols=symbols, risk=risk)), tmp_path))
    assert found["orders"] > 20


def test_bars_of_a_day_are_traded_at_the_next_open_and_have_a_twin(tmp_path: Path) -> None:
    b.compiled_once()
    # The first half day of the year is the third of July.
    text = starter(Answers(bars="1d")).replace("days: 5", "days: 120")
    found = equal(*loaded(text, tmp_path))
    assert (found["fills"] > 5, found["rejected_by_reason"]) == (True, {})


RECORDED = {
    "us_equity_1m": ("{kind: stock}", "[NVR, TYL, MTD]", "1m", "2024-01-20"),
    "crypto_1m": (
        "{kind: crypto, currency: USD, lot: 0.0001, quantum: 0.0001}",
        "[BTCUSD, ETHUSD]",
        "1m",
        "2030-01-01",
    ),
}


SOURCES = {"crypto_1m": "selected"}
"""Which of several recordings of one instrument is taken."""


BY_NAME = """
rules:
  symbol_volatility: {days: 3, limit: 50%}
  portfolio_volatility: {days: 3, limit: 4%}
  correlation: {days: 3, limit: 0.2%}
  volatility_size: {days: 3, target: 15%}
  trading_hours: {hours: "10:00-15:30 America/New_York", weekends: false}
  watch: {exposure: 3%, trades: 5}
"""
"""Rules that are compiled and not in force where a file does not name them."""


@pytest.mark.parametrize(("name", "rules"), [*((name, "") for name in RECORDED), ("us_equity_1m", BY_NAME)])
def test_a_file_is_the_same_on_recorded_bars(name: str, rules: str, tmp_path: Path) -> None:
    data = DATA / name
    if not data.is_dir():
        pytest.skip(f"{name} is not at hand")
    b.compiled_once()
    kind, symbols, bars, until = RECORDED[name]
    currency = "USD"
    text = f"""
instruments: {{default: {kind}}}
accounts: {{main: {{broker: sim, cash: 100000 {currency}, fees: {{kind: per_notional, rate: 0.0005}}, spread: 0.02%}}}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 12, slow: 26}}
    instruments: {symbols}
    bars: {bars}
    account: main
    budget: {{capital: 100000 {currency}, per_position: 5%}}
    exits: {{stop_loss: 1%, take_profit: 2%}}
{rules}"""
    end = int(datetime.fromisoformat(until).replace(tzinfo=UTC).timestamp()) * 10**9
    assert equal(*loaded(text, tmp_path, data, end))["orders"] > 20
