"""How far a compiled run's numbers may grow before one of its products could pass 2^62."""

import math
from decimal import Decimal

import numpy as np

from openbell.core.spec import Costs
from openbell.core.types import E8, Instrument, as_float, div, units
from openbell.edges.feeds.table import BarTable
from openbell.parts.rules._stops import stop_share
from openbell.parts.venue.options import VenueOptions
from openbell.run.assemble import Prepared
from openbell.run.costs import costs_of
from openbell.run.source import Source
from openbell.run.twin_layout import SLOTS, Bounds, PairName, fee_rate, lot_value, pair_names, ratio_of
from openbell.run.twin_rules import paid_value

ONE = Decimal(1)
SAFE = 1 << 61
"""What every product of a run stays below: half of what DESIGN allows, so that a sum of two is safe as well."""
MOST_AWAY = SLOTS
"""Up to so many times its price a stop may be away from it: no more than orders that a pair may have at once."""
HIGH = 100.0
"""How many times the usual price of an instrument its bars may reach before the plain engine takes over."""


def bounds_of(prepared: Prepared, source: Source) -> Bounds | str:
    """Return how far a run's numbers may grow, or in words why they could pass 2^62 at once.

    The kernels check three things while they run and give up beyond them: the money of an account or deployment, the
    lots of an order or position, and the price of a bar. Every product they form is one of these, or two for
    a value, times factors known now; the bounds are what keeps the largest of them below 2^61:

    - money times the leverage, times the shares of stops and gaps, times a size's share and the lots per money;
    - lots times price times the value of a lot, for as many orders and positions as an instrument can have; that
      value times a fee's rate or the lots per money;
    - price times the denominators of slippage, stop and target, and the divisors of the sizes.

    Where a rule compares money with a limit, the products are compared in 128 bits and need no bound.
    """
    spec = prepared.spec
    (account,) = spec.accounts.values()
    start = units(account.cash[account.currency], E8)
    shares = [share for name in pair_names(prepared) for share in _money_factors(name, prepared)]
    money = SAFE // (2 * max([1, *account.leverage.as_integer_ratio(), *shares, *_rule_factors(prepared)]))
    if money < 4 * start:
        return "equity times a limit or a size could pass 2^62"
    lots, highest = {}, {}
    for table in source.tables:
        found = _thing_bounds(prepared, table)
        if isinstance(found, str):
            return f"{table.symbol}: {found}"
        lots[table.symbol], highest[table.symbol] = found
    return Bounds(money, lots, highest)


def _rule_factors(prepared: Prepared) -> list[int]:
    """Return what rules multiply money by themselves."""
    found: list[int] = []
    spec = prepared.spec
    stops = [stop_share(own.exits).as_integer_ratio()[0] for own in spec.deployments.values()]
    whole = max(math.ceil(account.leverage) for account in spec.accounts.values())
    for rule in prepared.rules:
        if rule.kind == "portfolio_risk":
            found.append(rule.params[3])
            found += stops
        elif rule.kind == "correlation":
            # What is held is worth no more than the account's leverage allows when the rule is asked.
            found += [num * whole for num in stops]
        elif rule.kind == "drawdown" and len(rule.params) > 2 and rule.params[2]:
            # The straight line along which positions shrink, in one common unit of both its ends.
            limit, whole, begin, part = rule.params[:4]
            unit = math.lcm(whole, part)
            found += [2 * unit, 2 * limit * (unit // whole), 2 * begin * (unit // part)]
    return found


def _money_factors(name: PairName, prepared: Prepared) -> list[int]:
    """Return what money is multiplied by when a pair is sized."""
    size = name.deployment.size
    _, den = lot_value(prepared.spec.instruments[name.symbol])
    if size.kind not in ("weight", "risk"):
        return [den]
    return [den * size.value.as_integer_ratio()[0]]


def _thing_bounds(prepared: Prepared, table: BarTable) -> tuple[int, float] | str:
    """Return the largest lots and the highest price of an instrument.

    Or why they are too small to begin with.
    """
    spec = prepared.spec
    (account,) = spec.accounts.values()
    options, instrument = prepared.venues[account.name], spec.instruments[table.symbol]
    own = [name for name in pair_names(prepared) if name.symbol == table.symbol]
    if unpaid := "; ".join(filter(None, (_unpaid(name, options, instrument) for name in own))):
        return unpaid
    sound = table.close[np.isfinite(table.close) & (table.close > 0)]
    if not len(sound):
        return "no bar has a sound price"
    usual = float(np.median(sound))
    highest = min(float(table.high[np.isfinite(table.high)].max(initial=usual)), usual * HIGH)
    if far := "; ".join(filter(None, (_far(name, instrument, highest) for name in own))):
        return far
    slip_num, slip_den = options.slippage.as_integer_ratio()
    num, den = lot_value(instrument)
    px = int(highest * (1.0 + as_float(options.spread)) * instrument.steps * (1.0 + slip_num / slip_den)) + 4
    collar = next((rule.params for rule in prepared.rules if rule.kind == "price_collar"), (1,))
    if px * int(instrument.quantum * 100_000_000) * max(map(abs, collar)) >= SAFE:
        return "its price times a collar could pass 2^62"
    if px >= 1 << 53 or px * _price_factor(own, instrument, (slip_num + slip_den, num)) >= SAFE:
        return "its price times a share could pass 2^62"
    crowd, fees = (SLOTS + 2) * max(len(own), 1), options.fees
    rate = fee_rate(options, instrument)[0]
    rates = (1 if fees.kind == "per_share" else rate, *(s.as_integer_ratio()[0] for s in (fees.maker, fees.maximum)))
    factor = max(den, *map(abs, rates))
    largest = crowd * px * max(num, paid_value(instrument)[0])
    most = min(SAFE // (largest * len(spec.instruments)), SAFE * den // (largest * factor), (1 << 31) - 1)
    if fees.kind == "per_share":
        most = min(most, SAFE // max(abs(rate), 1))
    start = units(account.cash[account.currency], E8)
    wanted = div(start * max(account.leverage, ONE), Decimal(max(int(usual * instrument.steps), 1) * num), ONE) * den
    notional = [units(n.deployment.size.value, E8) for n in own if n.deployment.size.kind == "notional"]
    if most < wanted or any(value * den >= SAFE for value in notional):
        return "its quantity times its price could pass 2^62"
    return most, highest


def _price_factor(own: list[PairName], instrument: Instrument, factors: tuple[int, int]) -> int:
    """Return the largest number that a price of an instrument, in quanta, is multiplied by."""
    slippage, value = factors
    widest = max(units(band.tick, instrument.quantum) for band in instrument.bands)
    found = [slippage, value, widest]
    for name in own:
        exits, size = name.deployment.exits, name.deployment.size
        shares = (exits.stop_loss, exits.stop_atr, exits.trail_frac, exits.trail_atr, exits.take_profit)
        found += [2 * sum(share.as_integer_ratio()) for share in shares]
        found.append(2 * sum(ratio_of(exits.trail_amount, instrument.quantum)))
        # A stop's distance, a whole tick at least, is below twice the price unless it is said to be more.
        furthest = max(exits.stop_loss, exits.stop_atr, exits.trail_frac, exits.trail_atr, ONE)
        away = 1 + (MOST_AWAY if exits.trail_amount else math.ceil(furthest))
        found.append(away * value * (size.value.as_integer_ratio()[1] if size.kind in ("weight", "risk") else 1))
        if size.costs.share:
            # What is paid is less than thrice the price a share, and the distance with it less than thrice that.
            found += [4 * sum(size.costs.share.as_integer_ratio()), 3 * away * value * size.value.as_integer_ratio()[1]]
    return max(found)


def _far(name: PairName, instrument: Instrument, highest: float) -> str:
    """Return in words which stop is too far away for the kernels; empty where none is."""
    exits = name.deployment.exits
    # A bar is never longer than its high, nor further from the close before it than the higher of both.
    furthest = max(exits.stop_loss, exits.stop_atr, exits.trail_frac, exits.trail_atr)
    if furthest > MOST_AWAY or as_float(exits.trail_amount) > MOST_AWAY * highest:
        return f"its stop is further away than {MOST_AWAY} times its price"
    return ""


def _unpaid(name: PairName, options: VenueOptions, instrument: Instrument) -> str:
    """Return in words what of a size's costs the kernels cannot count; empty where they can."""
    size, (num, den) = name.deployment.size, fee_rate(options, instrument)
    if size.costs == Costs():
        return ""
    if size.costs != costs_of(options.fees) or size.costs.share > 1:
        return "its size counts other fees than its venue takes"
    if size.costs.unit and 2 * num % den:
        return "its fee of one lot is no whole multiple of 1e-8"
    scale = lot_value(instrument)[1] * size.value.as_integer_ratio()[1]
    most = max(units(size.costs.fixed, E8), 2 * num // den if size.costs.unit else 0)
    return "its size times a fee could pass 2^62" if most * scale >= SAFE else ""
