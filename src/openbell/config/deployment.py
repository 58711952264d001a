"""What a file says of a deployment: strategy, instruments, money, size, exits, order.

Names and units that the rest of the file shares stand here too.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec.structs import replace
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_serializer, model_validator

from openbell.config.choose import Part, catalog_of, check, choose, mark
from openbell.config.explain import C, Fault, fail
from openbell.core.types import DAY_NS, ZERO, Tif
from openbell.schema import (
    Amount,
    Fraction,
    Money,
    Number,
    PartConfig,
    Span,
    Text,
    format_amount,
    format_decimal,
    format_fraction,
)


def _name(value: str) -> str:
    if value == "external":
        raise ValueError("'external' is what the operator's own trades are booked under; choose another name")
    if not value or not all(c.isalnum() or c in "_-." for c in value):
        raise ValueError(f"{value!r} is not a name; use letters, digits, and _ - .")
    return value


def _symbol(value: str) -> str:
    if not value or any(c.isspace() for c in value):
        raise ValueError(f"{value!r} is not a symbol; write one symbol without spaces for each entry of the list")
    return value


def _positive(value: Amount) -> Amount:
    if value.value <= 0:
        raise ValueError(f"{format_amount(value)} is not above 0")
    return value


LISTENER = "webhook"
"""Kind of the strategy whose wishes come from outside, as `signals:` of the file says."""
Name = Annotated[Text, AfterValidator(_name)]
Symbol = Annotated[Text, AfterValidator(_symbol)]
Share = Annotated[Fraction, Field(gt=0)]
Positive = Annotated[Number, Field(gt=0)]
Capital = Annotated[Money, AfterValidator(_positive)]


def _strategy(value: Any, info: ValidationInfo) -> Part:
    return choose(value, catalog_of(info).strategies, "strategy")


class Budget(PartConfig):
    """What a deployment may use.

    Attributes:
        capital: Virtual cash of its sub-account, in the account's base currency.
        per_position: Size of a full position as a share of its equity, where `size` does not say otherwise.
        positions: Instruments held or being entered at once; None for no limit but the list of instruments.
        daily_trades: Entries in one session, None for no limit but the account's.
        daily_loss: Loss of a session, in the account's base currency, that holds it until the next; None for no limit.
        drawdown: Fall from its highest equity, a share of that, that holds it until a person enables it again.
        max_position: Worth of one position up to which sizes are cut, with a warning; None for no cut.
    """

    capital: Capital = Field(examples=["50000 USD"])
    per_position: Share = Decimal("0.02")
    positions: int | None = Field(default=None, ge=1)
    daily_trades: int | None = Field(default=None, ge=1)
    daily_loss: Capital | None = None
    drawdown: Share | None = None
    max_position: Capital | None = None


class Size(PartConfig):
    """Size of a full position: units, money, share of equity, or of it lost at the stop.

    What is lost counts the fees of entering and leaving that the account says.
    """

    quantity: Positive | None = None
    notional: Capital | None = None
    weight: Share | None = None
    risk: Share | None = None

    @model_validator(mode="after")
    def _one(self) -> "Size":
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("exactly one of quantity, notional, weight, risk is needed; delete the others")
        return self


class Trail(PartConfig):
    """Distance of a trailing stop: share of the price, money a unit, or true ranges."""

    fraction: Share | None = None
    amount: Capital | None = None
    atr: Positive | None = None

    @model_serializer
    def _flat(self) -> Any:
        if self.fraction is not None:
            return format_fraction(self.fraction)
        return format_amount(self.amount) if self.amount is not None else {"atr": format_decimal(self.atr or ZERO)}


def _trail(value: Any) -> Trail:
    faults: list[Fault] = []
    if isinstance(value, Trail):
        return value
    if isinstance(value, dict):
        if set(value) == {"atr"}:
            made = check(Trail, value, faults)
        else:
            made = None
            what = "a trailing stop as a mapping has the one key atr"
            faults = [Fault(loc=(), code=C.VALUE, what=what, advice="write for example {atr: 3}")]
    else:
        key = "amount" if isinstance(value, str) and value.split()[-1:] and value.split()[-1].isalpha() else "fraction"
        made = check(Trail, {key: value}, faults)
    if made is None:
        raise fail([replace(fault, loc=fault.loc if fault.loc == ("atr",) else ()) for fault in faults])
    return made


class Exits(PartConfig):
    """Protective orders of every entry; none where all are absent.

    Attributes:
        stop_loss, take_profit: Distance from the average entry price as a fraction of it.
        stop_atr: Distance of the stop in average true ranges, instead of `stop_loss`.
        trailing: Trailing stop: `2%`, `1.50 USD` for each unit, or `{atr: 3}`.
        atr_period: Bars of the average true range.
    """

    stop_loss: Share | None = None
    take_profit: Share | None = None
    stop_atr: Positive | None = None
    trailing: Annotated[Trail, BeforeValidator(_trail), mark("trailing")] | None = None
    atr_period: int = Field(default=14, ge=1)

    @model_validator(mode="after")
    def _one_stop(self) -> "Exits":
        if self.stop_loss is not None and self.stop_atr is not None:
            raise ValueError("stop_loss and stop_atr both place the stop; keep one of them")
        return self


class EntryOrder(PartConfig):
    """Order of an entry by target; a limit stands at the price of the decision.

    A stop stands `offset` beyond it, in the entry's direction; `slack` is how much worse a stop_limit may fill.
    """

    type: Literal["market", "limit", "stop", "stop_limit"] = "market"
    tif: Tif = Tif.GTC
    offset: Share | None = None
    slack: Share | None = None

    @model_validator(mode="after")
    def _away(self) -> "EntryOrder":
        needed = {"offset": self.type in ("stop", "stop_limit"), "slack": self.type == "stop_limit"}
        for name, is_needed in needed.items():
            if is_needed != (getattr(self, name) is not None):
                told = f"needs {name}, such as {name}: 0.1%" if is_needed else f"has no {name}; delete it"
                raise ValueError(f"a {self.type} order {told}")
        return self


class Deployment(PartConfig):
    """One strategy on some instruments of one account, with its own virtual money.

    Attributes:
        name: Its own. strategy: Kind and options. instruments: What it trades. bars: Length of the bars it gets.
        enabled: False leaves it out: it is listed and does not run.
        every: How often a strategy is asked where that is more often than its bars close: with the bar so far. The
            source has to have bars of this length.
        warmup: Bars that a strategy has to have seen before it may say anything.
        account: Whose money. budget: How much of it. size: Of a full position. exits: Protective orders.
        short: True where it may sell what it does not hold. order: How it enters.
        max_age: Bars older than this (at least one bar) are stale and refuse entries; by default a bar and a fifth,
            15 s more at least, where orders go to a venue outside, no bound where recorded data come as they were.
        overnight: False to sell everything before a real close of the market (rule `near_close`).
    """

    name: Name = Field(examples=["cross"])
    strategy: Annotated[Part, BeforeValidator(_strategy), mark("strategies")] = Field(examples=["{kind: ema_cross}"])
    instruments: tuple[Symbol, ...] = Field(min_length=1, examples=["[SPY, QQQ]"])
    bars: Annotated[Span, Field(gt=0)] = Field(examples=["1m"])
    account: Text = Field(examples=["main"])
    budget: Budget = Field(examples=["{capital: 50000 USD}"])
    size: Size | None = None
    exits: Exits = Exits()
    short: bool = False
    order: EntryOrder = EntryOrder()
    max_age: Span | None = Field(default=None, examples=["90s"])
    overnight: bool = True
    enabled: bool = True
    every: Annotated[Span, Field(gt=0)] | None = Field(default=None, examples=["1m"])
    warmup: int = Field(default=0, ge=0)

    @property
    def heard(self) -> int:
        """Length of the bars that it takes from the source, ns."""
        return self.every or self.bars

    @property
    def signals(self) -> str:
        """Its own name where its wishes come from `signals` of the file, else empty."""
        return self.name if self.strategy.kind == LISTENER else ""

    @model_validator(mode="after")
    def _old_enough(self) -> "Deployment":
        if self.max_age is not None and self.max_age < self.heard:
            raise ValueError("max_age is shorter than one bar, so data would always be stale; give it more time")
        return self

    @model_validator(mode="after")
    def _runs(self) -> "Deployment":
        if not self.enabled:
            raise ValueError("every deployment is disabled; enable one")
        return self

    @model_validator(mode="after")
    def _within(self) -> "Deployment":
        if self.every is not None and (self.every >= self.bars or self.bars % self.every or self.bars >= DAY_NS):
            raise ValueError("every has to go into bars a whole number of times, and bars to be shorter than a day")
        return self
