"""Random runs for the identity of both engines: everything is drawn from one seed."""

from decimal import Decimal
from typing import Any

import msgspec
import numpy as np

from openbell.core.events import Schedule
from openbell.core.spec import ExitSpec, SizeSpec
from openbell.core.types import TickBand
from openbell.edges.feeds.table import BarTable, select
from openbell.parts.rules import (
    allow_list,
    concentration,
    cool_down,
    correlation,
    daily_loss,
    daily_trades,
    disconnect,
    drawdown,
    duplicate,
    gross_exposure,
    holding_period,
    kill,
    leverage,
    loss_streak,
    max_per_instrument,
    max_position,
    max_positions,
    min_cash,
    mismatch,
    monthly_loss,
    near_close,
    net_exposure,
    open_orders,
    order_notional,
    order_quantity,
    order_rate,
    order_timeout,
    portfolio_risk,
    portfolio_volatility,
    position_quantity,
    price_collar,
    price_drift,
    reject_streak,
    repeated_fills,
    self_match,
    session_hours,
    slippage,
    source_budget,
    stale_data,
    stop_outs,
    surveillance,
    symbol_volatility,
    trade_risk,
    trading_hours,
    volatility_size,
    watch,
    weekly_loss,
)
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


def random_run(seed: int, *, has_trails: bool = True) -> tuple[Prepared, Source]:
    """Return a run in which as much as possible happens.

    Without trailing stops and true ranges, which are drawn apart, a seed gives the run that it gave before there were
    any.
    """
    draw, apart = Draw(seed), Draw(seed + (1 << 40))
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
        made = _deployment(draw, name, own, cash)
        if has_trails:
            made = msgspec.structs.replace(made, exits=_trailed(apart, made.exits))
        deployments.append(made)
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
        kind=draw.one("stock", "stock", "fx", "crypto", "other"),
        group=draw.one("", "large"),
        sector=draw.one("", "metals", "cars"),
        issuer=draw.one("", "one"),
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
        overnight=draw.often(0.6),
        max_value=d(draw.one("0", "0", "0", "2500")),
        max_entries=draw.one(0, 0, 0, 4),
        max_loss=d(draw.one("0", "0", "0", "30")),
        max_drawdown=d(draw.one("0", "0", "0", "0.004")),
    )


def _trailed(draw: Draw, exits: ExitSpec) -> ExitSpec:
    """Return exits with a trailing stop, one of the ways to state it, or distances in true ranges; or as they are."""
    trail = draw.one(
        {},
        {},
        {"trail_frac": d(draw.one("0.0007", "0.003", "0.0123", "0.05"))},
        {"trail_amount": d(draw.one("0.01", "0.137", "1", "20"))},
        {"trail_atr": d(draw.one("0.5", "1", "2.75"))},
    )
    stop = {"stop_loss": d("0"), "stop_atr": d(draw.one("0.7", "2", "3.33"))} if draw.often(0.3) else {}
    return msgspec.structs.replace(exits, atr_period=draw.one(2, 5, 14), **stop, **trail)


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
        rule(
            drawdown,
            limit=d(draw.one("0.002", "0.02", "0.1")),
            reduce=draw.one("off", "0.001"),
            release=draw.one("session", "manual"),
        ),
        rule(max_position, limit=d(draw.one("0.02", "0.1", "1"))),
        rule(max_positions, limit=draw.whole(1, 5)),
        rule(duplicate, within=draw.one("0s", "1m", "5m")),
    ]
    if draw.often(0.5):
        # Also those that are in force where a file says nothing.
        made = [*made, *_more_rules(draw)]
    share = draw.one(0.35, 0.35, 1.0)
    kept = [one for one in made if draw.often(share)]
    if draw.often(0.5):
        draw.numbers.shuffle(kept)  # type: ignore[arg-type]  # a list is a sequence
    return kept


def _more_rules(draw: Draw) -> list[Any]:
    """Return every other rule that has a twin, mostly so loose that something is left to happen."""
    loose, some = draw.one("10000%", "100%", "30%"), draw.one("500%", "20%", "2%")
    units = {name: draw.one("1000000", "1000", "20") for name in order_quantity.CLASSES}
    streak = {"limit": draw.whole(1, 4), "within": draw.one("3m", "90m", "20h")}
    return [
        rule(order_quantity, **units),
        rule(position_quantity, **units),
        rule(order_notional, limit=draw.one(loose, "20000 USD")),
        rule(price_collar, other=d("0.05"), exits=d(draw.one("1", "1", "0.1", "0.005"))),
        rule(price_drift, limit=d(draw.one("1", "0.01", "0.0005")), within=draw.one("5m", "60m")),
        rule(repeated_fills, limit=draw.one(1000, 10, 2), within=draw.one("10m", "60m")),
        rule(order_rate, per_second=draw.one(1000, 5, 2), per_minute=draw.one(1000, 60, 3), breaches=draw.whole(1, 3)),
        rule(daily_trades, limit=draw.one(1000, 20, 3)),
        rule(open_orders, instrument=draw.one(50, 5, 2), account=draw.one(50, 6, 3)),
        rule(gross_exposure, limit=draw.one(loose, "30000 USD")),
        rule(net_exposure, limit=loose),
        rule(
            concentration,
            instrument=draw.one("off", some),
            sector=draw.one("off", some),
            issuer=draw.one("off", some),
            currency=draw.one("off", loose),
        ),
        rule(leverage, limit=d(draw.one("100", "1", "0.3"))),
        rule(min_cash, limit=d(draw.one("0", "0.1", "0.6"))),
        rule(trade_risk, limit=draw.one(some, "150 USD")),
        rule(portfolio_risk, limit=some, gap=d(draw.one("0", "0.005", "0.0123"))),
        rule(weekly_loss, limit=d(draw.one("0.002", "0.05")), release=draw.one("week", "week", "manual")),
        rule(monthly_loss, limit=d(draw.one("0.003", "0.08")), release=draw.one("month", "month", "manual")),
        rule(stop_outs, limit=draw.one(100, 4, 2), within=draw.one("24h", "90m")),
        rule(self_match),
        rule(allow_list, **draw.one({}, {}, {"deny": ("BBB",)}, {"instruments": ("AAA", "CCC")}, {"short": False})),
        rule(stale_data, bar=draw.one("15s", "1m"), slack=d(draw.one("0.2", "0.9"))),
        rule(near_close, entries=draw.one("0s", "5m", "30m"), flatten=draw.one("0s", "3m", "10m")),
        rule(holding_period, days=draw.one(10, 2, 1)),
        rule(slippage, limit=d(draw.one("0.5", "0.02", "0.004")), warn=draw.one("off", "0.003", "0.0005")),
        rule(surveillance, orders=draw.one(100, 5)),
        rule(cool_down, wait=draw.one("2m", "30m"), after=draw.one("loss", "stop", "exit")),
        rule(loss_streak, **streak, release=draw.one("session", "manual")),
        rule(max_per_instrument, limit=draw.whole(1, 2)),
        *(rule(module) for module in (order_timeout, mismatch, reject_streak, disconnect, source_budget)),
        *_rules_by_closes(draw),
        rule(
            trading_hours,
            hours=draw.one(None, "19:00-19:45 America/New_York", "00:20-00:10 UTC", "05:40-09:00 Asia/Kolkata"),
            weekends=draw.often(0.7),
        ),
        rule(
            watch,
            every=draw.one("30s", "1m", "7m", "25s"),
            **{name: draw.one("off", "1%", "0.05%") for name in watch.FIGURES},
            trades=draw.one(0, 2, 6),
        ),
    ]


def _rules_by_closes(draw: Draw) -> list[Any]:
    """Return the rules that look at closes of sessions; years and limits are such that they sometimes bind."""
    days, year = draw.one(2, 2, 3), draw.one(1, 252)
    return [
        rule(symbol_volatility, limit=draw.one("2%", "30%", "400%"), days=days, year=year),
        rule(portfolio_volatility, limit=draw.one("1%", "15%", "300%"), days=days, year=year),
        rule(correlation, above=draw.one("0%", "20%", "90%"), limit=draw.one("1%", "30%", "400 USD"), days=days),
        rule(
            volatility_size, target=draw.one("1%", "12.5%", "200%"), least=draw.one("5%", "33.3%"), days=days, year=year
        ),
    ]


def _schedule(draw: Draw) -> list[Schedule]:
    """Sessions with gaps, half days and a missing day, on two calendars."""
    found = []
    for calendar in ("day", "other"):
        begin = T0
        for day in range(draw.whole(3, 8)):
            span, pause = draw.one(30, 60, 45, 17) * MINUTE_NS, draw.one(0, 10, 20, 200) * MINUTE_NS
            end, after = begin + span, 2 if found and pause == 0 else 0
            date = f"2024-01-{27 + day:02d}" if day < 5 else f"2024-02-{day - 4:02d}"
            if not draw.often(0.1):
                told = Schedule(
                    ts=begin + after, calendar=calendar, date=date, open=begin, close=end, is_open=True,
                    goes_on=pause == 0,
                )  # fmt: skip
                found += [told, msgspec.structs.replace(told, ts=end + 1, is_open=False)]
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
