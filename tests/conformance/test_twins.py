"""Every stock strategy found: its compiled twin gives the same orders, fills and figures as the plain engine."""

import os
from pathlib import Path
from typing import Any

import pytest

from openbell.core.spec import ExitSpec, SizeSpec
from openbell.core.strategy import StockStrategy
from openbell.core.types import Instrument
from openbell.edges.calendars import sessions
from openbell.parts.rules import daily_loss, max_positions
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run.compiled import verify, why_plain
from openbell.run.parts import bind_strategy
from tests.conformance.market import DATA, kinds, module
from tests.core.build import account_spec, d, deployment_spec, run_spec
from tests.parts.kernels import build as b
from tests.parts.kernels.markets import random_run

b.begin()
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


def equal(prepared: Any, source: Any) -> dict[str, Any]:
    found = verify(prepared, source, b.CACHE)
    assert found["reason"] == "" and found["difference"] == ""
    return found["compiled"]


@pytest.mark.parametrize("kind", STOCK)
def test_its_twin_is_the_same_on_random_markets(kind: str) -> None:
    b.compiled_once()
    orders = 0
    for seed in range(24 if os.environ.get("OPENBELL_THOROUGH", "") in {"", "0"} else 600):
        prepared, source = random_run(seed)
        prepared.strategies = {name: bound(kind, SHORT.get(kind, {})) for name in prepared.strategies}
        if why_plain(prepared, source):
            continue
        found = verify(prepared, source, b.CACHE)
        assert found["difference"] == ""
        # A limit that only a person opens again is a kill, which only the plain engine carries out.
        assert found["reason"] == "" or "only a person opens again" in found["reason"]
        orders += found["compiled"]["orders"] if found["compiled"] else 0
    assert orders > 30


def file_of(symbol: str) -> Path:
    path = DATA / "us_equity_1m" / f"{symbol}_2024H1Q3.parquet"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    return path


@pytest.mark.parametrize("kind", STOCK)
def test_its_twin_is_the_same_on_recorded_minutes(kind: str) -> None:
    import polars as pl

    b.compiled_once()
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
            exits=ExitSpec(stop_loss=d("0.004"), take_profit=d("0.012")),
        ),
        instruments=things,
        accounts=[account_spec(calendar="NYSE")],
    )
    fees = VenueOptions(fees=FeeModel(kind="per_share", rate=d("0.005"), minimum=d(1)), spread=d("0.0002"))
    rules = [b.rule(daily_loss, limit="3%"), b.rule(max_positions, limit=2)]
    prepared = b.prepared(spec, {"alpha": bound(kind, {})}, rules, fees)
    begin, end = (pick(int(pick(t.ts)) for t in tables) for pick in (min, max))
    schedule = [event for event in sessions("NYSE", begin, end) if event.ts <= end + 1]
    source = b.source(spec, tables, schedule)
    assert equal(prepared, source)["orders"] > 20


def test_what_is_sized_by_confidence_says_why_it_runs_plain() -> None:
    b.compiled_once()
    prepared, source = random_run(3)
    options = SHORT["momentum"] | {"size_by_confidence": True}
    prepared.strategies = {name: bound("momentum", options) for name in prepared.strategies}
    assert "part of a full position" in verify(prepared, source, b.CACHE)["reason"]
