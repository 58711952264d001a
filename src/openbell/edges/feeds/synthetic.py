"""A seeded synthetic market: invented bars, the same on every machine.

Prices walk in regimes (calm, up, down, volatile), jump now and then, gap over closed hours, and move and trade more
at the edges of a session than in its middle. All chance comes from `core/draw`, counted by the bar's instant, and the
arithmetic is `+ - * /` and floor on single elements: no draw depends on how many days or instruments there are.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import numpy as np
from pydantic import Field, field_validator

from openbell.core import draw
from openbell.core.events import Schedule
from openbell.core.types import DAY_NS, NS
from openbell.edges.feeds.chance import normals, uniforms
from openbell.edges.feeds.table import BarTable, Floats, Ints, Request, within
from openbell.schema import Fraction, Number, PartConfig, Span, Text

_SESSIONS_A_YEAR = 252.0
_REGIME_BARS = 120.0
"""A regime lasts this many bars on average."""
_REGIME_SPREAD = np.array([0.6, 0.9, 0.9, 1.9])
"""Spread of returns in the regimes calm, up, down and volatile, in units of the configured volatility."""
_REGIME_DRIFT = np.array([0.0, 0.06, -0.06, 0.0])
"""Mean return of a bar in each regime, in the same units."""
_CALM_SHARE, _UP_SHARE, _DOWN_SHARE = 0.45, 0.65, 0.85
"""Cumulative chances of the next regime."""
_JUMP_CHANCE = 0.0005
_JUMP_SIZE = 6.0
"""A jump's spread, in units of a bar's."""
_GAP_SHARE = 0.5
"""A closed night's spread as a share of a session's."""
_STEPS = 4
"""Points of a bar's path: its open, two between, its close."""
_AUCTION_VOLUME = 8.0
"""The closing auction trades as much as this many bars."""
_CHEAP = 5.0
"""Below this price the default tick is that of a currency pair."""


class Config(PartConfig):
    """A synthetic market.

    Attributes:
        seed: Another seed is another market.
        days: Number of sessions.
        start: Date of the first session, or a date before it.
        interval: Length of a bar; 1d makes a bar a session.
        prices: Price at the start by symbol, quote currency; others get one between 20 and 500 from their name.
        ticks: Step of prices by symbol; default 0.01, and 0.00001 for what starts below 5.
        volatility: About the spread of a year's returns.
        correlation: Share of variance that all instruments have in common.
        source: Chooses among overlapping files where `--data` puts recorded bars in this market's place; invented
            bars never overlap.
    """

    seed: int = 1
    days: int = Field(default=5, ge=1, le=10_000)
    start: date = date(2024, 1, 2)
    interval: Span = 60 * NS
    prices: dict[str, Number] = Field(default_factory=dict)
    ticks: dict[str, Number] = Field(default_factory=dict)
    volatility: Fraction = Decimal("0.25")
    correlation: Fraction = Decimal("0.3")
    source: Text | None = None

    @field_validator("interval")
    @classmethod
    def _length(cls, value: int) -> int:
        if not NS <= value <= DAY_NS:
            raise ValueError("a synthetic bar is from 1s to 1d long")
        return value

    @field_validator("prices", "ticks")
    @classmethod
    def _above_zero(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        if any(number <= 0 for number in value.values()):
            raise ValueError("must be above 0")
        return value

    @field_validator("volatility", "correlation")
    @classmethod
    def _share(cls, value: Decimal) -> Decimal:
        if not 0 <= value <= 1:
            raise ValueError("must be from 0 to 100%")
        return value


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """The bars of one instrument before they have prices; all arrays of shape (n,).

    Attributes:
        counters: Opens of the bars, UTC ns, int64: they count the draws.
        ts: Closes, UTC ns, int64.
        place: Where in its session a bar stands, from 0 (open) to 1 (close), float64.
        is_first, is_auction: First bar after closed hours; closing auction; bool.
        spread: Standard deviation of a bar's return, as a fraction, float64.
    """

    counters: Ints
    ts: Ints
    place: Floats
    is_first: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    is_auction: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    spread: Floats


def load(config: Config, request: Request) -> list[BarTable]:
    """Return a table of invented bars for each requested symbol; `is_synthetic` is set.

    Where a calendar closes between sessions, a row stamped at the close carries the closing auction. Bars that would
    reach beyond the close are left out.

    Raises:
        ValueError: The calendar has too few sessions, or no bar fits into a session.
    """
    tables = []
    shared: dict[bytes, list[Floats]] = {}
    for symbol in request.symbols:
        days = _sessions(config, symbol, request)
        grid = _grid(config, symbol, days)
        # Instruments of the same hours have the same draws in common: they are made once.
        moves = shared.setdefault(grid.counters.tobytes(), [])
        moves += [] if moves else _in_common(config.seed, grid.counters)
        tables.append(within(_table(config, symbol, grid, days, moves), request))
    return tables


def start_price(config: Config, symbol: str) -> float:
    """Return the price at which an instrument begins."""
    return float(config.prices[symbol]) if symbol in config.prices else _default_price(config.seed, symbol)


def ending_at(table: BarTable, price: float) -> BarTable:
    """Return bars with prices moved by one factor, so that they end at `price`.

    They are rounded to its default tick.
    """
    factor, tick = price / table.close[-1], _default_tick(price)
    return replace(
        table,
        open=_on_grid(table.open * factor, tick),
        high=_on_grid(table.high * factor, tick),
        low=_on_grid(table.low * factor, tick),
        close=_on_grid(table.close * factor, tick),
    )


def _sessions(config: Config, symbol: str, request: Request) -> list[Schedule]:
    """Return the opening events of the configured number of sessions."""
    begin = int(datetime(config.start.year, config.start.month, config.start.day, tzinfo=UTC).timestamp()) * NS
    # Two of three days trade at least, but for a run of holidays: a fortnight allows for that.
    end = begin + (config.days * 3 // 2 + 14) * DAY_NS
    first = config.start.isoformat()
    # A session may begin on the evening before its date.
    found = [event for event in request.sessions(symbol, begin - 2 * DAY_NS, end) if event.is_open]
    found = [event for event in found if event.date >= first]
    if len(found) < config.days:
        raise ValueError(f"{symbol}: its calendar has {len(found)} sessions from {config.start} on, not {config.days}")
    return found[: config.days]


def _grid(config: Config, symbol: str, days: Sequence[Schedule]) -> Grid:
    """Return the stamps of all bars of an instrument."""
    volatility = float(config.volatility)
    opens, closes, places, firsts, auctions, spreads = [], [], [], [], [], []
    for i, day in enumerate(days):
        span = day.close - day.open
        is_whole = config.interval == DAY_NS
        count = 1 if is_whole else span // config.interval
        if count == 0:
            raise ValueError(f"{symbol}: no bar of {config.interval // NS} s fits into the session of {day.date}")
        has_auction = not is_whole and (i + 1 == len(days) or days[i + 1].open > day.close) and span < DAY_NS
        rows = np.arange(count + has_auction, dtype=np.int64)
        length = span if is_whole else config.interval
        open_ts = day.open + rows * length
        if has_auction:
            open_ts[-1] = day.close
        opens.append(open_ts)
        closes.append(open_ts + length)
        places.append((rows + 0.5) / (count + has_auction))
        firsts.append((rows == 0) & (i == 0 or days[i - 1].close < day.open))
        auctions.append(rows >= count)
        session = volatility / np.sqrt(_SESSIONS_A_YEAR)
        spreads.append(np.full(len(rows), session / np.sqrt(float(count))))
    return Grid(
        counters=np.concatenate(opens),
        ts=np.concatenate(closes),
        place=np.concatenate(places),
        is_first=np.concatenate(firsts),
        is_auction=np.concatenate(auctions),
        spread=np.concatenate(spreads),
    )


def _table(config: Config, symbol: str, grid: Grid, days: Sequence[Schedule], shared: list[Floats]) -> BarTable:
    """Return the bars of one instrument: a path of `_STEPS` points a bar, rounded to the tick."""
    start = start_price(config, symbol)
    tick = config.ticks.get(symbol, _default_tick(start))
    regimes = _regimes(config.seed, symbol, grid.counters)
    edge = 2.0 * grid.place - 1.0
    busy = 0.7 + 0.9 * edge * edge
    moves = _returns(config, symbol, grid, (_REGIME_SPREAD[regimes] * busy, _REGIME_DRIFT[regimes]), shared)
    factors = 1.0 + moves
    path = start * np.multiply.accumulate(factors.reshape(-1)).reshape(factors.shape)
    points = _on_grid(path, tick)
    if config.interval != DAY_NS:
        points[grid.is_auction] = points[grid.is_auction, :1]
    volume = _volume(config.seed, symbol, grid, busy * _REGIME_SPREAD[regimes])
    is_whole = config.interval == DAY_NS
    return BarTable(
        symbol=symbol,
        interval_ns=config.interval,
        ts=grid.ts,
        open=np.ascontiguousarray(points[:, 0]),
        high=_extreme(points, np.maximum),
        low=_extreme(points, np.minimum),
        close=np.ascontiguousarray(points[:, -1]),
        volume=volume,
        spans=grid.ts - grid.counters if is_whole else None,
        source=f"synthetic, seed {config.seed}",
        notes=[f"{symbol}: synthetic bars of {len(days)} sessions, seed {config.seed}"],
        is_synthetic=True,
    )


def _default_tick(price: float) -> Decimal:
    """Return the tick of what starts at a price."""
    return Decimal("0.01") if price >= _CHEAP else Decimal("0.00001")


def _default_price(seed: int, symbol: str) -> float:
    """Return a price between 20 and 500 in whole cents."""
    return float(2_000 + draw.draw(seed, f"synthetic/{symbol}/price", 0) % 48_000) / 100.0


def _regimes(seed: int, symbol: str, counters: Ints) -> Ints:
    """Return the regime of each bar, 0 to 3: it switches at random, else it stays."""
    switches = uniforms(seed, f"synthetic/{symbol}/switch", counters) < 1.0 / _REGIME_BARS
    switches[:1] = True
    choice = uniforms(seed, f"synthetic/{symbol}/regime", counters)
    kinds = (choice >= _CALM_SHARE).astype(np.int64) + (choice >= _UP_SHARE) + (choice >= _DOWN_SHARE)
    latest = np.maximum.accumulate(np.where(switches, np.arange(len(counters)), 0))
    regimes: Ints = kinds[latest]
    return regimes


def _in_common(seed: int, counters: Ints) -> list[Floats]:
    """Return what moves all instruments alike, for each point of a bar's path."""
    return [normals(seed, f"synthetic/market/{step}", counters) for step in range(_STEPS)]


def _returns(
    config: Config, symbol: str, grid: Grid, regime: tuple[Floats, Floats], common_moves: list[Floats]
) -> Floats:
    """Return the returns from point to point as fractions, float64 of shape (n, _STEPS), none below -1/2."""
    seed, n, (spread, drift) = config.seed, grid.counters, regime
    common = np.sqrt(float(config.correlation))
    own = np.sqrt(1.0 - float(config.correlation))
    bar = grid.spread * spread
    # The open differs from the close before by little, but after closed hours by a gap; the other points share
    # the bar's variance evenly.
    parts = np.full((len(n), _STEPS), 1.0 / np.sqrt(_STEPS - 1.0)) * bar[:, None]
    parts[:, 0] = bar * 0.1
    session = float(config.volatility) / np.sqrt(_SESSIONS_A_YEAR)
    parts[grid.is_first, 0] = _GAP_SHARE * session
    moves = np.empty(parts.shape)
    for step in range(_STEPS):
        alone = normals(seed, f"synthetic/{symbol}/{step}", n)
        moves[:, step] = parts[:, step] * (common * common_moves[step] + own * alone)
    moves[:, 1] += drift * grid.spread
    jumps = uniforms(seed, f"synthetic/{symbol}/jump", n) < _JUMP_CHANCE
    moves[:, 2] += np.where(jumps, _JUMP_SIZE * bar * normals(seed, f"synthetic/{symbol}/size", n), 0.0)
    bounded: Floats = np.minimum(np.maximum(moves, -0.5), 1.0)
    return bounded


def _on_grid(path: Floats, tick: Decimal) -> Floats:
    """Return prices rounded to the tick, at least one tick, each the float nearest to its decimal."""
    numerator, denominator = tick.as_integer_ratio()
    units = np.maximum(np.floor(path * denominator / numerator + 0.5), 1.0)
    rounded: Floats = units * numerator / denominator
    return rounded


def _extreme(points: Floats, pick: np.ufunc) -> Floats:
    found: Floats = pick(pick(points[:, 0], points[:, 1]), pick(points[:, 2], points[:, 3]))
    return found


def _volume(seed: int, symbol: str, grid: Grid, busy: Floats) -> Floats:
    """Return whole units, skewed: many small bars, a few large ones, none empty."""
    usual = 500.0 + float(draw.draw(seed, f"synthetic/{symbol}/volume", 0) % 4_500)
    chance = uniforms(seed, f"synthetic/{symbol}/trades", grid.counters)
    amount = usual * busy * (0.2 + 0.6 / (0.3 + chance))
    whole: Floats = np.maximum(np.floor(np.where(grid.is_auction, _AUCTION_VOLUME * amount, amount)), 1.0)
    return whole
