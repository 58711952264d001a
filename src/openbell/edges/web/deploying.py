"""What somebody says who deploys: strategy, mode, symbols, timeframe, risk.

Fractions are fractions: 0.02 is two percent. A key of an account is named, never sent: `${vault:NAME}`.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from openbell.edges.web.forms import MOST_WHOLE as MOST
from openbell.edges.web.forms import Form, Whole
from openbell.edges.web.ports import Invalid

WARNING = (
    "This deployment trades with REAL MONEY. Orders go to the broker without asking you each time; prices gap, lines"
    " fail, stops fill worse than where they stand, and you can lose more than the limits say. Nothing here is advice."
)
"""Shown, and accepted, before anything trades real money."""
_OPTION = {
    "anyOf": [
        {"type": "boolean"},
        {"type": "number", "minimum": -MOST, "maximum": MOST},
        {"type": "string", "pattern": r"^([^\x00-\x1f$]{0,200}|\$\{vault:[A-Za-z0-9_.-]{1,100}\})$"},
    ]
}


def _fraction(value: Any) -> Any:
    """Return a fraction, and refuse what was meant as a percentage."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 1:
        raise ValueError(f"{value:g} would be {value * 100:g}%; write {value / 100:g} for {value:g}%")
    return value


def _option(value: Any) -> Any:
    """Refuse what is no plain value, or would put a variable or a file into a configuration."""
    if isinstance(value, str):
        if "$" in value and not re.fullmatch(r"\$\{vault:[A-Za-z0-9_.-]{1,100}\}", value):
            raise ValueError("write ${vault:NAME} for a secret, and no other variable")
        if not re.fullmatch(r"[^\x00-\x1f]{0,200}", value):
            raise ValueError("a text has at most 200 characters on one line")
    elif not isinstance(value, bool | int | float):
        raise ValueError("an option is true, false, a number or a text")  # pydantic takes this one
    elif not abs(value) <= MOST:
        raise ValueError(f"a number is at most {MOST:,}")
    return value


Fraction = Annotated[float, Field(gt=0, le=1), BeforeValidator(_fraction)]
Symbol = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/^=-]{0,29}$")]
Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$", description="As /api/strategies names it")]
Money = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,11} [A-Z]{3,5}$", examples=["100000 USD"])]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Option = Annotated[Any, BeforeValidator(_option), WithJsonSchema(_OPTION)]
OptionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Options = Annotated[dict[OptionName, Option], Field(max_length=60, json_schema_extra={"additionalProperties": False})]


class RiskParameters(Form):
    """How much may be held and lost; a stop or target that is null is not placed.

    Attributes:
        position_size: Of one position, a fraction of the capital. max_positions: Held or being entered at once.
        daily_loss: Loss of a trading day after which nothing new is entered until the next. drawdown: Fall from the
            highest equity after which nothing new is entered until somebody enables it.
        stop_loss, take_profit: Distance from the entry price.
    """

    position_size: Fraction = 0.02
    daily_loss: Fraction = 0.01
    drawdown: Fraction = 0.05
    stop_loss: Fraction | None = 0.02
    take_profit: Fraction | None = 0.05
    max_positions: Annotated[int, Field(ge=1, le=100), Whole] = 3


class Chosen(Form):
    """A strategy and its own options; what is left out has its default."""

    kind: Kind
    options: Options = {}


class Desk(Form):
    """Where orders go: a broker with its options; keys are named, `${vault:NAME}`."""

    broker: Kind = "sim"
    options: Options = {}


class Market(Form):
    """What a simulation is told: an invented market, or the store's recorded bars."""

    kind: Literal["synthetic", "recorded"] = "synthetic"
    seed: Annotated[int, Field(ge=0, le=1 << 31), Whole] = 1
    days: Annotated[int, Field(ge=1, le=2000), Whole] = 30
    speed: Annotated[int, Field(ge=1, le=86_400), Whole] = 1


class DeploymentConfig(Form):
    """One strategy to be deployed.

    Attributes:
        name: Of the deployment; its strategy's kind where it is left out. market: Of a simulation alone.
        mode: sim trades at the embedded exchange, paper at a broker's paper account, live with real money.
        capital: What it may use, in the account's currency. instrument: What its symbols are.
        digest: Of the plan that was looked at; where it is given, nothing else than that is started.
        accepts_risk: The warning before real money has been read and accepted.
        digits: Last four of the number of the account with real money, typed: they arm it for eight hours.
    """

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{
        "strategy": {"kind": "ema_cross", "options": {"fast": 12, "slow": 26}}, "mode": "sim", "symbols": ["AURA"],
        "timeframe": "1m",
    }]})  # fmt: skip
    strategy: Chosen
    symbols: Annotated[list[Symbol], Field(min_length=1, max_length=50)]
    mode: Literal["sim", "paper", "live"] = "sim"
    timeframe: Literal["1m", "5m", "15m", "1h"] = "1m"
    name: Name | None = None
    capital: Money = "100000 USD"
    instrument: Literal["stock", "crypto", "fx", "future"] = "stock"
    risk: RiskParameters = RiskParameters()
    account: Desk = Desk()
    market: Market = Market()
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    accepts_risk: bool = False
    digits: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{4}$")] | None = None


def meant(values: Mapping[str, Any]) -> DeploymentConfig:
    """Return what is to be deployed.

    Raises:
        Invalid: It cannot be meant; the text says everything that is wrong.
    """
    try:
        return DeploymentConfig.model_validate(dict(values))
    except ValidationError as error:
        found = ((".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, ")) for one in error.errors())
        raise Invalid("; ".join(f"{field}: {text}" for field, text in found)) from error


class Written(Form):
    """A configuration as the text of a file. Variables and files are not read for it."""

    config: Annotated[str, Field(min_length=1, max_length=50_000)]


class Trouble(BaseModel):
    """Something wrong, or worth a second look, in a configuration.

    `field` is what it is about in the request.
    """

    code: str
    path: str
    line: int
    column: int
    text: str
    is_warning: bool
    field: str


class RiskPart(BaseModel):
    """One part of a risk score.

    `text` says why it costs so many points, `figures` has the amounts it was worked out from.
    """

    name: str
    points: int
    of: int
    text: str
    is_known: bool
    figures: dict[str, str]


class Risk(BaseModel):
    """The risk score of what trades in an account; `parts` add up to `points`.

    Where `is_bounded` is false nothing bounds the loss of a day, and `level` is high at least.
    """

    account: str
    points: int
    of: int
    level: Literal["low", "moderate", "high", "very high"]
    is_bounded: bool
    parts: list[RiskPart]


class Planned(BaseModel):
    """What would be run, in words and as data.

    Where `is_valid` is false nothing can be run, and `problems` say why. `digest` names exactly this configuration;
    `warning` has to be accepted before it runs. `risk` has a score for each account in which something trades.
    """

    is_valid: bool
    config: str
    digest: str
    lines: list[str]
    data: dict[str, Any]
    risk: list[Risk]
    problems: list[Trouble]
    warning: str


class Begun(BaseModel):
    """A deployment that has begun."""

    id: str
    state: str
    deployment: str
    mode: str
    digest: str
