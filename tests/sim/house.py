"""What a run is made of: instruments, accounts, deployments and rules, drawn from a pool of ready houses.

The pool is made once in a process; a seed picks a house and a broker's manners. All figures that the checks use stand
here in integers, so that no check asks the engine what its own limits are.
"""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from types import ModuleType
from typing import Any

import msgspec
from msgspec.structs import replace

from openbell.core.limits import limits_of
from openbell.core.risk import Facts, Rule
from openbell.core.spec import AccountSpec, DeploymentSpec, ExitSpec, OutsideSpec, RunSpec, SizeSpec, Subscription
from openbell.core.spec import Limits as CoreLimits
from openbell.core.types import NS, Caps, Instrument, OrderType, TickBand
from openbell.parts.rules import (
    confirmation,
    daily_loss,
    drawdown,
    duplicate,
    kill,
    max_position,
    max_positions,
    order_rate,
    session_hours,
)
from openbell.parts.venue.options import FeeModel, VenueOptions
from openbell.run.assemble import Prepared
from openbell.run.parts import bind_rule
from tests.sim import obedient
from tests.sim.chance import Draws

E8 = 100_000_000
POOL = 96
MINUTE = 60 * NS
ACCOUNT = "main"
OTHER = "other"
"""The account that some houses have at a second broker, whose line never fails."""


def scopes_of(deployment: str, symbol: str, account: str = ACCOUNT) -> tuple[str, ...]:
    """Return all scopes in which a pair of an account lies."""
    own = f"deployment:{deployment}"
    return "all", f"account:{account}", own, f"instrument:{symbol}", f"{own}/{symbol}"


class Sort(msgspec.Struct, frozen=True):
    """An instrument in integers: price in quanta, quantity in lots; `unit` is 1e-8 of money per lot and quantum."""

    symbol: str
    steps: int
    tick: int
    lots_per_unit: int
    multiplier: int
    currency: str
    px: int

    unit: int
    """1e-8 of the quote currency for one lot at a price of one quantum."""


def _sort(symbol: str, grid: tuple[int, int], lots_per_unit: int, multiplier: int, currency: str, px: int) -> Sort:
    """Return an instrument with so many quanta to one of money, and to a tick."""
    steps, tick = grid
    unit = E8 * multiplier // (steps * lots_per_unit)
    return Sort(symbol, steps, tick, lots_per_unit, multiplier, currency, px, unit)


SORTS = (
    _sort("AAPL", (10_000, 100), 1, 1, "USD", 1_000_000),
    _sort("COIN", (100, 1), 1000, 1, "USD", 2_000_000),
    _sort("FUTX", (4, 1), 1, 50, "USD", 1_600),
    _sort("EURO", (10_000, 500), 1, 1, "EUR", 500_000),
)


def instrument_of(sort: Sort, calendar: str, *, can_short: bool) -> Instrument:
    """Return the core's idea of an instrument."""
    quantum = Decimal(1) / sort.steps
    return Instrument(
        symbol=sort.symbol,
        currency=sort.currency,
        quantum=quantum,
        bands=(TickBand(above=Decimal(0), tick=quantum * sort.tick),),
        lot=Decimal(1) / sort.lots_per_unit,
        multiplier=Decimal(sort.multiplier),
        calendar=calendar,
        can_short=can_short,
    )


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force as fractions (numerator, denominator), counts and ns; None where a rule is not in force."""

    daily_loss: tuple[int, int] | None
    daily_release: str
    drawdown: tuple[int, int] | None
    max_position: tuple[int, int] | None
    max_positions: int | None
    duplicate: int | None
    before_close: int
    has_tantrum: bool
    leverage: int
    confirm: str = ""
    """What follows where a person who is asked about each entry says nothing; empty where nobody is asked."""
    rate: tuple[int, int] | None = None
    """Messages that entries may bring a second and a minute to."""


class House(msgspec.Struct, frozen=True, kw_only=True):
    """One made-up desk, as far as one account of it goes: `prepared` names that account and its deployments alone."""

    number: int
    prepared: Prepared
    sorts: dict[str, Sort]
    limits: Limits
    is_outside: bool
    session_bars: int
    gap_bars: int
    sizes: dict[str, tuple[str, int]]
    exits: dict[str, ExitSpec]
    max_age: int | None = None
    """Age at which bars are stale, ns; None where nothing is promised of them."""
    variants: tuple[tuple[Limits, dict[str, int]], ...] = ()
    """Limits that may be put in force while it runs, and instruments at once of each deployment; the first are its own."""
    bracketed: frozenset[str] = frozenset()
    """Deployments whose wishes bring the prices of their own stop and target."""
    account: str = ACCOUNT
    other: "House | None" = None
    """The same desk's second account."""
    both: Prepared | None = None
    """What runs where there are two accounts."""

    @property
    def whole(self) -> Prepared:
        """What runs, of all accounts."""
        return self.both or self.prepared

    @property
    def external(self) -> str:
        """Under which name an account's holdings stand that no deployment has."""
        return "external" if self.account == ACCOUNT else f"external/{self.account}"


TANTRUM = 4
"""The rule that raises does so at every entry of a session that is a multiple of this."""


def _throw(params: tuple[int, ...], facts: Facts) -> int:
    if facts.entries and facts.entries % params[0] == 0:
        raise ValueError("the rule fell over")
    return 0


def _limits(draws: Draws, is_sessioned: bool, rate: tuple[int, int] | None) -> Limits:
    daily = draws.pick((None, (1, 100), (1, 500), (3, 100)))
    release = draws.pick(("session", "manual"))
    fall = draws.pick((None, (1, 50), (1, 200)))
    most = draws.pick((None, (1, 2), (1, 5), (1, 1)))
    count = draws.pick((None, 1, 2, 5))
    span = draws.pick((None, 90 * NS, 5 * NS))
    margin = draws.pick((0, 2 * MINUTE)) if is_sessioned else 0
    has_tantrum = draws.chance(0.25)
    return Limits(
        has_tantrum=has_tantrum, rate=rate,
        daily_loss=daily, daily_release=release, drawdown=fall, max_position=most, max_positions=count, duplicate=span,
        before_close=margin, leverage=draws.pick((1, 1, 2)),
    )  # fmt: skip


def rules_of(limits: Limits) -> tuple[Rule, ...]:
    """Return the rules that keep an account within limits."""

    def made(kind: str, module: ModuleType, **options: Any) -> Rule:
        return bind_rule(kind, module, module.Config(**options))

    margin, daily, fall = limits.before_close, limits.daily_loss, limits.drawdown
    most, count, span, rate = limits.max_position, limits.max_positions, limits.duplicate, limits.rate
    rules = [made("kill", kill), made("session_hours", session_hours, **({"before_close": "2m"} if margin else {}))]
    if daily:
        rules.append(
            made("daily_loss", daily_loss, limit=str(Decimal(daily[0]) / daily[1]), release=limits.daily_release)
        )
    if fall:
        rules.append(made("drawdown", drawdown, limit=str(Decimal(fall[0]) / fall[1])))
    if most:
        rules.append(made("max_position", max_position, limit=str(Decimal(most[0]) / most[1])))
    if count:
        rules.append(made("max_positions", max_positions, limit=count))
    if span:
        rules.append(made("duplicate", duplicate, within=f"{span // NS}s"))
    if rate:
        # Every fifth message is kept for cancels.
        second, minute = (5 * number // 4 for number in rate)
        rules.append(made("order_rate", order_rate, per_second=second, per_minute=minute, reserve="20%", breaches=4))
    if limits.confirm:
        rules.append(made("confirmation", confirmation, wait="20s", silence=limits.confirm, typed_above="5%"))
    if limits.has_tantrum:
        rules.append(Rule(kind="tantrum", applies="entry", params=(TANTRUM,), check=_throw, text="raises now and then"))
    return tuple(rules)


def _variants(limits: Limits, own: dict[str, int]) -> tuple[tuple[Limits, dict[str, int]], ...]:
    """Return limits that a person may put in the place of others: themselves, tighter, looser, and some of both."""

    def scaled(share: tuple[int, int] | None, num: int, den: int) -> tuple[int, int] | None:
        return None if share is None else min(Fraction(share[0] * num, share[1] * den), Fraction(1)).as_integer_ratio()

    def made(parts: tuple[int, int], add: int, times: int) -> Limits:
        count = limits.max_positions
        return msgspec.structs.replace(
            limits, daily_loss=scaled(limits.daily_loss, *parts), drawdown=scaled(limits.drawdown, *parts),
            max_position=scaled(limits.max_position, *parts), max_positions=None if count is None else max(count + add, 1),
            leverage=max(limits.leverage * times // 2, 1),
        )  # fmt: skip

    tight, loose = made((1, 2), -1, 1), made((3, 2), 1, 4)
    mixed = msgspec.structs.replace(tight, leverage=loose.leverage, drawdown=loose.drawdown)
    one, none = dict.fromkeys(own, 1), dict.fromkeys(own, 0)
    return (limits, own), (tight, one), (loose, none), (mixed, own)


def _exits(draws: Draws) -> ExitSpec:
    kind = draws.below(5)
    if kind == 0:
        return ExitSpec()
    stop = Decimal("0.01") if kind in (1, 2) else Decimal(0)
    take = Decimal("0.008") if kind in (2, 3) else Decimal(0)
    trail = Decimal("0.012") if kind == 4 else Decimal(0)
    return ExitSpec(stop_loss=stop, take_profit=take, trail_frac=trail)


def _bounds(draws: Draws) -> dict[str, Any]:
    """Return the limits that a deployment has of its own."""
    return {
        "max_entries": draws.pick((0, 0, 0, 2, 4)),
        "max_positions": draws.pick((0, 0, 0, 1)),
        "max_value": Decimal(draws.pick((0, 0, 0, 20_000, 60_000))),
        "max_loss": Decimal(draws.pick((0, 0, 0, 100, 1_000))),
        "max_drawdown": draws.pick((Decimal(0), Decimal(0), Decimal(0), Decimal("0.01"))),
    }


def _stop_beside(exits: ExitSpec) -> Decimal:
    return Decimal(0) if exits.trail_frac else Decimal("0.01")


def _lots(lots: int, sort: Sort) -> tuple[SizeSpec, tuple[str, int]]:
    # In 1e-8 of a unit, for the other instrument may have other lots.
    value = Decimal(lots) / sort.lots_per_unit
    return SizeSpec(kind="quantity", value=value), ("quantity", lots * E8 // sort.lots_per_unit)


def _size(draws: Draws, sort: Sort) -> tuple[SizeSpec, tuple[str, int]]:
    kind = draws.pick(("quantity", "quantity", "notional", "weight"))
    if kind == "quantity":
        return _lots(draws.pick((1, 2, 7, 40)), sort)
    if kind == "notional":
        value = draws.pick((9_000, 50_000))
        return SizeSpec(kind=kind, value=Decimal(value)), (kind, value * E8)
    share = draws.pick((10, 40))
    return SizeSpec(kind=kind, value=Decimal(share) / 100), (kind, share)


def _house(number: int) -> House:
    draws = Draws(number, "house")
    is_outside = number % 3 != 0
    is_sessioned = draws.chance(0.35)
    calendar = "DAY" if is_sessioned else "24x7"
    picked = [SORTS[number % 4]] + ([SORTS[(number + 1) % 4]] if draws.chance(0.3) else [])
    can_short = draws.chance(0.7)
    limits = _limits(draws, is_sessioned, Draws(number, "rate").pick((None, None, None, (4, 4), (4, 8), (8, 16))))
    if is_outside and Draws(number, "person").chance(0.2):
        limits = msgspec.structs.replace(limits, confirm=Draws(number, "silence").pick(("refuse", "send")))
    caps = Caps(oco=draws.chance(0.4), amend=draws.chance(0.8))
    if not is_outside:
        caps = Caps()
    reserves = is_outside and Draws(number, "reserves").chance(0.3)
    if reserves:
        is_pair = Draws(number, "pair").chance(0.5)
        caps = Caps(oco=False, amend=caps.amend, reserves=True, in_place=not is_pair)
    names = ["alpha"] + (["beta"] if draws.chance(0.35) else [])
    sizes, exits, deployments, bracketed = {}, {}, {}, set()
    strategies: dict[str, Any] = {}
    for place, name in enumerate(names):
        size, sizes[name] = _size(draws, picked[0])
        if not caps.in_place:
            size, sizes[name] = _lots(40, picked[0])
        exits[name] = _exits(draws)
        if reserves and name == "alpha":
            # What rests there leaves no room for a target beside it.
            exits[name] = replace(exits[name], take_profit=Decimal("0.008"), stop_loss=_stop_beside(exits[name]))
        is_free = draws.chance(0.5)
        more = Draws(number, f"more/{name}")
        if more.chance(0.2) and not reserves:
            stop = {"stop_atr": Decimal("1.5")} if more.chance(0.5) else {"trail_atr": Decimal(2)}
            exits[name] = ExitSpec(**stop, take_profit=more.pick((Decimal(0), Decimal("0.008"))), atr_period=3)
        elif more.chance(0.25) and is_free and not reserves:
            bracketed.add(name)
            exits[name] = ExitSpec()
        entry = {"entry_type": draws.pick((OrderType.MARKET, OrderType.MARKET, OrderType.LIMIT)), **_bounds(more)}
        if not is_free and more.chance(0.25):
            entry["entry_type"] = more.pick((OrderType.STOP, OrderType.STOP_LIMIT))
            entry |= {"entry_offset": more.pick((Decimal(0), Decimal("0.001"))), "entry_slack": Decimal("0.002")}
        free = obedient.bracketed if name in bracketed else obedient.free
        strategies[name] = free(16**place) if is_free else obedient.stock(16**place)
        deployments[name] = DeploymentSpec(
            name=name, account=ACCOUNT, strategy="obedient", instruments=tuple(s.symbol for s in picked),
            interval=MINUTE, capital=Decimal(100_000), size=size, exits=exits[name], can_short=can_short,
            **entry,
        )  # fmt: skip
    outside = OutsideSpec(
        ack_timeout=draws.pick((3, 10)) * NS, visibility=5 * NS, query_gap=draws.pick((2, 5)) * NS,
        reconcile_every=draws.pick((60, 150, 300)) * NS, dedupes=draws.chance(0.6),
    )  # fmt: skip
    account = AccountSpec(
        name=ACCOUNT, venue="paper" if is_outside else "sim", currency="USD", cash={"USD": Decimal(200_000)},
        leverage=Decimal(limits.leverage), calendar=calendar, caps=caps, netting=draws.chance(0.5) and not reserves,
        outside=outside if is_outside else None, digits="1234",
    )  # fmt: skip
    max_age = Draws(number, "age").pick((None, None, 75 * NS, 130 * NS))
    spec = RunSpec(
        title=f"house {number}",
        mode="paper" if is_outside else "sim",
        instruments={s.symbol: instrument_of(s, calendar, can_short=True) for s in picked},
        accounts={ACCOUNT: account},
        deployments=deployments,
        subscriptions=tuple(
            Subscription(instrument=s.symbol, interval=MINUTE, cadence=MINUTE, max_age=max_age) for s in picked
        )
        if max_age is not None
        else (),
    )
    options = VenueOptions(
        fees=FeeModel(kind=draws.pick(("none", "per_share")), rate=Decimal("0.0035")),
        latency=draws.pick((0, 0, 300_000_000)),
        path=draws.pick(("pessimistic", "low_first", "high_first")),
        limit_fill=draws.pick(("touch", "through")),
    )
    prepared = Prepared(
        loaded=None,  # type: ignore[arg-type]
        spec=spec,
        strategies=strategies,
        rules=rules_of(limits),
        venues={} if is_outside else {ACCOUNT: options},
        hashes=dict.fromkeys(names, "hash"),
        code="code",
    )
    return House(
        number=number, prepared=prepared, sorts={s.symbol: s for s in picked}, limits=limits, is_outside=is_outside,
        session_bars=draws.pick((6, 9)) if is_sessioned else 0, gap_bars=2, sizes=sizes, exits=exits,
        max_age=max_age, bracketed=frozenset(bracketed),
        variants=_variants(limits, {name: one.max_positions for name, one in deployments.items()}),
    )  # fmt: skip


def core_limits(house: House, number: int) -> CoreLimits:
    """Return a variant of the limits as the core has them."""
    limits, own = house.variants[number]
    found = limits_of(house.prepared.spec, rules_of(limits))
    return replace(found, leverage={ACCOUNT: Decimal(limits.leverage)}, positions=dict(own))


@lru_cache(maxsize=POOL)
def house(number: int) -> House:
    """Return a house of the pool."""
    return _house(number)


def _part(prepared: Prepared, account: str) -> Prepared:
    """Return what one account of a house is."""
    spec = prepared.spec
    mine = {name: one for name, one in spec.deployments.items() if one.account == account}
    return replace(prepared, spec=replace(spec, accounts={account: spec.accounts[account]}, deployments=mine))


@lru_cache(maxsize=POOL)
def doubled(number: int) -> House:
    """Return a house of the pool with a second account, at another broker, that a deployment of its own trades."""
    first, draws = house(number), Draws(number, "other")
    spec, sort = first.prepared.spec, next(iter(first.sorts.values()))
    main, alpha = spec.accounts[ACCOUNT], spec.deployments["alpha"]
    size, sized = _size(draws, sort)
    caps = Caps(oco=not main.caps.oco, amend=True)
    account = replace(main, name=OTHER, caps=caps, netting=draws.chance(0.5), cash={"USD": Decimal(200_000)})
    exits = _exits(draws)
    beta = replace(alpha, name="beta", account=OTHER, size=size, exits=exits, entry_type=OrderType.MARKET)
    strategies = first.prepared.strategies | {"beta": obedient.free(16) if draws.chance(0.5) else obedient.stock(16)}
    both = replace(
        first.prepared,
        spec=replace(
            spec, accounts={ACCOUNT: main, OTHER: account}, deployments={"alpha": alpha, "beta": beta},
        ),
        strategies=strategies,
        hashes=dict.fromkeys(strategies, "hash"),
    )  # fmt: skip
    variants = ((first.limits, {"beta": beta.max_positions}),)
    other = replace(
        first, prepared=_part(both, OTHER), sizes={"beta": sized}, exits={"beta": exits}, bracketed=frozenset(),
        variants=variants, account=OTHER, both=both,
    )  # fmt: skip
    return replace(first, prepared=_part(both, ACCOUNT), other=other, both=both)


def may_double(one: House) -> bool:
    """Return True for a house that a second account can be joined to."""
    spec = one.prepared.spec
    return one.is_outside and len(spec.deployments) == 1 and not spec.accounts[ACCOUNT].caps.reserves
