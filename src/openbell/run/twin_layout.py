"""Lays a run out for the kernels: names become numbers, money becomes whole numbers."""

import math
from decimal import Decimal
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

import msgspec
import numpy as np
from numpy.typing import NDArray

from openbell.core.account import week_and_month
from openbell.core.spec import AccountSpec, Costs, DeploymentSpec
from openbell.core.strategy import FreeStrategy, StockStrategy, layout_sizes
from openbell.core.types import E8, Instrument, Rounding, as_float, div, units
from openbell.edges.feeds.merge import merge_order
from openbell.parts.indicators import atr
from openbell.parts.kernels import layout as k
from openbell.parts.venue.options import VenueOptions
from openbell.run.assemble import Prepared
from openbell.run.source import Source
from openbell.run.twin_rules import BY_CLOSES, lay_deployment, lay_facts, lay_rules, link_pairs

SLOTS = 8
"""Orders a pair can have alive at once."""
SIZES = {"quantity": k.QUANTITY, "notional": k.NOTIONAL, "weight": k.WEIGHT, "risk": k.RISK}
FEES = {"none": k.NO_FEE, "per_share": k.PER_SHARE, "per_notional": k.PER_NOTIONAL, "maker_taker": k.MAKER_TAKER}
PATHS = {"pessimistic": k.PESSIMISTIC, "low_first": k.LOW_FIRST, "high_first": k.HIGH_FIRST}
ORDERS_PER_EVENT = 2
"""Room in the logs: more orders than this per event on average make the plain engine take over."""
ONE = Decimal(1)


class PairName(msgspec.Struct, frozen=True):
    """What a pair's number stands for."""

    deployment: DeploymentSpec
    symbol: str


class Bounds(msgspec.Struct, frozen=True):
    """How far a run's numbers may grow before the kernels give up.

    Up to there nothing in them can pass 2^62.

    Attributes:
        money: Largest equity, result or sum of fees, 1e-8. lots: Largest order and position, by symbol.
        highest: Highest price a bar may have, by symbol, quote currency.
    """

    money: int
    lots: dict[str, int]
    highest: dict[str, float]


def pair_names(prepared: Prepared) -> list[PairName]:
    """Return the pairs in the order of their numbers: by instrument, then by deployment."""
    spec = prepared.spec
    return [
        PairName(deployment, symbol)
        for symbol in spec.instruments
        for deployment in spec.deployments.values()
        if symbol in deployment.instruments
    ]


def tape_of(prepared: Prepared, source: Source, other: tuple[Prepared, k.Tape] | None = None) -> k.Tape:
    """Return what a run is told as arrays.

    Args:
        prepared: The run.
        source: Everything it is told.
        other: A run of the same source that has been laid out. Where both are told the same at the same instants they
            share events and bars; sessions are copied, because the loop writes into them.
    """
    if other is not None and _told(prepared, source) == _told(other[0], source):
        days = other[1].days.copy()
        days[:, k.D_EQUITY] = 0
        if limiting(prepared) != limiting(other[0]):
            # What one run has found good may pass the bounds of another.
            other[1].events[:, k.E_GOOD] = 0
        return k.Tape(other[1].events, other[1].bars, days)
    days, timers = _days(source, _calendars(prepared)), closings(prepared, source)
    rows = np.zeros((len(timers), k.D_COLUMNS), np.int64)
    rows[:, k.D_CALENDAR] = k.CLOSING
    for row, (_, calendar, deployment) in zip(rows, timers, strict=True):
        row[k.D_BEGIN], row[k.D_END] = calendar, deployment
    days = np.concatenate((days, rows))
    events, bars = _merged(source, list(prepared.spec.instruments), [ts for ts, _, _ in timers])
    if wants_instants(prepared):
        end = np.zeros((1, k.D_COLUMNS), np.int64)
        end[:, k.D_CALENDAR] = k.INSTANT
        days = np.concatenate((days, end))
        events, bars = _with_instants(events, bars, -len(days))
    return k.Tape(events, bars, days)


def wants_instants(prepared: Prepared) -> bool:
    """Return True if a strategy asks to be called once after all bars of one instant."""
    return any(isinstance(one, FreeStrategy) and one.on_bars is not None for one in prepared.strategies.values())


def has_odd_instants(source: Source) -> bool:
    """Return True if bars are out of order: where those of an instant end is not clear."""
    which, rows = merge_order(source.tables)
    ts = np.empty(len(which), np.int64)
    for number, table in enumerate(source.tables):
        own = which == number
        ts[own] = table.ts[rows[own]]
    return bool(np.any(ts[1:] < ts[:-1]))


def _with_instants(events: k.Ints, bars: k.Floats, place: int) -> tuple[k.Ints, k.Floats]:
    """Return events with one more at `place` behind the last bar of each instant, and bars."""
    at = np.flatnonzero(events[:, k.E_PLACE] >= 0)
    ts = events[at, k.E_TS]
    last = at[np.append(ts[1:] != ts[:-1], np.ones(min(len(ts), 1), np.bool_))]
    ends = np.zeros((len(last), k.E_COLUMNS), np.int64)
    ends[:, k.E_PLACE], ends[:, k.E_TS] = place, events[last, k.E_TS]
    return np.insert(events, last + 1, ends, axis=0), np.insert(bars, last + 1, 0.0, axis=0)


def limiting(prepared: Prepared) -> tuple[object, ...]:
    """Return what, beside the bars, says how far a run's numbers may grow."""
    return prepared.spec, prepared.venues, [(rule.kind, rule.params, rule.warns) for rule in prepared.rules]


def _told(prepared: Prepared, source: Source) -> tuple[object, ...]:
    """Return what, beside its source, says how the events of a run stand in arrays."""
    symbols, calendars = list(prepared.spec.instruments), _calendars(prepared)
    return symbols, calendars, closings(prepared, source), wants_instants(prepared)


def closings(prepared: Prepared, source: Source) -> list[tuple[int, int, int]]:
    """Return when something has to be sold before a close, in the order of the timers.

    Each is an instant (ns), and the numbers of a calendar and a deployment; the timers are those of `near_close`.
    """
    rule = next((rule for rule in prepared.rules if rule.kind == "near_close"), None)
    spec, calendars = prepared.spec, _calendars(prepared)
    if rule is None or all(deployment.overnight for deployment in spec.deployments.values()):
        return []
    last = max((*(int(t.ts[-1]) for t in source.tables if len(t)), *(e.ts for e in source.schedule)), default=0)
    found = []
    for event in source.schedule:
        for number, (name, own) in enumerate(spec.deployments.items()):
            is_meant = not own.overnight and event.calendar in {spec.instruments[s].calendar for s in own.instruments}
            if event.is_open and not event.goes_on and is_meant:
                at = max(event.close - max(rule.params[1], own.interval), event.ts)
                found.append((at, f"{event.calendar}/{name}", calendars.index(event.calendar), number))
    return [(at, calendar, number) for at, _, calendar, number in sorted(found) if at <= last]


def _calendars(prepared: Prepared) -> list[str]:
    (account,) = prepared.spec.accounts.values()
    return list(dict.fromkeys([*(i.calendar for i in prepared.spec.instruments.values()), account.calendar]))


def lay_out(prepared: Prepared, tape: k.Tape, bounds: Bounds) -> k.State:
    """Return a run as arrays."""
    spec = prepared.spec
    (account,) = spec.accounts.values()
    options, names = prepared.venues[account.name], pair_names(prepared)
    calendars, slots = _calendars(prepared), len(names) * SLOTS
    keeps = any(rule.kind in BY_CLOSES for rule in prepared.rules)
    shades = [pair for pair, name in enumerate(names) if name.deployment.exits.needs_atr]
    g, f = k.blank(len(spec.instruments), len(names) + len(shades), slots, keeps=keeps)
    g[k.KEEPS, 0], g[k.CALENDARS, 0] = keeps, len(calendars)
    log = blank_log(len(tape.events) * ORDERS_PER_EVENT + 1000)
    _lay_account(g, account, calendars.index(account.calendar))
    for row, count in ((k.THINGS, len(spec.instruments)), (k.PAIRS, len(names)), (k.TOP, slots)):
        g[row, 0] = count
    g[k.O_FREE, :slots] = np.arange(slots)
    g[k.PLAYING, 0], g[k.MOST_MONEY, 0] = -1, bounds.money
    _lay_venue(g, options)
    for thing, instrument in enumerate(spec.instruments.values()):
        _lay_thing(g, thing, instrument, calendars)
        g[k.T_MOST_LOTS, thing] = bounds.lots.get(instrument.symbol, 0)
        g[k.T_FEE_NUM, thing], g[k.T_FEE_DEN, thing] = fee_rate(options, instrument)
        lay_facts(g, thing, instrument, prepared)
        f[k.F_HIGHEST, thing] = bounds.highest.get(instrument.symbol, 0.0)
        own = [pair for pair, name in enumerate(names) if name.symbol == instrument.symbol]
        if own:
            g[k.T_FIRST, thing], g[k.T_LAST, thing] = own[0], own[-1] + 1
    for number, deployment in enumerate(spec.deployments.values()):
        g[k.P_EQUITY, number] = units(deployment.capital, E8)
        lay_deployment(g, number, deployment)
    for pair, name in enumerate(names):
        _lay_pair(g, pair, name, prepared)
        _lay_exits(g, pair, name, spec.instruments[name.symbol])
    for shade, pair in enumerate(shades, len(names)):
        _lay_shade(g, shade, pair, prepared)
    link_pairs(g, prepared, [(name.deployment.name, name.symbol) for name in names])
    lay_rules(g, prepared)
    f[k.F_CLOSE], f[k.F_DECIDED] = np.nan, np.nan
    f[k.F_HALF_SPREAD, 0], f[k.F_MAX_JUMP, 0] = as_float(options.spread) / 2.0, spec.max_jump
    return k.State(g=g, f=f, log=log, tape=tape, memory=_memory(g, names, prepared))


def blank_log(rows: int) -> k.Ints:
    """Return the logs, all zero and each of a length.

    They have room for far more orders than most runs send. NumPy would take it in large pages, and clearing one of them
    costs more than a short run; so it is taken in small ones, of which only those that are written cost anything.
    """
    room = mmap(-1, k.LOGS * rows * k.L_COLUMNS * 8, flags=MAP_PRIVATE | MAP_ANONYMOUS)
    return np.frombuffer(room, np.int64).reshape(k.LOGS, rows, k.L_COLUMNS)


def _lay_account(g: k.Ints, account: AccountSpec, calendar: int) -> None:
    start = units(account.cash[account.currency], E8)
    periods = (k.SESSION_EQUITY, k.WEEK_EQUITY, k.MONTH_EQUITY)
    for row in (k.CASH, k.EQUITY, k.PEAK, k.TROUGH, k.DEEP_PEAK, *periods, k.SEEN):
        g[row, 0] = start
    g[k.LEVERAGE_NUM, 0], g[k.LEVERAGE_DEN, 0] = account.leverage.as_integer_ratio()
    g[k.CALENDAR, 0] = calendar


def _merged(source: Source, symbols: list[str], closings: list[int]) -> tuple[k.Ints, k.Floats]:
    """Merge bars, schedule and timers into one order.

    At one instant the schedule first, then timers, then bars as the feed orders them.
    """
    tables = source.tables
    which, rows = merge_order(tables)
    dealt = [(table, *_dealt(which, rows, number, len(tables))) for number, table in enumerate(tables)]
    ts = np.empty(len(which), np.int64)
    for table, at, own in dealt:
        ts[at] = table.ts[own]
    opens, rings = np.array([event.ts for event in source.schedule], np.int64), np.array(closings, np.int64)
    firsts = np.argsort(np.concatenate((opens, rings)), kind="stable")
    schedule = np.concatenate((opens, rings))[firsts]
    # Where each event lands: a bar behind everything else up to its instant.
    day_at = np.arange(len(schedule)) + np.searchsorted(ts, schedule, side="left")
    events = np.zeros((len(ts) + len(schedule), k.E_COLUMNS), np.int64)
    is_bar = np.ones(len(events), np.bool_)
    is_bar[day_at] = False
    bar_at = np.flatnonzero(is_bar)
    bars = np.zeros((len(events), k.B_COLUMNS))
    events[bar_at, k.E_TS] = ts
    # The rows of timers stand behind those of the schedule.
    numbers = np.where(firsts < len(opens), firsts, firsts - len(opens) + max(len(opens), 1))
    events[day_at, k.E_PLACE], events[day_at, k.E_TS] = -1 - numbers, schedule
    for table, at, own in dealt:
        place = bar_at[at]
        events[place, k.E_PLACE], events[place, k.E_OPEN_TS] = symbols.index(table.symbol), table.open_ts[own]
        for column, prices in enumerate((table.open, table.high, table.low, table.close, table.volume)):
            bars[place, column] = prices[own]
    return events, bars


def _dealt(which: NDArray[np.int32], rows: k.Ints, number: int, tables: int) -> tuple[slice | k.Ints, k.Ints]:
    """Return where the bars of one of so many tables stand in the merged order, and which of its rows they are."""
    if tables == 1:
        return slice(None), rows
    at = np.flatnonzero(which == number)
    return at, rows[at]


def _days(source: Source, calendars: list[str]) -> k.Ints:
    """Return what each schedule event begins or ends; calendar -1 where it does neither."""
    days = np.zeros((max(len(source.schedule), 1), k.D_COLUMNS), np.int64)
    days[:, k.D_CALENDAR] = -1
    dates: dict[str, str] = {}
    since: dict[str, list[str]] = {}
    for row, event in enumerate(source.schedule):
        if event.is_open and event.calendar in calendars:
            before, begins = dates.get(event.calendar, ""), since.setdefault(event.calendar, ["", ""])
            for n, (one, other) in enumerate(zip(week_and_month(event.date), week_and_month(before), strict=True)):
                begins[n] = event.date if one != other else begins[n]
            fresh = [event.date == begin for begin in begins]
            bounds = calendars.index(event.calendar), event.open, event.close
            days[row] = *bounds, before != event.date, *fresh, not event.goes_on and bool(event.date), 0
            dates[event.calendar] = event.date
        elif event.calendar in calendars and event.date == dates.get(event.calendar, ""):
            days[row, k.D_CALENDAR], days[row, k.D_BEGIN] = k.ENDING, calendars.index(event.calendar)
    return days


def has_odd_schedule(source: Source) -> bool:
    """Return True if the end of a session tells other bounds than its begin did."""
    known: dict[str, tuple[str, int, int, bool]] = {}
    for event in source.schedule:
        date, begin, end, goes_on = known.get(event.calendar, ("", 0, 0, False))
        if event.is_open:
            known[event.calendar] = (event.date, event.open, event.close, event.goes_on)
        elif (event.open, event.close, event.goes_on) != (begin, end, goes_on) and (
            event.date == date or event.open >= begin
        ):
            return True
    return False


def _lay_thing(g: k.Ints, thing: int, instrument: Instrument, calendars: list[str]) -> None:
    g[k.T_STEPS, thing] = instrument.steps
    g[k.T_K_NUM, thing], g[k.T_K_DEN, thing] = lot_value(instrument)
    g[k.T_MIN_LOTS, thing] = units(div(instrument.min_qty, ONE, instrument.lot, Rounding.CEIL), instrument.lot)
    g[k.T_MIN_VALUE, thing] = units(div(instrument.min_notional, ONE, E8, Rounding.CEIL), E8)
    g[k.T_CAN_SHORT, thing], g[k.T_CALENDAR, thing] = instrument.can_short, calendars.index(instrument.calendar)
    g[k.T_BANDS, thing], g[k.T_LAST_TS, thing] = len(instrument.bands), -1
    above = k.LANES + k.LANE_ROWS * thing + 1
    for column, band in enumerate(instrument.bands):
        g[above, column] = units(band.above, instrument.quantum)
        g[above + 1, column] = units(band.tick, instrument.quantum)


def lot_value(instrument: Instrument) -> tuple[int, int]:
    """Return the value of one lot at one price quantum, in 1e-8, as numerator and denominator."""
    return ratio_of(instrument.lot * instrument.quantum * instrument.multiplier, E8)


def ratio_of(amount: Decimal, quantum: Decimal) -> tuple[int, int]:
    """Return how many quanta an amount is, as numerator and denominator in lowest terms."""
    (an, ad), (qn, qd) = amount.as_integer_ratio(), quantum.as_integer_ratio()
    common = math.gcd(an * qd, ad * qn)
    return an * qd // common, ad * qn // common


def fee_rate(options: VenueOptions, instrument: Instrument) -> tuple[int, int]:
    """Return a taker's fee as a ratio: of the value, or for `per_share` 1e-8 a lot."""
    fees = options.fees
    if fees.kind == "per_share":
        return ratio_of(instrument.lot * fees.rate, E8)
    return (fees.taker if fees.kind == "maker_taker" else fees.rate).as_integer_ratio()


def _lay_venue(g: k.Ints, options: VenueOptions) -> None:
    fees = options.fees
    g[k.V_SLIP_NUM, 0], g[k.V_SLIP_DEN, 0] = options.slippage.as_integer_ratio()
    g[k.V_PATH, 0], g[k.V_THROUGH, 0] = PATHS[options.path], options.limit_fill == "through"
    g[k.V_FEE_KIND, 0], g[k.V_MINIMUM, 0] = FEES[fees.kind], units(fees.minimum, E8)
    g[k.V_MAKER_NUM, 0], g[k.V_MAKER_DEN, 0] = fees.maker.as_integer_ratio()
    g[k.V_MAX_NUM, 0], g[k.V_MAX_DEN, 0] = fees.maximum.as_integer_ratio()


def _lay_pair(g: k.Ints, pair: int, name: PairName, prepared: Prepared) -> None:
    spec, own = prepared.spec, name.deployment
    strategy = prepared.strategies[own.name]
    g[k.P_THING, pair] = list(spec.instruments).index(name.symbol)
    g[k.P_DEPLOYMENT, pair] = list(spec.deployments).index(own.name)
    g[k.P_SIZE_KIND, pair] = k.RISK_PAID if own.size.costs != Costs() else SIZES[own.size.kind]
    g[k.P_SIZE_NUM, pair], g[k.P_SIZE_DEN, pair] = _size(name, spec.instruments[name.symbol])
    g[k.P_MOST, pair], g[k.P_SHORT, pair] = own.max_positions, own.can_short
    g[k.P_STEP, pair], g[k.P_LAST_TS, pair] = list(prepared.strategies).index(own.name), -1
    if isinstance(strategy, StockStrategy):
        floats, ints = layout_sizes(strategy.layout)
        # As in the core, no array of state is empty.
        g[k.P_FLOATS, pair], g[k.P_INTS, pair], g[k.P_PARAMS, pair] = max(floats, 1), max(ints, 1), len(strategy.params)
    else:
        # A free strategy's own state stays in Python: here stand its function and the code of its answer.
        g[k.P_INTS, pair] = 2


def _lay_exits(g: k.Ints, pair: int, name: PairName, instrument: Instrument) -> None:
    exits = name.deployment.exits
    g[k.P_SHADE, pair] = -1
    stop = (exits.stop_atr, k.OF_RANGE) if exits.stop_atr else (exits.stop_loss, k.OF_PRICE)
    trail = (exits.trail_atr, k.OF_RANGE) if exits.trail_atr else (exits.trail_frac, k.OF_PRICE)
    (g[k.P_STOP_NUM, pair], g[k.P_STOP_DEN, pair]), g[k.P_STOP_OF, pair] = stop[0].as_integer_ratio(), stop[1]
    (g[k.P_TRAIL_NUM, pair], g[k.P_TRAIL_DEN, pair]), g[k.P_TRAIL_OF, pair] = trail[0].as_integer_ratio(), trail[1]
    if exits.trail_amount:
        g[k.P_TRAIL_NUM, pair], g[k.P_TRAIL_DEN, pair] = ratio_of(exits.trail_amount, instrument.quantum)
        g[k.P_TRAIL_OF, pair] = k.OF_ONE
    g[k.P_TAKE_NUM, pair], g[k.P_TAKE_DEN, pair] = exits.take_profit.as_integer_ratio()


def _lay_shade(g: k.Ints, shade: int, pair: int, prepared: Prepared) -> None:
    """Give a pair a column of its own for its average true range, which the loop asks for as it asks strategies."""
    g[k.P_SHADE, pair] = shade
    for row in (k.P_THING, k.P_DEPLOYMENT):
        g[row, shade] = g[row, pair]
    g[k.P_STEP, shade] = len(prepared.strategies)
    g[k.P_FLOATS, shade], g[k.P_INTS, shade], g[k.P_PARAMS, shade] = *layout_sizes(atr.STATE), 1


def _size(name: PairName, instrument: Instrument) -> tuple[int, int]:
    size = name.deployment.size
    if size.kind == "quantity":
        return units(instrument.order_qty(size.value), instrument.lot), 1
    return (units(size.value, E8), 1) if size.kind == "notional" else size.value.as_integer_ratio()


def _memory(g: k.Ints, names: list[PairName], prepared: Prepared) -> k.Memory:
    """Return blank strategy state and the parameters, a row a pair.

    As wide as the widest strategy.
    """
    shades = [(int(g[k.P_SHADE, pair]), name) for pair, name in enumerate(names) if g[k.P_SHADE, pair] >= 0]
    pairs = max(len(names) + len(shades), 1)
    widths = [int(g[row].max()) for row in (k.P_FLOATS, k.P_INTS, k.P_PARAMS)]
    d, q, params = (np.zeros((pairs, max(width, 1)), sort) for width, sort in zip(widths, "dqd", strict=True))
    for pair, name in enumerate(names):
        strategy = prepared.strategies[name.deployment.name]
        if isinstance(strategy, StockStrategy):
            params[pair, : len(strategy.params)] = strategy.params
    for shade, name in shades:
        params[shade, 0] = name.deployment.exits.atr_period
    return k.Memory(d, q, params)
