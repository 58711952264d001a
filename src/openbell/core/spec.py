"""What a run is made of, in the core's own terms.

It is the configuration after every name has been resolved. Made once by `run/assemble` and never changed while running;
a new one arrives as a `ConfigChange`.
"""

from decimal import Decimal

import msgspec

from openbell.core.ladder import Terms
from openbell.core.types import NS, ZERO, Caps, Instrument, OrderType, Tif


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What entering and leaving cost together at most.

    A share of the value, and quote currency for each unit and for the whole.
    """

    share: Decimal = ZERO
    unit: Decimal = ZERO
    fixed: Decimal = ZERO


class SizeSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How large a full position is.

    `kind` is weight (share of the deployment's equity), notional (quote currency), quantity (units) or risk (share
    of the deployment's equity lost at the stop, with `costs`); `value` is that share, money or number of units.
    """

    kind: str
    value: Decimal
    costs: Costs = Costs()


class ExitSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Protective orders of every entry; a zero means none.

    Attributes:
        stop_loss, take_profit: Distance from the average entry price as a fraction of it.
        stop_atr: Distance of the stop in average true ranges.
        trail_frac: Distance of the trailing stop as a fraction of the entry price.
        trail_amount: The same in quote currency. trail_atr: The same in average true ranges.
        atr_period: Bars of the average true range.
    """

    stop_loss: Decimal = ZERO
    take_profit: Decimal = ZERO
    stop_atr: Decimal = ZERO
    trail_frac: Decimal = ZERO
    trail_amount: Decimal = ZERO
    trail_atr: Decimal = ZERO
    atr_period: int = 14

    @property
    def has_trail(self) -> bool:
        """True when any form of trailing stop is asked for."""
        return bool(self.trail_frac or self.trail_amount or self.trail_atr)

    @property
    def has_stop(self) -> bool:
        """True when any stop is asked for, a trailing one too."""
        return bool(self.stop_loss or self.stop_atr) or self.has_trail

    @property
    def needs_atr(self) -> bool:
        """True when a distance is given in average true ranges."""
        return bool(self.stop_atr or self.trail_atr)


class DeploymentSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy on some instruments of one account, with its own virtual money.

    Attributes:
        name, account: Its own name and its account's.
        strategy: Registered name of the strategy, for people.
        instruments: Symbols, in the order in which bars of one instant are taken.
        interval: Length of the bars it is given, ns. fold: Length of those its strategy makes of them, 0 for the same.
        capital: Virtual cash of the sub-account in the account's base currency.
        size: Size of a full position. exits: Protection of every entry.
        max_positions: Instruments held or being entered at once, 0 for no limit.
        can_short: False turns negative targets into flat.
        entry_type, entry_tif: Order used for a stock strategy's entries.
        entry_offset, entry_slack: How far its stop stands beyond the close, and its limit beyond the stop, as shares.
        signals: Who its wishes come from in the end: empty for its own strategy, else the name of a source outside.
        overnight: False to hold nothing over a real close of the market.
        max_value: Worth of one position up to which sizes are cut, in the account's base currency; 0 for no cut.
        max_entries: Entry orders in one session of the account's calendar, 0 for no limit of its own.
        max_loss: Loss of one session at which it is held until the next, account's base currency; 0 for no limit.
        max_drawdown: Fall from its highest equity, a share of it, at which a person has to let it go on; 0 for none.
    """

    name: str
    account: str
    strategy: str
    instruments: tuple[str, ...]
    interval: int
    capital: Decimal
    size: SizeSpec
    exits: ExitSpec = ExitSpec()
    max_positions: int = 0
    can_short: bool = False
    entry_type: OrderType = OrderType.MARKET
    entry_tif: Tif = Tif.GTC
    entry_offset: Decimal = ZERO
    entry_slack: Decimal = ZERO
    signals: str = ""
    overnight: bool = True
    max_value: Decimal = ZERO
    max_entries: int = 0
    max_loss: Decimal = ZERO
    max_drawdown: Decimal = ZERO
    fold: int = 0


class OutsideSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How an account at a venue outside the process is asked what it knows; all times in ns.

    Attributes:
        ack_timeout: How long a request may stay unanswered before its order counts as UNKNOWN.
        visibility: How long the venue may take to show what it has taken; a younger "absent" proves nothing.
        query_gap: Shortest time between two questions about one thing; it grows while nothing is answered.
        reconcile_every: How often the whole account is compared.
        dedupes: True if the venue refuses a second order under one client id, so that an exit may be sent again.
    """

    ack_timeout: int = 10 * NS
    visibility: int = 5 * NS
    query_gap: int = 5 * NS
    reconcile_every: int = 30 * NS
    dedupes: bool = True


class AccountSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One account at one venue.

    Attributes:
        name: In the configuration. venue: none, sim, paper or live.
        currency: Base currency, in which limits and equity are stated.
        cash: Opening balance per currency.
        leverage: Gross exposure allowed per unit of equity.
        calendar: Whose sessions divide its days.
        caps: What its venue can do.
        netting: True allows opposite deployments in one instrument.
        digits: Last four digits of its number at the broker, empty where it has none.
        is_real: True for real money: nothing new is risked in it unless a person has armed it.
        is_simulated: True where its venue is a local server that only speaks the broker's protocol.
        outside: How its venue is asked what it knows; None for a venue inside the process, which always answers.
    """

    name: str
    venue: str
    currency: str
    cash: dict[str, Decimal]
    leverage: Decimal = Decimal(1)
    calendar: str = "24x7"
    caps: Caps = Caps()
    netting: bool = False
    digits: str = ""
    is_real: bool = False
    is_simulated: bool = False
    outside: OutsideSpec | None = None


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What is promised of an instrument's data, so that silence can be told from quiet.

    Attributes:
        instrument: Symbol. interval: Length of its bars, ns; 0 for quotes.
        cadence: How often data come while its session runs, ns.
        max_age: Age at which the latest are stale, ns; at least the cadence.
    """

    instrument: str
    interval: int
    cadence: int
    max_age: int


class RuleTerms(msgspec.Struct, frozen=True, array_like=True):
    """The numbers of one rule: `params` as its part takes them, `text` in words."""

    kind: str
    params: tuple[int, ...]
    text: str


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed while a run lives.

    Attributes:
        rules: In the order in which they are asked.
        leverage: By account. capital, positions: Virtual cash and most instruments at once, by deployment.
    """

    rules: tuple[RuleTerms, ...] = ()
    leverage: dict[str, Decimal] = {}
    capital: dict[str, Decimal] = {}
    positions: dict[str, int] = {}


class RunSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of a run: instruments, accounts and deployments by name.

    They stand in configuration order. What no subscription speaks of is never stale.
    """

    title: str
    mode: str
    instruments: dict[str, Instrument]
    accounts: dict[str, AccountSpec]
    deployments: dict[str, DeploymentSpec]
    is_synthetic: bool = False
    max_jump: float = 10.0
    subscriptions: tuple[Subscription, ...] = ()
    kill: Terms = Terms()

    @property
    def outside_accounts(self) -> frozenset[str]:
        """Names of the accounts whose venue is outside the process."""
        return frozenset(name for name, account in self.accounts.items() if account.outside is not None)


def limited(spec: RunSpec, limits: Limits) -> RunSpec:
    """Return a run with other limits; those of the rules are for the desk."""
    accounts = {
        name: msgspec.structs.replace(account, leverage=limits.leverage[name])
        for name, account in spec.accounts.items()
    }
    deployments = {
        name: msgspec.structs.replace(one, capital=limits.capital[name], max_positions=limits.positions[name])
        for name, one in spec.deployments.items()
    }
    return msgspec.structs.replace(spec, accounts=accounts, deployments=deployments)
