"""Lays a run out for the kernels: names become numbers, money becomes whole numbers."""

import math
from decimal import Decimal

import msgspec
import numpy as np

from openbell.core.spec import AccountSpec, DeploymentSpec
from openbell.core.strategy import StockStrategy, layout_sizes
from openbell.core.types import E8, Instrument, Rounding, as_float, div, units
from openbell.edges.feeds.merge import merge_order
from openbell.parts.kernels import layout as k
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run.assemble import Prepared
from openbell.run.source import Source

SLOTS = 8
"""Orders a pair can have alive at once."""
KINDS = {"quantity": 0, "notional": 1, "weight": 2, "risk": 3}
FEES = {"none": 0, "per_share": 1, "per_notional": 2, "maker_taker": 3}
PATHS = {"pessimistic": 0, "low_first": 1, "high_first": 2}
ORDERS_PER_EVENT = 2
"""Room in the order log: more orders than this per event on average make the plain engine take over."""
ONE = Decimal(1)


class PairName(msgspec.Struct, frozen=True):
    """What a pair's number stands for."""

    deployment: DeploymentSpec
    symbol: str


def lay_out(prepared: Prepared, source: Source) -> tuple[k.State, list[PairName]]:
    """Return a run as arrays, and what each pair's number stands for."""
    spec = prepared.spec
    (account,) = spec.accounts.values()
    instruments = list(spec.instruments.values())
    calendars = list(dict.fromkeys([i.calendar for i in instruments] + [account.calendar]))
    names = [
        PairName(deployment, instrument.symbol)
        for instrument in instruments
        for deployment in spec.deployments.values()
        if instrument.symbol in deployment.instruments
    ]
    capacity = len(names) * SLOTS
    orders = np.zeros((k.O_FIELDS, capacity), np.int64)
    orders[k.O_FREE] = np.arange(capacity)
    events, bars = _events(source, [i.symbol for i in instruments], calendars)
    d, q, params = _memory(prepared, names)
    rows = len(events) * ORDERS_PER_EVENT + 1000
    state = k.State(
        account=_account(account, calendars, capacity),
        events=events,
        bars=bars,
        things=_things(instruments, names, calendars),
        closes=np.stack([np.full(len(instruments), np.nan), np.zeros(len(instruments))]),
        bands=_bands(instruments),
        pairs=_pairs(prepared, names),
        decided=np.full(len(names), np.nan),
        d=d,
        q=q,
        params=params,
        slots=np.full((len(instruments), capacity), -1, np.int64),
        orders=orders,
        venue=_venue(prepared.venues[account.name]),
        rates=_rates(prepared.venues[account.name].fees, instruments),
        half_spread=np.array([as_float(prepared.venues[account.name].spread) / 2.0]),
        rules=_rules(prepared),
        sessions=np.zeros((2, len(calendars)), np.int64),
        order_log=np.zeros((rows, k.L_COLUMNS), np.int64),
        fill_log=np.zeros((rows, k.F_COLUMNS), np.int64),
        counts=np.zeros((k.N_SORTS, k.N_CODES), np.int64),
        equity=np.zeros(len(events), np.int64),
    )
    return state, names


def _account(account: AccountSpec, calendars: list[str], capacity: int) -> k.Ints:
    a = np.zeros(k.ACCOUNT_SIZE, dtype=np.int64)
    start = units(account.cash[account.currency], E8)
    for place in (k.CASH, k.EQUITY, k.PEAK, k.TROUGH, k.DEEP_PEAK, k.SESSION_EQUITY, k.SEEN):
        a[place] = start
    a[k.LEVERAGE_NUM], a[k.LEVERAGE_DEN] = account.leverage.as_integer_ratio()
    a[k.CALENDAR], a[k.TOP] = calendars.index(account.calendar), capacity
    return a


def _events(source: Source, symbols: list[str], calendars: list[str]) -> tuple[k.Ints, k.Floats]:
    """Merge bars and schedule into one order: at one instant the schedule first, bars as the feed orders them."""
    which, rows = merge_order(source.tables)
    merged = np.zeros((len(which), k.M_COLUMNS), np.int64)
    prices = np.zeros((len(which), k.B_COLUMNS))
    for number, table in enumerate(source.tables):
        mask = which == number
        own = rows[mask]
        merged[mask, k.M_PLACE] = symbols.index(table.symbol)
        merged[mask, k.M_TS], merged[mask, k.M_OPEN_TS] = table.ts[own], table.open_ts[own]
        for column, values in enumerate((table.open, table.high, table.low, table.close, table.volume)):
            prices[mask, column] = values[own]
    schedule = source.schedule
    at = np.searchsorted(merged[:, k.M_TS], np.array([event.ts for event in schedule], np.int64), side="left")
    days = np.zeros((len(schedule), k.M_COLUMNS), np.int64)
    dates: dict[str, str] = {}
    for row, event in enumerate(schedule):
        days[row, k.M_WHAT] = 1 if event.is_open else 2
        days[row, k.M_PLACE], days[row, k.M_TS] = calendars.index(event.calendar), event.ts
        days[row, k.M_BEGIN], days[row, k.M_END] = event.open, event.close
        days[row, k.M_NEW] = event.is_open and dates.get(event.calendar) != event.date
        if event.is_open:
            dates[event.calendar] = event.date
    empty = np.zeros((len(schedule), k.B_COLUMNS))
    return np.insert(merged, at, days, axis=0), np.insert(prices, at, empty, axis=0)


def _things(instruments: list[Instrument], names: list[PairName], calendars: list[str]) -> k.Ints:
    t = np.zeros((k.T_FIELDS, len(instruments)), np.int64)
    for column, i in enumerate(instruments):
        own = [number for number, name in enumerate(names) if name.symbol == i.symbol]
        t[k.T_STEPS, column] = i.steps
        t[k.T_K_NUM, column], t[k.T_K_DEN, column] = lot_value(i)
        t[k.T_MIN_LOTS, column] = units(div(i.min_qty, ONE, i.lot, Rounding.CEIL), i.lot)
        t[k.T_MIN_VALUE, column] = units(div(i.min_notional, ONE, E8, Rounding.CEIL), E8)
        t[k.T_CAN_SHORT, column], t[k.T_POSITIVE, column] = i.can_short, i.positive
        t[k.T_CALENDAR, column], t[k.T_BANDS, column] = calendars.index(i.calendar), len(i.bands)
        t[k.T_FIRST, column], t[k.T_LAST, column] = own[0], own[-1] + 1
        t[k.T_LAST_TS, column] = -1
    return t


def lot_value(instrument: Instrument) -> tuple[int, int]:
    """Return the value of one lot at one price quantum, in 1e-8, as numerator and denominator."""
    return _ratio(instrument.lot * instrument.quantum * instrument.multiplier, E8)


def _bands(instruments: list[Instrument]) -> k.Ints:
    widest = max(len(i.bands) for i in instruments)
    bands = np.ones((2, len(instruments), widest), np.int64)
    for row, instrument in enumerate(instruments):
        for column, band in enumerate(instrument.bands):
            bands[0, row, column] = units(band.above, instrument.quantum)
            bands[1, row, column] = units(band.tick, instrument.quantum)
    return bands


def _ratio(amount: Decimal, quantum: Decimal) -> tuple[int, int]:
    (an, ad), (qn, qd) = amount.as_integer_ratio(), quantum.as_integer_ratio()
    common = math.gcd(an * qd, ad * qn)
    return an * qd // common, ad * qn // common


def _pairs(prepared: Prepared, names: list[PairName]) -> k.Ints:
    spec = prepared.spec
    symbols, deployments, strategies = list(spec.instruments), list(spec.deployments), list(prepared.strategies)
    p = np.zeros((k.P_FIELDS, len(names)), np.int64)
    for column, name in enumerate(names):
        own = name.deployment
        p[k.P_THING, column], p[k.P_DEPLOYMENT, column] = symbols.index(name.symbol), deployments.index(own.name)
        p[k.P_CAPITAL, column], p[k.P_SIZE_KIND, column] = units(own.capital, E8), KINDS[own.size.kind]
        p[k.P_SIZE_NUM, column], p[k.P_SIZE_DEN, column] = _size(name, spec.instruments[name.symbol])
        p[k.P_STOP_NUM, column], p[k.P_STOP_DEN, column] = own.exits.stop_loss.as_integer_ratio()
        p[k.P_TAKE_NUM, column], p[k.P_TAKE_DEN, column] = own.exits.take_profit.as_integer_ratio()
        p[k.P_MOST, column], p[k.P_SHORT, column] = own.max_positions, own.can_short
        p[k.P_LAST_TS, column], p[k.P_STEP, column] = -1, strategies.index(own.name)
    return p


def _memory(prepared: Prepared, names: list[PairName]) -> tuple[k.Floats, k.Ints, k.Floats]:
    """Return blank strategy state and the parameters, a row a pair, as wide as the widest strategy."""
    bound = [prepared.strategies[name.deployment.name] for name in names]
    stock = [strategy for strategy in bound if isinstance(strategy, StockStrategy)]
    widths = [layout_sizes(strategy.layout) for strategy in stock]
    params = np.zeros((len(names), max(len(strategy.params) for strategy in stock)))
    for row, strategy in enumerate(stock):
        params[row, : len(strategy.params)] = strategy.params
    d = np.zeros((len(names), max(1, *(floats for floats, _ in widths))))
    return d, np.zeros((len(names), max(1, *(ints for _, ints in widths))), np.int64), params


def _size(name: PairName, instrument: Instrument) -> tuple[int, int]:
    size = name.deployment.size
    if size.kind == "quantity":
        return units(instrument.order_qty(size.value), instrument.lot), 1
    return (units(size.value, E8), 1) if size.kind == "notional" else size.value.as_integer_ratio()


def _venue(options: VenueOptions) -> k.Ints:
    fees = options.fees
    v = np.zeros(k.V_FIELDS, np.int64)
    v[k.V_SLIP_NUM], v[k.V_SLIP_DEN] = options.slippage.as_integer_ratio()
    v[k.V_PATH], v[k.V_THROUGH] = PATHS[options.path], options.limit_fill == "through"
    v[k.V_FEE_KIND], v[k.V_MINIMUM] = FEES[fees.kind], units(fees.minimum, E8)
    v[k.V_MAKER_NUM], v[k.V_MAKER_DEN] = fees.maker.as_integer_ratio()
    v[k.V_MAX_NUM], v[k.V_MAX_DEN] = fees.maximum.as_integer_ratio()
    return v


def _rates(fees: FeeModel, instruments: list[Instrument]) -> k.Ints:
    rates = np.zeros((2, len(instruments)), np.int64)
    share = fees.taker if fees.kind == "maker_taker" else fees.rate
    for column, instrument in enumerate(instruments):
        is_per_share = fees.kind == "per_share"
        rates[:, column] = _ratio(instrument.lot * fees.rate, E8) if is_per_share else share.as_integer_ratio()
    return rates


def _rules(prepared: Prepared) -> k.Ints:
    rules = np.zeros((len(prepared.rules), k.R_COLUMNS), np.int64)
    for row, rule in enumerate(prepared.rules):
        rules[row, k.R_KIND] = k.RULES.index(rule.kind)
        rules[row, k.R_PARAM : k.R_PARAM + len(rule.params)] = rule.params
        rules[row, k.R_WATCH], rules[row, k.R_BY_SESSION] = rule.watch, rule.release == "session"
    return rules
