"""Lays rules out for the kernels: their options, and what they look at."""

import math
from decimal import Decimal

from openbell.core.risk import Rule
from openbell.core.spec import DeploymentSpec
from openbell.core.types import E8, Instrument, is_multiple, units
from openbell.parts.kernels import layout as k
from openbell.parts.rules import allow_list
from openbell.parts.rules._history import MILLION, WILDEST
from openbell.parts.rules._pause import LONG, pause_of
from openbell.parts.rules._stops import stop_share
from openbell.parts.rules.order_quantity import CLASSES
from openbell.parts.rules.price_collar import FX, LARGE
from openbell.run.assemble import Prepared

RELEASES = {"session": k.BY_SESSION, "week": k.BY_WEEK, "month": k.BY_MONTH}
HEARING = ("price_drift", "repeated_fills", "stop_outs", "slippage", "loss_streak", "surveillance")
"""Rules that are told of every execution."""
NOTING = (*HEARING, "cool_down", "watch")
"""Rules that look at what executions came to."""
BY_CLOSES = ("correlation", "portfolio_volatility", "symbol_volatility", "volatility_size")
"""Rules that look at closes of sessions."""
PEOPLE = ("confirmation",)
"""Rules that wait for a person: an answer is no bar."""
SIZES = {"daily_loss": (2, 6, LONG), "drawdown": (2, 6, LONG), "max_position": (2, 4)}
"""How many options a rule may have, where there are several ways."""
FEW = {"allow_list": 2, "trading_hours": 3}
"""How many options the kernels see of rules whose options are of no fixed number."""
MOST_RULES = 60
"""Rules have a bit each."""
LARGEST = 1 << 59
"""No option of a rule may be larger: some are multiplied by small numbers before they meet money."""
MOST = 1 << 62
"""What every factor that the kernels compare stays below."""
ONE = Decimal(1)


def active(prepared: Prepared) -> list[Rule]:
    """Return the rules that can have something to say in a compiled run."""
    return [rule for rule in prepared.rules if rule.kind not in (*k.IDLE, *k.ANSWERING)]


def odd_rule(prepared: Prepared) -> str:
    """Return which rule keeps a run from being compiled, and why; empty for none."""
    rules = prepared.rules
    for rule in rules:
        home = f"openbell.parts.rules.{rule.kind}"
        if rule.kind in PEOPLE:
            return f"rule {rule.kind} waits for a person, and a person's answer is no bar"
        if rule.check.__module__ != home or rule.kind not in (*k.RULES, *k.IDLE, *k.ANSWERING):
            return f"rule {rule.kind} has no compiled twin"
        if rule.kind in k.RULES and not _is_usual(rule):
            return f"rule {rule.kind} has no compiled twin"
        if rule.kind in k.RULES and (why := _odd_options(rule)):
            return why
    if len({rule.kind for rule in rules}) != len(rules):
        return "a rule stands twice"
    if len(rules) > MOST_RULES:
        return f"there are more than {MOST_RULES} rules"
    if any(own.signals for own in prepared.spec.deployments.values()):
        return "a deployment listens to a source outside"
    return _odd_grid(prepared)


def _odd_options(rule: Rule) -> str:
    """Return why the kernels cannot count with a rule's options; empty where they can."""
    params = rule.params
    if rule.kind == "slippage" and params[4]:
        return "rule slippage counts ticks only in the plain engine"
    if rule.kind == "volatility_size" and max(params[0] * MILLION, params[1] * int(WILDEST * MILLION)) >= MOST:
        return "the target of rule volatility_size has more digits than the kernels count in"
    if rule.kind == "trading_hours" and len(params) > 2 * k.CODES:
        return "the zone of rule trading_hours changes its clocks more often than the kernels count"
    if any(abs(value) >= LARGEST for value in params[: _options(rule)]):
        return f"a limit of rule {rule.kind} passes 2^59"
    return ""


def _odd_grid(prepared: Prepared) -> str:
    """Return which instrument has quantities or prices finer than the rules that look at them count in."""
    kinds = {rule.kind for rule in prepared.rules}
    for instrument in prepared.spec.instruments.values():
        if kinds & {"order_quantity", "position_quantity", "liquidity"} and not is_multiple(instrument.lot, E8):
            return f"lots of {instrument.symbol} are finer than 1e-8, in which rule order_quantity counts"
        if "price_collar" in kinds and not is_multiple(instrument.quantum, E8):
            return f"price quanta of {instrument.symbol} are finer than 1e-8, in which rule price_collar counts"
    return ""


def _is_usual(rule: Rule) -> bool:
    """Return True if a rule is asked as its part says, with as many options as the kernels expect."""
    import importlib

    module = importlib.import_module(f"openbell.parts.rules.{rule.kind}")
    sizes = SIZES.get(rule.kind, (len(tuple(module.params(module.Config()))),))
    is_long = rule.kind in FEW or len(rule.params) in sizes
    return is_long and rule.applies == module.APPLIES


def _options(rule: Rule) -> int:
    """Return how many options of a rule the kernels see; lists of symbols and changes of clocks stand elsewhere."""
    return FEW.get(rule.kind, k.RULE_PARAMS)


def lay_rules(g: k.Ints, prepared: Prepared) -> None:
    """Write the rules into the grid, in the order in which they are asked."""
    rules = active(prepared)
    g[k.RULES_COUNT, 0] = len(rules)
    kinds = {rule.kind: number for number, rule in enumerate(rules)}
    for row, kind in ((k.COLLAR, "price_collar"), (k.RATE, "order_rate"), (k.CANCELS, "surveillance"),
                      (k.SELLS_OLD, "holding_period")):  # fmt: skip
        g[row, 0] = kinds.get(kind, -1)
    g[k.LOOKER, 0], g[k.LOOKS, 0] = kinds.get("watch", -1), "watch" in kinds
    g[k.LOOK_AT, 0] = 0 if "watch" in kinds else k.NEVER
    g[k.ANSWERS, 0] = any(map(_answers, prepared.rules))
    g[k.NOTED, 0] = any(kind in NOTING for kind in kinds)
    for number, rule in enumerate(rules):
        g[k.R_KIND, number] = k.RULES.index(rule.kind)
        for place, value in enumerate(rule.params[: _options(rule)]):
            g[k.R_PARAMS + place, number] = value
        g[k.R_WARNS, number] = rule.warns
        g[k.R_RELEASE, number] = RELEASES.get(rule.release, k.BY_HAND)
        lists = ((k.WATCHERS, k.R_WATCHER, rule.watch), (k.EARS, k.R_EAR, rule.kind in HEARING),
                 (k.GATES, k.R_GATE, rule.applies in ("entry", "both")),
                 (k.SCALERS, k.R_SCALE, _shrinks(rule)))  # fmt: skip
        if rule.kind == "trading_hours":
            _lay_clocks(g, rule.params[3:])
        for count, row, is_meant in lists:
            if is_meant:
                g[row, g[count, 0]] = number
                g[count, 0] += 1


def _answers(rule: Rule) -> bool:
    """Return True if a rule does something when a limit closes a gate."""
    return rule.kind in k.ANSWERING or (LONG in SIZES.get(rule.kind, ()) and bool(pause_of(rule.params)))


def _shrinks(rule: Rule) -> bool:
    """Return True if a rule can make new positions smaller."""
    return rule.scale is not None and (rule.kind != "drawdown" or any(rule.params[2:3]))


def _lay_clocks(g: k.Ints, clocks: tuple[int, ...]) -> None:
    """Write when a zone changes its clocks (ns), and how far ahead of UTC they are from then on (s)."""
    count = len(clocks) // 2
    g[k.CLOCKS, 0], g[k.H_AT, :count], g[k.H_AHEAD, :count] = count, clocks[:count], clocks[count:]


def lay_facts(g: k.Ints, thing: int, instrument: Instrument, prepared: Prepared) -> None:
    """Write what rules look at of an instrument."""
    spec = prepared.spec
    g[k.T_UNIT, thing] = _in_e8(instrument.lot)
    g[k.T_QUANTUM, thing] = _in_e8(instrument.quantum)
    g[k.T_CLASS, thing] = CLASSES.index(instrument.kind) if instrument.kind in CLASSES else -1
    g[k.T_LARGE, thing], g[k.T_FX, thing] = instrument.group == LARGE, instrument.kind == FX
    g[k.T_ADV, thing] = min(int(instrument.adv * 100_000_000), LARGEST)
    listing = next((rule.params for rule in prepared.rules if rule.kind == "allow_list"), None)
    g[k.T_LISTED, thing] = 1 if listing is None else allow_list.is_listed(listing, instrument.symbol)
    for row, key in ((k.T_SECTOR, "sector"), (k.T_ISSUER, "issuer")):
        names = sorted({getattr(one, key) for one in spec.instruments.values()} - {""})
        g[row, thing] = names.index(getattr(instrument, key)) if getattr(instrument, key) else -1
    g[k.T_J_NUM, thing], g[k.T_J_DEN, thing] = paid_value(instrument)


def paid_value(instrument: Instrument) -> tuple[int, int]:
    """Return a lot's price at one quantum without the multiplier, 1e-8, as a ratio."""
    (num, den), (parts, whole) = (instrument.lot * instrument.quantum).as_integer_ratio(), E8.as_integer_ratio()
    common = math.gcd(num * whole, den * parts)
    return num * whole // common, den * parts // common


def _in_e8(amount: Decimal) -> int:
    """Return an amount in 1e-8, 0 where it is finer."""
    return units(amount, E8) if is_multiple(amount, E8) else 0


def lay_deployment(g: k.Ints, number: int, own: DeploymentSpec) -> None:
    """Write what a deployment is bounded by."""
    g[k.C_CAPITAL, number], g[k.C_INTERVAL, number] = units(own.capital, E8), own.interval
    g[k.C_ENTRIES, number], g[k.C_MAX_LOSS, number] = own.max_entries, units(own.max_loss, E8)
    g[k.C_FALL_NUM, number], g[k.C_FALL_DEN, number] = own.max_drawdown.as_integer_ratio()
    g[k.BOUNDED, 0] += 1 if own.max_loss or own.max_drawdown else 0
    share = stop_share(own.exits).as_integer_ratio() if own.exits.has_stop else (0, 1)
    g[k.C_STOP_NUM, number], g[k.C_STOP_DEN, number] = share


def link_pairs(g: k.Ints, prepared: Prepared, names: list[tuple[str, str]]) -> None:
    """Link the pairs of each deployment in the order of its instruments, with their bounds."""
    spec = prepared.spec
    g[k.DEPLOYMENTS, 0], g[k.K_WAIT, 0] = len(spec.deployments), spec.kill.wait
    for number, (name, own) in enumerate(spec.deployments.items()):
        pairs = [names.index((name, symbol)) for symbol in own.instruments]
        g[k.C_HEAD, number] = pairs[0] if pairs else -1
        for pair, after in zip(pairs, [*pairs[1:], -1], strict=False):
            g[k.P_NEXT, pair], g[k.P_MAX_VALUE, pair] = after, units(own.max_value, E8)
