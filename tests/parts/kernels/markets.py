"""Random runs for the identity of both engines: everything is drawn from one seed."""

from decimal import Decimal
from typing import Any

import numpy as np

from openbell.core.events import Schedule
from openbell.core.spec import ExitSpec, SizeSpec
from openbell.core.types import TickBand
from openbell.edges.feeds.table import BarTable, select
from openbell.parts.rules import daily_loss, drawdown, duplicate, kill, max_position, max_positions, session_hours
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run.assemble import Prepared
from openbell.run.source import Source
from tests.core.build import T0, account_spec, d, deployment_spec, instrument, run_spec
from tests.parts.kernels.build import MINUTE_NS, cross, prepared, rule, source, stock

LOTS = (
    ("1", "0.0001", "0.01", "1"),
    ("1", "0.01", "0.05", "1"),
    ("10", "0.01", "0.01", "1"),
    ("1", "0.0001", "0.25", "50"),
    ("0.001", "0.01", "0.01", "1"),
    ("0.00001", "0.001", "0.1", "1"),
    ("0.0003", "0.0001", "0.0002", "0.7"),
    ("1", "1", "1", "10"),
    ("0.5", "0.00001", "0.00005", "100"),
)


class Draw:
    """Choices from one seed."""

    def __init__(self, seed: int) -> None:
        self.numbers = np.random.default_rng(seed)

    def one(self, *choices: Any) -> Any:
        return choices[int(self.numbers.integers(len(choices)))]

    def often(self, share: float) -> bool:
        return bool(self.numbers.random() < share)

    def whole(self, low: int, high: int) -> int:
        return int(self.numbers.integers(low, high + 1))


def random_run(seed: int) -> tuple[Prepared, Source]:
    """Return a run in which as much as possible happens."""
    draw = Draw(seed)
    symbols = ["AAA", "BBB", "CCC"][: draw.whole(1, 3)]
    base = float(draw.one(3.0, 40.0, 100.0, 900.0))
    length = draw.whole(60, 260)
    things, tables, daily = [], [], draw.often(0.6)
    for symbol in symbols:
        thing = _instrument(draw, symbol)
        things.append(thing)
        steps = float(1 / thing.bands[0].tick)
        tables.append(_bars(draw, symbol, length, base, steps if draw.often(0.7) else 0.0, (base, daily)))
    cash = Decimal(draw.whole(1, 40)) * Decimal(5000)
    names = ["alpha", "beta"][: draw.whole(1, 2)]
    deployments, strategies = [], {}
    for name in names:
        own = tuple(symbols) if draw.often(0.6) else tuple(symbols[: draw.whole(1, len(symbols))])
        deployments.append(_deployment(draw, name, own, cash))
        strategies[name] = stock() if draw.often(0.8) else cross(draw.whole(2, 4), draw.whole(5, 9))
    account = account_spec(
        cash={"USD": cash},
        leverage=d(draw.one("1", "1", "2", "0.3", "1.5")),
        calendar=draw.one("day", "other") if daily else "24x7",
    )
    spec = run_spec(*deployments, instruments=things, accounts=[account])
    if draw.often(0.2):
        spec = type(spec)(**{name: getattr(spec, name) for name in spec.__struct_fields__} | {"max_jump": 1.5})
    schedule = _schedule(draw) if daily else None
    if daily:
        things = [type(i)(**{n: getattr(i, n) for n in i.__struct_fields__} | {"calendar": "day"}) for i in things]
        spec = type(spec)(
            **{n: getattr(spec, n) for n in spec.__struct_fields__} | {"instruments": {i.symbol: i for i in things}}
        )
    return prepared(spec, strategies, _rules(draw), _venue(draw)), source(spec, tables, schedule)


def _instrument(draw: Draw, symbol: str) -> Any:
    lot, quantum, tick, multiplier = draw.one(*LOTS)
    bands = [TickBand(above=d(0), tick=d(tick))]
    if draw.often(0.3):
        bands.append(TickBand(above=d(tick) * 5 * draw.whole(10, 3000), tick=d(tick) * 5))
    return instrument(
        symbol,
        lot=d(lot),
        quantum=d(quantum),
        bands=tuple(bands),
        multiplier=d(multiplier),
        can_short=draw.often(0.8),
        min_qty=d(draw.one("0", "0", "3", "0.002")),
        min_notional=d(draw.one("0", "0", "700", "12.345")),
    )


def _deployment(draw: Draw, name: str, symbols: tuple[str, ...], cash: Decimal) -> Any:
    size = draw.one(
        SizeSpec(kind="quantity", value=d(draw.one("1", "7.5", "30", "0.01"))),
        SizeSpec(kind="notional", value=d(draw.one("1000", "4321.5", "30000"))),
        SizeSpec(kind="weight", value=d(draw.one("0.05", "0.3", "0.999"))),
        SizeSpec(kind="weight", value=d("0.2")),
        SizeSpec(kind="risk", value=d(draw.one("0.001", "0.01", "0.05"))),
    )
    exits = ExitSpec(
        stop_loss=d(draw.one("0", "0.001", "0.004", "0.01", "0.03", "0.0123")),
        take_profit=d(draw.one("0", "0.002", "0.01", "0.05", "1.5")),
    )
    return deployment_spec(
        name,
        instruments=symbols,
        capital=cash * draw.one(1, 1, d("0.5"), d("0.1"), 3),
        size=size,
        exits=exits,
        max_positions=draw.one(0, 0, 1, 2),
        can_short=draw.often(0.6),
    )


def _venue(draw: Draw) -> VenueOptions:
    kind = draw.one("none", "per_share", "per_notional", "maker_taker")
    fees = FeeModel(
        kind=kind,
        rate=d(draw.one("0.005", "0.0001", "0.00123")),
        maker=d(draw.one("0", "-0.0001", "0.0002")),
        taker=d(draw.one("0.0005", "0.00033")),
        minimum=d(draw.one("0", "0", "1", "0.35")),
        maximum=d(draw.one("0", "0", "0.01", "0.0005")),
    )
    return VenueOptions(
        fees=fees,
        spread=d(draw.one("0", "0.0002", "0.001", "0.02")),
        slippage=d(draw.one("0", "0", "0.0001", "0.0033")),
        path=draw.one("pessimistic", "pessimistic", "low_first", "high_first"),
        limit_fill=draw.one("touch", "through"),
    )


def _rules(draw: Draw) -> list[Any]:
    made = [
        rule(kill),
        rule(session_hours, after_open=draw.one("0s", "5m"), before_close=draw.one("0s", "10m")),
        rule(daily_loss, limit=d(draw.one("0.0005", "0.005", "0.03")), release=draw.one("session", "manual")),
        rule(drawdown, limit=d(draw.one("0.002", "0.02", "0.1")), release=draw.one("session", "manual")),
        rule(max_position, limit=d(draw.one("0.02", "0.1", "1"))),
        rule(max_positions, limit=draw.whole(1, 5)),
        rule(duplicate, within=draw.one("0s", "1m", "5m")),
    ]
    kept = [one for one in made if draw.often(0.35)]
    draw.numbers.shuffle(kept)  # type: ignore[arg-type]  # a list is a sequence
    return kept


def _schedule(draw: Draw) -> list[Schedule]:
    """Sessions with gaps, half days and a missing day, on two calendars."""
    found = []
    for calendar in ("day", "other"):
        begin = T0
        for day in range(draw.whole(3, 8)):
            span, pause = draw.one(30, 60, 45, 17) * MINUTE_NS, draw.one(0, 10, 20, 200) * MINUTE_NS
            end, after = begin + span, 2 if found and pause == 0 else 0
            date = f"{calendar}{day}"
            if not draw.often(0.1):
                found.append(
                    Schedule(ts=begin + after, calendar=calendar, date=date, open=begin, close=end, is_open=True)
                )
                found.append(Schedule(ts=end + 1, calendar=calendar, date=date, open=begin, close=end, is_open=False))
            begin = end + pause
    return sorted(found, key=lambda event: event.ts)


def _bars(draw: Draw, symbol: str, length: int, base: float, steps: float, extra: tuple[float, bool]) -> BarTable:
    numbers, sigma = draw.numbers, draw.one(0.0005, 0.003, 0.01, 0.03)
    close = base * np.exp(np.cumsum(numbers.standard_normal(length) * sigma))
    gaps = np.exp(numbers.standard_normal(length) * sigma * draw.one(0.1, 1.0))
    open_ = np.concatenate(([base], close[:-1])) * gaps
    high = np.maximum(open_, close) * np.exp(np.abs(numbers.standard_normal(length)) * sigma * 0.7)
    low = np.minimum(open_, close) * np.exp(-np.abs(numbers.standard_normal(length)) * sigma * 0.7)
    grid = np.column_stack([open_, high, low, close])
    if steps:
        # On the tick, so that limits are met exactly.
        grid = np.maximum(np.round(grid * steps), 1.0) / steps
        grid[:, 1], grid[:, 2] = grid.max(axis=1), grid.min(axis=1)
    wishes = numbers.choice([0, 0, 0, 0, 1000, 1000, 2000, 3000, 5000, 9500], length) + numbers.integers(0, 900, length)
    ts = T0 + MINUTE_NS * (1 + np.arange(length))
    if draw.often(0.4):
        ts = ts + np.cumsum(numbers.choice([0, 0, 0, 1, 30], length)) * MINUTE_NS
    volume = wishes.astype(float)
    if draw.often(0.5):
        _spoil(draw, grid, ts, volume)
    made = BarTable(
        symbol=symbol,
        interval_ns=MINUTE_NS,
        ts=ts.astype(np.int64),
        open=grid[:, 0].copy(),
        high=grid[:, 1].copy(),
        low=grid[:, 2].copy(),
        close=grid[:, 3].copy(),
        volume=volume,
    )
    return select(made, np.sort(numbers.permutation(length)[: int(length * draw.one(1.0, 1.0, 0.8))]))


def _spoil(draw: Draw, grid: Any, ts: Any, volume: Any) -> None:
    """Put in what no feed should deliver, in place."""
    length = len(grid)
    for _ in range(draw.whole(1, 12)):
        row, column = draw.whole(0, length - 1), draw.whole(0, 3)
        sort = draw.whole(0, 7)
        if sort == 0:
            grid[row, column] = draw.one(np.nan, np.inf, -np.inf)
        elif sort == 1:
            grid[row, column] = draw.one(0.0, -1.0)
        elif sort == 2:
            grid[row, 1], grid[row, 2] = grid[row, 2], grid[row, 1]
        elif sort == 3:
            grid[row : row + draw.whole(1, 5)] *= draw.one(20.0, 0.05)
        elif sort == 4 and row:
            ts[row] = ts[row - 1]
        elif sort == 5:
            volume[row] = draw.one(-1.0, np.nan)
        elif sort == 6:
            grid[row:] *= draw.one(12.0, 0.06)
        else:
            grid[row] = np.nan
